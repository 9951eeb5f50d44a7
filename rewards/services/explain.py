"""Why a transfer happened: its event, version and rule, and how its quantity came about (promise 9)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
from sqlalchemy import Connection, and_, select

from rewards.actions.base import Column
from rewards.errors import NotFound
from rewards.interpreter.state import BUILT_IN_RULES
from rewards.interpreter.values import order_value
from rewards.ledger import events, lots, members, notes, sales, tags, transfers
from rewards.ledger.tables import booking, closed_day, level, participation, transfer
from rewards.ledger.transfers import Transfer
from rewards.plan.events import OrderPaid
from rewards.plan.fields import Field
from rewards.plan.model import Plan, Rule
from rewards.services.binding import Binding
from rewards.services.cuts import cut_views
from rewards.services.holdings import parse_transfer_id
from rewards.services.orders import order_from_record
from rewards.services.platform import Platform
from rewards.services.recorded import HELD
from rewards.services.rendering import Names
from rewards.services.stored_trees import sponsors_on
from rewards.services.views_explained import Explanation, ExplanationStep


def explain(platform: Platform, id: str) -> Explanation:
    """Explain a transfer, named as statements name it. Raises NotFound."""
    identity = parse_transfer_id(id)
    with platform.ledger.read() as tx:
        found = (
            [each for each in transfers.named_after(tx, *identity[:2]) if each.number == identity[2]]
            if identity
            else []
        )
        if not found:
            raise NotFound("transfer.unknown", id=id)
        return _explain(platform, tx, found[0])


def _explain(platform: Platform, tx: Connection, stored: Transfer) -> Explanation:
    names = Names(tx)
    view = names.transfer(stored)
    version, rule_name = names.rules[stored.rule_id]
    binding = platform.bind(version)
    event = events.by_seq(tx, stored.event_seq)
    assert event is not None
    booked = next(each for each in events.bookings(tx, event.seq) if each.plan_id == version.plan_id)
    steps: list[ExplanationStep] = []
    line, text = 0, BUILT_IN_TEXTS.get(rule_name, "")
    if rule_name not in BUILT_IN_RULES.values():
        rule = binding.plan.rule(rule_name)
        line, text = rule.line, rule_text(binding.plan, rule)
        # An order may have been paid with the points of any of the plans it was booked under.
        versions = [names.versions[each.version_id] for each in events.bookings(tx, event.seq)]
        plans = {each.plan: platform.bind(each).plan for each in versions}
        facts = StoredFacts(tx, binding, rule, stored, event, booked, plans)
        steps = [ExplanationStep(each.depth, {"en": each.en, "zh": each.zh}) for each in rule.action.explain(facts)]
    else:
        steps = [ExplanationStep(0, {"en": _reason(event), "zh": _reason(event)})]
    cuts = notes.cuts_of_member(tx, event.seq, stored.member)
    views = cut_views(platform, names, [each for each in cuts if each.rule_id == stored.rule_id], stored.member)
    return Explanation(view, event.kind, event.id, booked.day, line, text, steps, views)


BUILT_IN_TEXTS = {name: name.lstrip("#") for name in BUILT_IN_RULES.values()}


def _reason(event: events.Event) -> str:
    """What an adjustment gave as its reason; for the rest the event's id."""
    return str(json.loads(event.payload).get("reason", event.id))


def rule_text(plan: Plan, rule: Rule) -> str:
    """The rule as its file has it, indentation removed."""
    lines = plan.source.splitlines()
    first = rule.line - 1
    indent = len(lines[first]) - len(lines[first].lstrip(" -"))
    taken = [lines[first]]
    for each in lines[first + 1 :]:
        if each.strip() and len(each) - len(each.lstrip(" ")) < indent:
            break
        taken.append(each)
    return "\n".join(each[indent:] for each in taken).rstrip()


class StoredFacts:
    """What is on record about one transfer; see rewards.actions.base.Facts."""

    def __init__(
        self,
        tx: Connection,
        binding: Binding,
        rule: Rule,
        stored: Transfer,
        event: events.Event,
        booked: events.Booking,
        plans: dict[str, Plan],
    ) -> None:
        self.plan = binding.plan
        self.rule = rule
        self.day: date = booked.day
        self.member = stored.member
        self.quantity = stored.amount
        self._tx, self._binding, self._stored, self._event, self._plans = tx, binding, stored, event, plans
        self._trace: Mapping[str, Any] = json.loads(booked.trace)
        trace = self._trace.get(rule.id, {})
        if isinstance(trace, list):  # an exit may run several times in one event; each says whose it was
            own = [each for each in trace if each.get("member", stored.member) == stored.member]
            trace = own[0] if own else {}
        self.details: Mapping[str, object] = trace

    def value(self, field: Field) -> Any:
        """See Facts."""
        if field.root == "order" and self._event.kind == OrderPaid.kind:
            order = order_from_record(self._event, self.plan.currency_scale, self._plans)
            return order_value(order, self.plan, field)
        if field.root == "lot" and field.attribute == "basis" and self._stored.lot_id is not None:
            return lots.by_ids(self._tx, [self._stored.lot_id])[0].basis
        if field.root == "day" and field.attribute == "sales":
            return int(sales.day_columns(self._tx, self._binding.plan_id, self.day).cash.sum())
        if field.attribute == "balance" and field.root == "member":
            return self._balance_before(field.argument)
        raise KeyError(field.name)

    def _balance_before(self, asset: str) -> int:
        """What the member had at the end of the closed day, before the close: everything booked until then added up."""
        t, book = transfer.c, self._binding.books[self.plan.assets[asset].free_book]
        before = self._stored.event_seq
        earlier = (booking.c.plan_id == self._binding.plan_id, booking.c.day <= self.day, t.event_seq < before)
        booked = transfer.join(booking, booking.c.event_seq == t.event_seq)
        took_part = and_(participation.c.event_seq == t.event_seq, participation.c.member == self.member)
        total = 0
        closes = (closed_day.c.plan_id == self._binding.plan_id, closed_day.c.event_seq < before)
        for row in (
            *self._tx.execute(select(transfer).select_from(booked.join(participation, took_part)).where(*earlier)),
            *transfers.in_closes(self._tx, self.member, *closes),
        ):
            total += row.amount if (row.to_book, row.to_holder) == (book, self.member) else 0
            total -= row.amount if (row.from_book, row.from_holder) == (book, self.member) else 0
        return total

    def outcome(self, rule_id: str) -> Column:
        """See Facts."""
        column = np.zeros(len(self.sponsors()), dtype=np.int64)
        wanted = self._binding.rule_id(self.plan.rule(rule_id).index)
        for each in transfers.of_event(self._tx, self._stored.event_seq):
            if each.rule_id == wanted and each.to_holder > 0:
                column[each.to_holder - 1] += each.amount
        return column

    def sponsors(self) -> Column:
        """See Facts."""
        return sponsors_on(self._tx, self.day)

    def levels(self, ladder: str) -> Column:
        """See Facts."""
        column = np.full(len(self.sponsors()), -1, dtype=np.int64)
        of_ladder = self.plan.ladders[ladder]
        rows = self._tx.execute(
            select(level.c.member, level.c.level)
            .where(
                level.c.plan_id == self._binding.plan_id,
                level.c.ladder == ladder,
                level.c.event_seq <= self._stored.event_seq,
            )
            .order_by(level.c.event_seq)
        )
        for member, name in rows:
            column[member - 1] = of_ladder.index_of(name)
        # Levels whose last day it was fell when the rules had run; who held which meanwhile is in the trace.
        for member, held in self._trace.get(HELD, {}).get(ladder, ()):
            column[member - 1] = held
        for tag, floor in of_ladder.floors.items():
            carried = tags.carried(self._tx, tag, self.day, self._stored.event_seq)
            column[carried - 1] = np.maximum(column[carried - 1], floor)
        return column

    def name(self, index: int) -> str:
        """See Facts."""
        found = members.by_ordinal(self._tx, index + 1)
        return found.id if found else "?"
