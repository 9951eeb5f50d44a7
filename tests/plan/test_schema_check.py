from __future__ import annotations

import copy
from typing import Any

import pytest

from rewards.plan.diagnostics import Diagnostic, Report
from rewards.plan.reader import MAX_DEPTH, read_document
from rewards.plan.schema_check import check_schema

SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["plan"],
    "properties": {
        "plan": {
            "type": "string",
            "pattern": "^[a-z-]+$",
            "x-expected": {"en": "a name in small letters", "zh": "小写字母的名称"},
        },
        "title": {
            "type": "object",
            "additionalProperties": False,
            "required": ["en"],
            "properties": {"en": {"type": "string"}, "zh": {"type": "string"}},
        },
        "assets": {
            "type": "object",
            "minProperties": 1,
            "maxProperties": 2,
            "propertyNames": {
                "pattern": "^[a-z]+$",
                "x-expected": {"en": "a name in small letters", "zh": "小写字母的名称"},
            },
            "additionalProperties": {"type": "integer", "minimum": 0, "maximum": 12},
        },
        "tags": {
            "type": "array",
            "minItems": 1,
            "maxItems": 3,
            "uniqueItems": True,
            "items": {"type": "string", "minLength": 2, "maxLength": 5},
        },
        "rounding": {"enum": ["down", "up", "half_up"]},
        "from": {"type": "string", "format": "date"},
        "weight": {"type": "number", "exclusiveMinimum": 0},
        "active": {"type": "boolean"},
        "code": {"type": "string", "pattern": "^[0-9]+$"},
        "even": {"type": "integer", "multipleOf": 2},
        "retired": False,
        "rule": {"$ref": "#/$defs/rule"},
        "when": {"$ref": "#/$defs/condition"},
        "amount": {"$ref": "#/$defs/amount"},
        "to": {"anyOf": [{"const": "buyer"}, {"enum": ["sponsor", "upline"]}]},
        "limit": {
            "oneOf": [
                {"$ref": "#/$defs/rate"},
                {"type": "string", "pattern": "^all$", "x-expected": {"en": '"all"', "zh": "“all”"}},
                {"type": "integer"},
            ]
        },
        "shape": {
            "type": "object",
            "allOf": [{"properties": {"of": {"type": "string"}}}],
            "unevaluatedProperties": False,
        },
        "window": {"type": "object", "dependentRequired": {"over": ["of"]}},
    },
    "$defs": {
        "rate": {
            "type": "string",
            "pattern": "^[0-9.]+%$",
            "x-expected": {"en": "a rate such as 30%", "zh": "比率，例如 30%"},
        },
        "rule": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "id": {"type": "string"},
                "grant": {"type": "object"},
                "share": {"type": "object"},
            },
            "required": ["id"],
            "oneOf": [{"required": ["grant"]}, {"required": ["share"]}],
        },
        "condition": {
            "anyOf": [
                {
                    "type": "object",
                    "additionalProperties": False,
                    "required": [word],
                    "properties": {word: {"type": "array", "items": {"$ref": "#/$defs/condition"}}},
                }
                for word in ("all", "any")
            ]
        },
        "amount": {
            "anyOf": [
                {
                    "type": "string",
                    "pattern": "^[0-9.]+$",
                    "x-expected": {"en": "an amount", "zh": "金额"},
                },
                {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["rate", "of"],
                    "properties": {"rate": {"$ref": "#/$defs/rate"}, "of": {"type": "string"}},
                },
                {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["per", "of"],
                    "properties": {"per": {"type": "integer"}, "of": {"type": "string"}},
                },
            ]
        },
    },
}


def check(source: str) -> list[Diagnostic]:
    reading = read_document(source, "plan.yaml")
    assert reading.document is not None
    report = Report(reading.document, reading.diagnostics)
    check_schema(reading.document, SCHEMA, report)
    return report.diagnostics


def faults(source: str, language: str = "en") -> list[str]:
    return [each.render(language).removeprefix("plan.yaml:") for each in check(source)]


def test_a_plan_that_fits_is_left_in_peace() -> None:
    assert (
        faults(
            "plan: locked-points\n"
            "title: {en: Points, zh: 积分}\n"
            "assets: {points: 2}\n"
            "weight: 0.5\n"
            "from: 2026-01-31\n"
            "rule: {id: base, grant: {}}\n"
            "when: {all: [{any: []}]}\n"
            "amount: {rate: 1.2%, of: lot.basis}\n"
            "limit: 30%\n"
            "to: upline\n"
            "shape: {of: x}\n"
        )
        == []
    )


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        # keys
        ("tilte: {en: x}", '2:1: error[schema.unknown-key]: unknown key "tilte"; did you mean "title"?'),
        (
            "title:\n  en: Points\n  名称: 积分",
            '4:3: error[schema.unknown-key]: unknown key "名称"; the keys here are en, zh',
        ),
        (
            "retired: 1",
            '2:1: error[schema.unknown-key]: unknown key "retired"; the keys here are active, amount, '
            "assets, code, even, from, limit, plan, rounding, rule, shape, tags, title, to, weight, when, "
            "window",
        ),
        ("title: {zh: 积分}", '2:1: error[schema.missing-key]: the key "en" is missing; write it with text'),
        (
            "window: {over: month}",
            '2:1: error[schema.missing-key]: the key "of" is missing; write it with a value',
        ),
        ("rule: {id: base}", "2:1: error[schema.missing-one-of]: a key is missing; write grant or share"),
        (
            "rule: {id: base, grant: {}, share: {}}",
            "2:1: error[schema.only-one-of]: the keys grant, share exclude each other; keep one of them",
        ),
        (
            "assets: {积分: 2}",
            '2:10: error[schema.pattern]: "积分" is not in the right form; write a name in small letters',
        ),
        (
            "shape: {basis: 1, of: x}",
            '2:9: error[schema.unknown-key]: unknown key "basis"; the keys here are of',
        ),
        # kinds
        (
            "title: 积分",
            '2:8: error[schema.wrong-type]: "积分" does not fit here; write a mapping of keys to values',
        ),
        (
            "tags: {}",
            "2:7: error[schema.wrong-type]: a mapping does not fit here; write a list (such as [one, another], or a "
            "line with - for each entry)",
        ),
        ("weight: [1]", "2:9: error[schema.wrong-type]: a list does not fit here; write a number"),
        ("weight: true", "2:9: error[schema.wrong-type]: true does not fit here; write a number"),
        (
            "even: 2.0",
            "2:7: error[schema.wrong-type]: the number 2.0 does not fit here; write a whole number",
        ),
        ("active: null", "2:9: error[schema.wrong-type]: null does not fit here; write true or false"),
        (
            'active: "true"',
            '2:9: error[schema.wrong-type]: "true" does not fit here; write true or false (without quotes: true)',
        ),
        (
            'weight: "2.5"',
            '2:9: error[schema.wrong-type]: "2.5" does not fit here; write a number (without quotes: 2.5)',
        ),
        (
            "code: 35",
            '2:7: error[schema.wrong-type]: the number 35 does not fit here; write text (in quotes: "35")',
        ),
        ("code: 3.5", "2:7: error[schema.wrong-type]: the number 3.5 does not fit here; write text"),
        # values
        (
            "rounding: dwon",
            '2:11: error[schema.not-one-of]: "dwon" is not known here (did you mean "down"?); '
            "write down, up or half_up",
        ),
        (
            "rounding: 5",
            "2:11: error[schema.not-one-of]: the number 5 is not known here; write down, up or half_up",
        ),
        (
            "code: abc",
            '2:7: error[schema.pattern]: "abc" is not in the right form; write another value (the manual says which)',
        ),
        (
            "from: 2026-02-30",
            '2:7: error[schema.pattern]: "2026-02-30" is not in the right form; write a date such as 2026-01-31',
        ),
        (
            "even: 3",
            "2:7: error[schema.invalid]: the number 3 does not fit here; write another value (the manual says which)",
        ),
        (
            "weight: 0",
            "2:9: error[schema.out-of-range]: the number 0 is out of range; write a number of more than 0",
        ),
        (
            "assets: {points: 13}",
            "2:18: error[schema.out-of-range]: the number 13 is out of range; "
            "write a number of at least 0 and at most 12",
        ),
        ("assets: {}", "2:9: error[schema.too-short]: too short, with 0 keys; write at least 1"),
        ("assets: {a: 1, b: 1, c: 1}", "2:9: error[schema.too-long]: too long, with 3 keys; write at most 2"),
        ("tags: []", "2:7: error[schema.too-short]: too short, with 0 entries; write at least 1"),
        ("tags: [aa, bb, cc, dd]", "2:7: error[schema.too-long]: too long, with 4 entries; write at most 3"),
        ("tags: [积]", "2:8: error[schema.too-short]: too short, with 1 character; write at least 2"),
        ("tags: [abcdef]", "2:8: error[schema.too-long]: too long, with 6 characters; write at most 5"),
        (
            "tags:\n  - 积分\n  - 积分",
            '4:5: error[schema.not-unique]: "积分" is in the list already; remove one of the two',
        ),
        # alternatives
        (
            "amount: 3.5",
            "2:9: error[schema.wrong-type]: the number 3.5 does not fit here; "
            'write an amount or a mapping of keys to values (in quotes: "3.5")',
        ),
        ("amount: many", '2:9: error[schema.pattern]: "many" is not in the right form; write an amount'),
        (
            "amount: {rate: 30, of: order.amount}",
            "2:16: error[schema.wrong-type]: the number 30 does not fit here; write a rate such as 30%",
        ),
        (
            "amount: {rate: 30%, fo: x}",
            '2:21: error[schema.unknown-key]: unknown key "fo"; did you mean "of"?',
        ),
        ("amount: {of: x}", "2:1: error[schema.missing-one-of]: a key is missing; write rate or per"),
        ("when: {al: []}", '2:8: error[schema.unknown-key]: unknown key "al"; did you mean "all"?'),
        (
            "when: {all: [{any: [3]}]}",
            "2:21: error[schema.wrong-type]: the number 3 does not fit here; write a mapping of keys to values",
        ),
        (
            "to: buyr",
            '2:5: error[schema.not-one-of]: "buyr" is not known here (did you mean "buyer"?); '
            "write buyer, sponsor or upline",
        ),
        (
            "limit: much",
            '2:8: error[schema.pattern]: "much" is not in the right form; write a rate such as 30% or "all"',
        ),
        (
            "limit: []",
            "2:8: error[schema.wrong-type]: a list does not fit here; "
            'write a rate such as 30%, "all" or a whole number',
        ),
    ],
)
def test_each_mistake_is_told_once_at_its_place(source: str, expected: str) -> None:
    assert faults(f"plan: points\n{source}\n") == [expected]


def test_a_missing_key_of_the_whole_file_is_told_at_its_beginning() -> None:
    assert faults("# 方案\nweight: 1") == [
        '2:1: error[schema.missing-key]: the key "plan" is missing; write it with a name in small letters'
    ]


def test_a_file_that_is_no_mapping_is_told_so() -> None:
    assert faults("- plan") == [
        "1:1: error[schema.wrong-type]: a list does not fit here; write a mapping of keys to values"
    ]


def test_a_misspelt_key_is_not_missing_as_well() -> None:
    assert faults("paln: points") == [
        '1:1: error[schema.unknown-key]: unknown key "paln"; did you mean "plan"?',
    ]


def test_all_mistakes_are_told_in_the_order_of_the_file() -> None:
    found = check("plan: 积分\nweight: 0\ntags: [a, 1]\n积分: 1\n")
    assert [(each.code, each.line, each.column) for each in found] == [
        ("schema.pattern", 1, 7),
        ("schema.out-of-range", 2, 9),
        ("schema.too-short", 3, 8),
        ("schema.wrong-type", 3, 11),
        ("schema.unknown-key", 4, 1),
    ]


def test_an_alternative_without_its_shared_key_lacks_two_keys() -> None:
    assert faults("plan: points\namount: {}") == [
        '2:1: error[schema.missing-key]: the key "of" is missing; write it with text',
        "2:1: error[schema.missing-one-of]: a key is missing; write rate or per",
    ]


@pytest.mark.parametrize("value", ["010", "*x", "yes", "&a 1.5", "!int 1.5"])
def test_what_the_reader_has_told_is_not_told_again(value: str) -> None:
    assert [each.code.partition(".")[0] for each in check(f"plan: points\ncode: {value}\n")] == ["yaml"]


def test_mistakes_are_told_in_chinese_too() -> None:
    source = (
        "plan: points\ntilte: {}\nrounding: dwon\nassets: {a: 13}\nlimit: []\nrule: {id: 5, grant: {}, share: {}}\n"
    )
    assert faults(source, "zh") == [
        "2:1: error[schema.unknown-key]: 未知的键“tilte”；是否想写“title”？",
        "3:11: error[schema.not-one-of]: 此处不认识“dwon”（是否想写“down”？）；请写“down”、“up”或“half_up”",
        "4:13: error[schema.out-of-range]: 数字“13”超出范围；请写不小于 0、不大于 12 的数",
        "5:8: error[schema.wrong-type]: 此处不能是列表；请写比率，例如 30%、“all”或整数",
        "6:1: error[schema.only-one-of]: 键“grant”、“share”互相排斥；请只保留一个",
        '6:12: error[schema.wrong-type]: 此处不能是数字“5”；请写文本（加上引号："5"）',
    ]


def test_long_texts_and_long_lists_are_cut_short() -> None:
    schema = {"properties": {"to": {"enum": [f"level-{number}" for number in range(30)]}}}
    document = read_document("to: " + "积" * 200, "plan.yaml").document
    assert document is not None
    report = Report(document)
    check_schema(document, schema, report)
    (only,) = report.diagnostics
    assert "积" * 40 + "…" in only.render()
    assert "level-19, …" in only.render()
    assert "level-20" not in only.render()


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (
            {"properties": {"to": {"additionalProperties": False}}},
            '1:6: error[schema.unknown-key]: unknown key "of"; remove it',
        ),
        (
            {"properties": {"to": {"oneOf": [{"minProperties": 1}, {"maxProperties": 3}]}}},
            "1:5: error[schema.invalid]: a mapping does not fit here; write another value (the manual says which)",
        ),
        (
            {"not": {"required": ["to"]}, "x-expected": {"en": "a plan without to", "zh": "不含 to 的方案"}},
            "1:1: error[schema.invalid]: a mapping does not fit here; write a plan without to",
        ),
        (
            {"properties": {"to": {"properties": {"of": {"const": "order.amount"}}}}},
            '1:10: error[schema.not-one-of]: "order.amuont" is not known here '
            '(did you mean "order.amount"?); write order.amount',
        ),
        (
            {
                "if": {"required": ["to"]},
                "then": {"required": ["on"], "properties": {"on": {"type": "array"}}},
            },
            '1:1: error[schema.missing-key]: the key "on" is missing; write it with a list',
        ),
        (
            {
                "properties": {
                    "to": {"anyOf": [{"anyOf": [{"type": "string"}, {"const": 1}]}, {"type": "array"}]},
                }
            },
            "1:5: error[schema.wrong-type]: a mapping does not fit here; write text or 1 or a list (such as "
            "[one, another], or a line with - for each entry)",
        ),
    ],
)
def test_other_keywords_have_words_too(schema: dict[str, Any], expected: str) -> None:
    document = read_document("to: {of: order.amuont}", "plan.yaml").document
    assert document is not None
    report = Report(document)
    check_schema(document, schema, report)
    assert [each.render().removeprefix("plan.yaml:") for each in report.diagnostics] == [expected]


def test_conditions_may_be_nested_as_deep_as_a_file_may_be() -> None:
    levels = (MAX_DEPTH - 2) // 2
    fits = "plan: points\nwhen: " + "{all: [" * levels + "]}" * levels
    assert faults(fits) == []
    wrong = fits.replace("[]", "[7]")
    assert [each.code for each in check(wrong)] == ["schema.wrong-type"]


def test_the_schema_is_not_changed_by_checking() -> None:
    before = copy.deepcopy(SCHEMA)
    check("plan: 1\nrule: 3\n")
    assert before == SCHEMA
