"""Trees: placing members below each other, moving them, and where they stand. What was counted before a move stays."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from rewards.errors import Conflict, InvalidRequest, NotFound
from rewards.interpreter.placements import Span, check_leg, children_on, placement, span_on
from rewards.ledger import events, members, placements
from rewards.plan.events import Placed
from rewards.plan.model import SPONSOR_TREE
from rewards.plan.windows import FOR_EVER
from rewards.services.people import check_id, check_limit, find_member
from rewards.services.platform import Calendar, Platform
from rewards.services.requests import PlacementRequest
from rewards.services.stored_trees import StoredTree, stored_tree
from rewards.services.suggesting import unknown
from rewards.services.units import retried
from rewards.services.views import ChildView, PlacePage, PlaceView

KIND = Placed.kind


@dataclass(frozen=True)
class _Tree:
    """A tree that active plans know."""

    name: str
    legs: Sequence[str]
    business_day: Callable[[datetime], date]
    """The business day of a moment, where a plan knows the tree."""

    @property
    def own_name(self) -> str:
        """Its name in plans and in the ledger."""
        return "" if self.name == SPONSOR_TREE else self.name


@retried
def place(platform: Platform, request: PlacementRequest) -> tuple[PlaceView, bool]:
    """Let a member stand below another; returns where they stand and whether nothing has changed by it.

    Raises NotFound, InvalidRequest, Refused, or Conflict when the day is closed or the id is on record with other
    contents.
    """
    if request.id is not None:
        check_id(request.id, "/id")
    now = platform.clock()
    with platform.ledger.write() as tx:
        calendar = platform.calendar(tx)
        tree = _tree(calendar, request.tree)
        member = find_member(tx, request.member)
        under = members.by_id(tx, request.under)
        if under is None:
            raise InvalidRequest("member.unknown", pointer="/under", id=request.under)
        leg = check_leg(request.tree, request.leg, tree.legs)
        known = events.find(tx, KIND, request.id) if request.id is not None else None
        since = request.since or _recorded_day(known) or _first_open(calendar, tree, now)
        text = _payload(request, since)
        view = PlaceView(request.tree, request.member, request.under, request.leg, since)
        if known is not None:
            if known.fingerprint != events.fingerprint(text):
                raise Conflict("event.conflict", pointer="/id", kind=KIND, id=request.id)
            return view, True
        record = stored_tree(tx, tree.own_name)
        if _stands_there(record, request, member.ordinal, under.ordinal, since):
            return _view(tx, request.tree, request.member, span_on(record, member.ordinal, since.toordinal())), True
        _check_open(calendar, since)
        seq = events.next_seq(tx)
        # Callers' ids have no # in them.
        id = request.id if request.id is not None else f"#{seq}"
        event = Placed(id, member.ordinal, tree.own_name, under.ordinal, leg, since, now)
        joined = tree.business_day(member.joined_at).toordinal()
        new = placement(record, event, joined, lambda ordinal: _id(tx, ordinal))
        events.add(tx, [events.Event(seq, KIND, id, member.ordinal, now, now, text, events.fingerprint(text))])
        row = placements.Placement(seq, tree.own_name, new.member, new.parent, new.leg, since, new.from_start)
        placements.add(tx, [row])
        return view, False


def place_of(
    platform: Platform, member: str, tree: str, after: str | None = None, limit: int = 50, on: date | None = None
) -> PlacePage:
    """Where a member stands at the end of a day (today when left out), and a page of those directly below.

    `after` is the last one of the page before. Raises NotFound, InvalidRequest.
    """
    check_limit(limit)
    with platform.ledger.read() as tx:
        found = _tree(platform.calendar(tx), tree)
        ordinal = find_member(tx, member).ordinal
        record, day = stored_tree(tx, found.own_name), (on or found.business_day(platform.clock())).toordinal()
        first = find_member(tx, after).ordinal if after else 0
        below = [(each, leg) for each, leg in children_on(record, ordinal, day) if each > first]
        ids = members.by_ordinals(tx, [each for each, _ in below[:limit]])
        items = [ChildView(ids[each].id, leg or None) for each, leg in below[:limit]]
        own = _view(tx, tree, member, span_on(record, ordinal, day))
        following = items[-1].member if len(below) > limit else None
        return PlacePage(items, following, own.tree, own.member, own.under, own.leg, own.since)


def _view(tx: Connection, tree: str, member: str, span: Span) -> PlaceView:
    since = date.fromordinal(span.first) if span.first > FOR_EVER else None
    return PlaceView(tree, member, _id(tx, span.parent) if span.parent else None, span.leg or None, since)


def _id(tx: Connection, ordinal: int) -> str:
    found = members.by_ordinal(tx, ordinal)
    assert found is not None
    return found.id


def _tree(calendar: Calendar, name: str) -> _Tree:
    """A tree by its name. Raises NotFound when no plan's last version has it."""
    plans = [of_plan[-1].plan for of_plan in calendar.bindings.values()]
    if name == SPONSOR_TREE:
        return _Tree(name, (), calendar.business_day)
    declaring = [plan for plan in plans if name in plan.trees]
    if not declaring:
        known = [SPONSOR_TREE, *(each for plan in plans for each in plan.trees)]
        raise unknown(NotFound, "tree.unknown", name, known, pointer=None, tree=name)
    legs = dict.fromkeys(leg for plan in declaring for leg in plan.trees[name].legs)
    return _Tree(name, tuple(legs), declaring[0].business_day)


def _recorded_day(known: events.Event | None) -> date | None:
    """A request without a first day says the same again when it comes again, on whatever day."""
    return date.fromisoformat(json.loads(known.payload)["from"]) if known else None


def _first_open(calendar: Calendar, tree: _Tree, now: datetime) -> date:
    """Today, or the first day after it that no plan has closed."""
    closed = [day for day in calendar.closed_through.values() if day is not None]
    return max([tree.business_day(now), *(day + timedelta(days=1) for day in closed)])


def _check_open(calendar: Calendar, since: date) -> None:
    """Refuse to change what closes have looked at."""
    for plan, day in calendar.closed_through.items():
        if day is not None and since <= day:
            first = (day + timedelta(days=1)).isoformat()
            raise Conflict("place.day-closed", pointer="/from", plan=plan, day=day.isoformat(), first=first)


def _stands_there(record: StoredTree, request: PlacementRequest, member: int, under: int, since: date) -> bool:
    """Whether nothing would change: the member has been placed so from that very day on, or stands so by then."""
    wanted = (under, request.leg or "")
    if request.since is None:
        return span_on(record, member, since.toordinal())[2:] == wanted
    of_day = [each for each in record.placements(member) if each.day == since.toordinal()]
    return bool(of_day) and (of_day[-1].parent, of_day[-1].leg) == wanted


def _payload(request: PlacementRequest, since: date) -> str:
    body = {"member": request.member, "tree": request.tree, "under": request.under, "from": since.isoformat()}
    return events.canonical(body | ({"leg": request.leg} if request.leg is not None else {}))
