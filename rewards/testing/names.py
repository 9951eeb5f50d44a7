"""The names and numbers of a plan and of a case, and how a test file that gets one wrong is told so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from rewards.money import AmountError, parse_amount
from rewards.plan.diagnostics import Part, Path, Report
from rewards.plan.measures import Measure
from rewards.plan.model import Asset, Plan
from rewards.plan.schema_words import plain
from rewards.plan.scope import did_you_mean

NEWCOMERS = "newcomers"
"""Stands for every newcomer where a member is expected to have something."""
EVERYBODY = "everybody"
"""Stands for all members together where a cap for the whole plan has cut something off."""


def newcomer(number: int) -> str:
    """The id of the first, second, … newcomer (`number` counts from 1)."""
    return f"newcomer-{number}"


class Names:
    """What a case may name at one of its steps. Every method reports what is wrong at a path."""

    def __init__(self, plan: Plan, report: Report) -> None:
        self.plan = plan
        self.report = report
        self.members: dict[str, None] = {}
        self.newcomers = 0

    def known(self, code: str, name: str, known: Iterable[str], path: Path, at: Part = "value") -> bool:
        """Whether a name is one of those; `code` is what is said otherwise, `code.did-you-mean` if one is close."""
        names = list(known)
        if name in names:
            return True
        close = did_you_mean(name, names)
        if close:
            self.report.error(f"{code}.did-you-mean", path, at=at, name=name, known=close)
        else:
            self.report.error(code, path, at=at, name=name, known=", ".join(names) or "–")
        return False

    # --- members --------------------------------------------------------------------------------------------

    def join(self, value: Mapping[str, Any], path: Path) -> None:
        """Check that somebody may join so, and know them from now on."""
        if "sponsor" in value:
            self.member(value["sponsor"], (*path, "sponsor"))
        name = value["id"]
        if name in self.members:
            self.report.error("test.member-twice", (*path, "id"), name=name)
        if name in (NEWCOMERS, EVERYBODY) or name.startswith(newcomer(0)[:-1]):
            self.report.error("test.member-reserved", (*path, "id"), name=name)
        if name in self.plan.pools:  # both are receivers in `moved`
            self.report.error("test.member-is-pool", (*path, "id"), name=name)
        self.members[name] = None

    def newcomers_join(self, count: int) -> None:
        """Know so many newcomers more."""
        for _ in range(count):
            self.newcomers += 1
            self.members[newcomer(self.newcomers)] = None

    def member(self, name: str, path: Path) -> None:
        """Check that somebody has joined."""
        self.known("test.unknown-member", name, self.members, path)

    def someone(self, name: str, path: Path) -> None:
        """Check that a key is a member, or all newcomers."""
        if name != NEWCOMERS or not self.newcomers:
            self.known("test.unknown-member", name, self.members, path, at="key")

    # --- what the plan declares -----------------------------------------------------------------------------

    def asset(self, name: str, path: Path, at: Part = "value") -> Asset | None:
        """The asset of a name."""
        known = self.known("plan.unknown-asset", name, self.plan.assets, path, at)
        return self.plan.assets[name] if known else None

    def tag(self, name: str, path: Path, at: Part = "value") -> None:
        """Check that there is a tag."""
        self.known("test.unknown-tag", name, self.plan.tags, path, at)

    def measure(self, name: str, path: Path, *, everybody: bool) -> Measure | None:
        """The measure of a name, given as a key: one of everybody, or one that each member has."""
        if not self.known("test.unknown-measure", name, self.plan.measures, path, at="key"):
            return None
        measure = self.plan.measures[name]
        if measure.everybody == everybody:
            return measure
        code = "test.measure-of-members" if everybody else "test.measure-of-plan"
        self.report.error(code, path, at="key", name=name)
        return None

    def levels(self, value: Mapping[str, Any], path: Path) -> None:
        """Check levels by ladder; a level is a name, null, or a mapping with `level` and `highest`."""
        for name, said in value.items():
            here = (*path, name)
            if not self.known("plan.unknown-ladder", name, self.plan.ladders, here, at="key"):
                continue
            ladder = self.plan.ladders[name]
            if not ladder.held:
                self.report.error("test.ladder-not-held", here, at="key", name=name)
                continue
            names = [each.name for each in ladder.levels]
            if not isinstance(said, dict):
                said, places = {"level": said}, {"level": here}
            else:
                places = {key: (*here, key) for key in said}
            for key in ("level", "highest"):
                if said.get(key) is not None:
                    self.known("plan.unknown-level", said[key], names, places[key])

    # --- numbers --------------------------------------------------------------------------------------------

    def amount(self, value: Any, path: Path, scale: int) -> None:
        """Check that a quantity has no more decimals than `scale`, and is not too large."""
        try:
            parse_amount(plain(value), scale)
        except AmountError as error:
            parameters: dict[str, Any] = error.parameters
            self.report.error(error.code, path, **parameters)

    def quantities(self, value: Mapping[str, Any], path: Path) -> list[str]:
        """Check quantities by asset; returns the assets there are."""
        found = []
        for name, quantity in value.items():
            asset = self.asset(name, (*path, name), at="key")
            if asset:
                found.append(name)
                self.amount(quantity, (*path, name), asset.scale)
        return found

    def expiring(self, assets: Mapping[str, Any], path: Path) -> None:
        """Check quantities by asset and day."""
        for name, by_day in assets.items():
            asset = self.asset(name, (*path, name), at="key")
            if asset and asset.expiry is None:
                self.report.error("test.no-expiry", (*path, name), at="key", name=name)
            for day, quantity in by_day.items() if asset else ():
                self.amount(quantity, (*path, name, day), asset.scale if asset else 0)

    def pools(self, value: Mapping[str, Any], path: Path) -> None:
        """Check amounts by pool."""
        for name, quantity in value.items():
            self.known("plan.unknown-pool", name, self.plan.pools, (*path, name), at="key")
            self.amount(quantity, (*path, name), self.plan.currency_scale)

    def span(self, value: Mapping[str, Any], path: Path) -> None:
        """Check that a stretch of days, `from` and `through`, does not end before it begins."""
        if "from" in value and "through" in value:
            first, last = date.fromisoformat(value["from"]), date.fromisoformat(value["through"])
            if last < first:
                self.report.error("test.span-backward", (*path, "through"), day=value["from"], through=value["through"])
