"""Checking what plan tests say of rewards with their plan: claims, cancellations, codes and stock."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rewards.plan.diagnostics import Path
from rewards.testing import catalogue_texts  # noqa: F401 (what is said of rewards)
from rewards.testing.names import Names


class Claims:
    """The claims a case makes, as far as its steps have been checked."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._rewards = names.plan.rewards
        self._report = names.report
        self._ids: dict[str, None] = {}

    def claim(self, value: Mapping[str, Any], path: Path, *, taken: bool) -> None:
        """Check a `claim`; `taken` unless it must be refused."""
        self._names.member(value["member"], (*path, "member"))
        self._names.known("test.unknown-reward", value["reward"], self._rewards, (*path, "reward"))
        if value.get("id") in self._ids:
            self._report.error("test.claim-twice", (*path, "id"), name=value["id"])
        if taken and "id" in value:
            self._ids[value["id"]] = None

    def cancel(self, value: Mapping[str, Any], path: Path) -> None:
        """Check a `cancel`."""
        self._names.known("test.unknown-claim", value["claim"], self._ids, (*path, "claim"))


def check_codes(names: Names, value: Mapping[str, Any], path: Path) -> None:
    """Check that the rewards whose codes are given have codes."""
    for name in value:
        here = (*path, name)
        known = names.known("test.unknown-reward", name, names.plan.rewards, here, at="key")
        if known and not names.plan.rewards[name].codes:
            names.report.error("test.no-codes", here, at="key", name=name)


def check_stock(names: Names, value: Mapping[str, Any], path: Path) -> None:
    """Check that the rewards whose stock is expected have one."""
    for name in value:
        here = (*path, name)
        if names.known("test.unknown-reward", name, names.plan.rewards, here, at="key"):
            reward = names.plan.rewards[name]
            if reward.stock is None and not reward.codes:
                names.report.error("test.no-stock", here, at="key", name=name)
