"""`distribute`: a pool is shared among members, by weight or by level (specification 2, static and dynamic pool)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from rewards.actions.base import Action, CloseContext, Column, Facts, Step
from rewards.columns import checked_sum, proportional
from rewards.money import format_amount, format_rate
from rewards.plan.describing import known
from rewards.plan.diagnostics import Report
from rewards.plan.draft import ActionKind, Draft
from rewards.plan.fields import Field
from rewards.plan.ladder import Ladder
from rewards.plan.model import Asset, Plan, Pool
from rewards.plan.scope import UNKNOWN_FIELD
from rewards.plan.triggers import Trigger


@dataclass(frozen=True)
class ByWeight:
    """Parts in proportion to a field of members; `everyone` keeps those who cannot be paid in the divisor."""

    weight: Field
    everyone: bool

    def parts(self, context: CloseContext, whole: int, eligible: NDArray[np.bool_]) -> tuple[Column, dict[str, int]]:
        """Each member's part of `whole` (smallest units of the currency), and what explains it."""
        weight = np.asarray(context.value(self.weight), dtype=np.int64)
        counted = weight if self.everyone else np.where(eligible, weight, 0)
        parts = np.where(eligible, proportional(whole, counted), 0)
        return parts, {"pool": whole, "divisor": checked_sum(counted)}


@dataclass(frozen=True)
class ByLevel:
    """Every level has a share of the pool, divided equally among its eligible members."""

    ladder: Ladder
    shares: tuple[Fraction, ...]

    def parts(self, context: CloseContext, whole: int, eligible: NDArray[np.bool_]) -> tuple[Column, dict[str, int]]:
        """Each member's part of `whole` (smallest units of the currency), and what explains it."""
        level = context.level(self.ladder.name)
        parts = np.zeros(context.size, dtype=np.int64)
        details = {"pool": whole}
        for index, share in enumerate(self.shares):
            members = eligible & (level == index)
            count = int(np.count_nonzero(members))
            details[f"members.{self.ladder.levels[index].name}"] = count
            if count:
                parts[members] = whole * share.numerator // (share.denominator * count)
        return parts, details


@dataclass(frozen=True)
class Distribute(Action):
    """Pay a pool out to the members for whom the rule's condition holds and whose `limit` asset is not used up.

    A member is paid at most what is left of the limit, which falls by as much. What cannot be paid goes
    back to the platform or, with `carry`, stays in the pool.
    """

    pool: Pool
    by: ByWeight | ByLevel
    pay: Asset
    limit: Asset | None
    carry: bool

    @property
    def outcome_asset(self) -> Asset:
        return self.pay

    def on_close(self, context: CloseContext) -> None:
        eligible = np.broadcast_to(context.selected(), (context.size,))
        limit = context.spendable(self.limit) if self.limit else None
        if limit is not None:
            eligible = eligible & (limit > 0)
        whole = max(context.pool_balance(self.pool), 0)
        parts, details = self.by.parts(context, whole, eligible)
        if limit is not None:
            parts = np.minimum(parts, limit)
        context.pay_from_pool(self.pool, self.pay, parts)
        if self.limit:
            context.burn(self.limit, parts)
        if not self.carry:
            left = context.pool_balance(self.pool)
            details["returned"] = left
            context.fund(self.pool, -left)
        context.report(parts, **details)

    def explain(self, facts: Facts) -> list[Step]:
        scale = self.pay.scale
        if "pool" not in facts.details:
            return []
        whole = format_amount(int(str(facts.details["pool"])), scale)
        if not facts.member:
            left = format_amount(facts.quantity, scale)
            return [
                Step(
                    f"of {whole} in pool {self.pool.name}, {left} could not be paid and went back to the platform",
                    f"资金池 {self.pool.name} 的 {whole} 中，{left} 未能分配，退回平台",
                )
            ]
        limit = ("", "")
        if self.limit:
            limit = (f"; at most the {self.limit.name} left", f"；以剩余 {self.limit.name} 为限")
        part = self._own_part(facts)
        return [
            Step(f"pool {self.pool.name}: {whole}", f"资金池 {self.pool.name}：{whole}"),
            Step(f"own part: {part}{limit[0]}", f"本人份额：{part}{limit[1]}"),
        ]

    def _own_part(self, facts: Facts) -> str:
        if isinstance(self.by, ByWeight):
            field, divisor = self.by.weight, int(str(facts.details["divisor"]))
            weight = known(facts.value, field)
            own = field.name if weight is None else f"{field.name} {format_amount(weight, field.scale)}"
            return f"{own} ÷ {format_amount(divisor, field.scale)}"
        index = int(facts.levels(self.by.ladder.name)[facts.member - 1])
        level = self.by.ladder.levels[index]
        count = facts.details.get(f"members.{level.name}", "?")
        return f"{level.name} {format_rate(self.by.shares[index])} ÷ {count}"


def build(draft: Draft) -> Distribute:
    """Read `distribute: {pool, weight | share, pay, limit, divisor, undistributed}`."""
    pool = draft.pool("pool")
    backed = [asset.name for asset in draft.scope.assets.values() if asset.priced and asset.priced.pool == pool.name]
    if backed:
        draft.error("plan.distribute-backing", "pool", pool=pool.name, asset=backed[0])
    pay = draft.currency_asset("pay")
    limit = draft.quota("limit") if draft.has("limit") else None
    if draft.has("weight") == draft.has("share"):
        draft.error("plan.distribute-weight-or-share")
    by = _read_weight(draft) if draft.has("weight") else _read_share(draft)
    return Distribute(pool, by, pay, limit, draft.get("undistributed", "platform") == "carry")


def _read_weight(draft: Draft) -> ByWeight:
    weight = draft.field("weight")
    if not weight.numeric or weight.root != "member":
        draft.error("plan.weight-field", "weight", field=weight.name)
    return ByWeight(weight, draft.get("divisor", "eligible") == "everyone")


def _read_share(draft: Draft) -> ByWeight | ByLevel:
    if draft.has("divisor"):
        draft.error("plan.divisor-without-weight", "divisor")
    found = draft.scope.column(draft.at("share")) if draft.has("share") else None
    if found is None:
        return ByLevel(Ladder("", 0, {}, UNKNOWN_FIELD, ()), ())
    ladder, column, shares = found
    if not ladder.held:
        draft.error("plan.ladder-not-held", "share", name=ladder.name)
    if sum(shares, Fraction(0)) > 1:
        draft.error(
            "plan.shares-over-100",
            "share",
            column=column,
            ladder=ladder.name,
            total=format_rate(sum(shares, Fraction(0))),
        )
    return ByLevel(ladder, shares)


def check_pools_left(plan: Plan, report: Report) -> None:
    """Warn of a pool that is distributed again after an earlier rule of the same day close has emptied it."""
    emptied: dict[str, str] = {}
    for rule in plan.rules_on(Trigger.DAY_CLOSE):
        for pool in rule.action.fills:
            emptied.pop(pool.name, None)
        if isinstance(rule.action, Distribute):
            pool = rule.action.pool
            if pool.name in emptied:
                path = ("rules", rule.index, "distribute", "pool")
                report.warning("plan.pool-emptied", path, pool=pool.name, rule=emptied[pool.name])
            if not rule.action.carry:
                emptied[pool.name] = rule.id


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


KIND = ActionKind(
    name="distribute",
    triggers=frozenset({Trigger.DAY_CLOSE}),
    title={"en": "Distribute a pool", "zh": "分红"},
    summary={
        "en": "A pool is paid out to members by weight, or by level in equal parts, as far as their limit allows.",
        "zh": "资金池按权重、或按等级平均分给会员，以其额度为限。",
    },
    schema={
        "type": "object",
        "required": ["pool", "pay"],
        "additionalProperties": False,
        "properties": {
            "pool": {"$ref": "#/$defs/name"},
            "weight": {"$ref": "#/$defs/field"},
            "share": {"$ref": "#/$defs/column"},
            "pay": {"$ref": "#/$defs/name"},
            "limit": {"$ref": "#/$defs/name"},
            "divisor": {"enum": ["eligible", "everyone"]},
            "undistributed": {"enum": ["platform", "carry"]},
        },
    },
    build=build,
    check=check_pools_left,
    check_complete=check_sources,
)
