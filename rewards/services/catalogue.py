"""The rewards catalogue: what members may have, claiming it, taking claims back, and loading voucher codes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from rewards.errors import Conflict, InvalidRequest, NotFound, Refused
from rewards.interpreter.claiming import limit_left, stock_left, why_nobody, why_not
from rewards.interpreter.facts import MemberFacts
from rewards.interpreter.state import State
from rewards.ledger import claims, events
from rewards.money import format_amount
from rewards.plan.catalogue import Reward
from rewards.plan.events import Claim, ClaimCancelled
from rewards.plan.model import Plan
from rewards.services import catalogue_texts  # noqa: F401  (registers what these use cases say)
from rewards.services.batch import Batch
from rewards.services.binding import Binding
from rewards.services.catalogue_views import ClaimView, CodesView, RefusalView, RewardView
from rewards.services.people import check_id, find_member, find_ordinals
from rewards.services.platform import Calendar, Platform
from rewards.services.recorded import check_moment, check_not_ahead
from rewards.services.rendering import event_view
from rewards.services.requests import CancellationRequest, ClaimRequest, CodesRequest
from rewards.services.source import LedgerSource
from rewards.services.suggesting import unknown
from rewards.services.undoing import undo_of_claim
from rewards.services.units import retried
from rewards.services.views import EventView

CODES_KIND = "codes"
"""The kind of the events by which codes are loaded."""
MOST_PIECES = 1000
"""The most pieces a claim may be of."""
MOST_CODES = 100_000
"""The most codes loaded at a time."""
LONGEST_CODE = 64

_CODE = re.compile(rf"[^\s\x00-\x1f\x7f-\x9f\ud800-\udfff]{{1,{LONGEST_CODE}}}")


# --- what there is ----------------------------------------------------------------------------------------------------


def list_rewards(platform: Platform, member: str | None = None) -> list[RewardView]:
    """The rewards of the plans in force today, and whether the member (or anybody) can have one. Raises NotFound."""
    now = platform.clock()
    with platform.ledger.read() as tx:
        ordinal = 0 if member is None else find_member(tx, member).ordinal
        found = []
        for binding, day in platform.calendar(tx).booked(now):
            plan = binding.plan.on(day)
            facts = MemberFacts(State(binding.plan, LedgerSource(tx, binding)), plan, day)
            found += [_reward(tx, binding, facts, reward, ordinal) for reward in plan.rewards.values()]
        return found


def _reward(tx: Connection, binding: Binding, facts: MemberFacts, reward: Reward, member: int) -> RewardView:
    if reward.codes:
        left: int | None = claims.codes_left(tx, binding.plan_id, reward.name)
    else:
        left = stock_left(facts.state, reward)
    refusal = why_not(facts, reward, member, 1) if member else why_nobody(facts, reward)
    return RewardView(
        plan=binding.plan.name,
        reward=reward.name,
        title=reward.title,
        price=_units(binding.plan, reward.price, 1),
        gives=_units(binding.plan, reward.gives, 1),
        codes=reward.codes,
        stock=None if left is None else max(left, 0),
        limit=limit_left(facts, reward, member) if member else None,
        refusal=None if refusal is None else _refusal(refusal),
    )


def _units(plan: Plan, of_one: Mapping[str, int], count: int) -> Mapping[str, str]:
    return {name: format_amount(units * count, plan.assets[name].scale) for name, units in of_one.items()}


def _refusal(refused: Refused) -> RefusalView:
    return RefusalView(refused.code, {language: refused.text(language) for language in ("en", "zh")})


# --- claims -----------------------------------------------------------------------------------------------------------


@retried
def claim(platform: Platform, request: ClaimRequest) -> ClaimView:
    """Let a member have what they claim.

    Raises NotFound for an unknown reward, InvalidRequest, Conflict or Refused; nothing is then claimed.
    """
    check_id(request.id, "/id")
    if not 1 <= request.count <= MOST_PIECES:
        raise InvalidRequest("reward.bad-count", pointer="/count", most=MOST_PIECES)
    with platform.ledger.write() as tx:
        known = events.find(tx, Claim.kind, request.id)
        moment = _moment(platform, request.at, known)
        if known is not None:
            return _repeated(platform, tx, known, _claim_body(request, _plan_before(request, known), moment))
        calendar = platform.calendar(tx)
        binding, day = _offering(calendar, request.reward, request.plan, moment)
        text = events.canonical(_claim_body(request, binding.plan.name, moment))
        member = find_ordinals(tx, {request.member: "/member"})[request.member]
        batch = Batch(tx, platform.clock())
        event = Claim(request.id, member, request.reward, request.count, moment)
        booked = batch.take([(binding, day, event)])
        seq = batch.record(Claim.kind, request.id, member, moment, text, booked)
        batch.flush()
        claims.add(tx, claims.Claim(seq, binding.plan_id, request.reward, member, request.count))
        claims.give_codes(tx, [each.id for each in booked[0].outcome.vouchers], seq)
        return _claim_view(platform, tx, seq, repeated=False)


def _claim_body(request: ClaimRequest, plan: str, moment: datetime) -> dict[str, Any]:
    named = {"plan": plan, "reward": request.reward, "member": request.member, "count": request.count}
    return {**named, "at": moment.isoformat()}


def _plan_before(request: ClaimRequest, known: events.Event) -> str:
    """The plan a repeated request is about: the one it names, else the one that was meant when it came first."""
    return request.plan or str(json.loads(known.payload)["plan"])


def _repeated(platform: Platform, tx: Connection, known: events.Event, body: dict[str, Any]) -> ClaimView:
    _check_same(known, events.canonical(body))
    return _claim_view(platform, tx, known.seq, repeated=True)


def _check_same(known: events.Event, text: str) -> None:
    if known.fingerprint != events.fingerprint(text):
        raise Conflict("event.conflict", pointer="/id", kind=known.kind, id=known.id)


def _moment(platform: Platform, at: datetime | None, known: events.Event | None) -> datetime:
    """The request's moment; when it names none, that of the request on record with its id, else now."""
    if at is not None:
        return check_not_ahead(check_moment(at, "/at"), platform.clock(), "/at")
    return check_moment(known.occurred_at if known else platform.clock(), "/at")


def claim_on_record(platform: Platform, id: str) -> ClaimView:
    """A claim on record. Raises NotFound."""
    with platform.ledger.read() as tx:
        return _claim_view(platform, tx, _find(tx, id).seq, repeated=False)


def _find(tx: Connection, id: str) -> events.Event:
    found = events.find(tx, Claim.kind, id)
    if found is None:
        raise NotFound("event.unknown", kind=Claim.kind, id=id)
    return found


def _claim_view(platform: Platform, tx: Connection, seq: int, *, repeated: bool) -> ClaimView:
    stored = claims.by_seq(tx, seq)
    assert stored is not None
    event = event_view(tx, seq, repeated=repeated)
    (booking,) = events.bookings(tx, seq)
    plan = _under(platform.calendar(tx), booking).plan
    reward = plan.rewards[stored.reward]
    return ClaimView(
        plan=plan.name,
        reward=reward.name,
        title=reward.title,
        member=event.member,
        count=stored.pieces,
        price=_units(plan, reward.price, stored.pieces),
        gives=_units(plan, reward.gives, stored.pieces),
        day=booking.day,
        codes=claims.codes_of(tx, seq),
        cancelled=stored.cancelled_seq is not None,
        event=event,
    )


def _under(calendar: Calendar, booking: events.Booking) -> Binding:
    """The version of a plan that something was booked under."""
    versions = (binding for of_plan in calendar.bindings.values() for binding in of_plan)
    return next(binding for binding in versions if binding.version.id == booking.version_id)


# --- taking claims back -----------------------------------------------------------------------------------------------


@retried
def cancel(platform: Platform, request: CancellationRequest) -> EventView:
    """Take a claim back as a whole, under the version it was booked under, and give its price back.

    Raises NotFound, InvalidRequest, Conflict, or Refused when it was taken back before.
    """
    check_id(request.id, "/id")
    with platform.ledger.write() as tx:
        stored = _find(tx, request.claim)
        known = events.find(tx, ClaimCancelled.kind, request.id)
        moment = _moment(platform, request.at, known)
        text = events.canonical({"claim": request.claim, "at": moment.isoformat()})
        if known is not None:
            _check_same(known, text)
            return event_view(tx, known.seq, repeated=True)
        made = claims.by_seq(tx, stored.seq)
        assert made is not None
        if made.cancelled_seq is not None:
            raise Refused("claim.cancelled-already", claim=request.claim)
        calendar = platform.calendar(tx)
        (booking,) = events.bookings(tx, stored.seq)
        binding = _under(calendar, booking)
        taken = Claim(request.claim, made.member, made.reward, made.pieces, stored.occurred_at)
        event = ClaimCancelled(request.id, taken, booking.day, moment)
        day = max(calendar.booked_day(binding.plan.name, moment), booking.day)
        batch = Batch(tx, platform.clock())
        undo = {binding.version.id: undo_of_claim(tx, binding, booking)}
        booked = batch.take([(binding, day, event)], undo)
        seq = batch.record(ClaimCancelled.kind, request.id, made.member, moment, text, booked)
        batch.flush()
        claims.cancel(tx, stored.seq, seq)
        return event_view(tx, seq, repeated=False)


# --- codes ------------------------------------------------------------------------------------------------------------


@retried
def add_codes(platform: Platform, request: CodesRequest) -> CodesView:
    """Load voucher codes of a reward of the newest version of a plan; they are given out in this order.

    Raises NotFound, or InvalidRequest that points at the code that is malformed or was loaded before; none is then
    loaded.
    """
    if not 1 <= len(request.codes) <= MOST_CODES:
        raise InvalidRequest("reward.codes-count", pointer="/codes", most=MOST_CODES)
    now = platform.clock()
    with platform.ledger.write() as tx:
        bindings = {name: of_plan[-1] for name, of_plan in platform.calendar(tx).bindings.items()}
        binding = _chosen(bindings, request.reward, request.plan)
        if not binding.plan.rewards[request.reward].codes:
            raise InvalidRequest("reward.no-codes", reward=request.reward)
        _check_codes(tx, binding, request)
        seq = events.next_seq(tx)
        body = {"plan": binding.plan.name, "reward": request.reward, "codes": list(request.codes)}
        text = events.canonical(body)
        # Callers' ids have no # in them.
        events.add(tx, [events.Event(seq, CODES_KIND, f"#{seq}", None, now, now, text, events.fingerprint(text))])
        claims.add_codes(tx, binding.plan_id, request.reward, request.codes)
        left = claims.codes_left(tx, binding.plan_id, request.reward)
        return CodesView(binding.plan.name, request.reward, len(request.codes), left)


def _check_codes(tx: Connection, binding: Binding, request: CodesRequest) -> None:
    """Refuse a code that is malformed, or there already. Raises InvalidRequest that points at it."""
    for index, code in enumerate(request.codes):
        if not _CODE.fullmatch(code):
            raise InvalidRequest("reward.bad-code", pointer=f"/codes/{index}", most=LONGEST_CODE)
    known = claims.known_codes(tx, binding.plan_id, request.reward, request.codes)
    for index, code in enumerate(request.codes):
        if code in known:
            raise InvalidRequest("reward.code-twice", pointer=f"/codes/{index}", reward=request.reward)
        known.add(code)


# --- whose reward it is -----------------------------------------------------------------------------------------------


def _offering(calendar: Calendar, reward: str, plan: str | None, moment: datetime) -> tuple[Binding, date]:
    """The version that is in force at a moment of the plan that has a reward, and the day it is booked to."""
    days = {binding.plan.name: day for binding, day in calendar.booked(moment)}
    bindings = {binding.plan.name: binding for binding, _ in calendar.booked(moment)}
    binding = _chosen(bindings, reward, plan)
    return binding, days[binding.plan.name]


def _chosen(bindings: Mapping[str, Binding], reward: str, plan: str | None) -> Binding:
    """The one among plans that has a reward. Raises NotFound, or InvalidRequest when the plan must be named."""
    if plan is not None and plan not in bindings:
        raise InvalidRequest("plan.not-active", pointer="/plan", plan=plan, known=", ".join(bindings) or "–")
    asked = bindings if plan is None else {plan: bindings[plan]}
    offering = [name for name, binding in asked.items() if reward in binding.plan.rewards]
    if not offering:
        known = [name for binding in asked.values() for name in binding.plan.rewards]
        raise unknown(NotFound, "reward.unknown", reward, known, pointer=None, reward=reward)
    if len(offering) > 1:
        raise InvalidRequest("reward.which-plan", pointer="/plan", reward=reward, known=", ".join(offering))
    return asked[offering[0]]
