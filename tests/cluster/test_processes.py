"""Closing days on a Dask cluster of real processes, and what becomes of a close when some of them are lost."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import dask
import pytest

from rewards.distributed.asking import Standstill
from rewards.distributed.cluster import ClusterGone, OnCluster, on_cluster
from rewards.distributed.engine import InParts
from rewards.distributed.part_run import PartOutcome
from rewards.interpreter.close_outcome import CloseOutcome
from rewards.interpreter.gathering import gather
from rewards.interpreter.world import World
from rewards.ledger import Ledger, migrate, open_engine
from rewards.services import days
from tests.services.shop import Shop
from tests.services.shop import shipped as shipped_text

from .plans import shipped
from .processes import Cluster, cluster
from .twins import close_both

pytestmark = [pytest.mark.end_to_end, pytest.mark.xdist_group("cluster")]

FIRST_DAY = date(2026, 3, 2)
DAY = FIRST_DAY + timedelta(days=1)


@pytest.fixture(scope="module")
def two_workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster with two workers, which the tests of this module may stop; what they stop they replace."""
    with cluster(tmp_path_factory.mktemp("cluster"), 2) as found:
        yield found


@pytest.fixture
def world() -> World:
    """Members of the locked-points plan in one branch and some beside it, with a day's orders and its close."""
    found, chance = World(shipped("locked-points")), random.Random(7)
    for number in range(80):
        above = None if number % 20 == 0 else f"m{chance.randrange(max(number - 6, 0), number)}"
        found.join(f"m{number}", sponsor=above)
        found.order(f"m{number}", str(1000 * chance.randrange(1, 40)), on=FIRST_DAY.isoformat())
    found.close(FIRST_DAY)
    return found


@dataclass
class Disturbed(OnCluster):
    """The workers of a cluster to which something happens in mid-run: when so many standstills have come."""

    what: Callable[[], None] = field(kw_only=True)
    after: int = 5

    def next(self) -> tuple[int, Standstill[PartOutcome]]:
        """See Workers."""
        self.after -= 1
        if self.after == 0:
            self.what()
        return super().next()


def closed(world: World, processes: Cluster, what: Callable[[], None] | None = None) -> CloseOutcome:
    """The next day closed in one piece and on the cluster, to which something may happen; the two are compared."""
    with on_cluster(processes.address) as (workers, _):
        if what is None:
            return close_both(world.plan, gather(world, DAY), DAY, engine=InParts(workers, 5))
        disturbed = Disturbed(workers.client, workers.address, what=what)
        found = close_both(world.plan, gather(world, DAY), DAY, engine=InParts(disturbed, 5))
        assert disturbed.after <= 0, "the close was over before anything happened to it"
        return found


def test_a_close_on_worker_processes_is_the_close_of_one_process(world: World, two_workers: Cluster) -> None:
    found = closed(world, two_workers)
    assert sum(len(block.quantity) for block in found.blocks) > 80


def test_a_worker_killed_in_mid_run_is_replaced_by_the_others(world: World, two_workers: Cluster) -> None:
    victim = two_workers.workers.pop(0)
    closed(world, two_workers, victim.kill)
    assert victim.wait(timeout=10) == -signal.SIGKILL
    two_workers.start_worker()
    two_workers.await_workers(2)


def test_a_worker_that_hangs_is_given_up(world: World, two_workers: Cluster) -> None:
    victim = two_workers.workers[0]
    try:
        closed(world, two_workers, lambda: victim.send_signal(signal.SIGSTOP))
    finally:
        victim.send_signal(signal.SIGCONT)


# --- on books ------------------------------------------------------------------------------------------------------


def shop_at(path: Path) -> Shop:
    """A shop with the locked-points plan, members in a tree and the orders of two days; always the same."""
    engine = open_engine(f"sqlite:///{path}")
    migrate(engine)
    found, chance = Shop.on(Ledger(engine)), random.Random(5)
    found.activate(shipped_text("locked-points"), FIRST_DAY)
    for number in range(40):
        sponsor = f"m{chance.randrange(max(number - 4, 0), number)}" if number % 15 else None
        found.join(f"m{number}", sponsor=sponsor)
    for number in range(50):
        total = str(1000 * chance.randrange(1, 40))
        found.buy(f"o{number}", f"m{number % 40}", total, FIRST_DAY + timedelta(days=number % 2))
    return found


def rewards(*given: object) -> subprocess.CompletedProcess[str]:
    """The command line."""
    command = [sys.executable, "-m", "rewards.cli", *map(str, given)]
    patience = {**os.environ, "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "2s"}
    return subprocess.run(command, capture_output=True, text=True, timeout=100, check=False, env=patience)


def test_books_closed_on_a_cluster_are_the_books_closed_in_one_process(two_workers: Cluster, tmp_path: Path) -> None:
    here, there = (shop_at(tmp_path / f"{name}.db") for name in ("here", "there"))
    here.close(FIRST_DAY, DAY)
    address = ("--engine", "dask", "--scheduler", two_workers.address, "--snapshot", tmp_path / "columns")
    database = f"sqlite:///{tmp_path / 'there.db'}"
    told = rewards("close", FIRST_DAY, "--through", DAY, *address, "--database", database)
    assert (told.returncode, told.stderr) == (0, "")
    assert rewards("verify", "--database", database).returncode == 0
    assert there.books() == here.books()
    there.check()
    assert list((tmp_path / "columns").iterdir()) == []


def test_where_no_scheduler_answers_nothing_is_closed(tmp_path: Path) -> None:
    shop = shop_at(tmp_path / "shop.db")
    database = ("--database", f"sqlite:///{tmp_path / 'shop.db'}", "--language", "zh")
    told = rewards("close", FIRST_DAY, "--engine", "dask", "--scheduler", "tcp://127.0.0.1:9", *database)
    assert told.returncode == 1
    assert "127.0.0.1:9 没有 Dask 调度器应答" in told.stderr
    assert [each.status for each in days.day(shop.platform, FIRST_DAY)] == ["open"]
    with dask.config.set({"distributed.comm.timeouts.connect": "1s"}), pytest.raises(ClusterGone) as raised:
        on_cluster("tcp://127.0.0.1:9").__enter__()
    assert str(raised.value).startswith("no Dask scheduler answers at tcp://127.0.0.1:9; start one")


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
def test_a_scheduler_that_goes_away_in_mid_run_leaves_nothing_written(how: signal.Signals, tmp_path: Path) -> None:
    shop = shop_at(tmp_path / "shop.db")
    before = shop.books()
    with cluster(tmp_path, 1) as processes, on_cluster(processes.address) as (workers, _):
        gone = Disturbed(workers.client, workers.address, what=lambda: processes.scheduler.send_signal(how))
        impatient = dask.config.set({"distributed.comm.timeouts.connect": "2s"})
        with impatient, pytest.raises(ClusterGone) as raised:
            days.close_day(shop.platform, FIRST_DAY, engine=InParts(gone, 4).close)
    assert raised.value.code == "distributed.scheduler-gone"
    assert "nothing of that day has been written" in str(raised.value)
    assert "当天没有写入任何内容" in raised.value.text("zh")
    assert shop.books() == before
    shop.close(FIRST_DAY)
    shop.check()
