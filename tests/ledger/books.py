"""A small business on the books, for the tests.

A plan with locked points and a priced token, three members, some events.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np
from sqlalchemy import Connection

from rewards.ledger import (
    balances,
    chain,
    close_columns,
    close_parts,
    closes,
    events,
    levels,
    lots,
    members,
    plans,
    prices,
    sales,
    transfers,
)
from rewards.ledger.bulk import Ints
from rewards.ledger.close_parts import THE_MEMBER, Flow, Moved
from rewards.ledger.holders import AVAILABLE, BURNED, ISSUANCE, LOCKED, PLATFORM

MONDAY = date(2026, 3, 2)
TUESDAY = date(2026, 3, 3)
WEDNESDAY = date(2026, 3, 4)
NOON = datetime(2026, 3, 2, 12, 0, 0, 123456, tzinfo=UTC)

ADA, BEN, CLEO = 1, 2, 3


def an_event(seq: int, kind: str, id: str, payload: object = None, member: int | None = None) -> events.Event:
    text = events.canonical(payload if payload is not None else {"id": id})
    return events.Event(seq, kind, id, member, NOON, NOON, text, events.fingerprint(text))


@dataclass
class Shop:
    """Writes events with their effects the way a service would: interpreted in memory, flushed at the end."""

    tx: Connection
    version: plans.Version

    def book(self, asset: str, compartment: str = AVAILABLE) -> int:
        return self.version.books[asset, compartment]

    def happens(self, kind: str, id: str, day: date, *moves: transfers.Transfer, member: int | None = None) -> int:
        """Record an event that made these moves (their event number is filled in); returns its number."""
        seq = events.next_seq(self.tx)
        events.add(self.tx, [an_event(seq, kind, id, member=member)])
        events.book(self.tx, [events.Booking(seq, self.version.plan_id, self.version.id, day, "{}")])
        transfers.add(self.tx, [move._replace(event_seq=seq) for move in moves])
        changed: Counter[tuple[int, int]] = Counter()
        for move in moves:
            changed[move.from_book, move.from_holder] -= move.amount
            changed[move.to_book, move.to_holder] += move.amount
        held = balances.read(self.tx, *(set(each) for each in zip(*changed, strict=True))) if changed else None
        if held:
            after = {account: held.amounts.get(account, 0) + change for account, change in changed.items()}
            balances.put(self.tx, after, held.settled)
        return seq

    def move(
        self,
        rule: str,
        asset: str,
        giver: int,
        taker: int,
        amount: int,
        *,
        origin: str = AVAILABLE,
        target: str = AVAILABLE,
        lot: int | None = None,
        number: int = 1,
        of: int | None = None,
    ) -> transfers.Transfer:
        concerned = of if of is not None else max(giver, taker, 0)
        return transfers.Transfer(
            0,
            concerned,
            number,
            self.version.rules[rule],
            self.book(asset, origin),
            giver,
            self.book(asset, target),
            taker,
            amount,
            lot,
        )


RULES = ("grant", "fund", "base", "redeem", "spend")
SPECS = (
    plans.BookSpec("points", LOCKED, 2, has_lots=True),
    plans.BookSpec("points", AVAILABLE, 2),
    plans.BookSpec("token", AVAILABLE, 4, priced=True),
    plans.BookSpec("cash", AVAILABLE, 2),
)


def open_shop(tx: Connection) -> Shop:
    """A plan and three members: Ada sponsored Ben, Ben sponsored Cleo."""
    events.add(tx, [an_event(1, "plan.activated", "v1")])
    version = plans.add_version(
        tx, "orchard", digest="d" * 64, from_day=MONDAY, source="plan: orchard\n", rules=RULES, books=SPECS,
        pools=["backing"], activated_seq=1,
    )  # fmt: skip
    events.add(tx, [an_event(2, "member.joined", name, member=n) for n, name in [(ADA, "ada")]])
    events.add(
        tx,
        [an_event(3, "member.joined", "ben", member=BEN), an_event(4, "member.joined", "cleo", member=CLEO)],
    )
    members.add(
        tx,
        [
            members.Member(ADA, "ada", "+8613800000001", None, False, NOON, 2),
            members.Member(BEN, "ben", "+8613800000002", ADA, False, NOON, 3),
            members.Member(CLEO, "cleo", None, BEN, True, NOON, 4),
        ],
    )
    return Shop(tx, version)


def a_busy_week(tx: Connection) -> Shop:
    """Two orders on Monday, closes of Monday and Tuesday with releases, a redemption on Wednesday."""
    shop = open_shop(tx)
    pool = shop.version.pools["backing"]
    for member, id, amount in ((ADA, "o-1", 3000_00), (BEN, "o-2", 9000_00)):
        lot = lots.next_id(tx)
        seq = shop.happens(
            "order.paid",
            id,
            MONDAY,
            shop.move("fund", "cash", PLATFORM, pool, amount * 3 // 10, number=1, of=member),
            shop.move("grant", "token", ISSUANCE, member, amount * 21, number=2, of=member),
            shop.move(
                "grant",
                "points",
                ISSUANCE,
                member,
                amount * 3,
                origin=LOCKED,
                target=LOCKED,
                lot=lot,
                number=3,
            ),
            member=member,
        )
        grant = shop.version.rules["grant"]
        lots.add(
            tx,
            [
                lots.Lot(
                    lot,
                    shop.book("points", LOCKED),
                    member,
                    seq,
                    grant,
                    MONDAY,
                    amount,
                    amount * 3,
                    amount * 3,
                )
            ],
        )
        events.participate(tx, [(member, seq)])
        sales.add(tx, [sales.Sale(seq, shop.version.plan_id, member, MONDAY, amount, 0, 1)])
        prices.add(tx, [prices.Price(shop.version.plan_id, "token", seq, MONDAY, 30, 20 + member)][: 2 - member])
    close(shop, MONDAY, {})
    close(shop, TUESDAY, {ADA: (1, 36_00), BEN: (2, 108_00)})
    seq = shop.happens(
        "redemption", "r-1", WEDNESDAY,
        shop.move("redeem", "token", ADA, BURNED, 1000, number=1),
        shop.move("redeem", "cash", pool, ADA, 900, number=2),
        member=ADA,
    )  # fmt: skip
    events.participate(tx, [(ADA, seq)])
    prices.add(tx, [prices.Price(shop.version.plan_id, "token", seq, WEDNESDAY, 31, 21)])
    return shop


def close(shop: Shop, day: date, releases: Mapping[int, tuple[int, int]]) -> int:
    """Close a day with a release of (lot, amount) for each member; returns the event's number."""
    seq = shop.happens("day.close", day.isoformat(), day)
    locked, available = shop.book("points", LOCKED), shop.book("points")
    whose = sorted(releases)
    moved = Moved(
        [Flow(shop.version.rules["base"], locked, THE_MEMBER, available, THE_MEMBER)],
        column(whose),
        column([0] * len(whose)),
        column([releases[member][1] for member in whose]),
        column([releases[member][0] for member in whose]),
    )
    close_parts.add(shop.tx, seq, moved)
    released = np.zeros(CLEO, dtype=np.int64)
    np.add.at(released, moved.member - 1, moved.amount)
    close_columns.bring(shop.tx, locked, -released)
    close_columns.bring(shop.tx, available, released)
    drawn = np.zeros(lots.next_id(shop.tx) - 1, dtype=np.int64)
    np.add.at(drawn, moved.lot - 1, moved.amount)
    close_columns.draw(shop.tx, drawn)
    levels.add(
        shop.tx,
        [
            levels.Level(shop.version.plan_id, "team", m, seq, day, f"level-{day.day}", "level-9", day, date.max)
            for m in releases
        ],
    )
    closes.add(shop.tx, closes.ClosedDay(shop.version.plan_id, day, seq, "{}"))
    return seq


def column(numbers: Sequence[int]) -> Ints:
    """Numbers as a column."""
    return np.array(numbers, dtype=np.int64)


def a_member(ordinal: int, id: str, *, phone: str | None = None, sponsor: int | None = None) -> members.Member:
    """A member who joined by the first event."""
    return members.Member(ordinal, id, phone, sponsor, False, NOON, 1)


def seal(tx: Connection, limit: int = 1000) -> int:
    """Seal what is not sealed yet; returns how many events."""
    end, seals = chain.next_seals(tx, limit)
    assert chain.put(tx, end, seals)
    return len(seals)
