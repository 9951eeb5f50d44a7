"""The JSON Schema of what there is at first in a plan test, and of its steps but for what is expected."""

from __future__ import annotations

from typing import Any

from rewards.testing.catalogue_schema import cancel_step, claim_step, given_codes
from rewards.testing.schema_parts import each, many, mapping, ref
from rewards.testing.trees import given_places, place_step

_ON = "Left out: the day of the step before."


def given() -> dict[str, Any]:
    """What there is at first: members with what they have, pools, the treasury."""
    lot = mapping(
        {
            "asset": ref("name"),
            "quantity": ref("quantity"),
            "basis": ref("quantity", "What its own release is computed of; left out: 0, so it has none."),
            "day": ref("day", "The business day it was granted on; left out: long ago."),
        },
        "asset",
        "quantity",
    )
    member = {
        **_joining(),
        "joined": ref("day", "The day of joining; left out: unknown, so no membership year, anniversary or years."),
        "tags": _tags(),
        "sales": ref("quantity", "What the member has bought for, in cash."),
        "orders": {"type": "integer", "minimum": 0, "maximum": 1_000_000},
        "counted": _counted(),
        "levels": each("name", ref("given-level"), "The level held on each ladder."),
        "balances": ref("quantities", "What is available, by asset; of an expiring one, good for ever."),
        "expiring": ref("by-day", "What is available besides, by the last day on which it is good."),
        "owes": ref("quantities", "What later releases pay off first, by asset."),
        "locked": {"type": "array", "maxItems": 100, "items": lot},
    }
    return mapping(
        {
            "members": {"type": "array", "maxItems": 1000, "items": mapping(member, "id")},
            "pools": each("name", ref("quantity"), "What is in each pool."),
            "treasury": ref("quantities", "What the treasury holds, by asset."),
            "codes": given_codes(),
            "placed": given_places(),
        }
    )


def _tags() -> dict[str, Any]:
    span = mapping(
        {
            "from": ref("day", "The first day; left out: long ago."),
            "through": ref("day", "The last day; left out: no end."),
        }
    )
    return {
        "oneOf": [many(ref("name")), each("name", span)],
        "description": "The tags the member carries: a list, or each with the days from and through.",
    }


def _counted() -> dict[str, Any]:
    dated = mapping({"value": ref("quantity"), "on": ref("day", "The day it was counted.")}, "value", "on")
    return each(
        "name",
        {"oneOf": [ref("quantity"), dated]},
        "What a measure of the member has counted before the first step, as if it had happened on the day before it, "
        "or on the day `on`. It counts in every window that day lies in.",
    )


def _joining() -> dict[str, Any]:
    return {
        "id": ref("member"),
        "sponsor": ref("member"),
        "merchant": {"type": "boolean"},
        "birthday": ref("day", "The day of birth."),
    }


def _line() -> dict[str, Any]:
    text = {"type": "string", "maxLength": 200}
    return mapping(
        {
            "amount": ref("quantity"),
            "sku": text,
            "category": text,
            "quantity": {"type": "integer", "minimum": 1, "maximum": 1_000_000},
            "attributes": {"type": "object", "additionalProperties": text},
        },
        "amount",
    )


def requests() -> dict[str, Any]:
    """What members and operators ask for, and what shops send: the steps that may be refused."""
    whose = {"member": ref("member"), "on": ref("day", _ON)}
    some = {"asset": ref("name"), "quantity": ref("quantity")}
    refund = {
        "order": ref("order", "The id of the order that is taken back."),
        "amount": ref("quantity", "How much of its total; left out: all that is left."),
        "on": whose["on"],
    }
    adjust = {
        **whose,
        "asset": ref("name"),
        "quantity": ref("change-of-quantity"),
        "locked_basis": ref("quantity", "Add a locked lot with this basis."),
        "reason": {"type": "string", "minLength": 1, "maxLength": 500},
    }
    event = {
        "name": ref("name", "Which of the events the plan declares has happened."),
        **whose,
        "time": ref("time", "The time of day; left out: noon."),
        "id": ref("order", "The shop's own id of it."),
        "fields": {
            "type": "object",
            "additionalProperties": ref("value"),
            "description": "Its fields; those left out are 0, empty or false.",
        },
    }
    return {
        "order": _order(whose),
        "refund": mapping(refund, "order"),
        "event": mapping(event, "name", "member", description="An event the plan declares happens to a member."),
        "redeem": mapping({**whose, **some}, "member", "asset", "quantity"),
        "convert": mapping(
            {**whose, "from": ref("name"), "to": ref("name"), "quantity": ref("quantity")},
            "member", "from", "to", "quantity",
        ),
        "pay": mapping({**whose, "to": ref("member"), **some}, "member", "to", "asset", "quantity"),
        "adjust": mapping(adjust, "member", "asset", "quantity"),
        "claim": claim_step(whose),
        "place": place_step(whose),
        "cancel": cancel_step(whose),
    }  # fmt: skip


def _order(whose: dict[str, Any]) -> dict[str, Any]:
    order = {
        **whose,
        "time": ref("time", "The time of day; left out: noon."),
        "newcomers": {
            "type": "integer",
            "minimum": 1,
            "maximum": 10_000,
            "description": "Instead of member: so many join (newcomer-1, newcomer-2, …) and each pay this.",
        },
        "sponsor": ref("member", "The newcomers' sponsor."),
        "total": ref("quantity"),
        "points": ref("quantities", "What part of it is paid with, by asset."),
        "lines": {"type": "array", "maxItems": 1000, "items": _line()},
        "attributes": {"type": "object", "additionalProperties": {"type": "string", "maxLength": 200}},
        "repeat": {"type": "integer", "minimum": 1, "maximum": 10_000, "description": "So many such orders."},
        "id": ref("order", "What a refund names it by."),
    }
    return mapping(order, "total")


def steps() -> dict[str, Any]:
    """Every kind of step but `expect`, by its key."""
    asked = requests()
    through = mapping(
        {
            "from": ref("day", "The first day."),
            "through": ref("day", "The last day; left out: only the first."),
            "approve": many(ref("name"), "Caps that would stop the close, and must not."),
        },
        "from",
    )
    refused = mapping(
        {**asked, "close": ref("day"), "because": ref("code")}, "because", minProperties=2, maxProperties=2
    )
    on = ref("day", _ON)
    tagged = {"member": ref("member"), "tag": ref("name"), "on": on}
    spans = {
        "from": ref("day", "The first day it is carried; left out: the day of the step."),
        "through": ref("day", "The last day it is carried; left out: no end."),
    }
    declare = {
        "parameter": ref("name"),
        "period": ref("period", "The year, quarter, month, week or day it is declared for."),
        "value": ref("value", "As it would be written in the plan."),
        "on": on,
    }
    return {
        "join": mapping({**_joining(), "on": ref("day", "The day of joining; left out: unknown.")}, "id"),
        **asked,
        "tag": mapping({**tagged, **spans}, "member", "tag", description="A member is given a tag."),
        "untag": mapping(tagged, "member", "tag", description="A member carries a tag no more from this day on."),
        "declare": mapping(
            declare, "parameter", "period", "value", description="A parameter is declared for a period."
        ),
        "close": {"oneOf": [ref("day"), through]},
        "refused": {**refused, "description": "What must be refused, and why."},
    }
