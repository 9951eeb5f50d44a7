"""Workers that are processes of a Dask cluster.

Every job is a task without inputs but its job, so that whichever worker is lost, the scheduler has another one run it
again from the snapshot; a task that has stopped several workers it gives up (`allowed-failures`). The next job of a
part goes to the worker that has run it so far, which goes on where it stopped, unless it is gone.

A worker that hangs is given up by the scheduler after `distributed.scheduler.worker-ttl`, which is the scheduler's
setting. A scheduler that does not answer is given up here, after Dask's own `distributed.comm.timeouts.connect`.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any

import dask
import distributed
from dask.utils import parse_timedelta
from distributed import Client, fire_and_forget, get_worker

from rewards.distributed import texts  # noqa: F401  (registers the texts of this room)
from rewards.distributed.asking import Standstill
from rewards.distributed.part_run import PartOutcome
from rewards.distributed.tasks import ClusterGone, Here, Job, forget, run_part

LOOK_SECONDS = 1
"""So often it is looked whether the scheduler is still there."""
RETRIES = 2
"""So often a task is run again that has failed because its worker could not read or send something."""


@dataclass(frozen=True)
class Told:
    """What a task says, and which worker has run it."""

    standstill: Standstill[PartOutcome]
    worker: str


def run_on_worker(job: Job) -> Told:
    """The task."""
    return Told(run_part(job), get_worker().address)


@dataclass
class OnCluster:
    """Workers of a cluster (see `rewards.distributed.engine.Workers`); the trunk runs in this process."""

    client: Client
    address: str
    _trunk: Here = field(default_factory=Here)
    _handed_out: int = 0
    _trunk_waits: int = 0
    _done: SimpleQueue[tuple[int, Any]] = field(default_factory=SimpleQueue)
    _worker: dict[int, str] = field(default_factory=dict)
    _futures: dict[int, Any] = field(default_factory=dict)

    def go_on(self, job: Job) -> None:
        """See Workers."""
        if job.parts > 1 and job.part == job.parts - 1:
            self._trunk.go_on(job)
            self._trunk_waits += 1
            return
        where: dict[str, Any] = {}
        if job.part in self._worker:
            where = {"workers": [self._worker[job.part]], "allow_other_workers": True}
        self._handed_out += 1
        name = f"close-{job.run}-{job.part}-{self._handed_out}"
        with self._answering():
            future = self.client.submit(run_on_worker, job, pure=False, retries=RETRIES, key=name, **where)
        self._futures[job.part] = future
        future.add_done_callback(lambda done, part=job.part: self._done.put((part, done)))

    def next(self) -> tuple[int, Standstill[PartOutcome]]:
        """See Workers. Raises ClusterGone when the scheduler has stopped answering."""
        if self._trunk_waits:
            self._trunk_waits -= 1
            return self._trunk.next()
        while True:
            try:
                part, future = self._done.get(timeout=LOOK_SECONDS)
            except Empty:
                self._look()
                continue
            if self._futures.get(part) is not future:
                continue  # one of a run that has failed
            with self._answering():
                told: Told = self._futures.pop(part).result(timeout=patience())
            self._worker[part] = told.worker
            return part, told.standstill

    def over(self, run: str) -> None:
        """See Workers."""
        self._trunk.over(run)
        self._trunk_waits = 0
        futures = list(self._futures.values())
        self._futures.clear()
        with suppress(Exception):
            self.client.cancel(futures, force=True)
            for worker in sorted(set(self._worker.values())):
                # Nobody waits for it: the worker may be the one that hangs.
                fire_and_forget(self.client.submit(forget, run, pure=False, workers=[worker]))
        self._worker.clear()

    def _look(self) -> None:
        """Raise ClusterGone when the client has lost its scheduler, or that no longer answers."""
        if self.client.status != "running":
            raise self._gone()
        with self._answering():
            self.client.sync(self.client.scheduler.identity, callback_timeout=patience())

    @contextmanager
    def _answering(self) -> Iterator[None]:
        """Tell what comes of a scheduler that has gone from what a task raises."""
        try:
            yield
        except distributed.KilledWorker as error:
            raise ClusterGone("distributed.workers-lost", scheduler=self.address) from error
        except (OSError, asyncio.CancelledError, distributed.CancelledError, TimeoutError) as error:
            raise self._gone() from error

    def _gone(self) -> ClusterGone:
        return ClusterGone("distributed.scheduler-gone", scheduler=self.address)


@contextmanager
def on_cluster(address: str) -> Iterator[tuple[OnCluster, int]]:
    """The workers of a cluster and how many threads they have together.

    Raises ClusterGone when nobody answers at the address or the cluster has no workers.
    """
    try:
        client = Client(address, timeout=patience(), set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise ClusterGone("distributed.scheduler-unreachable", scheduler=address) from error
    try:
        yield OnCluster(client, address), _threads(client, address)
    finally:
        with suppress(Exception):
            client.close(timeout=1)


def patience() -> int:
    """How many seconds an answer of the cluster is waited for."""
    seconds: int = math.ceil(parse_timedelta(dask.config.get("distributed.comm.timeouts.connect")))
    return seconds


def _threads(client: Client, address: str) -> int:
    """How many threads the workers have together; waits a moment for the first of them to come."""
    until = time.monotonic() + patience()
    while time.monotonic() < until:
        threads = sum(client.nthreads().values())
        if threads:
            return int(threads)
        time.sleep(LOOK_SECONDS)
    raise ClusterGone("distributed.no-workers", scheduler=address)


__all__ = ["ClusterGone", "OnCluster", "Told", "on_cluster", "patience", "run_on_worker"]
