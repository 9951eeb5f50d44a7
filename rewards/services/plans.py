"""Plans: checking a rule file, and activating a version from a business day on. A bad file never becomes active."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import Connection, func, select

from rewards.actions import vocabulary
from rewards.errors import Conflict, NotFound, RewardsError
from rewards.ledger import events, plans
from rewards.ledger.tables import booking
from rewards.plan.diagnostics import Diagnostic, Severity
from rewards.plan.load import load_plan
from rewards.plan.model import Plan
from rewards.services.binding import Binding, book_specs, rule_names
from rewards.services.platform import Calendar, Platform
from rewards.services.recount import recount
from rewards.services.units import retried
from rewards.services.views import PlanView, VersionView

KIND = "plan"


class PlanRejected(RewardsError):
    """A rule file with errors; `diagnostics` has all there is to say about it."""

    def __init__(self, diagnostics: list[Diagnostic]) -> None:
        errors = sum(diagnostic.severity is Severity.ERROR for diagnostic in diagnostics)
        super().__init__("plan.rejected", pointer="/source", count=errors)
        self.diagnostics = diagnostics


def check_plan(source: bytes | str, file: str) -> list[Diagnostic]:
    """Everything there is to say about a rule file; nothing when it is good."""
    return load_plan(source, file, vocabulary()).diagnostics


@retried
def activate_plan(platform: Platform, source: bytes | str, file: str, from_day: date) -> VersionView:
    """Put a version of a plan in force from a business day on.

    The same version from the same day again changes nothing.

    Raises PlanRejected when the file has errors, and Conflict when it does not go with what is on the books, the day is
    past, or another version has been put in its place from that day on.
    """
    loaded = load_plan(source, file, vocabulary())
    if loaded.plan is None:
        raise PlanRejected(loaded.diagnostics)
    plan = loaded.plan
    with platform.ledger.write() as tx:
        calendar = platform.calendar(tx)
        before = calendar.bindings.get(plan.name, [])
        same = [each for each in before if each.plan.digest == plan.digest and each.version.from_day == from_day]
        if same:
            if calendar.in_force(plan.name, from_day) is not same[0]:
                raise Conflict("plan.replaced", pointer="/from_day", plan=plan.name, day=from_day)
            return version_view(same[0])
        _check_goes_with(plan, before, calendar)
        _check_day(tx, plan, before, calendar, from_day)
        binding = _record(platform, tx, plan, from_day, before[-1].plan if before else None)
        recount(tx, binding)
        return version_view(binding)


def _record(platform: Platform, tx: Connection, plan: Plan, from_day: date, before: Plan | None) -> Binding:
    now = platform.clock()
    seq = events.next_seq(tx)
    payload = events.canonical({"plan": plan.name, "version": plan.digest, "from_day": from_day.isoformat()})
    id = f"{plan.name}:{from_day.isoformat()}:{plan.digest[:12]}"
    events.add(tx, [events.Event(seq, KIND, id, None, now, now, payload, events.fingerprint(payload))])
    version = plans.add_version(
        tx,
        plan.name,
        digest=plan.digest,
        from_day=from_day,
        source=plan.source,
        rules=rule_names(plan),
        books=book_specs(plan),
        pools=list(plan.pools),
        activated_seq=seq,
    )
    return platform.bind(version, before)


def _check_goes_with(plan: Plan, before: list[Binding], calendar: Calendar) -> None:
    """Refuse what would leave accounts without their asset or pool, or money without its meaning."""
    if before:
        old = before[-1].plan
        for asset in old.assets:
            if asset not in plan.assets:
                raise Conflict("plan.asset-removed", pointer="/source", asset=asset)
        for pool in old.pools:
            if pool not in plan.pools:
                raise Conflict("plan.pool-removed", pointer="/source", pool=pool)
        if old.timezone != plan.timezone:
            raise Conflict(
                "plan.timezone-changed", pointer="/source", before=str(old.timezone), after=str(plan.timezone)
            )
    for name, bindings in calendar.bindings.items():
        other = bindings[-1].plan
        if (other.currency, other.currency_scale) != (plan.currency, plan.currency_scale):
            raise Conflict(
                "plan.other-currency",
                pointer="/source",
                plan=plan.name,
                currency=plan.currency,
                scale=plan.currency_scale,
                other=name,
            )


def _check_day(tx: Connection, plan: Plan, before: list[Binding], calendar: Calendar, from_day: date) -> None:
    """Refuse a day that is closed, has events booked to it, or lies before the last version's."""
    if not before:
        return
    closed = calendar.closed_through[plan.name]
    if closed is not None and from_day <= closed:
        first = (closed + timedelta(days=1)).isoformat()
        raise Conflict("plan.day-closed", pointer="/from_day", plan=plan.name, day=closed.isoformat(), first=first)
    last = before[-1].version
    if from_day < last.from_day:
        raise Conflict(
            "plan.before-version", pointer="/from_day", version=last.digest[:12], day=last.from_day.isoformat()
        )
    used = tx.scalar(select(func.max(booking.c.day)).where(booking.c.plan_id == last.plan_id))
    if used is not None and from_day <= used:
        first = (used + timedelta(days=1)).isoformat()
        raise Conflict("plan.day-in-use", pointer="/from_day", plan=plan.name, day=used.isoformat(), first=first)


def version_view(binding: Binding) -> VersionView:
    """A version of a plan."""
    version = binding.version
    return VersionView(version.plan, version.digest, version.from_day, binding.plan.title, version.source)


def plans_on_record(platform: Platform) -> list[PlanView]:
    """Every plan, with the version in force today."""
    today = platform.clock()
    with platform.ledger.read() as tx:
        calendar = platform.calendar(tx)
        found = []
        for name, bindings in calendar.bindings.items():
            binding = calendar.in_force(name, bindings[-1].plan.business_day(today))
            shown = binding or bindings[-1]
            found.append(
                PlanView(
                    plan=name,
                    title=shown.plan.title,
                    version=binding.version.digest if binding else None,
                    from_day=binding.version.from_day if binding else None,
                    next_day=calendar.first_open_day(name),
                )
            )
        return found


def versions(platform: Platform, name: str) -> list[VersionView]:
    """All versions of a plan, by the day from which they apply. Raises NotFound."""
    with platform.ledger.read() as tx:
        calendar = platform.calendar(tx)
        if name not in calendar.bindings:
            raise NotFound("plan.unknown", plan=name, known=", ".join(calendar.bindings) or "–")
        return [version_view(binding) for binding in calendar.bindings[name]]
