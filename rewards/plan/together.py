"""Checks of a plan's rules together: what two rules would both do, and what nothing ever provides.

Amounts can also be given by hand (an adjustment), so that what no rule provides is a warning and no error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from rewards.money import format_rate
from rewards.plan.conditions import can_both_hold
from rewards.plan.diagnostics import Path, Report
from rewards.plan.model import Plan, Rule
from rewards.plan.scope import Scope
from rewards.plan.sections.catalogue import check_rewards
from rewards.plan.triggers import Trigger


def enabled_rules(plan: Plan) -> list[Rule]:
    """The rules that have an effect, in the file's order."""
    return [rule for rule in plan.rules if rule.enabled]


def largest_together(parts: Sequence[tuple[Rule, Fraction]]) -> list[tuple[Rule, Fraction]]:
    """Those of the rules that may all run on one event and whose rates add up to the most, in the file's order.

    Rules are told apart by conditions that plainly exclude each other; of very many, all are taken.
    """
    if len(parts) > _MOST_COMPARED:
        return list(parts)
    best: list[tuple[Rule, Fraction]] = []

    def add(chosen: list[tuple[Rule, Fraction]], rest: Sequence[tuple[Rule, Fraction]]) -> None:
        nonlocal best
        if sum(rate for _, rate in chosen) > sum(rate for _, rate in best):
            best = chosen
        for index, part in enumerate(rest):
            if all(can_both_hold(part[0].when, other.when) for other, _ in chosen):
                add([*chosen, part], rest[index + 1 :])

    always = [part for part in parts if part[0].when is None]
    add(always, [part for part in parts if part[0].when is not None])
    return sorted(best, key=lambda part: part[0].index)


_MOST_COMPARED = 12


def sum_in_words(rates: Sequence[Fraction]) -> str:
    """`80% + 30% = 110%`."""
    total = format_rate(sum(rates, Fraction(0)))
    parts = " + ".join(format_rate(rate) for rate in rates)
    return parts if len(rates) == 1 else f"{parts} = {total}"


def check_claims(plan: Plan, report: Report) -> None:
    """Refuse two rules that would both serve one request, which would be honoured twice."""
    rules = [rule for rule in enabled_rules(plan) if rule.action.claim is not None]
    for index, rule in enumerate(rules):
        for earlier in rules[:index]:
            same = earlier.trigger is rule.trigger and earlier.action.claim == rule.action.claim
            if same and can_both_hold(earlier.when, rule.when):
                path = ("rules", rule.index, rule.action_name)
                report.error("plan.served-twice", path, at="key", name=rule.id, other=earlier.id)
                break


def obtainable(plan: Plan) -> set[str]:
    """The names of the assets that members can come to hold by the plan's rules and rewards."""
    rules, names = enabled_rules(plan), set[str]()
    while True:
        more = {
            asset.name
            for rule in rules
            if all(taken.name in names for taken in rule.action.takes)
            for asset in rule.action.gives
        }
        more |= {asset for reward in plan.rewards.values() if names >= reward.price.keys() for asset in reward.gives}
        if more <= names:
            return names
        names |= more


def check_sources(plan: Plan, report: Report) -> None:
    """Warn of rules, and of a payment, that take what members never get, and of lots that are never released."""
    names, rules = obtainable(plan), enabled_rules(plan)
    for rule in rules:
        for asset in rule.action.takes:
            if asset.name not in names:
                path = ("rules", rule.index, rule.action_name)
                report.warning("plan.never-held", path, name=rule.id, asset=asset.name)
    if plan.payment and plan.payment.asset.name not in names:
        report.warning("plan.payment-never-held", ("payment", "asset"), name=plan.payment.asset.name)
    check_rewards(plan.rewards, names, report)
    _check_lots(rules, report)


def _check_lots(rules: list[Rule], report: Report) -> None:
    """Warn of lots that nothing releases, and of releases of what nothing locks."""
    locked = {asset.name for rule in rules for asset in rule.action.locks}
    released = {asset.name for rule in rules for asset in rule.action.releases}
    for rule in rules:
        path: Path = ("rules", rule.index, rule.action_name)
        for asset in rule.action.locks:
            if asset.name not in released:
                report.warning("plan.lots-never-released", (*path, "locked"), name=asset.name)
        for asset in rule.action.releases:
            if asset.name not in locked:
                report.warning("plan.never-locked", path, name=rule.id, asset=asset.name)


def check_flows(plan: Plan, report: Report) -> None:
    """Refuse measures of what a rule has given that name a rule giving something else."""
    rules = {rule.id: rule for rule in plan.rules}
    for measure in plan.measures.values():
        for flow in measure.source if isinstance(measure.source, tuple) else ():
            rule = rules.get(flow.rule)
            if rule is None:
                continue
            given = [asset.name for asset in (*rule.action.gives, *rule.action.locks)]
            if flow.asset not in given:
                path = ("measures", measure.name, "by")
                report.error("plan.measure-by-asset", path, rule=rule.id, asset=flow.asset)


def warn_unused(scope: Scope) -> None:
    """Warn of what is declared and never referred to."""
    declared: dict[str, Mapping[str, object]] = {
        "parameter": scope.parameters,
        "asset": scope.assets,
        "pool": scope.pools,
        "ladder": scope.ladders,
        "measure": scope.measures,
        "event": scope.events,
        "tag": scope.tags,
        "tree": scope.trees,
    }
    if any(rule.trigger is Trigger.TAG_GIVEN for rule in scope.rules):
        scope.used |= {("tag", name) for name in scope.tags}  # such a rule is about every tag
    for kind, names in declared.items():
        for name in names:
            if (kind, name) not in scope.used:
                told = {"root": scope.measures[name].root} if kind == "measure" else {}
                scope.report.warning(f"plan.unused-{kind}", (f"{kind}s", name), at="key", name=name, **told)
    for root, attributes in scope.attributes.items():
        for name in attributes:
            if ("attribute", f"{root}.{name}") not in scope.used:
                path = ("attributes", root, name)
                scope.report.warning("plan.unused-attribute", path, at="key", name=f"{root}.attributes.{name}")
    enabled = {rule.id for rule in scope.rules if rule.enabled}
    for cap in scope.caps.values():
        if not enabled & set(cap.rules):
            scope.report.warning("plan.unused-cap", ("caps", cap.name), at="key", name=cap.name)
