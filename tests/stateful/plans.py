"""Three plans, each in versions that differ in their numbers, and the rule files written with those numbers."""

from __future__ import annotations

from fractions import Fraction

from tests.stateful.models import Cashback, LockedPoints, Numbers, PlainPlan, Token

F = Fraction

HEAD = """
plan: {name}
currency: CNY
timezone: Asia/Shanghai
title: {{en: {name}, zh: {name}}}
"""

CASHBACK = """
assets:
  coins: {{scale: 2, cash_value: "1.00"}}
payment: {{asset: coins, up_to: "{up_to}"}}
rules:
  - id: buyer
    on: order.paid
    grant: {{asset: coins, to: buyer, amount: {{rate: "{buyer}", of: order.cash}}}}
  - id: sponsor
    on: order.paid
    grant: {{asset: coins, to: sponsor, amount: {{rate: "{sponsor}", of: order.cash}}}}
  - id: gift
    on: pay
    pay: {{asset: coins}}
"""

TOKEN = """
assets:
  cash: {{scale: 2, currency: true}}
  token: {{scale: 6, priced: {{pool: backing, issue_price: "1"}}}}
  quota: {{scale: 2}}
pools:
  backing: {{title: {{en: Backing, zh: 托底}}}}
rules:
  - id: contribution
    on: order.paid
    fund: {{pool: backing, amount: {{rate: "{contribution}", of: order.cash}}}}
  - id: grant
    on: order.paid
    grant: {{asset: token, to: buyer, worth: {{rate: "{grant}", of: rules.contribution.amount}}}}
  - id: quota
    on: order.paid
    grant: {{asset: quota, to: buyer, amount: {{rate: "{quota}", of: order.cash}}}}
  - id: redeem
    on: redeem
    redeem: {{asset: token, fee: "{fee}", pay: cash}}
  - id: exit
    on: price.rises
    exit: {{asset: token, quota: quota, fee: "{fee}", pay: cash}}
"""

LOCKED = """
assets:
  points: {{scale: 2, cash_value: "1.00", lots: {{start_after_days: {start_after_days}}}}}
payment: {{asset: points, up_to: "{up_to}"}}
refunds: {{accelerations: {accelerations}}}
ladders:
  membership:
    measure: order.cash
    levels: [{membership}]
  star:
    measure: team.sales
    levels: [{stars}]
rules:
  - id: grant
    on: order.paid
    grant:
      asset: points
      to: buyer
      locked: {{basis: order.cash}}
      amount: {{times: membership.multiplier, of: order.cash}}
  - id: base
    on: day.close
    release: {{asset: points, amount: {{rate: "{base}", of: lot.basis}}}}
  - id: sharing
    on: day.close
    share: {{source: base, generations: [{generations}], release: points}}
  - id: team
    on: day.close
    differential: {{source: base, rate: star.rate, release: points}}
  - id: same-level
    on: day.close
    same_level: {{source: base, ladder: star, rate: "{same_level}", release: points}}
"""

# Small thresholds, so that short lives have stars; rates that do not go into whole cents.
LOCKED_NUMBERS: Numbers = {
    "up_to": F(1, 2),
    "start_after_days": 1,
    "keep": False,
    "membership": [(3_000_00, F(5, 2)), (9_000_00, F(3)), (27_000_00, F(7, 2)), (51_000_00, F(4))],
    "stars": [(100_00, F(1, 10)), (9_000_00, F(1, 5)), (60_000_00, F(13, 50))],
    "base": F(3, 250),
    "generations": [F(1, 2), F(3, 10)],
    "same_level": F(3, 100),
}

VERSIONS: dict[type[PlainPlan], list[Numbers]] = {
    LockedPoints: [
        LOCKED_NUMBERS,
        {
            **LOCKED_NUMBERS,
            "up_to": F(3, 4),
            "start_after_days": 0,
            "membership": [(500_00, F(3, 2)), (3_000_00, F(9, 4))],
            "stars": [(50_00, F(7, 100)), (5_000_00, F(17, 100)), (80_000_00, F(31, 100)), (200_000_00, F(2, 5))],
            "base": F(17, 100),
            "generations": [F(33, 100), F(1, 5), F(11, 100)],
        },
        {**LOCKED_NUMBERS, "keep": True, "base": F(2, 5), "same_level": F(7, 100)},
    ],
    Cashback: [
        {"up_to": F(1, 2), "buyer": F(1, 10), "sponsor": F(1, 50)},
        {"up_to": F(1), "buyer": F(37, 1000), "sponsor": F(11, 100)},
    ],
    # So small a quota that holdings exit after a few orders.
    Token: [
        {"contribution": F(3, 10), "grant": F(7, 10), "quota": F(2, 5), "fee": F(1, 10)},
        {"contribution": F(1, 4), "grant": F(9, 10), "quota": F(3, 10), "fee": F(3, 40)},
    ],
}


def written(rate: Fraction) -> str:
    """A rate of at most four decimals as rule files write it."""
    text = f"{int(rate * 10_000):05d}"
    assert Fraction(int(text), 10_000) == rate
    return f"{text[:-4]}.{text[-4:]}"


def rule_file(plan: type[PlainPlan], numbers: Numbers) -> str:
    """The text of a version."""
    words = {key: written(value) for key, value in numbers.items() if isinstance(value, Fraction)}
    if plan is LockedPoints:
        words["start_after_days"] = str(numbers["start_after_days"])
        words["accelerations"] = "keep" if numbers["keep"] else "reverse"
        words["generations"] = ", ".join(f'"{written(rate)}"' for rate in numbers["generations"])
        words["membership"] = _levels("membership", "multiplier", numbers["membership"])
        words["stars"] = _levels("star", "rate", numbers["stars"])
    body = {LockedPoints: LOCKED, Cashback: CASHBACK, Token: TOKEN}[plan]
    return HEAD.format(name=plan.name) + body.format(**words)


def _levels(name: str, column: str, levels: list[tuple[int, Fraction]]) -> str:
    return ", ".join(
        f'{{name: {name}-{place}, from: "{least // 100}", {column}: "{written(value)}"}}'
        for place, (least, value) in enumerate(levels)
    )
