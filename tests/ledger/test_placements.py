"""Placements as they are stored: what is said last of a day counts, and what holds from the start comes first."""

from __future__ import annotations

from datetime import date, timedelta

from rewards.ledger import Ledger, placements

from .books import a_busy_week

DAY = date(2026, 3, 10)


def test_placements_are_found_by_member_by_parent_and_as_columns(ledger: Ledger) -> None:
    with ledger.write() as tx:
        a_busy_week(tx)
        assert not placements.any_in(tx, "placed")
        rows = [
            placements.Placement(1, "placed", 2, 1, "left", DAY, False),
            placements.Placement(2, "placed", 3, 1, "right", DAY, True),
            placements.Placement(3, "", 3, 2, "", DAY, False),
            placements.Placement(4, "placed", 2, 1, "right", DAY, False),
            placements.Placement(5, "placed", 2, 3, "middle", DAY - timedelta(days=1), False),
        ]
        placements.add(tx, rows)
        assert placements.any_in(tx, "placed")
        assert not placements.any_in(tx, "other")
        assert placements.of_members(tx, "placed", [2, 1]) == {2: [rows[0], rows[3], rows[4]], 1: []}
        assert placements.once_below(tx, "placed", [1, 3, 2]) == {1: {2, 3}, 3: {2}, 2: set()}
        assert placements.change_days(tx, "placed") == [DAY - timedelta(days=1), DAY]
        found = placements.columns(tx, "placed", ["left", "right"])
        first = DAY.toordinal()
        assert [each.tolist() for each in found] == [
            [1, first - 1, first, first],
            [3, 2, 2, 2],
            [1, 3, 1, 1],
            [1, -1, 0, 1],
        ]
        assert placements.columns(tx, "", ()).leg.tolist() == [-1]
