"""The promises the books keep, as small checks that only read. `verify` runs them all.

What needs a plan's rules or a replay is checked by the rooms above; the numbers are those of the list of
promises.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    Table,
    and_,
    cast,
    func,
    literal,
    or_,
    select,
    union_all,
)

from rewards.ledger import chain, events, promises_accounts
from rewards.ledger.close_tables import close_flow
from rewards.ledger.holders import BURNED, ISSUANCE
from rewards.ledger.tables import (
    balance,
    book,
    booking,
    closed_day,
    event,
    measure,
    plan,
    price,
    rule,
    sale,
    transfer,
)
from rewards.ledger.violations import AT_MOST, Check, Violation, found, moved

_IDENTITY = (transfer.c.event_seq, transfer.c.member, transfer.c.number)


def _sum(column: ColumnElement[int]) -> ColumnElement[int]:
    return cast(func.sum(column), BigInteger)


def _positive(tx: Connection) -> list[Violation]:
    wanted = select(*_IDENTITY, transfer.c.amount).where(transfer.c.amount <= 0)
    return moved(tx, 1, "transfer-not-positive", ("amount",), wanted)


def _one_asset(tx: Connection) -> list[Violation]:
    # A transfer takes from one account what it gives another: debits equal credits as long as both keep the
    # same asset.
    names = ("from_book", "to_book")
    of_events = moved(tx, 1, "transfer-mixes-assets", names, _mixing(transfer, *_IDENTITY))
    of_closes = found(
        tx,
        1,
        "flow-mixes-assets",
        ("event", "flow", *names),
        _mixing(close_flow, close_flow.c.event_seq, close_flow.c.flow),
    )
    return of_events + of_closes


def _mixing(table: Table, *key: ColumnElement[int]) -> Select[*tuple[Any, ...]]:
    """What moves between books of different assets or plans, or of none."""
    origin, target = book.alias("origin"), book.alias("target")
    return (
        select(*key, table.c.from_book, table.c.to_book)
        .outerjoin(origin, origin.c.id == table.c.from_book)
        .outerjoin(target, target.c.id == table.c.to_book)
        .where(
            or_(
                origin.c.id.is_(None),
                target.c.id.is_(None),
                origin.c.asset != target.c.asset,
                origin.c.plan_id != target.c.plan_id,
            )
        )
    )


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
    return found(tx, 1, "measure-differs", ("plan", "member"), wanted)


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


def _repeated_events(tx: Connection) -> list[Violation]:
    times = func.count()
    wanted = select(event.c.kind, event.c.id, times).group_by(event.c.kind, event.c.id).having(times > 1)
    return found(tx, 6, "event-repeated", ("kind", "id", "count"), wanted)


def _closes(tx: Connection) -> list[Violation]:
    c = closed_day.c
    times = func.count()
    names = select(plan.c.name, c.day, times).join(closed_day, c.plan_id == plan.c.id)
    repeated = names.group_by(plan.c.name, c.day).having(times > 1)
    violations = found(tx, 7, "close-repeated", ("plan", "day", "count"), repeated)
    settled = and_(booking.c.event_seq == c.event_seq, booking.c.plan_id == c.plan_id, booking.c.day == c.day)
    without = (
        select(plan.c.name, c.day)
        .join(closed_day, c.plan_id == plan.c.id)
        .outerjoin(booking, settled)
        .outerjoin(event, event.c.seq == c.event_seq)
        .where(or_(booking.c.event_seq.is_(None), event.c.seq.is_(None)))
    )
    violations += found(tx, 7, "close-without-event", ("plan", "day"), without)
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
    wrong = _of_no_version(select(t.event_seq, t.rule_id).distinct()).subquery()
    named = and_(t.event_seq == wrong.c.event_seq, t.rule_id == wrong.c.rule_id)
    of_events = moved(tx, 9, "rule-not-in-version", ("rule",), select(*_IDENTITY, t.rule_id).join(wrong, named))
    pairs = select(close_flow.c.event_seq, close_flow.c.rule_id).distinct()
    return of_events + found(tx, 9, "flow-rule-not-in-version", ("event", "rule"), _of_no_version(pairs))


def _of_no_version(wanted: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """Those pairs of an event and a rule's id whose rule is of no version the event was booked under."""
    pairs = wanted.subquery()
    booked = (
        select(literal(1))
        .select_from(rule.join(booking, booking.c.version_id == rule.c.version_id))
        .where(rule.c.id == pairs.c.rule_id, booking.c.event_seq == pairs.c.event_seq)
    )
    return select(pairs.c.event_seq, pairs.c.rule_id).where(~booked.exists())


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
    promises_accounts.check,
    _measures,
    _prices,
    _repeated_events,
    _closes,
    _rules,
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
