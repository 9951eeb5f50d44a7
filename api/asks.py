"""What members and operators ask of one plan: redeem, convert, pay, and adjusting a balance by hand."""

from __future__ import annotations

from rewards.services import asks
from rewards.services.requests import AdjustmentRequest, ConversionRequest, PaymentRequest, RedemptionRequest
from rewards.services.views import EventView

from . import examples
from .auth import MEMBER, OPERATOR, SUBMITTERS, allow, own_only
from .blueprints import Blueprint
from .context import platform
from .schemas_requests import AdjustmentIn, ConversionIn, PaymentIn, RedemptionIn
from .schemas_views import Event
from .taken import taken

blueprint = Blueprint("requests", "Redemptions, conversions, payments and adjustments")


@blueprint.route("/redemptions", methods=["POST"])
@blueprint.arguments(RedemptionIn, example=examples.REDEMPTION)
@blueprint.response(201, Event, description="Taken")
@blueprint.repeated(Event)
@allow(*SUBMITTERS, MEMBER)
def redeem(wanted: RedemptionRequest) -> tuple[EventView, int]:
    """Give units of a priced asset back for cash."""
    own_only(wanted.member)
    event = asks.redeem(platform(), wanted)
    return event, taken(event)


@blueprint.route("/conversions", methods=["POST"])
@blueprint.arguments(ConversionIn, example=examples.CONVERSION)
@blueprint.response(201, Event, description="Taken")
@blueprint.repeated(Event)
@allow(*SUBMITTERS, MEMBER)
def convert(wanted: ConversionRequest) -> tuple[EventView, int]:
    """Turn a quantity of one asset into another of equal value."""
    own_only(wanted.member)
    event = asks.convert(platform(), wanted)
    return event, taken(event)


@blueprint.route("/payments", methods=["POST"])
@blueprint.arguments(PaymentIn, example=examples.PAYMENT)
@blueprint.response(201, Event, description="Taken")
@blueprint.repeated(Event)
@allow(*SUBMITTERS, MEMBER)
def pay(wanted: PaymentRequest) -> tuple[EventView, int]:
    """Pay another member with an asset."""
    own_only(wanted.member)
    event = asks.pay(platform(), wanted)
    return event, taken(event)


@blueprint.route("/adjustments", methods=["POST"])
@blueprint.arguments(AdjustmentIn, example=examples.ADJUSTMENT)
@blueprint.response(201, Event, description="Taken")
@blueprint.repeated(Event)
@allow(OPERATOR)
def adjust(wanted: AdjustmentRequest) -> tuple[EventView, int]:
    """Add or take a quantity by hand; the reason stays on record."""
    event = asks.adjust(platform(), wanted)
    return event, taken(event)
