"""Tags: marks that members carry from one business day to another. Giving one again replaces its days."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from rewards.errors import Conflict, InvalidRequest, NotFound
from rewards.interpreter.run import applies
from rewards.ledger import events, members, tags
from rewards.plan.events import TagGiven
from rewards.plan.model import Plan, Title
from rewards.services.batch import Batch
from rewards.services.people import check_id, find_member
from rewards.services.platform import Calendar, Platform
from rewards.services.requests import TagRequest
from rewards.services.suggesting import unknown
from rewards.services.units import retried
from rewards.services.views import TagView

KIND = TagGiven.kind


@retried
def give_tag(platform: Platform, request: TagRequest) -> tuple[TagView, bool]:
    """Let a member carry a tag; returns it and whether nothing has changed by it.

    Raises NotFound, InvalidRequest, or Conflict when the id is on record with other contents.
    """
    if request.id is not None:
        check_id(request.id, "/id")
    now = platform.clock()
    with platform.ledger.write() as tx:
        calendar = platform.calendar(tx)
        plans = _declaring(calendar, request.tag)
        member = find_member(tx, request.member)
        known = events.find(tx, KIND, request.id) if request.id is not None else None
        # A request without a first day says the same again when it comes again, on whatever day.
        at = known.occurred_at if known else now
        since = request.since or plans[0].business_day(at)
        if request.through is not None and request.through < since:
            days = {"since": since.isoformat(), "through": request.through.isoformat()}
            raise InvalidRequest("tag.ends-first", pointer="/through", **days)
        text = _payload(request.member, request.tag, since, request.through)
        title = plans[0].tags[request.tag].title
        view = TagView(request.tag, title, since, request.through)
        if known is not None:
            if known.fingerprint != events.fingerprint(text):
                raise Conflict("event.conflict", pointer="/id", kind=KIND, id=request.id)
            return view, True
        before = tags.of_members(tx, [member.ordinal]).get(member.ordinal, {}).get(request.tag)
        if before is not None and _says_already(before, request, since, now, plans[0]):
            return TagView(request.tag, title, before.first_day, before.last_day), True
        _give(tx, calendar, request, member, since, text, now)
        return view, False


def _says_already(before: tags.Tag, request: TagRequest, since: date, now: datetime, plan: Plan) -> bool:
    """Whether a tag has the very days asked for; where no first day is asked for, whether it is carried today."""
    if before.last_day != request.through:
        return False
    if request.since is None:
        return before.first_day <= plan.business_day(now)
    return before.first_day == since


def _give(
    tx: Connection,
    calendar: Calendar,
    request: TagRequest,
    member: members.Member,
    since: date,
    text: str,
    now: datetime,
) -> None:
    batch = Batch(tx, now)
    seq = batch.next_seq
    # Callers' ids have no # in them.
    id = request.id if request.id is not None else f"#{seq}"
    given = TagGiven(id, member.ordinal, request.tag, since, request.through, now)
    under = [(binding, day, given) for binding, day in calendar.booked(now) if applies(binding.plan, given)]
    batch.tag(tags.Tag(seq, member.ordinal, request.tag, since, request.through))
    batch.record(KIND, id, member.ordinal, now, text, batch.take(list(under)))
    batch.flush()


@retried
def end_tag(platform: Platform, id: str, tag: str, on: date | None = None) -> TagView:
    """Let a member's tag end: the day before `on` (today when left out) is the last on which they carry it.

    A tag that has ended by then stays as it was. Raises NotFound for an unknown member or tag, or one not carried.
    """
    now = platform.clock()
    with platform.ledger.write() as tx:
        plans = _declaring(platform.calendar(tx), tag)
        member = find_member(tx, id)
        before = tags.of_members(tx, [member.ordinal]).get(member.ordinal, {}).get(tag)
        if before is None:
            raise NotFound("tag.not-carried", member=id, tag=tag)
        last = (on or plans[0].business_day(now)) - timedelta(days=1)
        if before.last_day is None or before.last_day > last:
            before = _end(tx, before, id, last, now)
        return TagView(tag, plans[0].tags[tag].title, before.first_day, before.last_day)


def _end(tx: Connection, before: tags.Tag, id: str, last: date, now: datetime) -> tags.Tag:
    """Put on record that a tag ends; rules wait for tags that are given, not for those that end."""
    seq = events.next_seq(tx)
    text = _payload(id, before.name, before.first_day, last, ends=True)
    events.add(tx, [events.Event(seq, KIND, f"#{seq}", before.member, now, now, text, events.fingerprint(text))])
    ended = tags.Tag(seq, before.member, before.name, before.first_day, last)
    tags.add(tx, [ended])
    return ended


def tags_of(platform: Platform, id: str) -> list[TagView]:
    """What was said last of each tag of a member, also where it is over or has not begun. Raises NotFound."""
    with platform.ledger.read() as tx:
        titles = {
            name: tag.title
            for of_plan in platform.calendar(tx).bindings.values()
            for binding in of_plan
            for name, tag in binding.plan.tags.items()
        }
        ordinal = find_member(tx, id).ordinal
        found = tags.of_members(tx, [ordinal]).get(ordinal, {})
        return [
            TagView(name, titles.get(name, _untitled(name)), each.first_day, each.last_day)
            for name, each in sorted(found.items())
            if each.last_day is None or each.first_day <= each.last_day
        ]


def _untitled(name: str) -> Title:
    return {"en": name, "zh": name}


def _payload(member: str, tag: str, since: date, through: date | None, *, ends: bool = False) -> str:
    body: dict[str, object] = {"member": member, "tag": tag, "from": since.isoformat()}
    # The word in which events have always kept it: history stays as it is, and so does what it is recognised by.
    body["until"] = through.isoformat() if through else None
    if ends:
        body["ends"] = True
    return events.canonical(body)


def _declaring(calendar: Calendar, tag: str) -> list[Plan]:
    """The plans whose last version has a tag. Raises NotFound when there is none."""
    plans: Iterable[Plan] = [of_plan[-1].plan for of_plan in calendar.bindings.values()]
    found = [plan for plan in plans if tag in plan.tags]
    if not found:
        raise unknown(
            NotFound, "tag.unknown", tag, [name for plan in plans for name in plan.tags], pointer=None, tag=tag
        )
    return found
