"""Schemas of rewards, claims and voucher codes: what callers send, and what they are shown."""

from __future__ import annotations

from marshmallow import fields

from rewards.services import requests
from rewards.services.catalogue import LONGEST_CODE, MOST_PIECES

from .fields import Identifier, Moment, Names, RequestSchema, Text, Whole
from .schemas_views import Event, Shown, Translated, amount

MOST_CODES = 5000
"""The most codes sent at a time: the largest body has room for so many."""

_PLAN = {"description": "Only needed where several plans have a reward of this name."}


class MemberQuery(RequestSchema):
    """About whom."""

    member = Identifier(metadata={"description": "Whether this member can have each reward, and if not, why."})


class ClaimIn(RequestSchema):
    """Who claims how many of the reward the path names."""

    id = Identifier(required=True)
    plan = Text(most=64, allow_none=True, metadata=_PLAN)
    member = Identifier(required=True)
    count = Whole(least=1, most=MOST_PIECES, metadata={"description": "One when left out."})
    at = Moment(allow_none=True, metadata={"description": "Now when left out."})


class CancellationIn(RequestSchema):
    """That the claim the path names is taken back."""

    makes = requests.CancellationRequest
    id = Identifier(required=True)
    at = Moment(allow_none=True, metadata={"description": "Now when left out."})


class CodesIn(RequestSchema):
    """Voucher codes; they are given out in this order."""

    plan = Text(most=64, allow_none=True, metadata=_PLAN)
    codes = Names(
        most=MOST_CODES,
        required=True,
        metadata={"minItems": 1, "description": f"Each of 1 to {LONGEST_CODE} visible characters."},
    )


class Refusal(Shown):
    """Why a reward cannot be had."""

    code = fields.String(metadata={"example": "reward.sold-out"})
    text = fields.Nested(Translated)


class Reward(Shown):
    """A reward, and whether it can be had today."""

    plan = fields.String()
    reward = fields.String()
    title = fields.Nested(Translated)
    price = fields.Dict(
        keys=fields.String(),
        values=amount(),
        metadata={"description": "By asset, of one piece; empty when it is free."},
    )
    gives = fields.Dict(
        keys=fields.String(), values=amount(), metadata={"description": "By asset, what one piece gives."}
    )
    codes = fields.Boolean(metadata={"description": "Each piece is a voucher code."})
    stock = fields.Integer(allow_none=True, metadata={"description": "How many are left; null for no limit."})
    limit = fields.Integer(allow_none=True, metadata={"description": "How many more the member may have now."})
    refusal = fields.Nested(Refusal, allow_none=True, metadata={"description": "null when it can be had."})


class RewardOrder(Shown):
    """A claim on record."""

    plan = fields.String()
    reward = fields.String()
    title = fields.Nested(Translated)
    member = fields.String()
    count = fields.Integer()
    price = fields.Dict(keys=fields.String(), values=amount(), metadata={"description": "By asset, of all of it."})
    gives = fields.Dict(
        keys=fields.String(), values=amount(), metadata={"description": "By asset, what all of it gave."}
    )
    day = fields.Date()
    codes = fields.List(fields.String())
    cancelled = fields.Boolean()
    event = fields.Nested(Event)


class Codes(Shown):
    """Voucher codes that were loaded."""

    plan = fields.String()
    reward = fields.String()
    added = fields.Integer()
    left = fields.Integer(metadata={"description": "How many wait to be given out now."})
