"""The chain of seals: it goes on where it stopped, and names the first row that somebody has changed on the sly."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Connection, Engine, func, select, update
from sqlalchemy.exc import IntegrityError

from rewards.errors import RewardsError
from rewards.ledger import Ledger, chain, effects, events, migrate, recounted
from rewards.ledger.close_tables import close_part
from rewards.ledger.effects import PARTS, Found, Part
from rewards.ledger.schema import downgrade
from rewards.ledger.tables import event

from .books import ADA, a_busy_week, an_event, seal
from .test_append_only import a_full_history
from .test_promises import tamper


def wrong(ledger: Ledger, anchor: chain.Head | None = None) -> tuple[str, dict[str, Any]] | None:
    with ledger.read() as tx:
        return named(tx, anchor)


def named(tx: Connection, anchor: chain.Head | None = None) -> tuple[str, dict[str, Any]] | None:
    found = chain.check(tx, anchor)
    if found is None:
        return None
    assert "{" not in found.render("en") + found.render("zh")
    assert found.render("en") != found.render("zh")
    return found.code.removeprefix("ledger.chain."), dict(found.parameters)


# --- sealing ---------------------------------------------------------------------------------------------------------


def test_sealing_goes_on_where_it_stopped(ledger: Ledger) -> None:
    with ledger.write() as tx:
        a_busy_week(tx)
        assert chain.count_open(tx) == 9
        assert [seal(tx, 4), seal(tx, 4), seal(tx), seal(tx)] == [4, 4, 1, 0]
        hashes = [each.hash for each in events.page(tx)]
        assert chain.head(tx) == (9, hashes[-1])
        assert len({*hashes}) == 9
        assert named(tx) is None
        assert chain.count_open(tx) == 0


def test_the_rounds_of_sealing_leave_no_trace(ledger: Ledger) -> None:
    with ledger.write() as tx:
        a_busy_week(tx)
        _, at_once = chain.next_seals(tx, 100)
        seal(tx, 3)
        seal(tx, 100)
        assert [each.hash for each in events.page(tx)] == [each.hash for each in at_once]


def test_both_stores_seal_the_same_history_alike(ledger: Ledger) -> None:
    a_full_history(ledger)
    with ledger.read() as tx:
        # Made once on SQLite. When it must change, seals of the form before have to stay readable.
        assert chain.head(tx).hash == "f001e28fc31f0f16647c7bce05eaa2b3cbbb5295a147c705aabe64725bc5c4e2"


def test_of_two_that_seal_at_a_time_one_is_told(ledger: Ledger) -> None:
    with ledger.write() as tx:
        a_busy_week(tx)
    with ledger.read() as tx:
        end, seals = chain.next_seals(tx, 100)
    with ledger.write() as tx:
        assert chain.put(tx, end, seals[:5])
        assert not chain.put(tx, end, seals)
        assert chain.head(tx).seq == 5


def test_nothing_is_sealed_on_top_of_a_broken_chain(week: Ledger, engine: Engine) -> None:
    with week.write() as tx:
        events.add(tx, [an_event(10, "note", "a")])
    tamper(engine, "event", "UPDATE event SET seq = 11 WHERE seq = 10")
    with week.read() as tx, pytest.raises(RewardsError, match=r"event 11 cannot be sealed .* verify --chain"):
        chain.next_seals(tx, 100)


def test_what_is_not_sealed_yet_is_no_fault(week: Ledger) -> None:
    with week.write() as tx:
        events.add(tx, [an_event(10, "note", "a")])
        assert named(tx) is None
        assert chain.count_open(tx) == 1


def test_empty_books_have_an_empty_chain(ledger: Ledger) -> None:
    assert wrong(ledger) is None
    with ledger.read() as tx:
        assert chain.head(tx) == (0, chain.GENESIS)


# --- what was changed is named ---------------------------------------------------------------------------------------


@contextmanager
def unguarded(engine: Engine, *tables: str) -> Iterator[Connection]:
    """A transaction on books whose triggers are off for these tables; nothing of it is kept."""
    with engine.connect() as connection, connection.begin() as transaction:
        if engine.dialect.name == "postgresql":
            for table in tables:
                connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        else:
            connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
            for (name,) in connection.exec_driver_sql(
                f"SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name IN {(*tables, '')}"
            ).all():
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        yield connection
        transaction.rollback()


def another(value: Any) -> Any:
    """Something else of the same kind."""
    if value is None:
        return 1
    if isinstance(value, bool):
        return not value
    if isinstance(value, datetime):
        return value + timedelta(microseconds=1)
    if isinstance(value, date):
        return value - timedelta(days=1)
    if isinstance(value, bytes):
        return value + b"x"
    return value + "x" if isinstance(value, str) else value + 1


def columns_of(part: Part) -> list[Column[Any]]:
    return [part.table.c[name] for name in part.columns if name != part.seq]


def test_every_column_of_every_effect_is_sealed(ledger: Ledger, engine: Engine) -> None:
    a_full_history(ledger)
    refused = set()
    for part in PARTS:
        number = part.table.c[part.seq]
        with unguarded(engine, part.table.name) as tx:
            seq = tx.scalar(select(func.max(number)))
            assert seq is not None, part.table.name
            for column in columns_of(part):
                row = [part.table.c[key] == tx.scalar(select(part.table.c[key]).where(number == seq).limit(1))
                       for key in part.key]  # fmt: skip
                where = (number == seq, *row)
                value = another(tx.scalar(select(column).where(*where)))
                savepoint = tx.begin_nested()
                try:
                    assert tx.execute(part.table.update().where(*where).values({column: value})).rowcount == 1
                except IntegrityError:  # what a constraint refuses anyway
                    refused.add(str(column))
                else:
                    code, what = named(tx) or ("", {})
                    assert (code, what.get("table"), what.get("event")) == ("row-changed", part.table.name, seq), column
                savepoint.rollback()
            assert named(tx) is None
    assert len(refused) <= 20, refused


@pytest.mark.parametrize("part", [part for part in PARTS if part.table.name not in ("event", "plan_version", "member")],
                         ids=lambda part: part.table.name)  # fmt: skip
@pytest.mark.parametrize("store", ["sqlite"])  # that both read alike is shown above
def test_a_row_that_is_missing_is_named(ledger: Ledger, engine: Engine, part: Part) -> None:
    a_full_history(ledger)
    number = part.table.c[part.seq]
    with unguarded(engine, part.table.name) as tx:
        seq = tx.scalar(select(func.max(number)))
        tx.execute(part.table.delete().where(number == seq))
        code, what = named(tx) or ("", {})
        assert (code, what["table"], what["event"]) == ("rows-missing", part.table.name, seq)


FIRST = "event_seq 5, member 1, number 1"
SECOND = "event_seq 5, member 1, number 2"
THIRD = "event_seq 5, member 1, number 3"
OF_ADA = "event_seq = 5 AND member = 1 AND number"
COPIED = "INSERT INTO transfer SELECT {seq}, member, {number}, rule_id, from_book, from_holder, to_book, to_holder, "
COPY = COPIED + f"amount, lot_id FROM transfer WHERE {OF_ADA} = 1"


@pytest.mark.parametrize(
    ("change", "code", "what"),
    [
        (f"UPDATE transfer SET amount = amount + 1 WHERE {OF_ADA} = 2", "row-changed", {"key": SECOND}),
        (f"UPDATE transfer SET number = 9 WHERE {OF_ADA} = 3", "row-changed",
         {"key": "event_seq 5, member 1, number 9"}),
        (f"DELETE FROM transfer WHERE {OF_ADA} = 2", "row-missing", {"key": THIRD, "sealed": 3, "found": 2}),
        (f"DELETE FROM transfer WHERE {OF_ADA} = 1", "row-missing", {"key": SECOND, "sealed": 3, "found": 2}),
        (f"DELETE FROM transfer WHERE {OF_ADA} = 3", "last-row-missing", {"key": SECOND, "sealed": 3, "found": 2}),
        (f"DELETE FROM transfer WHERE {OF_ADA} > 1", "last-row-missing", {"key": FIRST, "sealed": 3, "found": 1}),
        ("DELETE FROM transfer WHERE event_seq = 5", "rows-missing", {"sealed": 3}),
        (COPY.format(seq=5, number=4), "row-added", {"key": "event_seq 5, member 1, number 4"}),
        (COPY.format(seq=1, number=1), "row-added", {"key": "event_seq 1, member 1, number 1", "event": 1}),
        (COPY.format(seq=10, number=1), "row-of-no-event", {"event": 10}),
        (COPY.format(seq=0, number=1), "row-of-no-event", {"event": "≤ 0"}),
    ],
)  # fmt: skip
def test_a_transfer_that_was_tampered_with_is_named(
    week: Ledger, engine: Engine, change: str, code: str, what: dict[str, Any]
) -> None:
    with unguarded(engine, "transfer") as tx:
        tx.exec_driver_sql(change)
        assert named(tx) == (code, {"table": "transfer", "event": 5, **what})


def test_the_first_of_several_is_named(week: Ledger, engine: Engine) -> None:
    with unguarded(engine, "transfer", "booking", "close_part") as tx:
        tx.exec_driver_sql("UPDATE booking SET trace = 'other' WHERE event_seq = 9")
        tx.execute(update(close_part).values(moved=b"other"))
        tx.exec_driver_sql("UPDATE transfer SET amount = 7 WHERE event_seq = 9")
        found = chain.check(tx)
        assert found is not None
        assert found.render() == ("table close_part: the row event_seq 8, part 0 of event 8 is not as it was sealed")


def test_events_that_are_missing_are_named(week: Ledger, engine: Engine) -> None:
    tamper(engine, "event", "DELETE FROM event WHERE seq = 3")
    assert wrong(week) == ("event-missing", {"event": 3, "before": 2, "after": 4})


def test_an_event_missing_among_those_not_sealed_is_named(week: Ledger, engine: Engine) -> None:
    with week.write() as tx:
        events.add(tx, [an_event(10, "note", "a"), an_event(11, "note", "b")])
    tamper(engine, "event", "DELETE FROM event WHERE seq = 10")
    assert wrong(week) == ("event-missing", {"event": 10, "before": 9, "after": 11})


CLOSES = ("close_part", "close_flow")


def test_the_last_event_missing_is_known_from_its_seal(week: Ledger, engine: Engine) -> None:
    tamper(engine, "event", "DELETE FROM event WHERE seq >= 4", "UPDATE event SET kind = kind")
    tables = (
        "transfer",
        "booking",
        "lot",
        "sale",
        "price",
        "level",
        "closed_day",
        "member",
        "close_part",
        "close_flow",
    )
    for table in tables:
        column = "event_seq"
        tamper(engine, table, f"DELETE FROM {table} WHERE {column} >= 4")
    assert wrong(week) == ("event-missing", {"event": 4, "before": 3, "after": "–"})


@pytest.mark.parametrize(
    ("table", "change", "code"),
    [
        ("event", "UPDATE event SET hash = 'f00' WHERE seq = 5", "hash-changed"),
        ("event", "UPDATE event SET hash = NULL WHERE seq = 5", "hash-missing"),
        ("event", "UPDATE event SET hash = NULL WHERE seq >= 5", "hash-missing"),
        ("seal", "DELETE FROM seal WHERE event_seq = 5", "seal-missing"),
        ("seal", "UPDATE seal SET marks = (SELECT marks FROM seal WHERE event_seq = 1) WHERE event_seq = 5",
         "seal-changed"),
        ("seal", "UPDATE seal SET form = 2 WHERE event_seq = 5", "form-unknown"),
    ],
)  # fmt: skip
def test_a_seal_that_was_tampered_with_is_named(
    week: Ledger, engine: Engine, table: str, change: str, code: str
) -> None:
    with unguarded(engine, table) as tx:
        tx.exec_driver_sql(change)
        found, what = named(tx) or ("", {})
        assert (found, what["event"]) == (code, 5)


def test_marks_that_are_none_are_named_where_a_row_differs_too(week: Ledger, engine: Engine) -> None:
    with unguarded(engine, "seal", "transfer") as tx:
        tx.execute(chain.seal.update().where(chain.seal.c.event_seq == 5).values(marks=b"\xff\x01"))
        tx.exec_driver_sql("UPDATE transfer SET amount = 1 WHERE event_seq = 5")
        assert named(tx) == ("seal-changed", {"event": 5})


def test_a_chain_made_anew_is_known_by_an_end_that_was_noted(week: Ledger, engine: Engine) -> None:
    with week.read() as tx:
        noted = chain.head(tx)
        assert named(tx, noted) is None
    with unguarded(engine, "transfer", "event", "seal") as tx:
        tx.exec_driver_sql("UPDATE transfer SET amount = 7 WHERE event_seq = 9")
        tx.exec_driver_sql("UPDATE event SET hash = NULL")
        tx.exec_driver_sql("DELETE FROM seal")
        seal(tx)
        assert named(tx) is None
        made = chain.head(tx)
        assert named(tx, noted) == ("anchor-differs", {"event": 9, "hash": made.hash, "anchor": noted.hash})
        assert named(tx, chain.Head(10, noted.hash)) == (
            "anchor-differs", {"event": 10, "hash": "–", "anchor": noted.hash},
        )  # fmt: skip


def test_every_fault_has_been_provoked_here() -> None:
    from rewards.messages import catalogue

    source = Path(__file__).read_text(encoding="utf-8")
    for code in catalogue():
        if code.startswith("ledger.chain.") and code != "ledger.chain.cannot-continue":
            assert f'"{code.removeprefix("ledger.chain.")}"' in source, code


# --- an event of very many rows --------------------------------------------------------------------------------------


def test_a_close_longer_than_what_is_read_at_once_is_sealed_whole(
    week: Ledger, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with week.read() as tx:
        _, whole = chain.next_seals(tx, 100)
        expected = [each.hash for each in events.page(tx)]
    monkeypatch.setattr(effects, "_ROWS_AT_ONCE", 2)
    assert wrong(week) is None
    with unguarded(engine, "event", "seal") as tx:
        tx.exec_driver_sql("UPDATE event SET hash = NULL")
        tx.exec_driver_sql("DELETE FROM seal")
        seal(tx)
        assert list(tx.scalars(select(event.c.hash).order_by(event.c.seq))) == expected
    assert whole == []


def test_rounds_end_when_many_marks_are_held(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    with ledger.write() as tx:
        a_busy_week(tx)
        monkeypatch.setattr(chain, "MOST_MARKS", 60)
        sizes = []
        while size := seal(tx):
            sizes.append(size)
        assert sum(sizes) == 9
        assert len(sizes) > 2
        assert named(tx) is None


def test_a_member_with_an_odd_name_is_sealed_alike(ledger: Ledger) -> None:
    with ledger.write() as tx:
        events.add(tx, [an_event(1, "note", "控\x01\"\\'é𝄞", member=ADA)])
        seal(tx)
        assert named(tx) is None


# --- marks -----------------------------------------------------------------------------------------------------------


@given(st.dictionaries(st.integers(0, len(PARTS) - 1), st.lists(st.binary(min_size=4, max_size=4), max_size=9)))
def test_marks_are_unpacked_as_they_were_packed(marks: dict[int, list[bytes]]) -> None:
    found = [Found(part, len(each), b"", b"".join(each)) for part, each in marks.items()]
    assert effects.unpacked(effects.packed(found)) == {each.part: each.marks for each in found}


@given(st.binary(max_size=30))
def test_anything_else_is_no_marks(text: bytes) -> None:
    try:
        found = effects.unpacked(text)
    except ValueError:
        return
    assert all(part < len(PARTS) and len(marks) % effects.MARK_BYTES == 0 for part, marks in found.items())


# --- from one release to another -------------------------------------------------------------------------------------


def test_a_history_is_sealed_anew_after_going_back_to_an_older_release(ledger: Ledger, engine: Engine) -> None:
    a_full_history(ledger)
    with ledger.write() as tx:
        plan = events.bookings(tx, 9)[0].plan_id
        recounted.put(tx, plan, {9: "counted anew"})
        assert [each.trace for each in events.bookings(tx, 9)] == ["counted anew"]
    downgrade(engine, "0005")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(hash) FROM event").scalar() == 0
        trace = connection.exec_driver_sql("SELECT trace FROM booking WHERE event_seq = 9").scalar()
        assert trace == "counted anew"  # where that release looks for it
    migrate(engine)
    with ledger.write() as tx:
        assert seal(tx) == 11
        assert named(tx) is None
