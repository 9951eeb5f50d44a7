"""Comparing how many of each reward are left with what a case expects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rewards.plan.diagnostics import Path, Phrase
from rewards.testing.mismatch import NO_DIFFERENCE, Mismatch, number, shown
from rewards.testing.stage import Stage


def stock(stage: Stage, entries: Mapping[str, Any], path: Path) -> Iterator[Mismatch]:
    """`stock`: how many of a reward are left."""
    for name, wanted in entries.items():
        what, left = Phrase(f"what is left of {name}", f"{name} 的剩余数量"), stage.world.stock(name)
        if left is None:
            endless = Phrase("no codes given, so no end of them", "未给定券码，数量不限")
            yield Mismatch((*path, name), "value", what, shown(str(wanted)), endless, NO_DIFFERENCE)
        else:
            yield from number((*path, name), what, wanted, str(max(left, 0)))
