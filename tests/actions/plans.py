"""Small plans for one kind of effect each, and worlds of members in any tree."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from hypothesis import settings

from rewards.actions import vocabulary
from rewards.interpreter.world import World
from rewards.plan.draft import ActionKind
from rewards.plan.load import load_plan
from rewards.plan.model import Plan

# Compiling a loop on its first call takes longer than any deadline for an example.
laws = settings(deadline=None, max_examples=40)

HEAD = """
plan: test
title: {en: Test, zh: 测试}
currency: CNY
timezone: Asia/Shanghai
"""


def compiled(body: str, kinds: Mapping[str, ActionKind] | None = None) -> Plan:
    """A plan of these sections, which must be free of errors."""
    return _compiled_with_ours(body) if kinds is None else _compiled(body, kinds)


@cache
def _compiled_with_ours(body: str) -> Plan:
    return _compiled(body, vocabulary())


def _compiled(body: str, kinds: Mapping[str, ActionKind]) -> Plan:
    loaded = load_plan(HEAD + body, "test.yaml", kinds)
    assert loaded.plan is not None, loaded.diagnostics
    return loaded.plan


@cache
def locked(rules: str, start_after_days: int = 1, demote: bool = False) -> Plan:
    """Points in lots, stars by team sales, and a base release of 1.2 % before these rules."""
    return compiled(f"""
assets:
  points: {{title: {{en: Points, zh: 积分}}, scale: 2, lots: {{start_after_days: {start_after_days}}}}}
  bonus: {{title: {{en: Bonus, zh: 奖金}}, scale: 3}}
ladders:
  star:
    title: {{en: Star, zh: 星级}}
    measure: team.sales
    lasts: {"evaluation" if demote else "for_ever"}
    levels:
      - {{name: one, title: {{en: One, zh: 一}}, from: "1000", rate: 10%}}
      - {{name: two, title: {{en: Two, zh: 二}}, from: "5000", rate: 26%}}
      - {{name: three, title: {{en: Three, zh: 三}}, from: "20000", rate: 50%}}
rules:
  - {{id: base, on: day.close, release: {{asset: points, amount: {{rate: 1.2%, of: lot.basis}}}}}}
{rules}""")


@cache
def pooled(distribute: str) -> Plan:
    """A pool that is distributed in one way among members with quota, weight and rank."""
    return compiled(f"""
assets:
  cash: {{title: {{en: Cash, zh: 现金}}, scale: 2, currency: true}}
  quota: {{title: {{en: Quota, zh: 额度}}, scale: 2}}
  weight: {{title: {{en: Weight, zh: 权重}}, scale: 5}}
pools:
  pot: {{title: {{en: Pot, zh: 池}}}}
ladders:
  rank:
    title: {{en: Rank, zh: 等级}}
    measure: member.balance.weight
    levels:
      - {{name: v1, title: V1, from: "1", share: 10%}}
      - {{name: v2, title: V2, above: "10", share: 30%}}
      - {{name: v3, title: V3, from: "21", share: 33.33%}}
rules:
  - {{id: pay, on: day.close, distribute: {{pool: pot, pay: cash, limit: quota, {distribute}}}}}
""")


def members(plan: Plan, sponsors: list[int | None]) -> World:
    """A world of m0, m1, … sponsored by the members of these indexes."""
    world = World(plan)
    for index, sponsor in enumerate(sponsors):
        world.join(f"m{index}", None if sponsor is None else f"m{sponsor}")
    return world
