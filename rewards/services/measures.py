"""What plans have counted of a member, and what members were told by closes."""

from __future__ import annotations

import re

from sqlalchemy import Connection

from rewards.errors import InvalidRequest
from rewards.interpreter.facts import MemberFacts
from rewards.interpreter.state import State
from rewards.ledger import events, notes
from rewards.money import format_amount
from rewards.services.binding import Binding
from rewards.services.people import check_limit, find_member
from rewards.services.platform import Platform
from rewards.services.source import LedgerSource
from rewards.services.views import MeasureView, NoticeView, Page

_CURSOR = re.compile(r"([0-9]{1,18})-([0-9]{1,9})", re.ASCII)


def measures_of(platform: Platform, id: str) -> list[MeasureView]:
    """What each measure about members comes to today for a member, under every plan in force. Raises NotFound."""
    now = platform.clock()
    with platform.ledger.read() as tx:
        ordinal = find_member(tx, id).ordinal
        calendar = platform.calendar(tx)
        found: list[MeasureView] = []
        for name, bindings in calendar.bindings.items():
            day = bindings[-1].plan.business_day(now)
            binding = calendar.in_force(name, day)
            if binding is None or not binding.plan.measures:
                continue
            plan = binding.plan.on(day)
            facts = MemberFacts(State(binding.plan, LedgerSource(tx, binding)), plan, day)
            found += [
                MeasureView(name, each.name, each.title, format_amount(facts.measure(each, ordinal), each.scale))
                for each in plan.measures.values()
                if not each.everybody
            ]
        return found


def notices_of(platform: Platform, id: str, before: str | None, limit: int) -> Page[NoticeView]:
    """What a member was told of units about to expire, newest first; `before` is the cursor of the page before.

    Raises NotFound, InvalidRequest.
    """
    check_limit(limit)
    after = None if before is None else _after(before)
    with platform.ledger.read() as tx:
        ordinal = find_member(tx, id).ordinal
        bindings = {of_plan[-1].plan_id: of_plan[-1] for of_plan in platform.calendar(tx).bindings.values()}
        found = notes.notices(tx, ordinal, after=after, limit=limit + 1)
        shown = found[:limit]
        items = [_notice(tx, bindings[each.plan_id], each) for each in shown]
        return Page(items, _next(shown, after) if len(found) > limit else None)


def _after(cursor: str) -> tuple[int, int]:
    match = _CURSOR.fullmatch(cursor)
    if match is None:
        raise InvalidRequest("page.bad-cursor", pointer="/before", cursor=cursor)
    return int(match[1]), int(match[2])


def _next(shown: list[notes.Notice], after: tuple[int, int] | None) -> str:
    """The last event shown, and how many of its notices have been: one close may tell of several assets."""
    seq = shown[-1].event_seq
    before = after[1] if after and after[0] == seq else 0
    return f"{seq}-{before + sum(each.event_seq == seq for each in shown)}"


def _notice(tx: Connection, binding: Binding, stored: notes.Notice) -> NoticeView:
    asset = binding.plan.assets[stored.asset]
    day = next(each.day for each in events.bookings(tx, stored.event_seq) if each.plan_id == stored.plan_id)
    quantity = format_amount(stored.quantity, asset.scale)
    return NoticeView(binding.plan.name, asset.name, asset.title, quantity, stored.last_day, day)
