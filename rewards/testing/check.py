"""Checking the names, numbers and days of a case with its plan, so that a mistake in a test is told as one.

Everything wrong is reported at its place before anything is run; a step only runs when nothing was reported.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from rewards.interpreter.state import BUILT_IN_RULES
from rewards.money import AmountError, parse_amount
from rewards.plan.diagnostics import Part, Path, Report
from rewards.plan.model import Asset, Plan
from rewards.plan.schema_words import plain
from rewards.plan.scope import did_you_mean
from rewards.testing.format import Case, Step

NEWCOMERS = "newcomers"
"""Stands for every newcomer where a member is expected to have something."""
MOST_DAYS = 1000
"""How many days one step may close."""


def newcomer(number: int) -> str:
    """The id of the first, second, … newcomer (`number` counts from 1)."""
    return f"newcomer-{number}"


def check_case(case: Case, plan: Plan, report: Report) -> None:
    """Report every name, number or day of a case that does not fit its plan or what happened before."""
    check = _Check(plan, report)
    check.given(case.given, (*case.path, "given"))
    for step in case.steps:
        check.step(step)


class _Check:
    def __init__(self, plan: Plan, report: Report) -> None:
        self._plan = plan
        self._report = report
        self._members: dict[str, None] = {}
        self._orders: dict[str, None] = {}
        self._newcomers = 0
        self._day: date | None = None
        self._closed: date | None = None

    # --- what there is at first -----------------------------------------------------------------------------

    def given(self, value: Mapping[str, Any], path: Path) -> None:
        for index, member in enumerate(value.get("members", ())):
            here = (*path, "members", index)
            self._join(member, here)
            self._levels(member.get("levels", {}), (*here, "levels"))
            self._quantities(member.get("balances", {}), (*here, "balances"))
            self._quantities(member.get("owes", {}), (*here, "owes"))
            if "sales" in member:
                self._amount(member["sales"], (*here, "sales"), self._plan.currency_scale)
            for number, lot in enumerate(member.get("locked", ())):
                self._lot(lot, (*here, "locked", number))
        self._pools(value.get("pools", {}), (*path, "pools"))
        for name in self._quantities(value.get("treasury", {}), (*path, "treasury")):
            if not self._plan.assets[name].priced:
                self._report.error("test.no-treasury", (*path, "treasury", name), at="key", name=name)

    def _join(self, value: Mapping[str, Any], path: Path) -> None:
        if "sponsor" in value:
            self._member(value["sponsor"], (*path, "sponsor"))
        name = value["id"]
        if name in self._members:
            self._report.error("test.member-twice", (*path, "id"), name=name)
        if name == NEWCOMERS or name.startswith(newcomer(0)[:-1]):
            self._report.error("test.member-reserved", (*path, "id"), name=name)
        if name in self._plan.pools:  # both are receivers in `moved`
            self._report.error("test.member-is-pool", (*path, "id"), name=name)
        self._members[name] = None

    def _lot(self, value: Mapping[str, Any], path: Path) -> None:
        asset = self._asset(value["asset"], (*path, "asset"))
        if asset and asset.lots is None:
            self._report.error("test.no-lots", (*path, "asset"), name=asset.name)
        if asset:
            self._amount(value["quantity"], (*path, "quantity"), asset.scale)
        if "basis" in value:
            self._amount(value["basis"], (*path, "basis"), self._plan.currency_scale)

    # --- steps ----------------------------------------------------------------------------------------------

    def step(self, step: Step) -> None:
        taken = step.kind != "refused"
        if not taken:
            step = step.refused
        match step.kind:
            case "join":
                self._join(step.value, step.path)
            case "close":
                self._close(step.value, step.path)
            case "expect":
                self._expect(step.value, step.path)
            case "order":
                self._order(step.value, step.path)
                if taken and "id" in step.value:
                    self._orders[step.value["id"]] = None
            case "refund":
                self._refund(step.value, step.path)
            case _:
                self._request(step)

    def _happens(self, value: Mapping[str, Any], path: Path) -> None:
        if "on" in value:
            self._day = date.fromisoformat(value["on"])
        elif self._day is None:
            self._report.error("test.no-day", path)

    def _order(self, value: Mapping[str, Any], path: Path) -> None:
        self._happens(value, path)
        if ("member" in value) == (NEWCOMERS in value):
            self._report.error("test.order-whose", path)
        for key, other in (("sponsor", NEWCOMERS), ("repeat", "member")):
            if key in value and other not in value:
                self._report.error("test.only-with", (*path, key), at="key", key=key, other=other)
        if "id" in value:
            self._order_id(value, path)
        for key in ("member", "sponsor"):
            if key in value:
                self._member(value[key], (*path, key))
        for _ in range(value.get(NEWCOMERS, 0)):
            self._newcomers += 1
            self._members[newcomer(self._newcomers)] = None
        self._amount(value["total"], (*path, "total"), self._plan.currency_scale)
        self._quantities(value.get("points", {}), (*path, "points"))
        for index, line in enumerate(value.get("lines", ())):
            self._amount(line["amount"], (*path, "lines", index, "amount"), self._plan.currency_scale)

    def _order_id(self, value: Mapping[str, Any], path: Path) -> None:
        if value["id"] in self._orders:
            self._report.error("test.order-twice", (*path, "id"), name=value["id"])
        if value.get("repeat", 1) * value.get(NEWCOMERS, 1) > 1:
            self._report.error("test.id-of-several", (*path, "id"), at="key")

    def _refund(self, value: Mapping[str, Any], path: Path) -> None:
        self._happens(value, path)
        self._known("test.unknown-order", value["order"], self._orders, (*path, "order"))
        if "amount" in value:
            self._amount(value["amount"], (*path, "amount"), self._plan.currency_scale)

    def _request(self, step: Step) -> None:
        value, path = step.value, step.path
        self._happens(value, path)
        self._member(value["member"], (*path, "member"))
        named = "from" if step.kind == "convert" else "asset"
        asset = self._asset(value[named], (*path, named))
        if asset:
            self._amount(value["quantity"], (*path, "quantity"), asset.scale)
        if step.kind == "convert":
            self._asset(value["to"], (*path, "to"))
        elif step.kind == "pay":
            self._member(value["to"], (*path, "to"))
        if "locked_basis" in value:
            self._amount(value["locked_basis"], (*path, "locked_basis"), self._plan.currency_scale)

    def _close(self, value: str | Mapping[str, str], path: Path) -> None:
        first, last = days_closed(value)
        start = path if isinstance(value, str) else (*path, "from")
        if last < first:
            end = (*path, "through")
            self._report.error("test.days-backward", end, day=first.isoformat(), through=last.isoformat())
        elif (last - first).days >= MOST_DAYS:
            self._report.error("test.too-many-days", path, days=(last - first).days + 1, most=MOST_DAYS)
        elif self._closed and first <= self._closed:
            self._report.error("test.day-closed", start, day=first.isoformat())
        self._closed = max(self._closed or last, last)
        self._day = self._closed + timedelta(days=1)

    # --- expectations ---------------------------------------------------------------------------------------

    def _expect(self, value: Mapping[str, Any], path: Path) -> None:
        for section in ("balances", "locked", "owes", "value"):
            for member, quantities in value.get(section, {}).items():
                self._someone(member, (*path, section, member))
                # The value of a holding has the decimals of its price as well: it is no amount of the asset.
                check = self._priced if section == "value" else self._quantities
                check(quantities, (*path, section, member))
        for member, assets in value.get("lots", {}).items():
            self._someone(member, (*path, "lots", member))
            self._lots(assets, (*path, "lots", member))
        for member, levels in value.get("levels", {}).items():
            self._someone(member, (*path, "levels", member))
            self._levels(levels, (*path, "levels", member))
        self._pools(value.get("pools", {}), (*path, "pools"))
        self._priced(value.get("prices", {}), (*path, "prices"))
        for section in ("issued", "circulation", "treasury", "platform"):
            self._quantities(value.get(section, {}), (*path, section))
        for rule, receivers in value.get("moved", {}).items():
            here = (*path, "moved", rule)
            rules = [each.id for each in self._plan.rules] + list(BUILT_IN_RULES.values())
            self._known("plan.unknown-rule", rule, rules, here, at="key")
            for name in receivers:
                known = [*self._members, *self._plan.pools, *([NEWCOMERS] if self._newcomers else [])]
                self._known("test.unknown-receiver", name, known, (*here, name), at="key")

    def _lots(self, assets: Mapping[str, Any], path: Path) -> None:
        for name, remaining in assets.items():
            asset = self._asset(name, (*path, name), at="key")
            if asset and asset.lots is None:
                self._report.error("test.no-lots", (*path, name), at="key", name=name)
            for index, quantity in enumerate(remaining if asset else ()):
                self._amount(quantity, (*path, name, index), asset.scale if asset else 0)

    def _priced(self, assets: Mapping[str, Any], path: Path) -> None:
        for name in assets:
            asset = self._asset(name, (*path, name), at="key")
            if asset and asset.priced is None:
                self._report.error("test.not-priced", (*path, name), at="key", name=name)

    # --- names and numbers ----------------------------------------------------------------------------------

    def _known(self, code: str, name: str, known: Iterable[str], path: Path, at: Part = "value") -> bool:
        names = list(known)
        if name in names:
            return True
        close = did_you_mean(name, names)
        if close:
            self._report.error(f"{code}.did-you-mean", path, at=at, name=name, known=close)
        else:
            self._report.error(code, path, at=at, name=name, known=", ".join(names) or "–")
        return False

    def _member(self, name: str, path: Path) -> None:
        self._known("test.unknown-member", name, self._members, path)

    def _someone(self, name: str, path: Path) -> None:
        """A member, or all newcomers, as a key."""
        if name != NEWCOMERS or not self._newcomers:
            self._known("test.unknown-member", name, self._members, path, at="key")

    def _asset(self, name: str, path: Path, at: Part = "value") -> Asset | None:
        known = self._known("plan.unknown-asset", name, self._plan.assets, path, at)
        return self._plan.assets[name] if known else None

    def _quantities(self, value: Mapping[str, Any], path: Path) -> list[str]:
        """Check quantities by asset; returns the assets there are."""
        found = []
        for name, quantity in value.items():
            asset = self._asset(name, (*path, name), at="key")
            if asset:
                found.append(name)
                self._amount(quantity, (*path, name), asset.scale)
        return found

    def _pools(self, value: Mapping[str, Any], path: Path) -> None:
        for name, quantity in value.items():
            self._known("plan.unknown-pool", name, self._plan.pools, (*path, name), at="key")
            self._amount(quantity, (*path, name), self._plan.currency_scale)

    def _levels(self, value: Mapping[str, Any], path: Path) -> None:
        for name, level in value.items():
            if not self._known("plan.unknown-ladder", name, self._plan.ladders, (*path, name), at="key"):
                continue
            ladder = self._plan.ladders[name]
            if not ladder.held:
                self._report.error("test.ladder-not-held", (*path, name), at="key", name=name)
            elif level is not None:
                self._known("plan.unknown-level", level, [each.name for each in ladder.levels], (*path, name))

    def _amount(self, value: Any, path: Path, scale: int) -> None:
        try:
            parse_amount(plain(value), scale)
        except AmountError as error:
            parameters: dict[str, Any] = error.parameters
            self._report.error(error.code, path, **parameters)


def days_closed(value: str | Mapping[str, str]) -> tuple[date, date]:
    """The first and the last day that a `close` step closes."""
    if isinstance(value, str):
        return date.fromisoformat(value), date.fromisoformat(value)
    return date.fromisoformat(value["from"]), date.fromisoformat(value["through"])
