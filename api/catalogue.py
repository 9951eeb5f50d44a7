"""Rewards: what members may have, claiming it, taking claims back, and loading voucher codes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rewards.services import catalogue
from rewards.services.catalogue_views import ClaimView, CodesView
from rewards.services.requests import CancellationRequest, ClaimRequest, CodesRequest
from rewards.services.views import EventView

from . import examples
from .auth import MEMBER, OPERATOR, READERS, SUBMITTERS, allow, own_only
from .blueprints import Blueprint
from .context import platform
from .pages import whole
from .schemas_catalogue import CancellationIn, ClaimIn, Codes, CodesIn, MemberQuery, Reward, RewardOrder
from .schemas_plans import list_of
from .schemas_requests import NoParameters
from .schemas_views import Event
from .taken import taken

blueprint = Blueprint("rewards", "Rewards and what members claim of them")


@blueprint.route("/rewards")
@blueprint.arguments(MemberQuery, location="query")
@blueprint.response(200, list_of(Reward))
@allow(*READERS, MEMBER)
def list_rewards(query: dict[str, Any]) -> dict[str, Any]:
    """The rewards of the plans in force, with what is left, and whether a member can have one today."""
    member = query.get("member")
    if member is not None:
        own_only(member)
    return whole(catalogue.list_rewards(platform(), member))


@blueprint.route("/rewards/<reward>/orders", methods=["POST"])
@blueprint.arguments(ClaimIn, example=examples.CLAIM)
@blueprint.response(201, RewardOrder, description="Claimed")
@blueprint.repeated(RewardOrder)
@allow(*SUBMITTERS, MEMBER)
def claim(wanted: dict[str, Any], reward: str) -> tuple[ClaimView, int]:
    """Claim a reward and pay its price."""
    own_only(wanted["member"])
    claimed = catalogue.claim(platform(), ClaimRequest(reward=reward, **wanted))
    return claimed, taken(claimed.event)


@blueprint.route("/reward-orders/<order>")
@blueprint.arguments(NoParameters, location="query")
@blueprint.response(200, RewardOrder)
@allow(*READERS, MEMBER)
def get_claim(_: dict[str, Any], order: str) -> ClaimView:
    """A claim, with its voucher codes and what it has moved."""
    found = catalogue.claim_on_record(platform(), order)
    own_only(found.member)
    return found


@blueprint.route("/reward-orders/<order>/cancellation", methods=["POST"])
@blueprint.arguments(CancellationIn, example=examples.CANCELLATION)
@blueprint.response(201, Event, description="Taken back")
@blueprint.repeated(Event)
@allow(*SUBMITTERS)
def cancel(wanted: CancellationRequest, order: str) -> tuple[EventView, int]:
    """Take a claim back as a whole and give its price back; its voucher codes are not given out again."""
    event = catalogue.cancel(platform(), replace(wanted, claim=order))
    return event, taken(event)


@blueprint.route("/rewards/<reward>/codes", methods=["POST"])
@blueprint.arguments(CodesIn, example=examples.CODES)
@blueprint.response(201, Codes, description="Loaded")
@allow(OPERATOR)
def add_codes(wanted: dict[str, Any], reward: str) -> CodesView:
    """Load voucher codes of a reward. One that is there already is refused, and none is then loaded."""
    return catalogue.add_codes(platform(), CodesRequest(reward, tuple(wanted["codes"]), wanted.get("plan")))
