"""Plans for closes in parts, compiled once."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from rewards.actions import vocabulary
from rewards.plan.load import load_plan
from rewards.plan.model import Plan

RULES = Path(__file__).parents[2] / "rules"


@cache
def compiled(text: str) -> Plan:
    """The plan of a rule file's text, which must be free of errors."""
    loaded = load_plan(text, "plan.yaml", vocabulary())
    assert loaded.plan is not None, loaded.diagnostics
    return loaded.plan


def shipped(name: str) -> Plan:
    """A shipped plan."""
    return compiled((RULES / f"{name}.yaml").read_text(encoding="utf-8"))
