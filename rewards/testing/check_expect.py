"""Checking the names and numbers of what a case expects with its plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rewards.interpreter.state import BUILT_IN_RULES
from rewards.plan.diagnostics import Path
from rewards.testing.catalogue import check_stock
from rewards.testing.names import EVERYBODY, NEWCOMERS, Names


def check_expected(names: Names, value: Mapping[str, Any], path: Path, *, dated: bool) -> None:
    """Report every name or number of an `expect` step that does not fit.

    `dated` says whether a step before has a day: without one there are no measures and no tags to look at.
    """
    check = _Expected(names)
    check.holdings(value, path)
    check.members(value, path)
    check.last_step(value, path)
    names.pools(value.get("pools", {}), (*path, "pools"))
    check_stock(names, value.get("stock", {}), (*path, "stock"))
    check.priced(value.get("prices", {}), (*path, "prices"))
    for section in ("issued", "circulation", "treasury", "platform"):
        names.quantities(value.get(section, {}), (*path, section))
    for section in ("measures", "plan_measures", "tags"):
        if section in value and not dated:
            names.report.error("test.no-day", (*path, section), at="key")


class _Expected:
    def __init__(self, names: Names) -> None:
        self._names = names
        self._plan = names.plan
        self._report = names.report

    # --- of members -----------------------------------------------------------------------------------------

    def holdings(self, value: Mapping[str, Any], path: Path) -> None:
        for section in ("balances", "locked", "owes", "value"):
            for member, quantities in value.get(section, {}).items():
                self._names.someone(member, (*path, section, member))
                # The value of a holding has the decimals of its price as well: it is no amount of the asset.
                check = self.priced if section == "value" else self._names.quantities
                check(quantities, (*path, section, member))
        for member, assets in value.get("lots", {}).items():
            self._names.someone(member, (*path, "lots", member))
            self._lots(assets, (*path, "lots", member))
        for section in ("expiring", "notices"):
            for member, assets in value.get(section, {}).items():
                self._names.someone(member, (*path, section, member))
                self._names.expiring(assets, (*path, section, member))

    def members(self, value: Mapping[str, Any], path: Path) -> None:
        for member, levels in value.get("levels", {}).items():
            self._names.someone(member, (*path, "levels", member))
            self._names.levels(levels, (*path, "levels", member))
        for member, tags in value.get("tags", {}).items():
            self._names.someone(member, (*path, "tags", member))
            for index, tag in enumerate(tags):
                self._names.tag(tag, (*path, "tags", member, index))
        for member, measures in value.get("measures", {}).items():
            self._names.someone(member, (*path, "measures", member))
            self._measures(measures, (*path, "measures", member), everybody=False)
        self._measures(value.get("plan_measures", {}), (*path, "plan_measures"), everybody=True)

    def _measures(self, value: Mapping[str, Any], path: Path, *, everybody: bool) -> None:
        for name, quantity in value.items():
            measure = self._names.measure(name, (*path, name), everybody=everybody)
            if measure:
                self._names.amount(quantity, (*path, name), measure.scale)

    # --- of assets ------------------------------------------------------------------------------------------

    def _lots(self, assets: Mapping[str, Any], path: Path) -> None:
        for name, remaining in assets.items():
            asset = self._names.asset(name, (*path, name), at="key")
            if asset and asset.lots is None:
                self._report.error("test.no-lots", (*path, name), at="key", name=name)
            for index, quantity in enumerate(remaining if asset else ()):
                self._names.amount(quantity, (*path, name, index), asset.scale if asset else 0)

    def priced(self, assets: Mapping[str, Any], path: Path) -> None:
        for name in assets:
            asset = self._names.asset(name, (*path, name), at="key")
            if asset and asset.priced is None:
                self._report.error("test.not-priced", (*path, name), at="key", name=name)

    # --- of the step before ---------------------------------------------------------------------------------

    def last_step(self, value: Mapping[str, Any], path: Path) -> None:
        rules = [each.id for each in self._plan.rules]
        newcomers = [NEWCOMERS] if self._names.newcomers else []
        holders = [*self._names.members, *newcomers]
        for section, known in (("moved", [*holders, *self._plan.pools]), ("taken", holders)):
            for rule, named in value.get(section, {}).items():
                here = (*path, section, rule)
                self._names.known("plan.unknown-rule", rule, [*rules, *BUILT_IN_RULES.values()], here, at="key")
                code = "test.unknown-receiver" if section == "moved" else "test.unknown-member"
                for name in named:
                    self._names.known(code, name, known, (*here, name), at="key")
        for name, cut in value.get("cut", {}).items():
            self._cut(name, cut, (*path, "cut", name))
        for index, rule in enumerate(value.get("waiting", ())):
            here = (*path, "waiting", index)
            awaiting = [each.id for each in self._plan.rules if each.awaits]
            if self._names.known("plan.unknown-rule", rule, rules, here) and rule not in awaiting:
                self._report.error("test.never-waits", here, name=rule)

    def _cut(self, name: str, cut: Mapping[str, Any], path: Path) -> None:
        if not self._names.known("test.unknown-cap", name, self._plan.caps, path, at="key"):
            return
        cap = self._plan.caps[name]
        for member, quantity in cut.items():
            here = (*path, member)
            if cap.everybody and member != EVERYBODY:
                self._report.error("test.cap-of-plan", here, at="key", name=name)
            elif not cap.everybody:
                self._names.someone(member, here)
            self._names.amount(quantity, here, cap.scale)
