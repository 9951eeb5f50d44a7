"""What goes to the driver by itself means the same as what SQLAlchemy runs."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import BigInteger, Column, Connection, MetaData, Table, Text, bindparam, event, insert, select
from sqlalchemy.exc import DBAPIError, IntegrityError

from rewards.ledger import Ledger, direct, rows
from rewards.ledger.columns import BusinessDay, UtcMoment
from rewards.ledger.direct import Question

SIZES = [0, 1, 2, 24, 25, 26, 51, 301]
NOON = datetime(2026, 3, 2, 12, 0, 0, 123456, tzinfo=UTC)

THING = Table(
    "thing",
    MetaData(),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("name", Text),
    Column("day", BusinessDay),
    Column("at", UtcMoment),
    Column("amount", BigInteger),
)
NAMES = tuple(THING.c.keys())
NAMED = Question(
    lambda keys: (
        select(THING)
        .where(keys.one_of(THING.c.name, "names"), THING.c.number > bindparam("above"))
        .order_by(THING.c.number)
        .limit(3)
    )
)


def things(count: int) -> list[tuple[Any, ...]]:
    """Rows with a day and a moment, and nothing where there may be nothing."""
    return [
        (number, f"n{number}" if number % 3 else None, date(2026, 3, 1 + number % 4), NOON + timedelta(number), 2**40)
        for number in range(1, count + 1)
    ]


def stored(tx: Connection) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in tx.execute(select(THING).order_by(THING.c.number))]


@pytest.mark.parametrize("count", SIZES)
def test_rows_come_back_as_they_went_in(ledger: Ledger, count: int) -> None:
    with ledger.write() as tx:
        THING.create(tx)
        rows.insert(tx, THING, NAMES, things(count))
        assert stored(tx) == things(count)


@pytest.mark.parametrize("count", SIZES)
def test_rows_are_set_or_added_to_where_they_are_there(ledger: Ledger, count: int) -> None:
    with ledger.write() as tx:
        THING.create(tx)
        rows.insert(tx, THING, ("number", "amount"), [(number, 5) for number in range(1, count + 1, 2)])
        rows.add(tx, THING, ("number", "amount"), [(number, 7) for number in range(1, count + 1)])
        assert [row[4] for row in stored(tx)] == [12 if number % 2 else 7 for number in range(1, count + 1)]
        rows.put(tx, THING, ("number", "amount"), [(number, 1) for number in range(1, count + 1)])
        assert [row[4] for row in stored(tx)] == [1] * count


@pytest.mark.parametrize("names", [["n4"], ["n4", "n7", "n8", "n10", "nobody"], []])
def test_a_question_has_the_answer_the_statement_has(ledger: Ledger, names: list[str]) -> None:
    with ledger.write() as tx:
        THING.create(tx)
        tx.execute(insert(THING), [dict(zip(NAMES, row, strict=True)) for row in things(12)])
        for above in (0, 4):
            expected = [row for row in things(12) if row[1] in names and row[0] > above][:3]
            assert NAMED.ask(tx, names=names, above=above) == expected


@pytest.mark.parametrize("together", [False, True])
@pytest.mark.parametrize("count", [1, 26])
def test_the_database_s_refusal_comes_as_ever(ledger: Ledger, count: int, together: bool) -> None:
    with pytest.raises(IntegrityError), ledger.write() as tx:
        THING.create(tx)
        if together:
            with direct.together(tx):
                rows.insert(tx, THING, NAMES, things(count))
                rows.insert(tx, THING, NAMES, things(count))
                rows.insert(tx, THING, NAMES, things(1))
        else:
            rows.insert(tx, THING, NAMES, things(count))
            rows.insert(tx, THING, NAMES, things(count))
    with ledger.read() as tx, pytest.raises(DBAPIError):
        tx.execute(select(THING))


def test_what_is_sent_together_is_there_afterwards(ledger: Ledger) -> None:
    with ledger.write() as tx:
        THING.create(tx)
        with direct.together(tx):
            rows.insert(tx, THING, NAMES, things(2))
            rows.add(tx, THING, ("number", "amount"), [(1, 1)])
        assert [row[4] for row in stored(tx)] == [2**40 + 1, 2**40]


def test_questions_sent_together_are_answered_at_the_end(ledger: Ledger) -> None:
    """Each sees what was written before it, and nothing of what comes after it."""
    with ledger.write() as tx:
        THING.create(tx)
        with direct.together(tx):
            nobody = NAMED.send(tx, names=["n1", "n2"], above=0)
            rows.insert(tx, THING, NAMES, things(2))
            both = NAMED.send(tx, names=["n1", "n2"], above=0)
            second = NAMED.send(tx, names=["n2"], above=1)
            rows.insert(tx, THING, NAMES, things(3)[2:])
        assert (nobody(), both(), second()) == ([], things(2), things(2)[1:])


def test_a_question_that_is_refused_spoils_those_sent_with_it(ledger: Ledger) -> None:
    with pytest.raises(DBAPIError), ledger.write() as tx, direct.together(tx):
        NAMED.send(tx, names=["n1"], above=0)  # there is no such table


def test_whoever_listens_to_statements_hears_of_them(ledger: Ledger) -> None:
    heard: list[str] = []
    event.listen(ledger.engine, "before_cursor_execute", lambda *given: heard.append("before " + given[2][:6]))
    event.listen(ledger.engine, "after_cursor_execute", lambda *given: heard.append("after " + given[2][:6]))
    with ledger.write() as tx:
        THING.create(tx)
        heard.clear()
        rows.insert(tx, THING, NAMES, things(1))
        NAMED.ask(tx, names=["n1"], above=0)
    assert heard == ["before INSERT", "after INSERT", "before SELECT", "after SELECT"]


def test_a_connection_writes_after_it_was_read_with_and_the_other_way_round(ledger: Ledger) -> None:
    with ledger.write() as tx:
        THING.create(tx)
    for number in range(1, 4):
        with ledger.read() as tx, pytest.raises(DBAPIError):
            rows.insert(tx, THING, NAMES, things(1))
        with ledger.write() as tx:
            rows.insert(tx, THING, ("number",), [(number,)])
    with ledger.read() as tx:
        assert len(stored(tx)) == 3
