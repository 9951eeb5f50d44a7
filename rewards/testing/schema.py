"""The JSON Schema (2020-12) of plan tests (`NAME.test.yaml`); committed as `schemas/test.schema.json`."""

from __future__ import annotations

from typing import Any

PRICE_PLACES = 4
"""Decimals with which a unit price is displayed (specification 1)."""

_NUMBER = r"[0-9]{1,30}(\.[0-9]{1,30})?"


def _expected(english: str, chinese: str) -> dict[str, dict[str, str]]:
    return {"x-expected": {"en": english, "zh": chinese}}


def _object(properties: dict[str, Any], *required: str, **more: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
        **more,
    }


def _ref(name: str, description: str | None = None) -> dict[str, str]:
    return {"$ref": f"#/$defs/{name}"} | ({"description": description} if description else {})


def _each(keys: str, value: dict[str, Any], description: str | None = None) -> dict[str, Any]:
    """A mapping from names of one kind to values of one kind."""
    found: dict[str, Any] = {"type": "object", "propertyNames": _ref(keys), "additionalProperties": value}
    return found | ({"description": description} if description else {})


def _definitions() -> dict[str, Any]:
    return {
        "name": {
            "type": "string",
            "pattern": r"^[a-z][a-z0-9-]{0,62}$",
            **_expected("a name the plan declares", "方案中声明的名称"),
        },
        "rule": {
            "type": "string",
            "pattern": r"^#?[a-z][a-z0-9-]{0,62}$",
            **_expected(
                "a rule's id, or #payment, #adjustment or #refund", "规则的 id，或 #payment、#adjustment、#refund"
            ),
        },
        "member": {
            "type": "string",
            "pattern": r"^\S{1,64}$",
            **_expected("a member's id, without spaces", "会员的代号（不含空格）"),
        },
        "quantity": {
            "type": ["string", "number"],
            "pattern": rf"^{_NUMBER}$",
            "minimum": 0,
            **_expected('a quantity such as "3000" or "14.7"', '数量，例如 "3000" 或 "14.7"'),
        },
        "change-of-quantity": {
            "type": ["string", "number"],
            "pattern": rf"^-?{_NUMBER}$",
            **_expected('a quantity such as "50" or "-50"', '数量，例如 "50" 或 "-50"'),
        },
        "price": {
            "type": ["string", "number"],
            "pattern": rf"^([0-9]{{1,30}}(\.[0-9]{{1,{PRICE_PLACES}}})?|[0-9]{{1,30}}/[1-9][0-9]{{0,29}})$",
            **_expected(
                'a price as displayed, such as "1.4286", or exactly, such as "30/21"',
                '显示的价格，例如 "1.4286"，或精确的比，例如 "30/21"',
            ),
        },
        "order": {
            "type": "string",
            # A letter first: orders without an id are numbered.
            "pattern": r"^[A-Za-z][^\s]{0,63}$",
            **_expected("an order's id, a letter first, without spaces", "订单的代号（以字母开头，不含空格）"),
        },
        "day": {"type": "string", "format": "date"},
        "code": {
            "type": "string",
            "pattern": r"^[a-z]+(\.[a-z-]+)+$",
            **_expected(
                "the code of a refusal, such as request.balance-too-small",
                "拒绝的代码，例如 request.balance-too-small",
            ),
        },
        "title": {
            "oneOf": [
                {"type": "string", "minLength": 1, "maxLength": 200},
                _object(
                    {language: {"type": "string", "minLength": 1} for language in ("en", "zh")},
                    minProperties=1,
                ),
            ]
        },
        "quantities": _each("name", _ref("quantity")),
        "quantities-of-members": _each("member", _ref("quantities")),
    }


def _given() -> dict[str, Any]:
    lot = _object(
        {
            "asset": _ref("name"),
            "quantity": _ref("quantity"),
            "basis": _ref("quantity", "What its own release is computed of; left out: 0, so it has none."),
            "day": _ref("day", "The business day it was granted on; left out: long ago."),
        },
        "asset",
        "quantity",
    )
    member = {
        **_joining(),
        "merchant": {"type": "boolean"},
        "sales": _ref("quantity", "What the member has bought for, in cash."),
        "orders": {"type": "integer", "minimum": 0, "maximum": 1_000_000},
        "levels": _each("name", _ref("name"), "The level held on each ladder."),
        "balances": _ref("quantities", "What is available, by asset."),
        "owes": _ref("quantities", "What later releases pay off first, by asset."),
        "locked": {"type": "array", "maxItems": 100, "items": lot},
    }
    return _object(
        {
            "members": {"type": "array", "maxItems": 1000, "items": _object(member, "id")},
            "pools": _each("name", _ref("quantity"), "What is in each pool."),
            "treasury": _ref("quantities", "What the treasury holds, by asset."),
        }
    )


def _joining() -> dict[str, Any]:
    return {"id": _ref("member"), "sponsor": _ref("member")}


def _line() -> dict[str, Any]:
    text = {"type": "string", "maxLength": 200}
    return _object(
        {
            "amount": _ref("quantity"),
            "sku": text,
            "category": text,
            "quantity": {"type": "integer", "minimum": 1, "maximum": 1_000_000},
            "attributes": {"type": "object", "additionalProperties": text},
        },
        "amount",
    )


def _requests() -> dict[str, Any]:
    """What members and operators ask for: the steps that may be refused."""
    whose = {"member": _ref("member"), "on": _ref("day", "Left out: the day of the step before.")}
    some = {"asset": _ref("name"), "quantity": _ref("quantity")}
    order = {
        **whose,
        "newcomers": {
            "type": "integer",
            "minimum": 1,
            "maximum": 10_000,
            "description": "Instead of member: so many join (newcomer-1, newcomer-2, …) and each pay this.",
        },
        "sponsor": _ref("member", "The newcomers' sponsor."),
        "total": _ref("quantity"),
        "points": _ref("quantities", "What part of it is paid with, by asset."),
        "lines": {"type": "array", "maxItems": 1000, "items": _line()},
        "attributes": {"type": "object", "additionalProperties": {"type": "string", "maxLength": 200}},
        "repeat": {"type": "integer", "minimum": 1, "maximum": 10_000, "description": "So many such orders."},
        "id": _ref("order", "What a refund names it by."),
    }
    refund = {
        "order": _ref("order", "The id of the order that is taken back."),
        "amount": _ref("quantity", "How much of its total; left out: all that is left."),
        "on": whose["on"],
    }
    adjust = {
        **whose,
        "asset": _ref("name"),
        "quantity": _ref("change-of-quantity"),
        "locked_basis": _ref("quantity", "Add a locked lot with this basis."),
        "reason": {"type": "string", "minLength": 1, "maxLength": 500},
    }
    return {
        "order": _object(order, "total"),
        "refund": _object(refund, "order"),
        "redeem": _object({**whose, **some}, "member", "asset", "quantity"),
        "convert": _object(
            {**whose, "from": _ref("name"), "to": _ref("name"), "quantity": _ref("quantity")},
            "member", "from", "to", "quantity",
        ),
        "pay": _object({**whose, "to": _ref("member"), **some}, "member", "to", "asset", "quantity"),
        "adjust": _object(adjust, "member", "asset", "quantity"),
    }  # fmt: skip


def _expectations() -> dict[str, Any]:
    remaining = {"type": "array", "maxItems": 1000, "items": _ref("quantity")}
    level = {
        "type": ["string", "null"],
        "pattern": r"^[a-z][a-z0-9-]{0,62}$",
        **_expected("a level, or null for none", "等级；没有等级写 null"),
    }
    return _object(
        {
            "balances": _ref("quantities-of-members", "What each member has available."),
            "locked": _ref("quantities-of-members", "What each member has locked."),
            "owes": _ref("quantities-of-members", "What each member owes."),
            "lots": _each("member", _each("name", remaining), "What every lot has left, oldest first."),
            "levels": _each("member", _each("name", level), "The level held on each ladder."),
            "value": _ref("quantities-of-members", "What a holding is worth at the displayed price."),
            "pools": _each("name", _ref("quantity"), "What is in each pool."),
            "prices": _each("name", _ref("price"), "Unit prices, as displayed or as exact ratios."),
            "issued": _ref("quantities", "Units ever issued."),
            "circulation": _ref("quantities", "Units issued less units burned."),
            "treasury": _ref("quantities", "What the treasury holds."),
            "platform": _each("name", _ref("change-of-quantity"), "What the platform itself has, or owes."),
            "moved": _each(
                "rule",
                _each("member", _ref("quantity")),
                "What a rule has moved to whom in the step before; whoever is not named got nothing.",
            ),
        },
        minProperties=1,
    )


def _step() -> dict[str, Any]:
    requests = _requests()
    through = _object({"from": _ref("day"), "through": _ref("day")}, "from", "through")
    refused = _object({**requests, "because": _ref("code")}, "because", minProperties=2, maxProperties=2)
    return _object(
        {
            "join": _object({**_joining(), "merchant": {"type": "boolean"}}, "id"),
            **requests,
            "close": {"oneOf": [_ref("day"), through]},
            "refused": {**refused, "description": "A request that must be refused, and why."},
            "expect": _expectations(),
        },
        minProperties=1,
        maxProperties=1,
    )


def test_schema() -> dict[str, Any]:
    """The schema of plan tests, as plain data."""
    change = {
        "type": "object",
        "minProperties": 1,
        "description": "Values of the plan that are others in this case, by their JSON pointer.",
        "propertyNames": {
            "pattern": r"^(/[^/]+)+$",
            **_expected("a JSON pointer such as /rules/grant/enabled", "JSON 指针，例如 /rules/grant/enabled"),
        },
    }
    case = _object(
        {
            "name": _ref("title"),
            "change": change,
            "given": _given(),
            "steps": {"type": "array", "minItems": 1, "maxItems": 1000, "items": _step()},
        },
        "name",
        "steps",
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Rewards plan test",
        "description": "What a plan must do: members, orders and day closes, and what is expected of them.",
        **_object(
            {
                "plan": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 200,
                    "description": "The plan file, beside this one.",
                },
                "cases": {"type": "array", "minItems": 1, "maxItems": 500, "items": case},
            },
            "plan",
            "cases",
        ),
        "$defs": _definitions(),
    }
