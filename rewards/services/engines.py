"""Where day closes are worked out: in this process, or on a cluster. What a cluster needs is imported for one only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rewards.distributed import texts  # noqa: F401  (registers what may be said of a cluster)
from rewards.errors import RewardsError
from rewards.services.closing import Engine

PARTS_A_THREAD = 2
"""Parts of a close for each thread of a cluster: some are done before others, and a lost one is the smaller."""


@contextmanager
def on_dask(scheduler: str, snapshots: Path | None = None, parts: int | None = None) -> Iterator[Engine]:
    """An engine that works closes out on the Dask cluster of a scheduler (such as `tcp://127.0.0.1:8786`).

    The columns are written to `snapshots`, a folder that all workers see (None for this machine's temporary one), a
    close at a time. `parts` is about how many the members are divided into, by default two for each of the cluster's
    threads. Raises RewardsError when Dask is not installed, nobody answers, or the cluster has no workers.
    """
    try:
        from rewards.distributed.cluster import on_cluster
        from rewards.distributed.engine import InParts
    except ImportError as error:
        raise RewardsError("distributed.not-installed") from error
    with on_cluster(scheduler) as (workers, threads):
        yield InParts(workers, parts or max(PARTS_A_THREAD * threads, 2), snapshots).close
