"""What the JSON Schema of plan tests is put together from: short ways to write it, and its definitions."""

from __future__ import annotations

from typing import Any

PRICE_PLACES = 4
"""Decimals with which a unit price is displayed (specification 1)."""

NAME = r"^[a-z][a-z0-9-]{0,62}$"
_NUMBER = r"[0-9]{1,30}(\.[0-9]{1,30})?"
_PERIOD = r"^[0-9]{4}(-(Q[1-4]|W(0[1-9]|[1-4][0-9]|5[0-3])|(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?))?$"


def told(english: str, chinese: str) -> dict[str, dict[str, str]]:
    """What is written where a value does not fit: the words for "write …"."""
    return {"x-expected": {"en": english, "zh": chinese}}


def mapping(properties: dict[str, Any], *required: str, **more: Any) -> dict[str, Any]:
    """A mapping with these keys and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
        **more,
    }


def ref(name: str, description: str | None = None) -> dict[str, str]:
    """One of the definitions, with what it is for."""
    return {"$ref": f"#/$defs/{name}"} | ({"description": description} if description else {})


def each(keys: str, value: dict[str, Any], description: str | None = None) -> dict[str, Any]:
    """A mapping from names of one kind to values of one kind."""
    found: dict[str, Any] = {"type": "object", "propertyNames": ref(keys), "additionalProperties": value}
    return found | ({"description": description} if description else {})


def many(value: dict[str, Any], description: str | None = None) -> dict[str, Any]:
    """A list of different values of one kind."""
    found = {"type": "array", "maxItems": 1000, "uniqueItems": True, "items": value}
    return found | ({"description": description} if description else {})


def definitions() -> dict[str, Any]:
    """The parts that several places share."""
    return {**_names(), **_numbers(), **_times(), **_levels(), **_groups()}


def _names() -> dict[str, Any]:
    return {
        "name": {
            "type": "string",
            "pattern": NAME,
            **told("a name the plan declares", "方案中声明的名称"),
        },
        "rule": {
            "type": "string",
            "pattern": r"^#?[a-z][a-z0-9-]{0,62}$",
            **told(
                "a rule's id, or #payment, #adjustment, #refund, #expiry or #claim",
                "规则的 id，或 #payment、#adjustment、#refund、#expiry、#claim",
            ),
        },
        "member": {
            "type": "string",
            "pattern": r"^\S{1,64}$",
            **told("a member's id, without spaces", "会员的代号（不含空格）"),
        },
        "order": {
            "type": "string",
            # A letter first: orders without an id are numbered.
            "pattern": r"^[A-Za-z][^\s]{0,63}$",
            **told("an order's id, a letter first, without spaces", "订单的代号（以字母开头，不含空格）"),
        },
        "code": {
            "type": "string",
            "pattern": r"^[a-z]+(\.[a-z-]+)+$",
            **told(
                "the code of a refusal, such as request.balance-too-small",
                "拒绝的代码，例如 request.balance-too-small",
            ),
        },
        "title": {
            "oneOf": [
                {"type": "string", "minLength": 1, "maxLength": 200},
                mapping(
                    {language: {"type": "string", "minLength": 1} for language in ("en", "zh")},
                    minProperties=1,
                ),
            ]
        },
    }


def _numbers() -> dict[str, Any]:
    return {
        "quantity": {
            "type": ["string", "number"],
            "pattern": rf"^{_NUMBER}$",
            "minimum": 0,
            **told('a quantity such as "3000" or "14.7"', '数量，例如 "3000" 或 "14.7"'),
        },
        "change-of-quantity": {
            "type": ["string", "number"],
            "pattern": rf"^-?{_NUMBER}$",
            **told('a quantity such as "50" or "-50"', '数量，例如 "50" 或 "-50"'),
        },
        "price": {
            "type": ["string", "number"],
            "pattern": rf"^([0-9]{{1,30}}(\.[0-9]{{1,{PRICE_PLACES}}})?|[0-9]{{1,30}}/[1-9][0-9]{{0,29}})$",
            **told(
                'a price as displayed, such as "1.4286", or exactly, such as "30/21"',
                '显示的价格，例如 "1.4286"，或精确的比，例如 "30/21"',
            ),
        },
        "value": {
            "type": ["string", "number", "boolean"],
            "maxLength": 200,
            **told('a value such as "12.50", 3, text or true', '值，例如 "12.50"、3、文本或 true'),
        },
    }


def _times() -> dict[str, Any]:
    return {
        "day": {"type": "string", "format": "date"},
        "time": {
            "type": "string",
            "pattern": r"^([01][0-9]|2[0-3]):[0-5][0-9]$",
            **told('a time of day in quotes, such as "14:00"', '带引号的时刻，例如 "14:00"'),
        },
        "period": {
            "type": ["string", "integer"],
            "pattern": _PERIOD,
            "minimum": 1000,
            "maximum": 9999,
            **told(
                'a period such as "2026", 2026-Q3, 2026-11, 2026-W47 or 2026-11-11',
                '周期，例如 "2026"、2026-Q3、2026-11、2026-W47 或 2026-11-11',
            ),
        },
    }


def _levels() -> dict[str, Any]:
    level_or_none = {
        "type": ["string", "null"],
        "pattern": NAME,
        **told("a level, or null for none", "等级；没有等级写 null"),
    }
    until = {
        "type": ["string", "null"],
        "format": "date",
        **told("a date such as 2026-12-31, or null for no end", "日期，例如 2026-12-31；没有期限写 null"),
    }
    given = {
        "level": ref("name"),
        "through": ref("day", "The last day on which it holds; left out: no end."),
        "since": ref("day", "The day it was reached; left out: long ago."),
    }
    standing = {
        "level": ref("level-or-none", "The level held."),
        "through": {**until, "description": "The last day on which it holds unless it is confirmed, or null."},
        "highest": ref("level-or-none", "The highest level ever held."),
        "since": ref("day", "The day it was reached."),
    }
    return {
        "level-or-none": level_or_none,
        "given-level": {
            "oneOf": [ref("name"), mapping(given, "level")],
            **told("a level, or {level: …, through: …}", "等级，或 {level: …, through: …}"),
        },
        "expected-level": {
            "oneOf": [ref("level-or-none"), mapping(standing, minProperties=1)],
            **told(
                "a level, null for none, or {level: …, through: …}", "等级、null（无等级），或 {level: …, through: …}"
            ),
        },
    }


def _groups() -> dict[str, Any]:
    return {
        "quantities": each("name", ref("quantity")),
        "quantities-of-members": each("member", ref("quantities")),
        "by-day": each("name", each("day", ref("quantity"))),
        "by-day-of-members": each("member", ref("by-day")),
    }
