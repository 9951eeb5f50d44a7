"""Who runs the parts, and what becomes of a close when they do not: without a cluster."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any, cast

import distributed
import pytest
from click.testing import CliRunner
from distributed import Client

from rewards.cli import main
from rewards.distributed.asking import Question, Standstill
from rewards.distributed.cluster import OnCluster
from rewards.distributed.engine import InParts
from rewards.distributed.part_run import PartOutcome
from rewards.distributed.tasks import ClusterGone, Here, Job, forget
from rewards.errors import Refused, RewardsError
from rewards.interpreter.columns import CloseState
from rewards.interpreter.gathering import gather
from rewards.interpreter.world import World
from rewards.services.engines import on_dask

from .plans import shipped
from .twins import close_both

DAY = date(2026, 3, 2)


@pytest.fixture
def world() -> World:
    """A chain of members, each of whom has bought."""
    found = World(shipped("locked-points"))
    for number in range(12):
        found.join(f"m{number}", sponsor=f"m{number - 1}" if number else None)
        found.order(f"m{number}", str(2000 * (number % 5 + 1)), on=DAY.isoformat())
    return found


class Forgetful(Here):
    """Workers who have forgotten everything at each job, as those do who take over from one that is gone."""

    def next(self) -> tuple[int, Standstill[PartOutcome]]:
        """See Workers."""
        for job in self._jobs:
            forget(job.run)
        return super().next()


def test_a_part_that_is_run_again_from_the_start_comes_to_the_same(world: World) -> None:
    close_both(world.plan, gather(world, DAY), DAY, engine=InParts(Forgetful(), 4))


class Changed(Here):
    """Workers whose jobs are changed on the way."""

    def __init__(self, change: Callable[[Job], Job]) -> None:
        super().__init__()
        self.change = change

    def go_on(self, job: Job) -> None:
        """See Workers."""
        super().go_on(self.change(job))


def closed_by(world: World, workers: Any) -> CloseState:
    state = gather(world, DAY)
    InParts(workers, 3).close(world.plan, state, DAY)
    return state


def test_workers_of_another_version_are_refused(world: World) -> None:
    with pytest.raises(ClusterGone, match=r"the workers have rewards .*, this process has 0\.0; install the same"):
        closed_by(world, Changed(lambda job: replace(job, version="0.0")))


def test_workers_who_do_not_see_the_snapshot_say_so(world: World) -> None:
    def hidden(job: Job) -> Job:
        shutil.rmtree(job.directory, ignore_errors=True)
        return job

    with pytest.raises(ClusterGone, match=r"does not see the folder .*; name one that all workers see with --snapshot"):
        closed_by(world, Changed(hidden))


class Misled(Here):
    """Workers of whom one says that it was asked something else."""

    def next(self) -> tuple[int, Standstill[PartOutcome]]:
        """See Workers."""
        part, standstill = super().next()
        given = [(Question(*question[:2], f"{question.text} {part}"), what) for question, what in standstill.given]
        return part, replace(standstill, given=given)


def test_parts_that_go_different_ways_are_found_out(world: World) -> None:
    with pytest.raises(RuntimeError, match="the parts of a close have gone different ways"):
        closed_by(world, Misled())


def test_a_tree_that_was_moved_about_is_refused_where_a_rule_looks_back() -> None:
    world = World(shipped("examples/points-value"))
    for number in range(6):
        world.join(f"m{number}", sponsor=f"m{number - 1}" if number else None)
    world.place("sponsor", "m4", "m1", on="2026-03-20")
    world.order("m5", "100", on="2026-03-05")
    with pytest.raises(Refused, match="before members were moved on 2026-03-20"):
        InParts(Here(), 3).close(world.plan, gather(world, date(2026, 3, 31)), date(2026, 3, 31))


# --- a cluster that fails ---------------------------------------------------------------------------------------------


class FailingFuture:
    def __init__(self, error: Exception) -> None:
        self.error = error

    def add_done_callback(self, done: Callable[[FailingFuture], None]) -> None:
        done(self)

    def result(self, timeout: float) -> None:
        raise self.error


class FailingClient:
    """A client of a cluster whose tasks fail, or that has lost its scheduler."""

    def __init__(self, error: Exception | None) -> None:
        self.error = error
        self.status = "running" if error else "connecting"

    def submit(self, *given: object, **named: object) -> object:
        if self.error is not None:
            return FailingFuture(self.error)
        return type("Silent", (), {"add_done_callback": lambda self, done: None})()

    def cancel(self, futures: object, force: bool) -> None:
        pass


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (distributed.KilledWorker("task", cast(Any, None), 3), "distributed.workers-lost"),
        (distributed.CancelledError("task"), "distributed.scheduler-gone"),
        (OSError("gone"), "distributed.scheduler-gone"),
        (None, "distributed.scheduler-gone"),
    ],
)
def test_a_cluster_that_fails_says_what_to_do(world: World, error: Exception | None, code: str) -> None:
    with pytest.raises(ClusterGone) as raised:
        closed_by(world, OnCluster(cast(Client, FailingClient(error)), "tcp://10.0.0.1:8786"))
    assert raised.value.code == code
    assert "nothing of that day has been written" in str(raised.value)


# --- the command -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given",
    [("--engine", "dask"), ("--scheduler", "tcp://127.0.0.1:9"), ("--snapshot", ".")],
)
def test_engine_and_scheduler_go_together(given: tuple[str, ...]) -> None:
    told = CliRunner().invoke(main, ["close", "2026-03-02", *given])
    assert told.exit_code == 2
    assert "--engine dask and --scheduler ADDRESS go together" in " ".join(told.stderr.split())


def test_without_dask_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rewards.distributed.cluster", None)
    with pytest.raises(RewardsError, match=r"needs the extra dask: pip install 'rewards\[dask\]'"):
        on_dask("tcp://127.0.0.1:9").__enter__()
