"""What an event has done: what each rule moved, in all or for one member, and what caps have cut off it.

A cap that took everything a rule would have given leaves no transfer to ask about; here it is seen all the same.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from rewards.errors import NotFound
from rewards.ledger import closes, events, notes, transfers
from rewards.ledger.transfers import Transfer
from rewards.messages import LANGUAGES, Message, register
from rewards.money import format_amount
from rewards.plan.model import Compartment, Title
from rewards.services.binding import Binding
from rewards.services.cuts import both, cut_views
from rewards.services.days import closed_view
from rewards.services.holdings import BUILT_IN_TITLES
from rewards.services.people import find_member
from rewards.services.platform import Platform
from rewards.services.rendering import Names
from rewards.services.views_explained import CutView, EventExplanation, PlanPart, RulePart

MOST = 2**63
"""Numbers of events are 64 bits wide on every store."""

Moved = dict[tuple[str, str], tuple[str, int]]
"""For each rule and asset what has been moved: the quantity as text, and in how many transfers."""

register(
    {
        "event.no-number": (
            "there is no event number {sequence}; the number of an event is what its transfers' names begin with",
            "没有序号为 {sequence} 的事件；事件序号即其转账编号的第一段",
        ),
        "explain.part": ("{quantity} {asset}", "{asset} {quantity}"),
        "explain.separator": ("; ", "；"),
    }
)


def explain_event(platform: Platform, sequence: int, member: str | None = None) -> EventExplanation:
    """Explain the event with this number, or one member's part in it. Raises NotFound."""
    with platform.ledger.read() as tx:
        event = events.by_seq(tx, sequence) if 0 < sequence < MOST else None
        if event is None:
            raise NotFound("event.no-number", sequence=sequence)
        whose = find_member(tx, member).ordinal if member is not None else 0
        names = Names(tx)
        cuts = notes.cuts_of_member(tx, event.seq, whose) if whose else notes.cut_totals(tx, event.seq)
        parts = []
        for booking in events.bookings(tx, event.seq):
            binding = platform.bind(names.versions[booking.version_id])
            moved = _moved(tx, names, binding, booking, whose)
            of_plan = [each for each in cuts if each.plan_id == booking.plan_id]
            rules = _rules(binding, moved, cut_views(platform, names, of_plan, whose))
            parts.append(PlanPart(binding.plan.name, binding.plan.digest, booking.day, rules))
        return EventExplanation(event.kind, event.id, event.seq, member or "", parts)


def _moved(tx: Connection, names: Names, binding: Binding, booking: events.Booking, whose: int) -> Moved:
    """What each rule has moved under one plan, in all or for one member."""
    closed = closes.find(tx, booking.plan_id, booking.day)
    if closed is not None and closed.event_seq != booking.event_seq:
        closed = None
    if closed is not None and not whose:
        # A close may have moved something of every member; what it moved in all is on record.
        found = closed_view(binding, closed, repeated=True).moved
        return {(each.rule, each.asset): (each.quantity, each.transfers) for each in found}
    # A close moves nothing from one member to another, so that the transfers named after a member are all of theirs.
    rows = transfers.named_after(tx, booking.event_seq, whose) if closed else transfers.of_event(tx, booking.event_seq)
    together: dict[tuple[str, str], list[Transfer]] = {}
    for each in rows:
        book = names.books[each.from_book]
        if book.plan_id == booking.plan_id and (not whose or whose in (each.from_holder, each.to_holder)):
            together.setdefault((names.rules[each.rule_id][1].lstrip("#"), book.asset), []).append(each)
    return {
        (rule, asset): (format_amount(_quantity(names, each), binding.plan.assets[asset].scale), len(each))
        for (rule, asset), each in together.items()
    }


def _quantity(names: Names, moved: Sequence[Transfer]) -> int:
    """What a rule has moved of an asset: what has come to members, or else what has gone.

    A debt that is paid off out of what has come is no part of what the rule gave.
    """
    come = [each.amount for each in moved if each.to_holder > 0]
    debt = Compartment.DEBT.value
    return sum(come) if come else sum(each.amount for each in moved if names.books[each.from_book].compartment != debt)


def _rules(binding: Binding, moved: Moved, cuts: Sequence[CutView]) -> list[RulePart]:
    """The rules that have moved something or would have, in the file's order."""
    plan = binding.plan
    titles: dict[str, Title] = {**BUILT_IN_TITLES, **{rule.id: rule.title for rule in plan.rules}}
    order = {rule.id: rule.index for rule in plan.rules}
    found = {**{(cut.rule, cut.asset): ("", 0) for cut in cuts}, **moved}
    parts = []
    for rule, asset in sorted(found, key=lambda key: (order.get(key[0], -1), key)):
        quantity, count = found[rule, asset]
        quantity = quantity or format_amount(0, plan.assets[asset].scale)
        own = [cut for cut in cuts if (cut.rule, cut.asset) == (rule, asset)]
        parts.append(RulePart(rule, titles[rule], asset, quantity, count, own, _text(quantity, asset, own)))
    return parts


def _text(quantity: str, asset: str, cuts: Sequence[CutView]) -> dict[str, str]:
    start = both(Message("explain.part", {"quantity": quantity, "asset": asset}))
    between = both(Message("explain.separator"))
    return {each: between[each].join([start[each], *(cut.text[each] for cut in cuts)]) for each in LANGUAGES}
