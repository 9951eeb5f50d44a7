"""What a member has and how it came about: balances, lots, the statement, and what their network has ordered."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime

import numpy as np
from sqlalchemy import Connection

from rewards.columns import Column
from rewards.errors import InvalidRequest
from rewards.ledger import balances, events, history, lots, sales, statements
from rewards.messages import register
from rewards.money import format_amount
from rewards.network import downline_sums
from rewards.plan.model import Asset, Compartment, Title
from rewards.services.binding import Binding
from rewards.services.people import check_limit, cursor_number, find_member
from rewards.services.platform import Calendar, Platform
from rewards.services.rendering import Names
from rewards.services.stored_trees import sponsors_on
from rewards.services.views import (
    BalanceView,
    LotView,
    NetworkTotal,
    NetworkView,
    Page,
    StatementLine,
)

_TRANSFER = re.compile(r"([0-9]{1,18})-([0-9]{1,18})-([0-9]{1,18})", re.ASCII)


register(
    {
        "balance.day-ahead": (
            "the day {day} has not begun; name a business day up to {today}",
            "{day} 尚未开始；请指定不晚于 {today} 的营业日",
        ),
    }
)


def parse_transfer_id(text: str) -> tuple[int, int, int] | None:
    """A transfer's name as its identity; None when the text is no such name."""
    match = _TRANSFER.fullmatch(text)
    if match is None:
        return None
    seq, member, number = match.groups()
    return int(seq), int(member), int(number)


def balances_of(platform: Platform, id: str, as_of: date | None = None) -> list[BalanceView]:
    """What a member has of every asset of every plan, zero included. Raises NotFound.

    With `as_of` what they had at the close of that business day, of the plans that were in force on it; while a day is
    not closed, what is booked up to it so far. Raises InvalidRequest for a day that has not begun.
    """
    with platform.ledger.read() as tx:
        ordinal = find_member(tx, id).ordinal
        if as_of is not None:
            return _balances_at(tx, platform.calendar(tx), ordinal, as_of, platform.clock())
        found: list[BalanceView] = []
        for bindings in platform.calendar(tx).bindings.values():
            binding = bindings[-1]
            amounts = balances.get(tx, binding.books, [ordinal])
            found += [_balance(binding, asset, amounts, ordinal) for asset in binding.plan.assets.values()]
        return found


def _balances_at(tx: Connection, calendar: Calendar, ordinal: int, day: date, now: datetime) -> list[BalanceView]:
    today = max((of_plan[-1].plan.business_day(now) for of_plan in calendar.bindings.values()), default=day)
    if day > today:
        raise InvalidRequest("balance.day-ahead", pointer="/as_of", day=day.isoformat(), today=today.isoformat())
    amounts = history.balances_at(tx, ordinal, day)
    in_force = [binding for name in calendar.bindings if (binding := calendar.in_force(name, day)) is not None]
    return [
        _balance(binding, asset, amounts, ordinal) for binding in in_force for asset in binding.plan.assets.values()
    ]


def _balance(binding: Binding, asset: Asset, amounts: dict[tuple[int, int], int], ordinal: int) -> BalanceView:
    available, locked, debt = (
        amounts.get((binding.books[asset.book(compartment)], ordinal), 0) for compartment in Compartment
    )
    scale = binding.plan.currency_scale
    value = None
    if asset.currency:
        value = format_amount(available, scale)
    elif asset.cash_value is not None:
        value = format_amount(int(available * asset.cash_value * 10**scale / 10**asset.scale), scale)
    return BalanceView(
        plan=binding.plan.name,
        asset=asset.name,
        title=asset.title,
        available=format_amount(available, asset.scale),
        locked=format_amount(locked, asset.scale),
        debt=format_amount(debt, asset.scale),
        value=value,
    )


def lots_of(platform: Platform, id: str, after: str | None, limit: int) -> Page[LotView]:
    """A member's lots, oldest first; `after` is the last lot of the page before. Raises NotFound, InvalidRequest."""
    check_limit(limit)
    with platform.ledger.read() as tx:
        ordinal = find_member(tx, id).ordinal
        names = Names(tx)
        scales = {
            bindings[-1].plan_id: bindings[-1].plan.currency_scale
            for bindings in platform.calendar(tx).bindings.values()
        }
        found = lots.page(tx, ordinal, cursor_number(after, "/after") or 0, limit + 1)
        items = [_lot(tx, names, scales, each) for each in found[:limit]]
        return Page(items, items[-1].id if len(found) > limit else None)


def _lot(tx: Connection, names: Names, scales: dict[int, int], stored: lots.Lot) -> LotView:
    book = names.books[stored.book_id]
    version, _ = names.rules[stored.rule_id]
    event = events.by_seq(tx, stored.event_seq)
    return LotView(
        id=str(stored.id),
        plan=version.plan,
        asset=book.asset,
        order=event.id if event else "",
        day=stored.day,
        basis=format_amount(stored.basis, scales[book.plan_id]),
        granted=format_amount(stored.granted, book.scale),
        remaining=format_amount(stored.remaining, book.scale),
        released=format_amount(stored.granted - stored.remaining, book.scale),
    )


def statement_of(platform: Platform, id: str, before: str | None, limit: int) -> Page[StatementLine]:
    """A member's transfers, newest first; `before` is the last transfer of the page before.

    Raises NotFound, InvalidRequest.
    """
    check_limit(limit)
    identity = None
    if before is not None:
        identity = parse_transfer_id(before)
        if identity is None:
            raise InvalidRequest("page.bad-cursor", pointer="/before", cursor=before)
    with platform.ledger.read() as tx:
        ordinal = find_member(tx, id).ordinal
        names = Names(tx)
        titles = {
            (binding.plan.digest, rule.id): rule.title
            for bindings in platform.calendar(tx).bindings.values()
            for binding in bindings
            for rule in binding.plan.rules
        }
        found = statements.statement(tx, ordinal, identity, limit + 1)
        names.read_members(holder for entry in found for holder in (entry.from_holder, entry.to_holder))
        items = [_line(names, titles, ordinal, entry) for entry in found[:limit]]
        return Page(items, items[-1].transfer if len(found) > limit else None)


def _line(
    names: Names, titles: Mapping[tuple[str, str], Title], ordinal: int, entry: statements.Entry
) -> StatementLine:
    own_move = entry.from_holder == entry.to_holder
    arrives = entry.to_holder == ordinal
    other = entry.from_holder if arrives else entry.to_holder
    rule = entry.rule.lstrip("#")
    return StatementLine(
        transfer="-".join(map(str, entry.identity)),
        kind=entry.event_kind,
        event=entry.event_id,
        day=entry.day,
        plan=entry.plan,
        version=entry.version_digest,
        rule=rule,
        title=titles.get((entry.version_digest, entry.rule), BUILT_IN_TITLES.get(rule, {"en": rule, "zh": rule})),
        asset=entry.asset,
        compartment=entry.to_compartment if arrives else entry.from_compartment,
        change=format_amount(entry.amount, entry.scale),
        counterpart=entry.from_compartment if own_move else names.holder(other),
    )


BUILT_IN_TITLES = {
    "payment": {"en": "Part of an order paid with points", "zh": "积分支付订单"},
    "adjustment": {"en": "Adjusted by hand", "zh": "手工调整"},
    "refund": {"en": "Taken back by a refund", "zh": "退款收回"},
    "expiry": {"en": "Expired", "zh": "已过期"},
    "claim": {"en": "Price of a reward", "zh": "奖品价格"},
}


def network_of(platform: Platform, id: str) -> NetworkView:
    """What a member's downline has ordered under each plan, split into cash and points. Raises NotFound."""
    with platform.ledger.read() as tx:
        index = find_member(tx, id).ordinal - 1
        calendar = platform.calendar(tx)
        sponsor = sponsors_on(tx, calendar.business_day(platform.clock()))
        one = np.ones(len(sponsor), dtype=np.int64)
        return NetworkView(
            member=id,
            direct=int(np.count_nonzero(sponsor == index)),
            downline=int(downline_sums(sponsor, one)[index]),
            totals=[_total(tx, bindings[-1], sponsor, index) for bindings in calendar.bindings.values()],
        )


def _total(tx: Connection, binding: Binding, sponsor: Column, index: int) -> NetworkTotal:
    sold = sales.total_columns(tx, binding.plan_id)
    scale = binding.plan.currency_scale

    def own_and_downline(values: Column) -> tuple[int, int]:
        column = np.zeros(len(sponsor), dtype=np.int64)
        column[sold.member - 1] = values
        return int(column[index]), int(downline_sums(sponsor, column)[index])

    own_orders, orders = own_and_downline(sold.orders)
    own_cash, cash = own_and_downline(sold.cash)
    own_points, points = own_and_downline(sold.points)
    return NetworkTotal(
        plan=binding.plan.name,
        orders=orders,
        cash=format_amount(cash, scale),
        points=format_amount(points, scale),
        own_orders=own_orders,
        own_cash=format_amount(own_cash, scale),
        own_points=format_amount(own_points, scale),
    )
