"""Workers that are processes of a Dask cluster.

Every job is a task without inputs but its job, so that whichever worker is lost, the scheduler has another one run it
again from the snapshot; a task that has stopped several workers it gives up (`allowed-failures`). The next job of a
part goes to the worker that has run it so far, which goes on where it stopped, unless it is gone.

A worker that hangs is given up by the scheduler after `distributed.scheduler.worker-ttl`, which is the scheduler's
setting. A scheduler that does not answer is given up here, after Dask's own `distributed.comm.timeouts.connect`.
"""

from __future__ import annotations

import asyncio
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
from rewards.distributed.tasks import Here, Job, forget, run_part
from rewards.errors import RewardsError

LOOK_SECONDS = 0.5
"""So often it is looked whether the scheduler is still there."""
RETRIES = 2
"""So often a task is run again that has failed because its worker could not read or send something."""


class ClusterGone(RewardsError):
    """The cluster cannot be reached, or has stopped answering; nothing has been closed."""


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
    _waiting: int = 0
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
        with self._answering():
            future = self.client.submit(
                run_on_worker, job, pure=False, retries=RETRIES, key=f"close-{job.run}-{job.part}-{job.known}", **where
            )
        self._futures[job.part] = future
        future.add_done_callback(lambda done, part=job.part: self._done.put((part, done)))

    def next(self) -> tuple[int, Standstill[PartOutcome]]:
        """See Workers. Raises ClusterGone when the scheduler has stopped answering."""
        if self._trunk_waits:
            self._trunk_waits -= 1
            return self._trunk.next()
        while True:
            with suppress(Empty):
                part, future = self._done.get(timeout=LOOK_SECONDS)
                if self._futures.get(part) is not future:
                    continue  # an earlier one of the same part
                with self._answering():
                    told: Told = future.result(timeout=patience())
                self._worker[part] = told.worker
                del self._futures[part]
                return part, told.standstill
            self._look()

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
        """Raise ClusterGone when the client has lost its scheduler."""
        if self.client.status != "running":
            raise self._gone()

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


def patience() -> float:
    """How many seconds an answer of the cluster is waited for."""
    return float(parse_timedelta(dask.config.get("distributed.comm.timeouts.connect")))


def _threads(client: Client, address: str) -> int:
    """How many threads the workers have together; waits a moment for the first of them to come."""
    until = time.monotonic() + patience()
    while time.monotonic() < until:
        threads = sum(client.nthreads().values())
        if threads:
            return int(threads)
        time.sleep(LOOK_SECONDS)
    raise ClusterGone("distributed.no-workers", scheduler=address)
