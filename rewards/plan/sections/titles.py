"""Titles: names for people."""

from __future__ import annotations

from typing import Any

from rewards.plan.model import Title
from rewards.plan.schema_parts import ref, told

TITLE: dict[str, Any] = told(ref("title"), "Title", "A name for people: a text, or one for each language.")


def read_title(value: Any, fallback: str) -> Title:
    """A title written as one text or a text a language; the name where there is none."""
    if isinstance(value, str):
        return {"en": value, "zh": value}
    if isinstance(value, dict):
        some = next(iter(value.values()))
        return {"en": value.get("en", some), "zh": value.get("zh", some)}
    return {"en": fallback, "zh": fallback}
