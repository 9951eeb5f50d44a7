"""Members: adding them, and who they are. One phone number, one account (specification, "around them")."""

from __future__ import annotations

from collections.abc import Sequence

import phonenumbers
from sqlalchemy import Connection

from rewards.errors import Conflict, InvalidRequest
from rewards.ledger import events, levels, members
from rewards.services.people import check_id, check_limit, find_member
from rewards.services.platform import Platform
from rewards.services.requests import MemberRequest
from rewards.services.views import LevelView, MemberView, Page

KIND = "member"
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


def add_member(platform: Platform, request: MemberRequest) -> tuple[MemberView, bool]:
    """Add a member; returns them and whether they were there already with these very data.

    Raises InvalidRequest, or Conflict when the id is taken with other data or the phone by another account.
    """
    with platform.ledger.write() as tx:
        (repeated,) = _add(platform, tx, [request])
        return _view(platform, tx, find_member(tx, request.id)), repeated


def add_members(platform: Platform, requests: Sequence[MemberRequest]) -> list[bool]:
    """Add members in one unit, all or none; a sponsor may stand earlier in the same list. Raises as `add_member`.

    Answers for each whether they were there already.
    """
    with platform.ledger.write() as tx:
        return _add(platform, tx, requests)


def _add(platform: Platform, tx: Connection, requests: Sequence[MemberRequest]) -> list[bool]:
    now = platform.clock()
    seq, ordinal = events.next_seq(tx), members.count(tx) + 1
    known = {id: event.fingerprint for id, event in events.find_many(tx, KIND, {each.id for each in requests}).items()}
    ordinals = members.ordinals(tx, {id for each in requests for id in (each.id, each.sponsor) if id})
    recorded: list[events.Event] = []
    added: list[members.Member] = []
    answers: list[bool] = []
    for request in requests:
        phone, payload = _normal(request)
        fingerprint = events.fingerprint(payload)
        answers.append(request.id in known)
        if request.id in known:
            if known[request.id] != fingerprint:
                raise Conflict("event.conflict", pointer="/id", kind=KIND, id=request.id)
            continue
        if request.sponsor and request.sponsor not in ordinals:
            raise InvalidRequest("member.sponsor-unknown", pointer="/sponsor", id=request.sponsor)
        sponsor = ordinals[request.sponsor] if request.sponsor else None
        recorded.append(events.Event(seq, KIND, request.id, ordinal, now, now, payload, fingerprint))
        added.append(members.Member(ordinal, request.id, phone, sponsor, request.merchant, now, seq))
        known[request.id], ordinals[request.id] = fingerprint, ordinal
        seq, ordinal = seq + 1, ordinal + 1
    events.add(tx, recorded)
    try:
        members.add(tx, added)
    except Conflict as conflict:
        conflict.pointer = "/phone" if conflict.code == "ledger.phone-taken" else "/id"
        raise
    return answers


def _normal(request: MemberRequest) -> tuple[str | None, str]:
    """The phone number in E.164 and the payload that is kept. Raises InvalidRequest."""
    check_id(request.id, "/id")
    phone = normal_phone(request.phone) if request.phone else None
    payload = {"id": request.id, "phone": phone, "sponsor": request.sponsor, "merchant": request.merchant}
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
    )


def _levels(platform: Platform, tx: Connection, ordinal: int) -> list[LevelView]:
    """The levels a member holds; the newest row of each ladder is the one in force."""
    names = {of_plan[-1].plan_id: of_plan[-1].plan for of_plan in platform.calendar(tx).bindings.values()}
    held: dict[tuple[int, str], LevelView] = {}
    for row in levels.history(tx, ordinal):
        plan = names[row.plan_id]
        ladder = plan.ladders.get(row.ladder)
        index = ladder.index_of(row.level) if ladder else -1
        if (row.plan_id, row.ladder) in held or ladder is None:
            continue
        title = ladder.levels[index].title if index >= 0 else {"en": row.level, "zh": row.level}
        held[row.plan_id, row.ladder] = LevelView(plan.name, row.ladder, row.level, title, row.day)
    return [view for view in held.values() if view.level]
