"""The JSON Schema (2020-12) of plan files, assembled from a frame and the actions' own fragments."""

from __future__ import annotations

from typing import Any

from rewards.plan.draft import Vocabulary
from rewards.plan.triggers import Trigger

NAME = r"^[a-z][a-z0-9-]{0,62}$"
PARAMETER = r"\$[a-z][a-z0-9-]{0,62}"
OPERATIONS = ("is", "is_not", "at_least", "above", "at_most", "below")

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


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/$defs/{name}"}


def _named(item: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "object", "propertyNames": _ref("name"), "additionalProperties": item, **more}


def _definitions() -> dict[str, Any]:
    rate = {
        "type": ["string", "number"],
        "pattern": rf"^(-?{_NUMBER}%?|{PARAMETER})$",
        **_expected('a rate such as 30%, "2.5" or $parameter', '比率，例如 30%、"2.5" 或 $参数'),
    }
    quantity = {
        "type": ["string", "number"],
        "pattern": rf"^(-?{_NUMBER}|{PARAMETER})$",
        **_expected('a quantity such as "3000" or "0.5", or $parameter', '数量，例如 "3000"、"0.5"，或 $参数'),
    }
    return {
        "name": {
            "type": "string",
            "pattern": NAME,
            **_expected(
                "a name of small letters, digits and hyphens, starting with a letter",
                "由小写字母、数字和连字符组成、以字母开头的名称",
            ),
        },
        "title": {
            **_expected("a text, or one for each language: {en: …, zh: …}", "文本，或每种语言各一个：{en: …, zh: …}"),
            "oneOf": [
                {"type": "string", "minLength": 1, "maxLength": 200},
                _object(
                    {
                        "en": {"type": "string", "minLength": 1, "maxLength": 200},
                        "zh": {"type": "string", "minLength": 1, "maxLength": 200},
                    },
                    minProperties=1,
                ),
            ],
        },
        "number": {
            "type": ["string", "number"],
            "pattern": rf"^-?{_NUMBER}%?$",
            **_expected('a rate or quantity such as 30%, "2.5" or "3000"', '比率或数量，例如 30%、"2.5" 或 "3000"'),
        },
        "rate": rate,
        "quantity": quantity,
        "field": {
            "type": "string",
            "pattern": r"^[a-z]+(\.[A-Za-z0-9_-]+)+$",
            **_expected("a field such as order.cash", "字段，例如 order.cash"),
        },
        "column": {
            "type": "string",
            "pattern": r"^[a-z][a-z0-9-]*\.[a-z][a-z0-9-]*$",
            **_expected("a ladder and one of its columns, such as rank.share", "等级表及其一列，例如 rank.share"),
        },
        "amount": _amount(),
        "condition": _condition(),
    }


def _amount() -> dict[str, Any]:
    band = _object({"from": _ref("quantity"), "rate": _ref("rate")}, "from", "rate")
    return {
        "oneOf": [
            _ref("quantity"),
            _object(
                {
                    "fixed": _ref("quantity"),
                    "rate": _ref("rate"),
                    "give": _ref("quantity"),
                    "per": _ref("quantity"),
                    "whole": {"type": "boolean"},
                    "times": _ref("column"),
                    "brackets": {"type": "array", "minItems": 1, "maxItems": 100, "items": band},
                    "marginal": {"type": "boolean"},
                    "of": {"oneOf": [_ref("field"), _object({"lines": _ref("condition")}, "lines")]},
                    "min": _ref("quantity"),
                    "cap": _ref("quantity"),
                    "round": {"enum": ["down", "up", "half_up"]},
                },
                minProperties=1,
            ),
        ]
    }


def _condition() -> dict[str, Any]:
    constant = {"type": ["string", "number", "boolean", "null"]}
    several = {"type": "array", "minItems": 1, "maxItems": 1000, "uniqueItems": True, "items": constant}
    comparison = _object(
        {**dict.fromkeys(OPERATIONS, constant), "one_of": several, "none_of": several}, minProperties=1
    )
    parts = {"type": "array", "minItems": 1, "maxItems": 100, "items": _ref("condition")}
    return {
        "type": "object",
        "minProperties": 1,
        "properties": {
            "all": parts,
            "any": parts,
            "not": _ref("condition"),
            "some_line": _ref("condition"),
            "every_line": _ref("condition"),
        },
        "propertyNames": {
            "pattern": r"^(all|any|not|some_line|every_line|[a-z]+(\.[A-Za-z0-9_-]+)+)$",
            **_expected(
                "a field such as order.cash, or all, any, not, some_line, every_line",
                "字段（例如 order.cash），或 all、any、not、some_line、every_line",
            ),
        },
        "additionalProperties": {"oneOf": [constant, comparison]},
    }


def _declarations() -> dict[str, Any]:
    positive = {**_ref("quantity")}
    priced = _object({"pool": _ref("name"), "issue_price": positive, "supply": positive}, "pool", "issue_price")
    asset = _object(
        {
            "title": _ref("title"),
            "scale": {"type": "integer", "minimum": 0, "maximum": 12},
            "currency": {"type": "boolean"},
            "lots": _object({"start_after_days": {"type": "integer", "minimum": 0, "maximum": 3660}}),
            "cash_value": positive,
            "priced": priced,
        },
        "scale",
    )
    level = {
        "type": "object",
        "properties": {
            "name": _ref("name"),
            "title": _ref("title"),
            "from": _ref("quantity"),
            "above": _ref("quantity"),
        },
        "required": ["name"],
        "propertyNames": _ref("name"),
        "additionalProperties": _ref("rate"),
        "oneOf": [{"required": ["from"]}, {"required": ["above"]}],
    }
    ladder = _object(
        {
            "title": _ref("title"),
            "measure": _ref("field"),
            "demote": {"type": "boolean"},
            "levels": {"type": "array", "minItems": 1, "maxItems": 100, "items": level},
        },
        "measure",
        "levels",
    )
    return {
        "parameters": _named(_object({"title": _ref("title"), "value": _ref("number")}, "value")),
        "assets": _named(asset, minProperties=1, maxProperties=200),
        "pools": _named(_object({"title": _ref("title")}), maxProperties=200),
        "ladders": _named(ladder, maxProperties=100),
        "payment": _object({"asset": _ref("name"), "up_to": _ref("rate")}, "asset", "up_to"),
        "refunds": _object({"accelerations": {"enum": ["reverse", "keep"]}}),
        "applies_to": _ref("condition"),
    }


def _rule(vocabulary: Vocabulary) -> dict[str, Any]:
    actions = {
        kind.name: {**kind.schema, "title": kind.title["en"], "description": kind.summary["en"]}
        for kind in vocabulary.values()
    }
    return _object(
        {
            "id": _ref("name"),
            "title": _ref("title"),
            "on": {"enum": [trigger.value for trigger in Trigger if trigger is not Trigger.DECLARED]},
            "when": _ref("condition"),
            "enabled": {"type": "boolean"},
            **actions,
        },
        "id",
        "on",
    )


def plan_schema(vocabulary: Vocabulary) -> dict[str, Any]:
    """The schema of plan files for a set of action kinds, as plain data."""
    properties = {
        "plan": _ref("name"),
        "title": _ref("title"),
        "currency": {
            "type": "string",
            "pattern": "^[A-Z]{3}$",
            **_expected("a currency code such as CNY", "货币代码，例如 CNY"),
        },
        "timezone": {
            "type": "string",
            "minLength": 1,
            "maxLength": 64,
            **_expected("a time zone such as Asia/Shanghai", "时区，例如 Asia/Shanghai"),
        },
        **_declarations(),
        "rules": {"type": "array", "minItems": 1, "maxItems": 500, "items": _rule(vocabulary)},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Rewards plan",
        "description": "A reward scheme: what it keeps account of, and what happens on orders, requests and "
        "day closes.",
        **_object(properties, "plan", "title", "currency", "timezone", "assets", "rules"),
        "$defs": _definitions(),
    }
