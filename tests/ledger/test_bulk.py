"""Many rows at once arrive as they were given, few or many."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np
import pytest
from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from rewards.ledger import Ledger, balances, bulk, events, lots, members, transfers
from rewards.ledger.close_tables import close_lot
from rewards.ledger.tables import balance, event, exit_trigger, lot, transfer

from .books import ADA, MONDAY, NOON, open_shop

SIZES = [0, 1, 24, 25, 26, 299, 301, 2_000]


def stored(tx: Connection) -> tuple[bulk.Ints, ...]:
    """Holders and amounts of a book."""
    wanted = select(balance.c.holder, balance.c.amount).where(balance.c.book_id == 2)
    return bulk.read(tx, wanted.order_by(balance.c.holder))


@pytest.mark.parametrize("rows", SIZES)
def test_columns_come_back_as_they_went_in(ledger: Ledger, rows: int) -> None:
    holders = np.arange(1, rows + 1, dtype=np.int64)
    amounts = holders * 2**40
    with ledger.write() as tx:
        open_shop(tx)
        assert bulk.insert(tx, balance, {"book_id": 2, "holder": holders, "amount": amounts}) == rows
        stored_holders, stored_amounts = stored(tx)
    assert stored_holders.dtype == stored_amounts.dtype == np.int64
    assert stored_holders.tolist() == holders.tolist()
    assert stored_amounts.tolist() == amounts.tolist()


@pytest.mark.parametrize("rows", SIZES)
def test_an_upsert_replaces_what_is_there_and_adds_the_rest(ledger: Ledger, rows: int) -> None:
    with ledger.write() as tx:
        open_shop(tx)
        balances.put(tx, {(2, holder): 1 for holder in range(1, rows + 1, 2)})
        balances.put(tx, {(2, holder): 5 for holder in range(1, rows + 1)})
        assert stored(tx)[1].tolist() == [5] * rows


@pytest.mark.parametrize("rows", SIZES)
def test_updates_and_deletes_count_what_they_found(ledger: Ledger, rows: int) -> None:
    ids = np.arange(1, rows + 1, dtype=np.int64)
    with ledger.write() as tx:
        open_shop(tx)
        bulk.insert(tx, balance, {"book_id": 2, "holder": ids, "amount": 7})
        found = bulk.update(tx, balance, "holder", {"holder": np.append(ids, 99_999), "amount": np.append(ids, 0)})
        assert found == rows
        assert stored(tx)[1].tolist() == ids.tolist()
        gone = bulk.delete(tx, balance, {"book_id": 2, "holder": ids[::2]})
        assert gone == len(ids[::2])
        assert stored(tx)[0].tolist() == ids[1::2].tolist()


@pytest.mark.parametrize("rows", [3, 500])
def test_texts_moments_and_nothing_survive_every_way_in(ledger: Ledger, rows: int) -> None:
    awkward = 'tab\there, line\nthere, back\\slash, \\N, quote", 中文'
    seoul = datetime(2026, 3, 2, 21, 0, 0, 123456, tzinfo=timezone(timedelta(hours=9)))
    with ledger.write() as tx:
        new = [
            events.Event(n, "note", f"{awkward}{n}", None if n % 2 else n, seoul, NOON, awkward, "f")
            for n in range(1, rows + 1)
        ]
        events.add(tx, new)
        last = events.by_seq(tx, rows)
    assert last is not None
    assert last.payload == awkward
    assert last.id == f"{awkward}{rows}"
    assert last.occurred_at == NOON
    assert last.occurred_at.tzinfo is UTC
    assert last.member == (None if rows % 2 else rows)


@pytest.mark.parametrize("rows", [3, 500])
def test_days_and_flags_survive_every_way_in(ledger: Ledger, rows: int) -> None:
    with ledger.write() as tx:
        open_shop(tx)
        members.add(
            tx,
            [members.Member(n, f"m{n}", None, n - 1, n % 2 == 0, NOON, 1) for n in range(4, rows + 4)],
        )
        lots.add(
            tx,
            [
                lots.Lot(n, 1, ADA, 1, 1, MONDAY, 10, 10, 10, date(2027, 1, 1) if n % 2 else None)
                for n in range(1, rows + 1)
            ],
        )
        stored = lots.by_ids(tx, [1, 2])
        assert [one.expires_on for one in stored] == [date(2027, 1, 1), None]
        assert [one.merchant for one in members.page(tx, after=3, limit=2)] == [True, False]
        assert bulk.read(tx, select(lot.c.day).limit(1))[0].tolist() == [MONDAY.toordinal()]


@pytest.mark.parametrize("rows", [3, 500])
def test_bytes_survive_every_way_in(ledger: Ledger, rows: int) -> None:
    every = bytes(range(256))
    given = [every[:at] + bytes([at % 256]) for at in range(rows)]
    with ledger.write() as tx:
        bulk.insert(tx, close_lot, {"part": np.arange(rows, dtype=np.int64), "drawn": given})
        assert tx.scalars(select(close_lot.c.drawn).order_by(close_lot.c.part)).all() == given
        bulk.upsert(tx, close_lot, {"part": [0, rows], "drawn": [b"", every]})
        found = dict(tx.execute(select(close_lot.c.part, close_lot.c.drawn)).all())
        assert (found[0], found[1], found[rows]) == (b"", given[1], every)


@pytest.mark.parametrize("amounts", [[5, 0], [5, -3]])
def test_a_transfer_moves_something(ledger: Ledger, amounts: list[int]) -> None:
    with pytest.raises(IntegrityError), ledger.write() as tx:
        open_shop(tx)
        transfers.add(tx, [transfers.Transfer(1, ADA, n, 1, 2, -1, 2, 1, a) for n, a in enumerate(amounts)])


def test_no_member_may_be_overdrawn(ledger: Ledger) -> None:
    with ledger.write() as tx:
        open_shop(tx)
        balances.put(tx, {(2, -1): -5, (2, -2): -5, (2, 1): 0})
    with pytest.raises(IntegrityError), ledger.write() as tx:
        balances.put(tx, {(2, 1): -1})


def test_floats_and_uneven_columns_are_refused(ledger: Ledger) -> None:
    with ledger.read() as tx:
        with pytest.raises(TypeError, match="integers"):
            bulk.insert(tx, balance, {"book_id": 1, "holder": np.array([1]), "amount": np.array([1.5])})
        with pytest.raises(ValueError, match="different lengths"):
            bulk.insert(tx, balance, {"book_id": [1], "holder": [1, 2], "amount": 3})


def test_naive_moments_and_moments_for_days_are_refused(ledger: Ledger) -> None:
    with ledger.read() as tx:
        naive = datetime(2026, 3, 2)
        with pytest.raises(TypeError, match="time zone"):
            bulk.insert(tx, event, {"seq": [1], "occurred_at": [naive]})
        with pytest.raises(TypeError, match="not a moment"):
            bulk.insert(tx, lot, {"id": [1], "day": [NOON]})


def test_an_empty_table_reads_as_empty_columns(ledger: Ledger) -> None:
    with ledger.read() as tx:
        columns = bulk.read(tx, select(transfer.c.event_seq, transfer.c.amount))
        assert [column.shape for column in columns] == [(0,), (0,)]
        assert bulk.read(tx, select(exit_trigger.c.floor))[0].dtype == np.int64


def test_chunks_cover_everything_once() -> None:
    assert list(bulk.chunks(range(5), 2)) == [[0, 1], [2, 3], [4]]
    assert list(bulk.chunks([])) == []
