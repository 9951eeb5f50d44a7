"""What a close costs in parts on worker processes of this machine, stage by stage, beside one process.

`python -m tests.benchmarks.scaling [MEMBERS]`: the locked-points plan on columns in memory, no database. Workers have
one thread each. Seconds of the processor are printed beside those of the clock: with more workers than idle cores the
clock says nothing.
"""

from __future__ import annotations

import copy
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from distributed import Client

from rewards.distributed import engine, tasks
from rewards.distributed.cluster import on_cluster
from rewards.distributed.engine import InParts
from rewards.interpreter.close import close_day
from rewards.interpreter.close_outcome import CloseOutcome
from rewards.interpreter.columns import CloseState
from rewards.plan.model import Plan
from tests.benchmarks.population import DAY, locked_points
from tests.cluster.processes import cluster

STAGES = ("split", "write", "joined", "apply")


def measured(what: Callable[[], Any]) -> tuple[float, float, Any]:
    """Seconds by the clock and of this process's processor, and what came of it."""
    began, used = time.perf_counter(), time.process_time()
    found = what()
    return time.perf_counter() - began, time.process_time() - used, found


def rows(outcome: CloseOutcome) -> int:
    """How many transfers a close has made."""
    return sum(len(block.quantity) for block in outcome.blocks)


class Stages:
    """The seconds that the driver spends in each stage, by the clock."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        for name in ("split", "joined", "apply"):
            setattr(engine, name, self._timed(name, getattr(engine, name)))
        engine.Snapshot.write = self._timed("write", engine.Snapshot.write)  # type: ignore[method-assign]
        tasks.run_part = self._timed("trunk", tasks.run_part)

    def _timed(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*given: Any) -> Any:
            seconds, _, found = measured(lambda: function(*given))
            self.seconds[name] = self.seconds.get(name, 0.0) + seconds
            return found

        return run


def processor_of_workers(client: Client) -> float:
    """Seconds of the processor that all workers have used so far."""
    return sum(client.run(time.process_time).values())


def on_workers(plan: Plan, state: CloseState, workers: int, stages: Stages) -> None:
    """Close twice with so many workers: the first time they import and compile, the second is printed."""
    with (
        tempfile.TemporaryDirectory() as folder,
        cluster(Path(folder), workers) as processes,
        on_cluster(processes.address) as (found, threads),
    ):
        for attempt in range(2):
            other = copy.deepcopy(state)
            stages.seconds.clear()
            before = processor_of_workers(found.client)
            driver = InParts(found, 2 * threads, Path(folder))
            clock, own, outcome = measured(lambda: driver.close(plan, other, DAY))  # noqa: B023 - run at once
            used = processor_of_workers(found.client) - before
            if attempt:
                line = "  ".join(f"{name} {stages.seconds.get(name, 0.0):.2f}" for name in (*STAGES, "trunk"))
                print(
                    f"{workers} workers: {clock:.2f} s by the clock, driver {own:.2f} s, workers {used:.2f} s of "
                    f"processor; {line}; {rows(outcome)} transfers",
                    flush=True,
                )


def main() -> None:
    """Measure one process, then 1, 2 and 4 workers."""
    members = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    plan, state = locked_points(members)
    for _ in range(2):
        other = copy.deepcopy(state)
        clock, own, outcome = measured(lambda: close_day(plan, other, DAY))  # noqa: B023 - run at once
    print(f"one process: {clock:.2f} s by the clock, {own:.2f} s of processor; {rows(outcome)} transfers", flush=True)
    stages = Stages()
    for workers in (1, 2, 4):
        on_workers(plan, state, workers, stages)


if __name__ == "__main__":
    main()
