"""The promises the books keep, as small checks that only read. `verify` runs them all.

What needs a plan's rules or a replay is checked by the rooms above; the numbers are those of the list of
promises.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    and_,
    cast,
    func,
    literal,
    or_,
    select,
    union_all,
)

from rewards.ledger import chain, events
from rewards.ledger.holders import BURNED, FIRST_POOL, ISSUANCE, OVERDRAFT
from rewards.ledger.tables import (
    balance,
    book,
    booking,
    closed_day,
    event,
    lot,
    measure,
    plan,
    pool,
    price,
    rule,
    sale,
    transfer,
)  # fmt: skip
from rewards.messages import Message

LAST_ORDINAL = 2**62
"""Larger than any holder."""

AT_MOST = 100
"""How many violations one check names; more would not help whoever reads them."""


class Violation(NamedTuple):
    """A promise found broken.

    Its number (1 to 10), a code of the message catalogue and what fills its text.
    """

    promise: int
    code: str
    parameters: Mapping[str, object]

    def text(self, language: str = "en") -> str:
        """The violation in words, in `language` (`en` or `zh`)."""
        return Message(self.code, self.parameters).render(language)


Check = Callable[[Connection], list[Violation]]


def _found(
    tx: Connection, promise: int, code: str, names: tuple[str, ...], wanted: Select[*tuple[Any, ...]]
) -> list[Violation]:
    """One violation for each row of `wanted`, its columns being the text's parameters `names`."""
    rows: Any = tx.execute(wanted.limit(AT_MOST))
    return [Violation(promise, f"ledger.violation.{code}", dict(zip(names, row, strict=True))) for row in rows]


def _moved(
    tx: Connection, promise: int, code: str, names: tuple[str, ...], wanted: Select[*tuple[Any, ...]]
) -> list[Violation]:
    """One violation for each transfer in `wanted`.

    The three columns of its identity, then the parameters `names`.
    """
    rows: Any = tx.execute(wanted.limit(AT_MOST))
    violations = []
    for seq, member, number, *others in rows:
        parameters = {"transfer": f"{seq}-{member}-{number}", **dict(zip(names, others, strict=True))}
        violations.append(Violation(promise, f"ledger.violation.{code}", parameters))
    return violations


_IDENTITY = (transfer.c.event_seq, transfer.c.member, transfer.c.number)


def _sum(column: ColumnElement[int]) -> ColumnElement[int]:
    return cast(func.sum(column), BigInteger)


def _positive(tx: Connection) -> list[Violation]:
    wanted = select(*_IDENTITY, transfer.c.amount).where(transfer.c.amount <= 0)
    return _moved(tx, 1, "transfer-not-positive", ("amount",), wanted)


def _one_asset(tx: Connection) -> list[Violation]:
    # A transfer takes from one account what it gives another: debits equal credits as long as both keep the
    # same asset.
    origin, target = book.alias("origin"), book.alias("target")
    wanted = (
        select(*_IDENTITY, transfer.c.from_book, transfer.c.to_book)
        .outerjoin(origin, origin.c.id == transfer.c.from_book)
        .outerjoin(target, target.c.id == transfer.c.to_book)
        .where(
            or_(
                origin.c.id.is_(None),
                target.c.id.is_(None),
                origin.c.asset != target.c.asset,
                origin.c.plan_id != target.c.plan_id,
            )
        )
    )
    return _moved(tx, 1, "transfer-mixes-assets", ("from_book", "to_book"), wanted)


def _differences(only_pools: bool = False) -> Any:
    """(book, holder, what the stored balance is off the sum of the account's transfers) where it is."""
    t = transfer.c
    # Few transfers touch a pool, so asking for those alone spares sorting all the others.
    last = FIRST_POOL if only_pools else LAST_ORDINAL
    legs = union_all(
        select(
            balance.c.book_id.label("book"),
            balance.c.holder.label("holder"),
            balance.c.amount.label("amount"),
        ).where(balance.c.holder <= last),
        select(t.to_book, t.to_holder, -t.amount).where(t.to_holder <= last),
        select(t.from_book, t.from_holder, t.amount).where(t.from_holder <= last),
    ).subquery()
    total = _sum(legs.c.amount)
    keys = (legs.c.book, legs.c.holder)
    return select(*keys, total.label("difference")).group_by(*keys).having(total != 0)


def _balances(tx: Connection) -> list[Violation]:
    return _found(tx, 1, "balance-differs", ("book", "holder", "difference"), _differences())


def _overdrafts(tx: Connection) -> list[Violation]:
    wanted = select(balance.c.book_id, balance.c.holder, balance.c.amount).where(
        balance.c.amount < 0, balance.c.holder.not_in(OVERDRAFT)
    )
    return _found(tx, 2, "overdrawn", ("book", "holder", "amount"), wanted)


def _lot_bounds(tx: Connection) -> list[Violation]:
    wanted = select(lot.c.id, lot.c.remaining, lot.c.granted).where(
        or_(lot.c.remaining < 0, lot.c.remaining > lot.c.granted)
    )
    return _found(tx, 2, "lot-out-of-bounds", ("lot", "remaining", "granted"), wanted)


def _lot_sums(tx: Connection) -> list[Violation]:
    with_lots = select(book.c.id).where(book.c.has_lots)
    parts = union_all(
        select(lot.c.book_id.label("book"), lot.c.member.label("member"), lot.c.remaining.label("amount")),
        select(balance.c.book_id, balance.c.holder, -balance.c.amount).where(
            balance.c.book_id.in_(with_lots), balance.c.holder >= 1
        ),
    ).subquery()
    total = _sum(parts.c.amount)
    keys = (parts.c.book, parts.c.member)
    wanted = select(*keys, total).group_by(*keys).having(total != 0)
    return _found(tx, 3, "lots-differ", ("book", "member", "difference"), wanted)


def _measures(tx: Connection) -> list[Violation]:
    m = measure.c
    parts = union_all(
        select(m.plan_id, m.member, m.cash, m.points, m.orders),
        select(sale.c.plan_id, sale.c.member, -sale.c.cash, -sale.c.points, -sale.c.orders),
    ).subquery()
    keys = (plan.c.name, parts.c.member)
    wanted = (
        select(*keys)
        .join(parts, parts.c.plan_id == plan.c.id)
        .group_by(*keys)
        .having(or_(_sum(parts.c.cash) != 0, _sum(parts.c.points) != 0, _sum(parts.c.orders) != 0))
    )
    return _found(tx, 1, "measure-differs", ("plan", "member"), wanted)


def _supplies(tx: Connection, supplies: Mapping[int, int]) -> list[Violation]:
    holders = (ISSUANCE, BURNED)
    wanted = select(balance.c.book_id, balance.c.holder, balance.c.amount).join(book, book.c.id == balance.c.book_id)
    rows = tx.execute(wanted.where(balance.c.holder.in_(holders), or_(book.c.priced, book.c.id.in_(supplies))))
    amounts = {(book_id, holder): amount for book_id, holder, amount in rows}
    violations = []
    for book_id in sorted({book_id for book_id, _ in amounts}):
        issued, burned = -amounts.get((book_id, ISSUANCE), 0), amounts.get((book_id, BURNED), 0)
        if issued > supplies.get(book_id, issued):
            parameters = {"book": book_id, "issued": issued, "supply": supplies[book_id]}
            violations.append(Violation(4, "ledger.violation.supply-exceeded", parameters))
        if burned > issued:
            parameters = {"book": book_id, "issued": issued, "burned": burned}
            violations.append(Violation(4, "ledger.violation.circulation-negative", parameters))
    return violations


def _prices(tx: Connection) -> list[Violation]:
    p = price.c
    wanted = select(plan.c.name, p.asset, p.event_seq, p.numerator, p.denominator).join(plan, plan.c.id == p.plan_id)
    violations: list[Violation] = []
    before: tuple[str, str, int, int] | None = None
    for name, asset, seq, numerator, denominator in tx.execute(wanted.order_by(p.plan_id, p.asset, p.event_seq)):
        parameters: dict[str, object] = {"plan": name, "asset": asset, "event": seq}
        if denominator <= 0 or numerator < 0:
            parameters |= {"numerator": numerator, "denominator": denominator}
            violations.append(Violation(4, "ledger.violation.price-malformed", parameters))
            continue
        # Compared in whole numbers without bounds: the products may exceed what the database can hold.
        if before is not None and before[:2] == (name, asset) and numerator * before[3] < before[2] * denominator:
            violations.append(Violation(4, "ledger.violation.price-fell", parameters))
        before = (name, asset, numerator, denominator)
    return violations[:AT_MOST]


def _pools(tx: Connection) -> list[Violation]:
    off = _differences(only_pools=True).subquery()
    wanted = select(pool.c.name, off.c.book, off.c.difference).join(off, off.c.holder == pool.c.holder)
    violations = _found(tx, 5, "pool-differs", ("pool", "book", "difference"), wanted)
    strangers = (
        select(balance.c.book_id, balance.c.holder)
        .join(book, book.c.id == balance.c.book_id)
        .outerjoin(pool, and_(pool.c.holder == balance.c.holder, pool.c.plan_id == book.c.plan_id))
        .where(balance.c.holder <= FIRST_POOL, pool.c.holder.is_(None))
    )
    return violations + _found(tx, 5, "pool-unknown", ("book", "holder"), strangers)


def _repeated_events(tx: Connection) -> list[Violation]:
    times = func.count()
    wanted = select(event.c.kind, event.c.id, times).group_by(event.c.kind, event.c.id).having(times > 1)
    return _found(tx, 6, "event-repeated", ("kind", "id", "count"), wanted)


def _closes(tx: Connection) -> list[Violation]:
    c = closed_day.c
    times = func.count()
    names = select(plan.c.name, c.day, times).join(closed_day, c.plan_id == plan.c.id)
    repeated = names.group_by(plan.c.name, c.day).having(times > 1)
    violations = _found(tx, 7, "close-repeated", ("plan", "day", "count"), repeated)
    settled = and_(booking.c.event_seq == c.event_seq, booking.c.plan_id == c.plan_id, booking.c.day == c.day)
    without = (
        select(plan.c.name, c.day)
        .join(closed_day, c.plan_id == plan.c.id)
        .outerjoin(booking, settled)
        .outerjoin(event, event.c.seq == c.event_seq)
        .where(or_(booking.c.event_seq.is_(None), event.c.seq.is_(None)))
    )
    violations += _found(tx, 7, "close-without-event", ("plan", "day"), without)
    ordered = select(plan.c.name, c.day).join(closed_day, c.plan_id == plan.c.id).order_by(plan.c.name, c.day)
    before = None
    for name, day in tx.execute(ordered):
        if before is not None and before[0] == name and day - before[1] > timedelta(days=1):
            parameters = {"plan": name, "before": before[1], "after": day}
            violations.append(Violation(7, "ledger.violation.close-missing", parameters))
        before = (name, day)
    return violations


def _rules(tx: Connection) -> list[Violation]:
    t = transfer.c
    # An event's transfers name few rules: the pairs are looked up, not every transfer.
    pairs = select(t.event_seq, t.rule_id).distinct().subquery()
    booked = (
        select(literal(1))
        .select_from(rule.join(booking, booking.c.version_id == rule.c.version_id))
        .where(rule.c.id == pairs.c.rule_id, booking.c.event_seq == pairs.c.event_seq)
    )
    wrong = select(pairs.c.event_seq, pairs.c.rule_id).where(~booked.exists()).subquery()
    found = and_(t.event_seq == wrong.c.event_seq, t.rule_id == wrong.c.rule_id)
    wanted = select(*_IDENTITY, t.rule_id).join(wrong, found)
    return _moved(tx, 9, "rule-not-in-version", ("rule",), wanted)


def _lots_named(tx: Connection) -> list[Violation]:
    t = transfer.c
    wanted = (
        select(*_IDENTITY, t.lot_id)
        .outerjoin(lot, and_(lot.c.id == t.lot_id, lot.c.book_id.in_((t.from_book, t.to_book))))
        .where(t.lot_id.is_not(None), lot.c.id.is_(None))
    )
    return _moved(tx, 9, "lot-elsewhere", ("lot",), wanted)


def _history(tx: Connection) -> list[Violation]:
    """The fingerprints of all events (6), and the sequence and the chain of seals (10)."""
    violations: list[Violation] = []
    for one in _all_events(tx):
        if hashlib.sha256(one.payload.encode()).hexdigest() != one.fingerprint:
            violations.append(Violation(6, "ledger.violation.fingerprint-differs", {"event": one.seq}))
        if len(violations) >= AT_MOST:
            break
    broken = chain.check(tx)
    return violations if broken is None else [*violations, Violation(10, broken.code, broken.parameters)]


def _all_events(tx: Connection) -> Iterator[events.Event]:
    after = -1
    while part := events.page(tx, after=after, limit=10_000):
        yield from part
        after = part[-1].seq


CHECKS: tuple[Check, ...] = (
    _positive,
    _one_asset,
    _balances,
    _measures,
    _overdrafts,
    _lot_bounds,
    _lot_sums,
    _prices,
    _pools,
    _repeated_events,
    _closes,
    _rules,
    _lots_named,
    _history,
)
"""All checks that need nothing but the books."""


def verify(tx: Connection, supplies: Mapping[int, int] | None = None) -> list[Violation]:
    """Every promise found broken, ordered by promise; an empty list when the books are sound.

    `supplies` gives, by book id, the most units that may ever be issued, in smallest units; it is part of a
    plan, which the ledger does not know. At most `AT_MOST` violations are named for each kind.
    """
    violations = _supplies(tx, supplies or {})
    for check in CHECKS:
        violations += check(tx)
    return sorted(violations, key=lambda violation: violation.promise)
