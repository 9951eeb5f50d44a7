"""The JSON Schema (2020-12) of plan files, assembled from a frame and the actions' own fragments."""

from __future__ import annotations

from typing import Any

from rewards.plan.amount_reader import LESS_PAID
from rewards.plan.draft import Vocabulary
from rewards.plan.lines import OF_LINES, lines_schema
from rewards.plan.schema_parts import expected, mapping, ref, told
from rewards.plan.sections.declarations import SECTIONS
from rewards.plan.sections.titles import TITLE
from rewards.plan.sections.windows import WINDOW
from rewards.plan.triggers import Trigger

NAME = r"^[a-z][a-z0-9-]{0,62}$"
PARAMETER = r"\$[a-z][a-z0-9-]{0,62}"
OPERATIONS = {
    "is": "It is this.",
    "is_not": "It is not this.",
    "at_least": "It is this or more: amounts, numbers, levels, dates and times.",
    "above": "It is more than this.",
    "at_most": "It is this or less.",
    "below": "It is less than this.",
}
"""The comparisons with one constant or another field, each with what an editor says of it."""

_NUMBER = r"[0-9]{1,30}(\.[0-9]{1,30})?"
_RATIO = r"[0-9]{1,30}/0*[1-9][0-9]{0,29}"


def _definitions() -> dict[str, Any]:
    rate = {
        "type": ["string", "number"],
        "pattern": rf"^(-?{_NUMBER}%?|{_RATIO}|{PARAMETER})$",
        **expected('a rate such as 30%, 1/12, "2.5" or $parameter', '比率，例如 30%、1/12、"2.5" 或 $参数'),
    }
    quantity = {
        "type": ["string", "number"],
        "pattern": rf"^(-?{_NUMBER}|{PARAMETER})$",
        **expected('a quantity such as "3000" or "0.5", or $parameter', '数量，例如 "3000"、"0.5"，或 $参数'),
    }
    return {
        "name": {
            "type": "string",
            "pattern": NAME,
            **expected(
                "a name of small letters, digits and hyphens, starting with a letter",
                "由小写字母、数字和连字符组成、以字母开头的名称",
            ),
        },
        "title": {
            **expected("a text, or one for each language: {en: …, zh: …}", "文本，或每种语言各一个：{en: …, zh: …}"),
            "oneOf": [
                {"type": "string", "minLength": 1, "maxLength": 200},
                mapping(
                    {
                        "en": told({"type": "string", "minLength": 1, "maxLength": 200}, "English", "In English."),
                        "zh": told({"type": "string", "minLength": 1, "maxLength": 200}, "中文", "In Chinese."),
                    },
                    minProperties=1,
                ),
            ],
        },
        "number": {
            "type": ["string", "number"],
            "pattern": rf"^(-?{_NUMBER}%?|{_RATIO})$",
            **expected(
                'a rate or quantity such as 30%, 1/12, "2.5" or "3000"', '比率或数量，例如 30%、1/12、"2.5" 或 "3000"'
            ),
        },
        "rate": rate,
        "quantity": quantity,
        "field": {
            "type": "string",
            # a name without a point is told of where measures are known: it may be one of theirs
            "pattern": r"^([a-z]+(\.[A-Za-z0-9_-]+)+|[a-z][a-z0-9-]{0,62})$",
            **expected("a field such as order.cash", "字段，例如 order.cash"),
        },
        "column": {
            "type": "string",
            "pattern": r"^[a-z][a-z0-9-]*\.[a-z][a-z0-9-]*$",
            **expected("a ladder and one of its columns, such as rank.share", "等级表及其一列，例如 rank.share"),
        },
        "window": WINDOW,
        "amount": _amount(quantity),
        "condition": _condition(),
    }


def _amount(quantity: dict[str, Any]) -> dict[str, Any]:
    band = mapping(
        {
            "from": told(ref("quantity"), "From", "Where the bracket begins, in units of the field that decides it."),
            "rate": told(ref("rate"), "Rate", "The rate of this bracket."),
            "fixed": told(ref("quantity"), "Fixed", "In place of a rate: what the whole bracket gives."),
        },
        "from",
        oneOf=[{"required": ["rate"]}, {"required": ["fixed"]}],
    )
    forms = {
        "fixed": told(ref("quantity"), "Fixed", "Always that much."),
        "rate": told(ref("rate"), "Rate", "This rate times the field."),
        "rates": told(
            {
                "type": "object",
                "minProperties": 1,
                "maxProperties": 1000,
                "propertyNames": {"minLength": 1, "maxLength": 200},
                "additionalProperties": ref("rate"),
                **expected(
                    "a rate for each text: {books: 1%, fashion: 3%}", "每个文本各一个比率：{books: 1%, fashion: 3%}"
                ),
            },
            "Rates",
            "The rate of the text that `by` is, times the field.",
        ),
        "otherwise": told(ref("rate"), "Otherwise", "With rates: the rate of any other text; 0 if not given."),
        "give": told(ref("quantity"), "Give", "So much for each `per`."),
        "per": told(ref("quantity"), "Per", "With give: for each so many units of the field."),
        "whole": told({"type": "boolean"}, "Whole", "With give: only full steps of `per` count."),
        "times": told(
            ref("column"),
            "Times",
            "The column of the level in force times the field; without `of` the column's number itself.",
        ),
        "brackets": told(
            {"type": "array", "minItems": 1, "maxItems": 100, "items": band},
            "Brackets",
            "Rates or quantities by bands of the field.",
        ),
        "marginal": told({"type": "boolean"}, "Marginal", "With brackets: each rate for the part within its bracket."),
        "by": told(
            ref("field"),
            "By",
            "With brackets: what decides the bracket instead of the field, such as a count or a measure. "
            "With rates: the text that says which rate.",
        ),
        "of": told(
            {"oneOf": [ref("field"), OF_LINES]}, "Of", "What it is taken of: a field, or some of the order's lines."
        ),
        "min": told(ref("quantity"), "At least", "No less than that."),
        "cap": told(ref("quantity"), "At most", "No more than that."),
        "less_paid": told(
            {"oneOf": [ref("window"), LESS_PAID]},
            "Less what was paid",
            "What the rule, and with `by` other rules, have given in this window is taken off.",
        ),
        "round": told(
            {"enum": ["down", "up", "half_up"]}, "Rounding", "How the exact value is rounded; down if not given."
        ),
    }
    wanted = expected(
        'a quantity such as "3000" or $parameter, or a rate of a field such as {rate: 5%, of: order.cash}',
        '数量，例如 "3000" 或 $参数，或字段的比率，例如 {rate: 5%, of: order.cash}',
    )
    return {"oneOf": [{**quantity, **wanted}, mapping(forms, minProperties=1)], **wanted}


def _in_full(*names: str) -> dict[str, str]:
    return {
        "en": f"a field is written in full: {' or '.join(f'{name}: …' for name in names)}",
        "zh": f"字段须写全名：{' 或 '.join(f'{name}: …' for name in names)}",
    }


_FIELDS_IN_FULL = {
    "category": _in_full("line.category"),
    "sku": _in_full("line.sku"),
    "quantity": _in_full("line.quantity"),
    "amount": _in_full("line.amount"),
    "cash": _in_full("order.cash", "line.cash"),
    "total": _in_full("order.total"),
}
"""Fields that are looked for under a part of their name."""
_COMPARISONS = {
    other: {"en": f'did you mean "{own}"?', "zh": f"是否想写“{own}”？"}
    for own, others in {
        "at_least": ("min", ">=", "gte", "from"),
        "above": (">", "gt", "more_than"),
        "at_most": ("max", "<=", "lte", "to"),
        "below": ("<", "lt", "less_than"),
        "is": ("=", "==", "eq", "equals"),
        "is_not": ("!=", "<>", "ne"),
        "one_of": ("in",),
        "none_of": ("not_in",),
    }.items()
    for other in others
}
"""What comparisons are called elsewhere."""


def _condition() -> dict[str, Any]:
    constant = {"type": ["string", "number", "boolean", "null"]}
    several = {"type": "array", "minItems": 1, "maxItems": 1000, "uniqueItems": True, "items": constant}
    of_field = mapping(
        {
            "of": told(ref("field"), "Of", "The other field, of the same kind and with as many decimals."),
            "rate": told(ref("rate"), "Rate", "How much of it; all if not given."),
        },
        "of",
    )
    bound = {
        "oneOf": [constant, of_field],
        **expected("a value, or another field such as {of: order.cash}", "值，或另一字段，例如 {of: order.cash}"),
    }
    single = {name: told(bound, name.replace("_", " "), said) for name, said in OPERATIONS.items()}
    compared = {
        **single,
        "one_of": told(several, "one of", "It is one of these."),
        "none_of": told(several, "none of", "It is none of these."),
    }
    parts = {"type": "array", "minItems": 1, "maxItems": 100, "items": ref("condition")}
    return {
        "type": "object",
        "minProperties": 1,
        "properties": {
            "all": told(parts, "All", "Every one of these conditions holds."),
            "any": told(parts, "Any", "At least one of these conditions holds."),
            "not": told(ref("condition"), "Not", "This condition does not hold."),
            "some_line": told(ref("condition"), "Some line", "It holds of at least one line of the order."),
            "every_line": told(ref("condition"), "Every line", "It holds of each line of the order, which has some."),
            "lines": told(_lines(compared), "Lines", "What the order's lines add up to, or how many they are."),
        },
        "propertyNames": {
            "pattern": r"^(all|any|not|some_line|every_line|lines|[a-z]+(\.[A-Za-z0-9_-]+)+)$",
            **expected(
                "a field such as order.cash, or all, any, not, some_line, every_line, lines",
                "字段（例如 order.cash），或 all、any、not、some_line、every_line、lines",
            ),
            "x-elsewhere": _FIELDS_IN_FULL,
        },
        "additionalProperties": {
            "oneOf": [constant, mapping(compared, minProperties=1, **{"x-elsewhere": _COMPARISONS})],
            **expected(
                'a value, or a comparison such as {at_least: "100"} or {one_of: [a, b]}',
                '值，或比较，例如 {at_least: "100"}、{one_of: [a, b]}',
            ),
        },
    }


def _lines(compared: dict[str, Any]) -> dict[str, Any]:
    """`{where, sum or count}` with at least one of the comparisons."""
    example = '{where: {line.category: tea}, sum: line.amount, at_least: "200"}'
    return lines_schema(
        compared,
        f"which number of the lines, and a comparison: {example}",
        f"订单行的哪个数字，以及比较：{example}",
        anyOf=[{"required": [key]} for key in compared],
    )


_ON: dict[str, Any] = {
    "oneOf": [
        {"enum": [trigger.value for trigger in Trigger if trigger is not Trigger.DECLARED]},
        {
            "type": "string",
            # what is no name at all is told of where the event is declared
            "pattern": r"^event\..+$",
            **expected("event.NAME for an event the plan declares", "方案声明的事件 event.名称"),
        },
    ]
}


_CAPS = {
    "en": "limits are a section of their own, beside rules: caps: {monthly: {rules: [ID], per: member, over: month, "
    'most: "500"}}; here remove it',
    "zh": "上限单独成节，与 rules 并列：caps: {monthly: {rules: [ID], per: member, over: month, "
    'most: "500"}}；请在此处删除',
}
_ELSEWHERE = {"cap": _CAPS, "caps": _CAPS}
"""Keys that are looked for in a rule and have their place elsewhere."""
_BESIDE = {
    "en": "a condition is one of the rule's own keys; write it beside id and on",
    "zh": "条件是规则自身的键；请与 id、on 并列书写",
}


def _rule(vocabulary: Vocabulary) -> dict[str, Any]:
    actions = {
        kind.name: {
            **kind.schema,
            "title": kind.title["en"],
            "description": kind.summary["en"],
            "x-elsewhere": {"when": _BESIDE, **kind.schema.get("x-elsewhere", {})},
        }
        for kind in vocabulary.values()
    }
    return mapping(
        {
            "id": told(ref("name"), "Id", "The rule's name, which every transfer states."),
            "title": TITLE,
            "on": told(_ON, "On", "What the rule waits for; event.NAME is an event the plan declares."),
            "when": told(ref("condition"), "When", "The rule does nothing unless all of this holds."),
            "enabled": told({"type": "boolean"}, "Enabled", "false switches the rule off."),
            **actions,
        },
        "id",
        "on",
        **{"x-elsewhere": _ELSEWHERE},
    )


def plan_schema(vocabulary: Vocabulary) -> dict[str, Any]:
    """The schema of plan files for a set of action kinds, as plain data."""
    properties = {
        "plan": told(ref("name"), "Plan", "The plan's name."),
        "title": TITLE,
        "currency": {
            "title": "Currency",
            "description": "The currency of orders and pools.",
            "type": "string",
            "pattern": "^[A-Z]{3}$",
            **expected("a currency code such as CNY", "货币代码，例如 CNY"),
        },
        "timezone": {
            "title": "Time zone",
            "description": "Which moment belongs to which business day.",
            "type": "string",
            "minLength": 1,
            "maxLength": 64,
            **expected("a time zone such as Asia/Shanghai", "时区，例如 Asia/Shanghai"),
        },
        **SECTIONS,
        "rules": told(
            {"type": "array", "minItems": 1, "maxItems": 500, "items": _rule(vocabulary)},
            "Rules",
            "What happens, in the order of the file.",
        ),
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Rewards plan",
        "description": "A reward scheme: what it keeps account of, and what happens on orders, requests and "
        "day closes.",
        **mapping(properties, "plan", "title", "currency", "timezone", "assets", "rules"),
        "$defs": _definitions(),
    }
