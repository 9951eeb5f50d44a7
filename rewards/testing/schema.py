"""The JSON Schema (2020-12) of plan tests (`NAME.test.yaml`); committed as `schemas/test.schema.json`."""

from __future__ import annotations

from typing import Any

from rewards.testing.schema_expect import expectations
from rewards.testing.schema_parts import definitions, mapping, ref, told
from rewards.testing.schema_steps import given, steps


def test_schema() -> dict[str, Any]:
    """The schema of plan tests, as plain data."""
    step = mapping(
        {**steps(), "expect": expectations()},
        minProperties=1,
        maxProperties=1,
        **told(
            "one entry of the list for each step: - order: {…} and then - expect: {…}",
            "每个步骤在列表中各占一项：- order: {…}，然后 - expect: {…}",
        ),
    )
    case = mapping(
        {
            "name": ref("title"),
            "change": _change(),
            "given": given(),
            "steps": {"type": "array", "minItems": 1, "maxItems": 1000, "items": step},
        },
        "name",
        "steps",
    )
    plan = {"type": "string", "minLength": 1, "maxLength": 200, "description": "The plan file, beside this one."}
    cases = {"type": "array", "minItems": 1, "maxItems": 500, "items": case}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Rewards plan test",
        "description": "What a plan must do: members, orders and day closes, and what is expected of them.",
        **mapping({"plan": plan, "cases": cases}, "plan", "cases"),
        "$defs": definitions(),
    }


def _change() -> dict[str, Any]:
    return {
        "type": "object",
        "minProperties": 1,
        "description": "Values of the plan that are others in this case, by their JSON pointer.",
        "propertyNames": {
            "pattern": r"^(/[^/]+)+$",
            **told("a JSON pointer such as /rules/grant/enabled", "JSON 指针，例如 /rules/grant/enabled"),
        },
    }
