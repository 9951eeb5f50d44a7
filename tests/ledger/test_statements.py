"""A member's statement: everything that touched their accounts, newest first, page by page."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rewards.ledger import Ledger, events, statements
from rewards.ledger.statements import Entry, statement

from .books import ADA, BEN, CLEO, MONDAY, TUESDAY, WEDNESDAY, a_busy_week, close


def brief(entries: list[Entry]) -> list[tuple[str, str, int]]:
    return [(e.rule, e.asset, e.amount) for e in entries]


def test_a_statement_names_what_why_and_when(ledger: Ledger) -> None:
    with ledger.write() as tx:
        a_busy_week(tx)
        redeemed, burned, released, *_ = statement(tx, ADA)
    assert (redeemed.rule, redeemed.asset, redeemed.amount) == ("redeem", "cash", 9_00)
    assert (burned.asset, burned.scale, burned.amount) == ("token", 4, -1000)
    assert released == Entry(
        identity=(8, ADA, 1),
        plan="orchard",
        version_digest="d" * 64,
        rule="base",
        event_kind="day.close",
        event_id="2026-03-03",
        day=TUESDAY,
        asset="points",
        scale=2,
        from_compartment="locked",
        from_holder=ADA,
        to_compartment="available",
        to_holder=ADA,
        amount=36_00,
        lot_id=1,
    )


def test_a_members_statement_holds_their_own_accounts_only(ledger: Ledger) -> None:
    with ledger.write() as tx:
        a_busy_week(tx)
        assert brief(statement(tx, BEN)) == [
            ("base", "points", 108_00),
            ("grant", "points", 27_000_00),
            ("grant", "token", 9_000_00 * 21),
        ]
        assert statement(tx, CLEO) == []


def test_both_sides_of_a_payment_see_it(ledger: Ledger) -> None:
    with ledger.write() as tx:
        shop = a_busy_week(tx)
        seq = shop.happens("payment", "p-1", WEDNESDAY, shop.move("spend", "cash", ADA, CLEO, 400))
        events.participate(tx, [(ADA, seq), (CLEO, seq)])
        assert brief(statement(tx, ADA, limit=1)) == [("spend", "cash", -400)]
        assert brief(statement(tx, CLEO)) == [("spend", "cash", 400)]


def test_taking_back_what_was_released_is_negative(ledger: Ledger) -> None:
    with ledger.write() as tx:
        shop = a_busy_week(tx)
        seq = shop.happens(
            "refund", "o-1/1", WEDNESDAY, shop.move("base", "points", ADA, ADA, 6, target="locked", lot=1)
        )
        events.participate(tx, [(ADA, seq)])
        assert brief(statement(tx, ADA, limit=1)) == [("base", "points", -6)]


@pytest.mark.parametrize("limit", [1, 2, 3, 50])
@pytest.mark.parametrize("window", [1, 2, 200])
def test_pages_put_together_are_the_whole(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, limit: int, window: int
) -> None:
    with ledger.write() as tx:
        shop = a_busy_week(tx)
        for n in range(2, 6):
            close(shop, MONDAY + timedelta(days=n), {ADA: (1, 10 + n)} if n % 2 else {})
        whole = statement(tx, ADA)
        monkeypatch.setattr(statements, "_WINDOW_EVENTS", window)
        pages: list[Entry] = []
        while page := statement(tx, ADA, before=pages[-1].identity if pages else None, limit=limit):
            assert len(page) <= limit
            pages += page
    assert pages == whole
    assert [e.identity for e in whole] == sorted((e.identity for e in whole), reverse=True)
    assert len(whole) == 7
