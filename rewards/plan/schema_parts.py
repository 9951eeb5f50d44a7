"""The pieces JSON Schema fragments of plan files are put together from."""

from __future__ import annotations

from typing import Any


def expected(english: str, chinese: str) -> dict[str, dict[str, str]]:
    """What is told to be wanted where a value does not fit."""
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


def ref(name: str) -> dict[str, str]:
    """One of the definitions every fragment may use (`rewards.plan.schema`)."""
    return {"$ref": f"#/$defs/{name}"}


def told(fragment: dict[str, Any], title: str, description: str) -> dict[str, Any]:
    """A fragment with what an editor shows beside its key."""
    return {**fragment, "title": title, "description": description}


def named(item: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A mapping from names of one's own to entries of one kind."""
    return {"type": "object", "propertyNames": ref("name"), "additionalProperties": item, **more}


YEARS_ELSEWHERE: dict[str, Any] = {
    "x-elsewhere": {"years": {"en": "a year is written {months: 12}", "zh": "一年写作 {months: 12}"}}
}
"""For mappings that know days and months."""
