"""What explanations show: why a transfer happened, what the rules moved at an event, and what caps cut off it.

Quantities are decimal texts in the asset's scale; texts are in English and Chinese.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from rewards.services.views import TransferView


@dataclass(frozen=True)
class CutView:
    """What a cap has cut off what a rule would have given at an event."""

    cap: str
    title: Mapping[str, str]
    rule: str
    asset: str
    quantity: str
    member: str
    """Whose it would have been; empty when the cap is for everybody together, or `members` are several."""
    members: int
    """How many members it has been cut off; 0 when the cap is for everybody together."""
    text: Mapping[str, str]


@dataclass(frozen=True)
class ExplanationStep:
    """One line of why a transfer has the amount it has; sources are indented below what they add up to."""

    depth: int
    text: Mapping[str, str]
    """In English and Chinese."""


@dataclass(frozen=True)
class Explanation:
    """Why a transfer happened: its event, plan version and rule, and how the amount came about.

    `cuts` are what caps have cut off what the same rule gave at the same event: its member, or everybody together.
    """

    transfer: TransferView
    kind: str
    event: str
    day: date
    file_line: int
    rule_text: str
    steps: Sequence[ExplanationStep]
    cuts: Sequence[CutView]


@dataclass(frozen=True)
class RulePart:
    """What one rule has moved of one asset, zero where caps have left nothing, and what they cut off."""

    rule: str
    title: Mapping[str, str]
    asset: str
    quantity: str
    transfers: int
    cuts: Sequence[CutView]
    text: Mapping[str, str]
    """The quantity and the cuts in a sentence."""


@dataclass(frozen=True)
class PlanPart:
    """What an event has done under one plan."""

    plan: str
    version: str
    day: date
    rules: Sequence[RulePart]


@dataclass(frozen=True)
class EventExplanation:
    """What the rules have moved at an event, in all or for one member, and what caps have cut off."""

    kind: str
    id: str
    sequence: int
    member: str
    """Whose part it is; empty for the whole event."""
    plans: Sequence[PlanPart]
