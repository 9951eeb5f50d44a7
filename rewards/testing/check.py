"""Checking the names, numbers and days of a case with its plan, so that a mistake in a test is told as one.

Everything wrong is reported at its place before anything is run; a step only runs when nothing was reported.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from rewards.interpreter.periods import read_period
from rewards.plan.diagnostics import Path, Phrase, Report
from rewards.plan.fields import DeclaredField, Kind
from rewards.plan.load import BadValues
from rewards.plan.measures import Aggregate, Members, Stream, Whose
from rewards.plan.model import Plan
from rewards.plan.schema_words import plain
from rewards.plan.windows import Span
from rewards.testing.catalogue import Claims, check_codes
from rewards.testing.check_expect import check_expected
from rewards.testing.format import Case, Step
from rewards.testing.names import NEWCOMERS, Names
from rewards.testing.trees import check_given_places, check_open, check_place

MOST_DAYS = 4000
"""How many days one step may close."""
MOST_COUNTED = 1000
"""How many days, or different texts, may have been counted before the first step."""


def check_case(case: Case, plan: Plan, report: Report) -> None:
    """Report every name, number or day of a case that does not fit its plan or what happened before."""
    names = Names(plan, report)
    _Given(names, first_day(case.steps)).given(case.given, (*case.path, "given"))
    check = _Steps(names)
    for step in case.steps:
        check.step(step)


def first_day(steps: tuple[Step, ...]) -> date | None:
    """The first day that a step names, if any does."""
    for step in steps:
        asked = step.refused if step.kind == "refused" else step
        if asked.kind == "close":
            return days_closed(asked.value)[0]
        if isinstance(asked.value, dict) and "on" in asked.value:
            return date.fromisoformat(asked.value["on"])
    return None


def days_closed(value: str | Mapping[str, Any]) -> tuple[date, date]:
    """The first and the last day that a `close` step closes."""
    if isinstance(value, str):
        return date.fromisoformat(value), date.fromisoformat(value)
    return date.fromisoformat(value["from"]), date.fromisoformat(value.get("through", value["from"]))


class _Given:
    """What there is at first."""

    def __init__(self, names: Names, starts: date | None) -> None:
        self._names = names
        self._plan = names.plan
        self._report = names.report
        self._starts = starts

    def given(self, value: Mapping[str, Any], path: Path) -> None:
        for index, member in enumerate(value.get("members", ())):
            self._member(member, (*path, "members", index))
        check_given_places(self._names, value.get("members", ()), value.get("placed", ()), (*path, "placed"))
        self._names.pools(value.get("pools", {}), (*path, "pools"))
        check_codes(self._names, value.get("codes", {}), (*path, "codes"))
        for name in self._names.quantities(value.get("treasury", {}), (*path, "treasury")):
            if not self._plan.assets[name].priced:
                self._report.error("test.no-treasury", (*path, "treasury", name), at="key", name=name)

    def _member(self, member: Mapping[str, Any], path: Path) -> None:
        self._names.join(member, path)
        self._names.levels(member.get("levels", {}), (*path, "levels"))
        self._names.quantities(member.get("balances", {}), (*path, "balances"))
        self._names.quantities(member.get("owes", {}), (*path, "owes"))
        self._names.expiring(member.get("expiring", {}), (*path, "expiring"))
        if "sales" in member:
            self._names.amount(member["sales"], (*path, "sales"), self._plan.currency_scale)
        for number, lot in enumerate(member.get("locked", ())):
            self._lot(lot, (*path, "locked", number))
        self._tags(member.get("tags", ()), (*path, "tags"))
        shared: dict[str, str] = {}
        for name, said in member.get("counted", {}).items():
            here = (*path, "counted", name)
            self._counted(name, said, here)
            source = self._plan.measures[name].source if name in self._plan.measures else None
            if isinstance(source, Stream) and source.key in shared:
                self._report.error("test.counted-twice", here, at="key", name=name, other=shared[source.key])
            elif isinstance(source, Stream):
                shared[source.key] = name

    def _lot(self, value: Mapping[str, Any], path: Path) -> None:
        asset = self._names.asset(value["asset"], (*path, "asset"))
        if asset and asset.lots is None:
            self._report.error("test.no-lots", (*path, "asset"), name=asset.name)
        if asset:
            self._names.amount(value["quantity"], (*path, "quantity"), asset.scale)
        if "basis" in value:
            self._names.amount(value["basis"], (*path, "basis"), self._plan.currency_scale)

    def _tags(self, tags: list[str] | Mapping[str, Any], path: Path) -> None:
        if isinstance(tags, dict):
            for name, span in tags.items():
                self._names.tag(name, (*path, name), at="key")
                self._names.span(span, (*path, name))
            return
        for index, name in enumerate(tags):
            self._names.tag(name, (*path, index))

    def _counted(self, name: str, said: Any, path: Path) -> None:
        measure = self._names.measure(name, path, everybody=False)
        if not measure:
            return
        if measure.of.whose is not Whose.MEMBER or isinstance(measure.source, Members):
            self._report.error("test.not-counted", path, at="key", name=name)
        value, place = (said["value"], (*path, "value")) if isinstance(said, dict) else (said, path)
        self._names.amount(value, place, measure.scale)
        if measure.aggregate in (Aggregate.DAYS, Aggregate.DISTINCT) and Fraction(plain(value)) > MOST_COUNTED:
            self._report.error("test.counts-too-many", place, most=MOST_COUNTED)
        if not isinstance(said, dict) and self._starts is None:
            self._report.error("test.counted-when", path)


class _Steps:
    """The steps, one after the other."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._plan = names.plan
        self._report = names.report
        self._orders: dict[str, None] = {}
        self._events: dict[str, None] = {}
        self._declared: set[tuple[str, date]] = set()
        self._claims = Claims(names)
        self._day: date | None = None
        self._closed: date | None = None

    def step(self, step: Step) -> None:
        taken = step.kind != "refused"
        if not taken:
            step = step.refused
        value, path = step.value, step.path
        match step.kind:
            case "join":
                self._names.join(value, path)
                if "on" in value:
                    self._happens(value, path)
            case "close":
                self._close(value, path, taken=taken)
            case "expect":
                check_expected(self._names, value, path, dated=self._day is not None)
            case "order":
                self._order(value, path, taken=taken)
            case "refund":
                self._refund(value, path)
            case "event":
                self._event(value, path, taken=taken)
            case "tag" | "untag":
                self._happens(value, path)
                self._names.member(value["member"], (*path, "member"))
                self._names.tag(value["tag"], (*path, "tag"))
                self._names.span(value, path)
            case "declare":
                self._declare(value, path)
            case "place":
                self._happens(value, path)
                check_place(self._names, value, path)
                check_open(self._names, value, path, self._closed)
            case "claim":
                self._happens(value, path)
                self._claims.claim(value, path, taken=taken)
            case "cancel":
                self._happens(value, path)
                self._claims.cancel(value, path)
            case _:
                self._request(step)

    def _happens(self, value: Mapping[str, Any], path: Path) -> None:
        if "on" in value:
            self._day = date.fromisoformat(value["on"])
        elif self._day is None:
            self._report.error("test.no-day", path)

    # --- orders ---------------------------------------------------------------------------------------------

    def _order(self, value: Mapping[str, Any], path: Path, *, taken: bool) -> None:
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
                self._names.member(value[key], (*path, key))
        self._names.newcomers_join(value.get(NEWCOMERS, 0))
        self._names.amount(value["total"], (*path, "total"), self._plan.currency_scale)
        self._names.quantities(value.get("points", {}), (*path, "points"))
        for index, line in enumerate(value.get("lines", ())):
            self._names.amount(line["amount"], (*path, "lines", index, "amount"), self._plan.currency_scale)
        if taken and "id" in value:
            self._orders[value["id"]] = None

    def _order_id(self, value: Mapping[str, Any], path: Path) -> None:
        if value["id"] in self._orders:
            self._report.error("test.order-twice", (*path, "id"), name=value["id"])
        if value.get("repeat", 1) * value.get(NEWCOMERS, 1) > 1:
            self._report.error("test.id-of-several", (*path, "id"), at="key")

    def _refund(self, value: Mapping[str, Any], path: Path) -> None:
        self._happens(value, path)
        self._names.known("test.unknown-order", value["order"], self._orders, (*path, "order"))
        if "amount" in value:
            self._names.amount(value["amount"], (*path, "amount"), self._plan.currency_scale)

    # --- events and declarations ----------------------------------------------------------------------------

    def _event(self, value: Mapping[str, Any], path: Path, *, taken: bool) -> None:
        self._happens(value, path)
        self._names.member(value["member"], (*path, "member"))
        if value.get("id") in self._events:
            self._report.error("test.event-twice", (*path, "id"), name=value["id"])
        if taken and "id" in value:
            self._events[value["id"]] = None
        name = value["name"]
        if not self._names.known("test.unknown-event", name, self._plan.events, (*path, "name")):
            return
        fields = self._plan.events[name].fields
        for key, said in value.get("fields", {}).items():
            here = (*path, "fields", key)
            if self._names.known("test.unknown-event-field", key, fields, here, at="key"):
                self._field(fields[key], said, here)

    def _field(self, field: DeclaredField, said: Any, path: Path) -> None:
        if isinstance(said, bool) != (field.kind is Kind.FLAG):
            fits = False
        elif field.kind is Kind.NUMBER and not field.scale:
            fits = plain(said).isdecimal()
        elif field.kind is Kind.TEXT:
            fits = isinstance(said, str)
        else:
            fits = True
        if not fits:
            self._report.error(f"test.wants-{_WANTS[field.kind]}", path, name=field.name, found=plain(said))
        elif field.kind is Kind.AMOUNT or field.scale:
            self._names.amount(said, path, field.decimals(self._plan.currency_scale))

    def _declare(self, value: Mapping[str, Any], path: Path) -> None:
        if "on" in value:
            self._happens(value, path)
        name, period = value["parameter"], plain(value["period"])
        if not self._names.known("test.unknown-parameter", name, self._plan.parameters, (*path, "parameter")):
            return
        span = self._plan.parameters[name].declared
        if span is None:
            self._report.error("test.not-declared-later", (*path, "parameter"), name=name)
            return
        first = _first_day_of(span, period)
        if first is None:
            self._report.error("test.period", (*path, "period"), period=period, wanted=_PERIODS[span])
            return
        if (name, first) in self._declared:
            self._report.error("test.declared-twice", path, name=name, period=period)
        self._declared.add((name, first))
        try:
            self._plan.on(first, {name: plain(value["value"])})
        except BadValues as wrong:
            for each in wrong.diagnostics[:1]:
                reason = Phrase(each.message.render("en"), each.message.render("zh"))
                self._report.error("test.bad-value", (*path, "value"), name=name, reason=reason)

    # --- requests and closes --------------------------------------------------------------------------------

    def _request(self, step: Step) -> None:
        value, path = step.value, step.path
        self._happens(value, path)
        self._names.member(value["member"], (*path, "member"))
        named = "from" if step.kind == "convert" else "asset"
        asset = self._names.asset(value[named], (*path, named))
        if asset:
            self._names.amount(value["quantity"], (*path, "quantity"), asset.scale)
        if step.kind == "convert":
            self._names.asset(value["to"], (*path, "to"))
        elif step.kind == "pay":
            self._names.member(value["to"], (*path, "to"))
        if "locked_basis" in value:
            self._names.amount(value["locked_basis"], (*path, "locked_basis"), self._plan.currency_scale)

    def _close(self, value: str | Mapping[str, Any], path: Path, *, taken: bool) -> None:
        first, last = days_closed(value)
        start = path if isinstance(value, str) else (*path, "from")
        if last < first:
            end = (*path, "through")
            self._report.error("test.days-backward", end, day=first.isoformat(), through=last.isoformat())
        elif (last - first).days >= MOST_DAYS:
            self._report.error("test.too-many-days", path, days=(last - first).days + 1, most=MOST_DAYS)
        elif self._closed and first <= self._closed:
            self._report.error("test.day-closed", start, day=first.isoformat())
        for index, cap in enumerate(value.get("approve", ()) if isinstance(value, dict) else ()):
            self._names.known("test.unknown-cap", cap, self._plan.caps, (*path, "approve", index))
        if taken:
            self._closed = max(self._closed or last, last)
            self._day = self._closed + timedelta(days=1)


def _first_day_of(span: Span, period: str) -> date | None:
    try:
        found, first = read_period(period)
    except ValueError:
        return None
    return first if found is span else None


_PERIODS = {
    Span.YEAR: Phrase('a year such as "2026"', '年份，例如 "2026"'),
    Span.QUARTER: Phrase("a quarter such as 2026-Q3", "季度，例如 2026-Q3"),
    Span.MONTH: Phrase("a month such as 2026-11", "月份，例如 2026-11"),
    Span.WEEK: Phrase("a week such as 2026-W47", "周，例如 2026-W47"),
    Span.DAY: Phrase("a date such as 2026-11-11", "日期，例如 2026-11-11"),
}
_WANTS = {Kind.NUMBER: "number", Kind.TEXT: "text", Kind.FLAG: "flag", Kind.AMOUNT: "amount"}
