"""What distributions do to pools and limits together with other rules and with caps."""

from __future__ import annotations

from rewards.actions.distributing import Distribute
from rewards.plan.cap import Excess
from rewards.plan.diagnostics import Report
from rewards.plan.model import Plan, Rule
from rewards.plan.triggers import CLOSES, Trigger

_NESTED = (Trigger.MONTH_CLOSE, Trigger.QUARTER_CLOSE, Trigger.YEAR_CLOSE)
"""Closes of which a later one never happens without the earlier."""


def check_together(plan: Plan, report: Report) -> None:
    """Look at distributions beside the other rules and the caps, as far as they could be read."""
    check_pools_left(plan, report)
    check_limits_kept(plan, report)
    check_capped_funds(plan, report)


def check_limits_kept(plan: Plan, report: Report) -> None:
    """Refuse a cap that would cut payments after the limits they count against have fallen by all of them."""
    limited = {rule.id for rule in plan.rules if isinstance(rule.action, Distribute) and rule.action.limit}
    for cap in plan.caps.values():
        for index, rule_id in enumerate(cap.rules):
            if cap.excess is Excess.PRO_RATA and rule_id in limited:
                report.error("plan.limit-pro-rata", ("caps", cap.name, "rules", index), name=rule_id)


def check_capped_funds(plan: Plan, report: Report) -> None:
    """Refuse a cap that counts money on its way into a pool and out again, and a payment before it has gone in."""
    for cap in plan.caps.values():
        rules = [rule for rule in plan.rules if rule.id in cap.rules]
        funds = {pool.name: rule for rule in reversed(rules) for pool in rule.action.fills}  # of several, the first
        last = max((rule.index for rule in rules), default=0)
        for rule in plan.rules:
            if not isinstance(rule.action, Distribute) or rule.action.pool.name not in funds:
                continue
            pool, fund = rule.action.pool.name, funds[rule.action.pool.name]
            if rule in rules:
                path = ("caps", cap.name, "rules", cap.rules.index(rule.id))
                report.error("plan.cap-counts-twice", path, name=rule.id, pool=pool, fund=fund.id)
            elif cap.excess is Excess.PRO_RATA and rule.trigger is fund.trigger and fund.index < rule.index < last:
                report.error(
                    "plan.cap-pool-open",
                    ("rules", rule.index),
                    name=rule.id,
                    pool=pool,
                    fund=fund.id,
                    cap=cap.name,
                    last=plan.rules[last].id,
                )


def check_pools_left(plan: Plan, report: Report) -> None:
    """Warn of a pool that is distributed again after an earlier rule of the same close has emptied it."""
    emptied: dict[str, Rule] = {}
    for trigger in CLOSES:
        for rule in plan.rules_on(trigger):
            for pool in rule.action.fills:
                emptied.pop(pool.name, None)
            if not isinstance(rule.action, Distribute):
                continue
            pool = rule.action.pool
            before = emptied.get(pool.name)
            if before is not None and _always_before(before.trigger, trigger):
                path = ("rules", rule.index, "distribute", "pool")
                report.warning("plan.pool-emptied", path, pool=pool.name, rule=before.id)
            if not rule.action.carry:
                emptied[pool.name] = rule


def _always_before(earlier: Trigger, later: Trigger) -> bool:
    """Whether, whenever the later trigger happens at a close, the earlier one does too."""
    return earlier is later or earlier is Trigger.DAY_CLOSE or (earlier in _NESTED and later in _NESTED)


def check_sources(plan: Plan, report: Report) -> None:
    """Warn of a pool that nothing funds, and of a limit that nobody is ever given."""
    enabled = [rule for rule in plan.rules if rule.enabled]
    filled = {pool.name for rule in enabled for pool in rule.action.fills}
    given = {asset.name for rule in enabled for asset in rule.action.gives}
    for rule in enabled:
        if not isinstance(rule.action, Distribute):
            continue
        path = ("rules", rule.index, "distribute")
        if rule.action.pool.name not in filled:
            report.warning("plan.pool-never-funded", (*path, "pool"), name=rule.action.pool.name)
        if rule.action.limit and rule.action.limit.name not in given:
            report.warning("plan.limit-never-granted", (*path, "limit"), name=rule.action.limit.name)
