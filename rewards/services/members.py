"""Members: adding them, and who they are. One phone number, one account (specification, "around them")."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import phonenumbers
from sqlalchemy import Connection

from rewards.errors import Conflict, InvalidRequest
from rewards.interpreter.run import applies
from rewards.ledger import events, levels, members, tags
from rewards.plan.events import Joined
from rewards.plan.ladder import Ladder
from rewards.services.batch import Batch
from rewards.services.people import check_id, check_limit, find_member
from rewards.services.platform import Platform
from rewards.services.requests import MemberRequest
from rewards.services.units import retried
from rewards.services.views import LevelView, MemberView, Page

KIND = Joined.kind
DEFAULT_REGION = "CN"
"""Where a phone number without a country code is taken to be."""


def normal_phone(phone: str) -> str:
    """A phone number in E.164, however it was written. Raises InvalidRequest."""
    try:
        parsed = phonenumbers.parse(phone, DEFAULT_REGION)
    except phonenumbers.NumberParseException:
        raise InvalidRequest("member.bad-phone", pointer="/phone", phone=phone) from None
    if not phonenumbers.is_valid_number(parsed):
        raise InvalidRequest("member.bad-phone", pointer="/phone", phone=phone)
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


@retried
def add_member(platform: Platform, request: MemberRequest) -> tuple[MemberView, bool]:
    """Add a member; returns them and whether they were there already with these very data.

    Raises InvalidRequest, or Conflict when the id is taken with other data or the phone by another account.
    """
    with platform.ledger.write() as tx:
        (repeated,) = _add(platform, tx, [request])
        return _view(platform, tx, find_member(tx, request.id)), repeated


@retried
def add_members(platform: Platform, requests: Sequence[MemberRequest]) -> list[bool]:
    """Add members in one unit, all or none; a sponsor may stand earlier in the same list. Raises as `add_member`.

    Answers for each whether they were there already.
    """
    with platform.ledger.write() as tx:
        return _add(platform, tx, requests)


def _add(platform: Platform, tx: Connection, requests: Sequence[MemberRequest]) -> list[bool]:
    joining = _Joining(platform, tx, requests)
    answers = [joining.take(request) for request in requests]
    try:
        joining.batch.flush()
    except Conflict as conflict:
        conflict.pointer = "/phone" if conflict.code == "ledger.phone-taken" else "/id"
        raise
    return answers


class _Joining:
    """Members on their way into the books."""

    def __init__(self, platform: Platform, tx: Connection, requests: Sequence[MemberRequest]) -> None:
        self.batch = Batch(tx, platform.clock())
        known = events.find_many(tx, KIND, {each.id for each in requests})
        self._known = {id: event.fingerprint for id, event in known.items()}
        self._ordinals = members.ordinals(tx, {id for each in requests for id in (each.id, each.sponsor) if id})
        self._next = members.count(tx) + 1
        self._under = platform.calendar(tx).booked(self.batch.now)

    def take(self, request: MemberRequest) -> bool:
        """Add one member; returns whether they were there already. Raises InvalidRequest, Conflict, Refused."""
        phone, payload = _normal(request, self.batch.now)
        fingerprint = events.fingerprint(payload)
        if request.id in self._known:
            if self._known[request.id] != fingerprint:
                raise Conflict("event.conflict", pointer="/id", kind=KIND, id=request.id)
            return True
        if request.sponsor and request.sponsor not in self._ordinals:
            raise InvalidRequest("member.sponsor-unknown", pointer="/sponsor", id=request.sponsor)
        sponsor = self._ordinals[request.sponsor] if request.sponsor else None
        now, ordinal = self.batch.now, self._next
        event = Joined(request.id, ordinal, now)
        under = [(binding, day, event) for binding, day in self._under if applies(binding.plan, event)]
        self.batch.join(
            members.Member(
                ordinal, request.id, phone, sponsor, request.merchant, now, self.batch.next_seq, request.birthday
            )
        )
        if under:
            self.batch.record(KIND, request.id, ordinal, now, payload, self.batch.take(list(under)))
        else:
            self.batch.note(KIND, request.id, ordinal, now, payload)
        self._known[request.id], self._ordinals[request.id] = fingerprint, ordinal
        self._next += 1
        return False


def _normal(request: MemberRequest, now: datetime) -> tuple[str | None, str]:
    """The phone number in E.164 and the payload that is kept. Raises InvalidRequest."""
    check_id(request.id, "/id")
    phone = normal_phone(request.phone) if request.phone else None
    payload = {"id": request.id, "phone": phone, "sponsor": request.sponsor, "merchant": request.merchant}
    if request.birthday is not None:
        if request.birthday > (now + timedelta(days=1)).date():  # it may be tomorrow already where they are
            raise InvalidRequest("member.unborn", pointer="/birthday", day=request.birthday.isoformat())
        payload["birthday"] = request.birthday.isoformat()
    return phone, events.canonical(payload)


def member(platform: Platform, id: str) -> MemberView:
    """A member by id. Raises NotFound."""
    with platform.ledger.read() as tx:
        return _view(platform, tx, find_member(tx, id))


def list_members(platform: Platform, after: str | None, limit: int) -> Page[MemberView]:
    """Members in the order they joined; `after` is the id of the last one of the page before. Raises NotFound."""
    check_limit(limit)
    with platform.ledger.read() as tx:
        first = find_member(tx, after).ordinal if after else 0
        found = members.page(tx, first, limit + 1)
        items = [_view(platform, tx, each) for each in found[:limit]]
        return Page(items, items[-1].id if len(found) > limit else None)


def _view(platform: Platform, tx: Connection, found: members.Member) -> MemberView:
    sponsor = members.by_ordinal(tx, found.sponsor) if found.sponsor else None
    return MemberView(
        id=found.id,
        phone=found.phone,
        sponsor=sponsor.id if sponsor else None,
        merchant=found.merchant,
        joined_at=found.joined_at,
        levels=_levels(platform, tx, found.ordinal),
        birthday=found.birthday,
    )


def _levels(platform: Platform, tx: Connection, ordinal: int) -> list[LevelView]:
    """Where a member stands on each ladder; what their tags give them counts where it is more than they hold."""
    plans = {of_plan[-1].plan_id: of_plan[-1].plan for of_plan in platform.calendar(tx).bindings.values()}
    held: dict[tuple[int, str], levels.Level] = {}
    for row in levels.history(tx, ordinal):
        held.setdefault((row.plan_id, row.ladder), row)
    carried = tags.of_members(tx, [ordinal]).get(ordinal, {})
    views = []
    for plan_id, plan in plans.items():
        today = plan.business_day(platform.clock())
        for ladder in plan.held_ladders:
            own = held.get((plan_id, ladder.name))
            floors = [
                (level, tag)
                for name, level in ladder.floors.items()
                if (tag := carried.get(name)) and _carries(tag, today)
            ]
            views += _level_view(plan.name, ladder, own, max(floors, default=None, key=lambda each: each[0]))
    return views


def _carries(tag: tags.Tag, day: date) -> bool:
    return tag.first_day <= day and (tag.last_day is None or day <= tag.last_day)


def _level_view(
    plan: str, ladder: Ladder, row: levels.Level | None, floor: tuple[int, tags.Tag] | None
) -> list[LevelView]:
    """The level held or, where it is higher, the floor a tag gives; nothing for somebody without either."""
    held = ladder.index_of(row.level) if row else -1
    highest = ladder.index_of(row.highest) if row else -1
    if floor is not None and floor[0] > held:
        index, tag = floor
        best = ladder.levels[max(index, highest)].name
        level = ladder.levels[index]
        return [LevelView(plan, ladder.name, level.name, level.title, tag.first_day, tag.last_day, best)]
    if row is None or not row.level:
        return []
    title = ladder.levels[held].title if held >= 0 else {"en": row.level, "zh": row.level}
    through = None if row.until == date.max else row.until
    return [LevelView(plan, ladder.name, row.level, title, row.since, through, row.highest)]
