"""`exit`: a holding that has come to be worth its owner's quota is sold unasked (specification 1, quota exit)."""

from __future__ import annotations

from dataclasses import dataclass

from rewards.actions.base import EventContext
from rewards.actions.selling import SALE, Selling, read_sale
from rewards.plan.diagnostics import Report
from rewards.plan.draft import ActionKind, Draft
from rewards.plan.model import BURNED, Asset, Plan
from rewards.plan.schema_parts import mapping, ref, told
from rewards.plan.triggers import Trigger


@dataclass(frozen=True)
class Exit(Selling):
    """A member whose holding has come to be worth their remaining quota is sold out without being asked.

    `quota` falls by the gross; it may be exceeded when the price jumps past it, and is then used up.
    """

    quota: Asset

    @property
    def watches(self) -> tuple[Asset, Asset]:
        return self.sale.asset, self.quota

    def on_event(self, context: EventContext) -> None:
        member = context.person("member")
        gross = self.sale.sell(context, member, context.balance(self.sale.asset, member))
        used = min(-int(-gross // 1), context.balance(self.quota, member))
        context.move(self.quota, member, BURNED, used)


def build_exit(draft: Draft) -> Exit:
    """Read `exit: {asset, quota, fee, pay}`."""
    return Exit(read_sale(draft), draft.quota("quota"))


def check_one_exit(plan: Plan, report: Report) -> None:
    """Refuse a second exit rule of one asset: a holding has one place in the order of exits."""
    first: dict[str, str] = {}
    for rule in plan.rules:
        if rule.enabled and isinstance(rule.action, Exit):
            other = first.setdefault(rule.action.sale.asset.name, rule.id)
            if other != rule.id:
                path = ("rules", rule.index, "exit", "asset")
                report.error("plan.exit-twice", path, asset=rule.action.sale.asset.name, rule=other)


def check_quota_granted(plan: Plan, report: Report) -> None:
    """Refuse an exit whose quota nothing grants: every holding would be worth more than a quota of nothing."""
    given = {asset.name for rule in plan.rules if rule.enabled for asset in rule.action.gives}
    for rule in plan.rules:
        if rule.enabled and isinstance(rule.action, Exit) and rule.action.quota.name not in given:
            report.error(
                "plan.quota-never-granted", ("rules", rule.index, "exit", "quota"), name=rule.action.quota.name
            )


KIND = ActionKind(
    name="exit",
    triggers=frozenset({Trigger.PRICE_RISES}),
    title={"en": "Quota exit", "zh": "出局"},
    summary={
        "en": "A holding that has come to be worth its owner's remaining quota is sold without being asked.",
        "zh": "会员持有的价值达到剩余分红额度时，自动卖出。",
    },
    schema=mapping(
        {
            **SALE,
            "quota": told(ref("name"), "Quota", "The plain asset that limits the worth of a holding."),
        },
        "asset",
        "quota",
        "fee",
        "pay",
    ),
    build=build_exit,
    check=check_one_exit,
    check_complete=check_quota_granted,
)
