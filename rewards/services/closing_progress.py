"""What whoever watches a day close is told: which stage begins, and over how many members it goes."""

from __future__ import annotations

from collections.abc import Callable

Told = Callable[[str, int], None]
"""Told of a stage that begins (`reading`, `working out`, `writing`) and how many members there are."""


def told_nothing(stage: str, members: int) -> None:
    """For whoever does not watch."""
