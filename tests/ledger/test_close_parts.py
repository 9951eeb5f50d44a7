"""What closes move, kept as packed columns: it comes back as it went in, whole or for one member."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.ledger import Ledger, balances, close_columns, close_parts, closes, lots, transfers
from rewards.ledger.close_parts import THE_MEMBER, Flow, Moved
from rewards.ledger.packing import PART_SIZE, pack, part_of, unpack
from rewards.ledger.tables import closed_day

from .books import ADA, BEN, MONDAY, WEDNESDAY, a_busy_week, close, column, open_shop

NUMBERS = st.integers(-(2**63), 2**63 - 1)


@given(st.lists(st.tuples(NUMBERS, st.integers(0, 300), st.just(7)), min_size=1, max_size=40), st.data())
def test_columns_come_back_as_they_were_packed(rows: list[tuple[int, int, int]], data: st.DataObject) -> None:
    columns = [column(list(each)) for each in zip(*rows, strict=True)]
    cuts = data.draw(st.sets(st.integers(1, len(rows) - 1)) if len(rows) > 1 else st.just(set()))
    starts = [0, *sorted(cuts)]
    packed = list(pack(columns, column(starts)))
    assert len(packed) == len(starts)
    for piece, start, end in zip(packed, starts, [*starts[1:], len(rows)], strict=True):
        assert [each.tolist() for each in unpack(piece)] == [each[start:end].tolist() for each in columns]


def test_a_number_takes_as_few_bytes_as_its_column_needs() -> None:
    [small] = pack([column([5, 6, 260]), column([9, 9, 9])], column([0]))
    [large] = pack([column([5, 6, 261]), column([9, 9, 9])], column([0]))
    assert len(large) == len(small) + 3  # two bytes instead of one for each of three numbers


def test_nothing_is_packed_of_nothing() -> None:
    assert list(pack([column([])], column([]))) == []


@pytest.mark.parametrize("data", [b"", b"\x01", b"\x01\x00\x00\x00\x08", b"\x02\x00\x00\x00" + bytes(9) + b"\x04"])
def test_bytes_that_are_no_columns_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=f"these {len(data)} bytes are no packed columns"):
        unpack(data)


def test_members_are_in_parts_of_the_same_size() -> None:
    assert [part_of(each) for each in (0, 1, PART_SIZE, PART_SIZE + 1)] == [-1, 0, 0, 1]


def test_what_a_close_has_moved_is_read_whole_and_by_member(ledger: Ledger) -> None:
    flows = [Flow(3, 1, THE_MEMBER, 2, THE_MEMBER), Flow(2, 4, -2, 4, -100), Flow(3, 2, -1, 2, THE_MEMBER)]
    last = 3 * PART_SIZE
    moved = Moved(flows, column([0, 1, 1, last]), column([1, 0, 2, 0]), column([9, 5, 2**40, 1]), column([0, 7, 0, 8]))
    with ledger.write() as tx:
        shop = open_shop(tx)
        seq = shop.happens("day.close", "1", MONDAY)
        close_parts.add(tx, seq, moved)
        closes.add(tx, closes.ClosedDay(shop.version.plan_id, MONDAY, seq, "{}"))
        whole = [
            transfers.Transfer(seq, 0, 1, 2, 4, -2, 4, -100, 9),
            transfers.Transfer(seq, 1, 1, 3, 1, 1, 2, 1, 5, 7),
            transfers.Transfer(seq, 1, 2, 3, 2, -1, 2, 1, 2**40),
            transfers.Transfer(seq, last, 1, 3, 1, last, 2, last, 1, 8),
        ]
        assert transfers.of_event(tx, seq) == whole
        assert transfers.named_after(tx, seq, 1) == whole[1:3]
        assert transfers.named_after(tx, seq, 2) == []
        assert transfers.in_closes(tx, last) == whole[3:]
        assert transfers.in_closes(tx, last, closed_day.c.day < MONDAY) == []
        assert close_parts.total_into(tx, 4, -100) == 9
        assert close_parts.total_into(tx, 4, -101) == 0


@pytest.mark.parametrize(
    ("members", "amounts"), [([1, 2], [1, 0]), ([2, 1], [1, 1])], ids=["nothing moved", "out of order"]
)
def test_what_is_not_in_order_or_moves_nothing_is_refused(
    ledger: Ledger, members: list[int], amounts: list[int]
) -> None:
    flows = [Flow(3, 1, THE_MEMBER, 2, THE_MEMBER)]
    moved = Moved(flows, column(members), column([0, 0]), column(amounts), column([0, 0]))
    with ledger.write() as tx, pytest.raises(ValueError, match="positive, and in the order of members"):
        close_parts.add(tx, 1, moved)


def test_an_account_holds_what_events_and_closes_have_brought(ledger: Ledger) -> None:
    with ledger.write() as tx:
        shop = a_busy_week(tx)
        points = shop.book("points")
        held = balances.read(tx, [points], [ADA, BEN, -1])
        assert held.amounts[points, ADA] == held.settled[points, ADA] == 36_00
        balances.put(tx, {(points, ADA): 6_00}, held.settled)  # 30.00 are spent
        assert balances.get(tx, [points], [ADA, BEN]) == {(points, ADA): 6_00, (points, BEN): 108_00}
        close(shop, WEDNESDAY, {ADA: (1, 36_00)})
        assert balances.get(tx, [points], [ADA]) == {(points, ADA): 42_00}
        assert balances.of_book(tx, points, 3).members.tolist() == [42_00, 108_00, 0]


def test_a_member_who_joined_after_a_close_has_what_events_bring(ledger: Ledger) -> None:
    with ledger.write() as tx:
        shop = a_busy_week(tx)
        points = shop.book("points")
        for far in (4, PART_SIZE + 1):  # in a part of a column there is, and beyond all there are
            assert balances.get(tx, [points], [far]).get((points, far), 0) == 0
        assert close_columns.of_book(tx, points, PART_SIZE + 1).tolist() == [3600, 10800, *[0] * (PART_SIZE - 1)]


def test_a_members_balance_is_not_added_to_blindly(ledger: Ledger) -> None:
    with ledger.write() as tx, pytest.raises(ValueError, match="is set, not added to"):
        balances.add(tx, {(1, ADA): 5})


def test_a_lot_has_left_what_neither_events_nor_closes_have_drawn(ledger: Ledger) -> None:
    with ledger.write() as tx:
        shop = a_busy_week(tx)
        [lot] = lots.by_ids(tx, [1])
        assert (lot.remaining, lot.drawn) == (900_000 - 3600, 3600)
        lots.set_terms(tx, [lot._replace(basis=150_000, granted=450_000, remaining=450_000 - 1800)])  # half a refund
        close(shop, WEDNESDAY, {ADA: (1, 1800)})
        [lot] = lots.by_ids(tx, [1])
        assert (lot.granted, lot.remaining) == (450_000, 450_000 - 3600)
        drawn = close_columns.of_lots(tx, 2)
        assert drawn.tolist() == [5400, 10800]
        assert lots.open_columns(tx, lot.book_id, drawn).remaining.tolist() == [450_000 - 3600, 2_700_000 - 10_800]


def test_columns_of_lots_grow_with_the_lots(ledger: Ledger) -> None:
    with ledger.write() as tx:
        many = np.arange(1, PART_SIZE + 3, dtype=np.int64)
        assert close_columns.draw(tx, many).tolist() == many.tolist()
        assert close_columns.draw(tx, many[:2]).tolist() == [2, 4]
        assert close_columns.of_lots(tx, len(many))[[0, 1, 2, -1]].tolist() == [2, 4, 3, PART_SIZE + 2]
