"""A Dask cluster of real processes on 127.0.0.1, each of which can be stopped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from distributed import Client

WORKER_TTL = "3s"
"""A worker that has not been heard of for so long is given up."""


@dataclass
class Cluster:
    """A scheduler and its workers, as processes."""

    address: str
    folder: Path
    scheduler: subprocess.Popen[bytes]
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start_worker(self) -> None:
        """Start one more worker, a process with one thread and nobody to start it again."""
        self.workers.append(
            _start("worker", self.address, "--no-nanny", "--nthreads", "1", "--no-dashboard", folder=self.folder)
        )

    def await_workers(self, number: int) -> None:
        """Wait until so many workers have come."""
        with Client(self.address, timeout=20, set_as_default=False) as client:
            client.wait_for_workers(number, timeout=40)


def _start(*command: str, folder: Path) -> subprocess.Popen[bytes]:
    settings = {
        "DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": WORKER_TTL,
        "DASK_DISTRIBUTED__WORKER__PRELOAD": "[]",
        "DASK_TEMPORARY_DIRECTORY": str(folder),
        "NUMBA_NUM_THREADS": "1",
    }
    with (folder / "log").open("ab") as log:
        whole = [sys.executable, "-m", "dask", *command]
        return subprocess.Popen(whole, env={**os.environ, **settings}, stdout=log, stderr=log)


@contextmanager
def cluster(folder: Path, workers: int) -> Iterator[Cluster]:
    """A cluster with so many workers; its processes are gone afterwards."""
    scheduler_file = folder / "scheduler.json"
    scheduler = _start(
        "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(scheduler_file),
        folder=folder,
    )  # fmt: skip
    found = Cluster("", folder, scheduler)
    try:
        until = time.monotonic() + 40
        while not scheduler_file.exists() and time.monotonic() < until:
            time.sleep(0.1)
        found.address = json.loads(scheduler_file.read_text())["address"]
        for _ in range(workers):
            found.start_worker()
        found.await_workers(workers)
        yield found
    finally:
        for process in [*found.workers, scheduler]:
            process.send_signal(signal.SIGCONT)
            process.kill()
            process.wait()
