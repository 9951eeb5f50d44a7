"""What the steps do, and how expectations that fail are shown."""

from __future__ import annotations

import json

import pytest

from rewards.testing import as_json, render, run_paths, summary
from tests.testing.files import Shop


def test_orders_with_lines_attributes_and_points(shop: Shop) -> None:
    result = shop.run_case(
        "given: {members: [{id: ann, balances: {stamps: 3}}]}",
        "steps:",
        '  - order: {member: ann, total: "100", attributes: {channel: wholesale}, on: 2026-01-01}',
        "  - expect: {moved: {back: {}, points: {}}, pools: {backing: 0}}",
        '  - order: {member: ann, total: "100", lines: [{amount: "35.50", category: tea}, {amount: "64.50"}]}',
        "  - expect: {moved: {back: {backing: 30}, points: {ann: 100}, stamps: {ann: 3}}}",
        "  - order: {member: ann, total: 100, repeat: 3}",
        "  - expect: {locked: {ann: {points: 400}}, lots: {ann: {points: [100, 100, 100, 100]}}}",
        "  - close: 2026-01-01",
        "  - expect: {levels: {ann: {tier: gold}}, moved: {tier-stamps: {ann: 1}, base: {ann: 40}}}",
    )

    assert shop.told(result) == []
    assert result.passed


def test_members_join_and_newcomers_are_sponsored(shop: Shop) -> None:
    result = shop.run_case(
        "given: {members: [{id: ann, sales: 150, orders: 2, levels: {tier: gold}}]}",
        "steps:",
        "  - join: {id: bob, sponsor: ann, merchant: true}",
        "  - order: {newcomers: 2, sponsor: bob, total: 100, on: 2026-01-01}",
        "  - order: {newcomers: 1, total: 200}",
        "  - close: {from: 2026-01-01, through: 2026-01-03}",
        "  - expect:",
        "      levels: {ann: {tier: gold}, bob: {tier: null}, newcomer-2: {tier: silver}, newcomer-3: {tier: gold}}",
        "      moved: {base: {newcomer-1: 10, newcomer-2: 10, newcomer-3: 20}}",
        "      issued: {unit: 40}",
    )

    assert shop.told(result) == [
        # 15 ÷ 1, 15 ÷ (30 ÷ 15) and 30 ÷ (60 ÷ 22.5): 15 + 7.5 + 11.25
        "shop.test.yaml:13:26: error[test.differs]: "
        "what was issued of unit: expected 40, actual 33.750 (6.25 too little)"
    ]


FAILURES = {
    "balances: {ann: {stamps: 5}}": "expected 5, actual 3 (2 too little)",
    "locked: {ann: {points: 5}}": "ann has locked: expected 5, actual 10.00 (5 too much)",
    "owes: {ann: {stamps: 5}}": "ann owes: expected 5, actual 1 (4 too little)",
    "lots: {ann: {points: [9]}}": "what lot 1 of points of ann has left: expected 9, actual 10.00 (1 too much)",
    "lots: {ann: {points: []}}": "the lots of points of ann: expected none, actual 10.00",
    "lots: {ann: {points: [1, 2]}}": "the lots of points of ann: expected 1, 2, actual 10.00",
    "levels: {ann: {tier: gold}}": "the tier level of ann: expected gold, actual silver",
    "levels: {ann: {tier: null}}": "the tier level of ann: expected none, actual silver",
    "value: {ann: {unit: 10}}": "the value of ann's unit: expected 10, actual 9.9999 (0.0001 too little)",
    "pools: {backing: 9}": "what is in pool backing: expected 9, actual 10.00 (1 too much)",
    "prices: {unit: 3}": "the price of unit: expected 3, actual 3.3333 (0.3333 too much)",
    'prices: {unit: "11/3"}': "the price of unit: expected 11/3, actual 10/3 (1/3 too little)",
    "circulation: {unit: 2}": "what circulates of unit: expected 2, actual 3.000 (1 too much)",
    "treasury: {unit: 2}": "what the treasury holds of unit: expected 2, actual 0.000 (2 too little)",
    "platform: {cash: 2}": "what the platform has of cash: expected 2, actual -10.00 (12 too little)",
}


@pytest.mark.parametrize("expected", FAILURES)
def test_an_expectation_that_fails_shows_both_values_and_the_difference(shop: Shop, expected: str) -> None:
    result = shop.run_case(
        "given:",
        "  members:",
        "    - {id: ann, balances: {stamps: 3, unit: 3}, owes: {stamps: 1}, levels: {tier: silver},",
        "       locked: [{asset: points, quantity: 10, basis: 0, day: 2025-01-01}]}",
        "  pools: {backing: 10}",
        f"steps: [{{expect: {{{expected}}}}}]",
    )

    (told,) = shop.told(result)
    assert told.startswith("shop.test.yaml:9:")
    assert told.endswith(FAILURES[expected])


def test_whoever_is_not_named_must_have_got_nothing(shop: Shop) -> None:
    result = shop.run_case(
        "steps:",
        "  - order: {newcomers: 2, total: 100, on: 2026-01-01}",
        "  - close: 2026-01-01",
        "  - expect: {moved: {base: {newcomer-2: 10}}}",
    )

    assert shop.told(result) == [
        "shop.test.yaml:7:26: error[test.differs]: "
        "what rule base moved to newcomer-1: expected none, actual 10.00 (10 too much)"
    ]


REFUSALS = {
    "one not expected": (
        "pay: {member: ann, to: bob, asset: stamps, quantity: 1, on: 2026-01-01}",
        "6:9: error[test.refused]: this pay was refused [request.no-rule]: plan shop has no rule for this payment, "
        "or its condition does not hold; see the plan's rules",
    ),
    "one expected that does not come": (
        "refused: {adjust: {member: ann, asset: stamps, quantity: 1, on: 2026-01-01}, because: request.no-rule}",
        "6:95: error[test.not-refused]: expected to be refused because of request.no-rule, but it was accepted",
    ),
    "one for another reason": (
        "refused: {adjust: {member: ann, asset: stamps, quantity: -9, on: 2026-01-01}, because: request.no-rule}",
        "6:96: error[test.refused-otherwise]: expected to be refused because of request.no-rule, but the reason was "
        "request.balance-too-small: 9 of stamps is more than the 0 available; ask for at most that",
    ),
}


@pytest.mark.parametrize("refusal", REFUSALS)
def test_refusals_are_told_and_end_the_case(shop: Shop, refusal: str) -> None:
    step, told = REFUSALS[refusal]

    result = shop.run_case(
        "given: {members: [{id: ann}, {id: bob}]}",
        "steps:",
        f"  - {step}",
        "  - expect: {balances: {ann: {stamps: 77}}}",
    )

    assert shop.told(result) == [f"shop.test.yaml:{told}"]


def test_a_step_that_comes_to_the_impossible_is_told(shop: Shop) -> None:
    result = shop.run_case(
        "steps:", "  - order: {newcomers: 1, total: 92233720368547758, on: 2026-01-01}", "  - close: 2026-01-01"
    )

    ((failure,),) = [case.failures for case in result.cases]
    assert failure.code == "test.broke"


def test_a_change_holds_for_its_case_only(shop: Shop) -> None:
    order = "order: {newcomers: 1, total: 100, on: 2026-01-01}"
    result = shop.run(
        "plan: shop.yaml\ncases:\n"
        f"  - {{name: a, change: {{/rules/back/fund/amount/rate: 40%, /rules/1/enabled: false}}, steps: [{{{order}}}, "
        "{expect: {pools: {backing: 40}, issued: {unit: 0}}}]}\n"
        f"  - {{name: b, steps: [{{{order}}}, {{expect: {{pools: {{backing: 30}}, issued: {{unit: 15}}}}}}]}}\n"
    )

    assert shop.told(result) == []
    assert [case.passed for case in result.cases] == [True, True]


def test_the_report_names_files_cases_and_failures(shop: Shop) -> None:
    shop.run(
        "plan: shop.yaml\ncases:\n"
        "  - {name: {en: Right, zh: 对}, steps: [{expect: {pools: {backing: 0}}}]}\n"
        "  - {name: {en: Wrong, zh: 错}, steps: [{expect: {pools: {backing: 1}}}]}\n"
    )
    results = run_paths([shop.directory])

    assert render(results).splitlines() == [
        str(shop.file),
        "  ✓ Right",
        "  ✗ Wrong",
        f"      {shop.file}:4:67: error[test.differs]: what is in pool backing: expected 1, actual 0.00 (1 too little)",
        "1 of 2 cases passed in 1 files; 0 mistakes in the files themselves",
    ]
    assert render(results, "zh").splitlines()[1:] == [
        "  ✓ 对",
        "  ✗ 错",
        f"      {shop.file}:4:67: error[test.differs]: 资金池 backing 的余额：预期 1，实际 0.00（少 1）",
        "1 个文件、2 个用例中通过 1 个；文件本身有 0 处错误",
    ]
    assert summary(results).parameters == {"passed": 1, "cases": 2, "files": 1, "mistakes": 0}
    (plain,) = json.loads(json.dumps(as_json(results, "zh")))
    assert (plain["file"], plain["passed"], plain["diagnostics"]) == (str(shop.file), False, [])
    assert [(case["name"], case["passed"]) for case in plain["cases"]] == [("对", True), ("错", False)]
    assert plain["cases"][1]["failures"][0]["pointer"] == "/cases/1/steps/0/expect/pools/backing"


def test_mistakes_are_in_the_report(shop: Shop) -> None:
    result = shop.run("plan: shop.yaml\n")

    assert render([result]).splitlines()[1].strip().startswith(f"{shop.file}:1:1: error[schema.missing-key]")
    assert summary([result]).parameters["mistakes"] == 1


def test_a_plan_stands_for_the_test_beside_it(shop: Shop) -> None:
    shop.run("plan: shop.yaml\ncases:\n  - {name: {en: Right, zh: 对}, steps: [{expect: {pools: {backing: 0}}}]}\n")
    (result,) = run_paths([shop.directory / "shop.yaml"])
    assert (result.file, result.passed, len(result.cases)) == (str(shop.file), True, 1)
