"""What the benchmark of closes stands on: multiplied books are sound, and what is compared is the same."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, func, select

from rewards.ledger import open_engine
from rewards.ledger.tables import event, member, sale
from rewards.services.platform import Platform
from rewards.services.reports import verify
from tests.benchmarks import close_in_sql, closing, closing_copies
from tests.benchmarks.closing import PLANS
from tests.benchmarks.closing_bare import on_postgres, on_sqlite
from tests.benchmarks.closing_copies import multiply
from tests.benchmarks.closing_population import DAY, YESTERDAY, fill, now, populate
from tests.benchmarks.closing_rows import equal, moment, written
from tests.benchmarks.closing_run import Read, close, close_noting_reads
from tests.benchmarks.stores import Copies, Postgres, Sqlite, Store

FIRST, MEMBERS = 50, 150


@pytest.fixture
def databases(request: pytest.FixtureRequest, store: str, tmp_path: Path) -> Store:
    """The kind of database of a test, to be filled and copied."""
    return Sqlite(tmp_path) if store == "sqlite" else Postgres(request.getfixturevalue("postgres_server"))


def prepared(databases: Store, plan: str) -> Copies:
    """Three times fifty members, the first day closed."""

    def prepare(url: str) -> None:
        fill(url, plan, MEMBERS, FIRST)
        close(url, plan, YESTERDAY)

    return databases.filled(plan, prepare)


def violations(url: str) -> list[Mapping[str, str]]:
    platform = Platform.open(url, clock=now)
    found = [each for result in verify(platform) for each in result.violations]
    platform.close()
    return found


def outcome(url: str) -> tuple[object, ...]:
    """What each rule of the last close has moved."""
    platform = Platform.open(url, clock=now)
    with platform.ledger.read() as tx:
        found = tx.exec_driver_sql("SELECT summary FROM closed_day ORDER BY day").all()
    platform.close()
    return tuple(tuple(row) for row in found)


# --- the population --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("plan", PLANS)
def test_every_promise_is_kept_after_multiplying_and_after_each_close(databases: Store, plan: str) -> None:
    copies = databases.filled(plan, lambda url: fill(url, plan, MEMBERS, FIRST))
    with copies.fresh() as url:
        assert violations(url) == []
        for day in (YESTERDAY, DAY):
            close(url, plan, day)
        assert violations(url) == []
    copies.remove()


def test_a_copy_has_members_orders_and_days_of_its_own(databases: Store) -> None:
    copies = databases.filled("own", lambda url: fill(url, "locked-points", MEMBERS, FIRST))
    engine = open_engine(copies.url)
    with engine.connect() as connection:
        ids = connection.execute(select(member.c.id, member.c.sponsor).order_by(member.c.ordinal)).all()
        assert [each.id for each in ids[::FIRST]] == ["c0000-m00001", "c0001-m00001", "c0002-m00001"]
        assert [each.sponsor and each.sponsor + FIRST for each in ids[:FIRST]] == [
            each.sponsor for each in ids[FIRST : 2 * FIRST]
        ]
        by_day = dict(connection.execute(select(sale.c.day, func.count()).group_by(sale.c.day)).all())
        assert by_day == {YESTERDAY: MEMBERS * 12 // 10, DAY: 3}
        orders = connection.execute(select(event.c.payload).where(event.c.id == "c0002-o03-00000")).scalar_one()
        assert '"member":"c0002-m' in orders
    engine.dispose()
    copies.remove()


def test_without_their_history_copies_are_closed_alike(databases: Store) -> None:
    outcomes = []
    for name, lean in (("whole", False), ("lean", True)):

        def prepare(url: str, lean: bool = lean) -> None:
            kept_from = populate(url, "locked-points", FIRST)
            multiply(url, 4, kept_from if lean else None)

        copies = databases.filled(name, prepare)
        with copies.fresh() as url:
            for day in (YESTERDAY, DAY):
                close(url, "locked-points", day)
            outcomes.append(outcome(url))
        copies.remove()
    assert outcomes[0] == outcomes[1]
    assert "base" in str(outcomes[0])


def test_a_table_nobody_has_told_about_is_not_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    closing_copies.check_tables()
    monkeypatch.setattr(closing_copies, "SHARED", closing_copies.SHARED - {"pool"})
    with pytest.raises(RuntimeError, match="what is done with these tables: pool"):
        closing_copies.check_tables()


def test_a_reference_nobody_has_told_about_is_not_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    lots = {name: shift for name, shift in closing_copies.COPIED["lot"].items() if name != "member"}
    monkeypatch.setattr(closing_copies, "COPIED", {**closing_copies.COPIED, "lot": lots})
    with pytest.raises(RuntimeError, match="column member of table lot"):
        closing_copies.check_tables()


def test_books_with_a_closed_day_are_not_multiplied(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'closed.db'}"
    populate(url, "locked-points", FIRST)
    close(url, "locked-points", YESTERDAY)
    with pytest.raises(RuntimeError, match="has rows, which cannot be copied"):
        multiply(url, 2)


def test_a_part_of_a_copy_cannot_be_had(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="120 members are no whole number of copies of 50"):
        fill(f"sqlite:///{tmp_path / 'part.db'}", "locked-points", 120, FIRST)


# --- the bare cost ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("plan", PLANS)
def test_the_driver_alone_leaves_what_the_service_leaves(databases: Store, plan: str, tmp_path: Path) -> None:
    copies = prepared(databases, plan)
    run = on_sqlite if copies.url.startswith("sqlite") else on_postgres
    with copies.fresh() as url, copies.fresh() as other:
        since = moment(url)
        close_noting_reads(url, plan, DAY, tmp_path / "reads")
        reads = [Read(*each) for each in pickle.loads((tmp_path / "reads").read_bytes())]
        chunks = written(copies.url, url, since, tmp_path / "rows")
        with pytest.raises(RuntimeError, match="differs from what the service has written"):
            equal(url, other)
        took = run(other, reads, chunks)
        equal(url, other)
    copies.remove()
    assert any("member" in each.sql for each in reads)
    assert {each.table for each in chunks} >= {"event", "booking", "closed_day"}
    assert 0 < took.wall < 60
    assert set(took.stages) == {"read", "write"}


# --- the close in SQL ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", close_in_sql.WAYS)
def test_in_sql_a_close_comes_to_the_same(postgres_server: URL, way: str) -> None:
    copies = prepared(Postgres(postgres_server), close_in_sql.PLAN)
    with copies.fresh() as url:
        wanted = close_in_sql.by_service(url)
    with copies.fresh() as url:
        assert close_in_sql.run(url, way) > 0
        found = close_in_sql.outcome(url)
    copies.remove()
    assert found == wanted
    assert set(found.moved) == {"base", "sharing", "team", "same-level"}
    assert len(found.locked) == len(found.available) == MEMBERS


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"moved": {"base": (1, 2)}}, r"rule base moved \(1, 2\) in SQL, \(1, 1\) by the service"),
        ({"locked": {1: 5}}, "1 members have something else locked"),
        ({"available": {}}, "1 members have something else available"),
    ],
)
def test_another_outcome_is_told(change: dict[str, Any], message: str) -> None:
    wanted = close_in_sql.Outcome({"base": (1, 1)}, {1: 4}, {1: 1})
    close_in_sql.check(wanted, wanted, "here")
    with pytest.raises(RuntimeError, match=message):
        close_in_sql.check(wanted._replace(**change), wanted, "here")


# --- the whole -------------------------------------------------------------------------------------------------------


def test_what_is_measured_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small = ["--members", "60", "--plans", "recurring-dividend", "--stores", "sqlite", "--times", "1"]
    closing.main([*small, "--folder", str(tmp_path)])
    printed = capsys.readouterr().out
    (line,) = (line for line in printed.splitlines() if line.startswith("| recurring-dividend"))
    store, members, close_s, bare_s, ratio = (cell.strip() for cell in line.split("|")[2:7])
    assert (store, members) == ("SQLite", "60")
    # All three are rounded to hundredths, and so few members take hardly one: the ratio lies where rounding leaves it.
    half, close_took, bare_took, times = 0.005, float(close_s), float(bare_s), float(ratio)
    assert (times - half) * max(bare_took - half, 0) <= close_took + half
    assert close_took - half <= (times + half) * (bare_took + half)
    assert "1 closed_day inserted" in printed
    assert "bare: read" in printed
    assert list(tmp_path.iterdir()) == []


def test_beside_more_a_million_is_measured_too() -> None:
    assert closing.sizes([10_000_000]) == [1_000_000, 10_000_000]
    assert closing.sizes([2_000, 1_000]) == [1_000, 2_000]
