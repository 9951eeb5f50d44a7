"""Rewards in plan tests: claims, cancellations, codes and stock, and what is said of mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest

from rewards.testing import run_file

PLAN = """\
plan: gifts
title: Gifts
currency: CNY
timezone: Asia/Shanghai
assets:
  points: {scale: 0}
rules:
  - id: points
    on: order.paid
    grant: {asset: points, to: buyer, amount: {give: "1", per: "1", of: order.cash}}
rewards:
  mug: {price: {points: "30"}, stock: 3}
  pen: {price: {points: "10"}}
  ticket: {price: {points: "10"}, codes: true}
"""
GIVEN = 'given: {members: [{id: ann, balances: {points: "100"}}]}'


def told(folder: Path, steps: str, given: str = GIVEN) -> list[str]:
    """What is said of a case: mistakes and failures, each with its place."""
    (folder / "gifts.yaml").write_text(PLAN, encoding="utf-8")
    file = folder / "gifts.test.yaml"
    file.write_text(f"plan: gifts.yaml\ncases:\n  - name: case\n    {given}\n    steps: {steps}\n", encoding="utf-8")
    result = run_file(file)
    found = [*result.diagnostics, *(each for case in result.cases for each in case.failures)]
    assert all("{" not in each.message.render("zh") for each in found)
    return [each.render().removeprefix(f"{folder}/gifts.test.yaml:") for each in found]


def test_claims_and_cancellations_change_stock_and_balances(tmp_path: Path) -> None:
    steps = """[
      {claim: {id: c1, reward: mug, member: ann, count: 2, on: 2026-01-01}},
      {expect: {stock: {mug: 1}, balances: {ann: {points: "40"}}, taken: {'#claim': {ann: "60"}}}},
      {refused: {claim: {reward: mug, member: ann, count: 2}, because: reward.sold-out}},
      {cancel: {claim: c1, on: 2026-01-02}},
      {refused: {cancel: {claim: c1}, because: claim.cancelled-already}},
      {expect: {stock: {mug: 3}, balances: {ann: {points: "100"}}}}]"""
    assert told(tmp_path, steps) == []


def test_codes_are_the_stock_where_some_are_given(tmp_path: Path) -> None:
    given = GIVEN.removesuffix("}") + ", codes: {ticket: [a, b]}}"
    steps = """[
      {expect: {stock: {ticket: 2}}},
      {claim: {reward: ticket, member: ann, on: 2026-01-01}},
      {expect: {stock: {ticket: 1}}},
      {refused: {claim: {reward: ticket, member: ann, count: 2}, because: reward.sold-out}}]"""
    assert told(tmp_path, steps, given) == []


def test_another_stock_than_expected_is_told(tmp_path: Path) -> None:
    assert told(tmp_path, "[{expect: {stock: {mug: 2}}}]") == [
        "5:36: error[test.differs]: what is left of mug: expected 2, actual 3 (1 too much)"
    ]
    assert told(tmp_path, "[{expect: {stock: {ticket: 2}}}]") == [
        "5:39: error[test.differs]: what is left of ticket: expected 2, actual no codes given, so no end of them"
    ]


MISTAKES = {
    "{claim: {reward: mgu, member: ann, on: 2026-01-01}}": (
        "5:30: error[test.unknown-reward.did-you-mean]: the plan has no reward mgu; did you mean mug?"
    ),
    "{claim: {reward: lamp, member: ann, on: 2026-01-01}}": (
        "5:30: error[test.unknown-reward]: the plan has no reward lamp; it has: mug, pen, ticket"
    ),
    "{claim: {reward: mug, member: bill, on: 2026-01-01}}": (
        "5:43: error[test.unknown-member]: nobody called bill has joined by now; there are: ann"
    ),
    "{claim: {reward: mug, member: ann}}": (
        "5:21: error[test.no-day]: no step before says which day it is; write on: with a day such as 2026-01-01"
    ),
    "{cancel: {claim: c1, on: 2026-01-01}}": (
        "5:30: error[test.unknown-claim]: no step before claims c1; there are: –"
    ),
    "{expect: {stock: {pen: 1}}}": (
        "5:31: error[test.no-stock]: there is no end of pen; write a reward with stock or codes"
    ),
    "{expect: {stock: {mugg: 1}}}": (
        "5:31: error[test.unknown-reward.did-you-mean]: the plan has no reward mugg; did you mean mug?"
    ),
    "{claim: {id: cup, reward: mug, member: ann, on: 2026-01-01}}, {cancel: {claim: cupp}}": (
        "5:92: error[test.unknown-claim.did-you-mean]: no step before claims cupp; did you mean cup?"
    ),
    "{claim: {id: c1, reward: pen, member: ann, on: 2026-01-01}}, {claim: {id: c1, reward: pen, member: ann}}": (
        "5:87: error[test.claim-twice]: there is a claim c1 already; give this claim another id"
    ),
}


@pytest.mark.parametrize("step", MISTAKES)
def test_a_mistake_is_told_at_its_place(tmp_path: Path, step: str) -> None:
    assert told(tmp_path, f"[{step}]") == [MISTAKES[step]]


def test_codes_of_a_reward_without_codes(tmp_path: Path) -> None:
    given = GIVEN.removesuffix("}") + ", codes: {mug: [a]}}"
    assert told(tmp_path, "[{expect: {stock: {mug: 3}}}]", given) == [
        "4:70: error[test.no-codes]: mug has no voucher codes; write a reward with codes: true"
    ]
