"""Schemas of what callers send; each makes the request of `rewards.services.requests` it is named after."""

from __future__ import annotations

from rewards.services import requests

from .fields import (
    Day,
    DecimalText,
    Flag,
    Identifier,
    Moment,
    Names,
    Objects,
    RequestSchema,
    Text,
    TextMap,
    Values,
    Whole,
)

MOST_LINES = 500
MOST_POINTS = 20
LONGEST_SOURCE = 12 * 1024 * 1024


class MemberIn(RequestSchema):
    """A member to add."""

    makes = requests.MemberRequest
    id = Identifier(required=True, metadata={"example": "anna"})
    phone = Text(most=40, allow_none=True, metadata={"description": "Kept in E.164; one phone, one account."})
    sponsor = Identifier(allow_none=True, metadata={"description": "The member who referred this one."})
    merchant = Flag()
    birthday = Day(allow_none=True)


class PointsIn(RequestSchema):
    """A quantity of an asset that pays part of an order."""

    makes = requests.PointsRequest
    plan = Text(required=True, most=64)
    asset = Text(required=True, most=64)
    quantity = DecimalText(required=True)


class LineIn(RequestSchema):
    """One line of an order."""

    makes = requests.LineRequest
    amount = DecimalText(required=True, metadata={"description": "The price of the whole line."})
    sku = Text(least=0, most=100)
    category = Text(least=0, most=100)
    quantity = Whole(least=1, most=1_000_000)
    attributes = TextMap()


class OrderIn(RequestSchema):
    """A paid order."""

    makes = requests.OrderRequest
    id = Identifier(required=True)
    member = Identifier(required=True)
    total = DecimalText(required=True, metadata={"description": "Cash and points together."})
    paid_at = Moment(required=True, metadata={"description": "With its offset from UTC."})
    points = Objects(PointsIn, most=MOST_POINTS)
    lines = Objects(LineIn, most=MOST_LINES)
    attributes = TextMap()


class EventIn(RequestSchema):
    """An event of a kind that active plans declare."""

    makes = requests.EventRequest
    id = Identifier(required=True)
    event = Text(required=True, most=64, metadata={"description": "Its kind, as plans declare it."})
    member = Identifier(required=True)
    at = Moment(required=True, metadata={"description": "With its offset from UTC."})
    fields = Values(  # type: ignore[assignment]
        metadata={"description": "What the plans declare of it; amounts are decimal texts."}
    )


class TagIn(RequestSchema):
    """The days on which a member carries a tag."""

    since = Day(allow_none=True, data_key="from", metadata={"description": "Today when left out."})
    through = Day(allow_none=True, metadata={"description": "The last day; for ever when left out."})
    id = Identifier(allow_none=True)


class PlacementIn(RequestSchema):
    """Under whom a member is to stand."""

    under = Identifier(required=True, metadata={"description": "Who is to be directly above."})
    leg = Text(most=64, allow_none=True, metadata={"description": "In a tree whose legs have names: which one."})
    since = Day(
        allow_none=True, data_key="from", metadata={"description": "The first day; the first open one when left out."}
    )
    id = Identifier(allow_none=True)


class DeclarationIn(RequestSchema):
    """The value of a parameter for a period."""

    period = Text(required=True, most=20, metadata={"description": "Such as 2026, 2026-Q3, 2026-11 or 2026-W47."})
    value = Text(required=True, most=60, metadata={"description": "As a rule file has it, such as 1.2% or 2.50."})


class CloseIn(RequestSchema):
    """What a close may do although it is above a limit."""

    approve = Names(most=50, metadata={"description": "Caps that stop a close and may be exceeded by this one."})


class AsOfQuery(RequestSchema):
    """At the close of which day."""

    as_of = Day(metadata={"description": "The business day at whose close; what is there now when left out."})


class OnQuery(RequestSchema):
    """From which day on."""

    on = Day(metadata={"description": "The first day without it; today when left out."})


class RefundIn(RequestSchema):
    """What is to be taken back of the order the path names."""

    makes = requests.RefundRequest
    id = Identifier(required=True)
    amount = DecimalText(
        allow_none=True, metadata={"description": "Of the order's total; all that is left when left out."}
    )
    at = Moment(allow_none=True, metadata={"description": "Now when left out."})


class RedemptionIn(RequestSchema):
    """A member gives units of a priced asset back for cash."""

    makes = requests.RedemptionRequest
    id = Identifier(required=True)
    member = Identifier(required=True)
    plan = Text(required=True, most=64)
    asset = Text(required=True, most=64)
    quantity = DecimalText(required=True)
    at = Moment(allow_none=True, metadata={"description": "Now when left out."})


class ConversionIn(RequestSchema):
    """A member turns a quantity of one asset into another of equal value."""

    makes = requests.ConversionRequest
    id = Identifier(required=True)
    member = Identifier(required=True)
    plan = Text(required=True, most=64)
    source = Text(required=True, most=64, data_key="from")
    target = Text(required=True, most=64, data_key="to")
    quantity = DecimalText(required=True)
    at = Moment(allow_none=True, metadata={"description": "Now when left out."})


class PaymentIn(RequestSchema):
    """A member pays another with an asset."""

    makes = requests.PaymentRequest
    id = Identifier(required=True)
    member = Identifier(required=True)
    payee = Identifier(required=True)
    plan = Text(required=True, most=64)
    asset = Text(required=True, most=64)
    quantity = DecimalText(required=True)
    at = Moment(allow_none=True, metadata={"description": "Now when left out."})


class AdjustmentIn(RequestSchema):
    """A quantity an operator adds or, with a minus sign, takes; the reason stays on record."""

    makes = requests.AdjustmentRequest
    id = Identifier(required=True)
    member = Identifier(required=True)
    plan = Text(required=True, most=64)
    asset = Text(required=True, most=64)
    quantity = DecimalText(required=True, signed=True)
    reason = Text(required=True, most=500)
    locked_basis = DecimalText(
        allow_none=True, metadata={"description": "Adds the quantity as a locked lot with this basis."}
    )
    at = Moment(allow_none=True, metadata={"description": "Now when left out."})


class SourceIn(RequestSchema):
    """A rule file to check."""

    source = Text(required=True, least=0, most=LONGEST_SOURCE, pattern=None, metadata={"description": "YAML."})
    file = Text(most=200, metadata={"description": "The name diagnostics give the file."})


class ActivationIn(SourceIn):
    """A rule file to activate from a business day on."""

    from_day = Day(required=True)


class NoParameters(RequestSchema):
    """No parameters."""


class PlanQuery(RequestSchema):
    """Which plan."""

    plan = Text(most=64, metadata={"description": "Only this plan."})


class PageQuery(RequestSchema):
    """How many entries."""

    limit = Whole(least=1, most=200, load_default=50)


class AfterQuery(PageQuery):
    """Which page, oldest entries first."""

    after = Text(most=64, metadata={"description": "`next` of the page before."})


class BeforeQuery(PageQuery):
    """Which page, newest entries first."""

    before = Text(most=64, metadata={"description": "`next` of the page before."})


class PriceQuery(BeforeQuery):
    """Which page of which plan's prices, newest first."""

    plan = Text(most=64, metadata={"description": "Only this plan."})
