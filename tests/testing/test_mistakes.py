"""What is said about mistakes in a test file: the place, what is wrong, and what to write."""

from __future__ import annotations

from pathlib import Path

import pytest

from rewards.testing import run_paths
from tests.testing.files import Shop

MEMBERS = "given: {members: [{id: ann}, {id: bob, sponsor: ann}]}"

MISTAKES = {
    "a member who has not joined": (
        ['steps: [{order: {member: bill, total: "1", on: 2026-01-01}}]'],
        "5:30: error[test.unknown-member]: nobody called bill has joined by now; there are: ann, bob",
    ),
    "a member misspelt": (
        ['steps: [{order: {member: annn, total: "1", on: 2026-01-01}}]'],
        "5:30: error[test.unknown-member.did-you-mean]: nobody called annn has joined by now; did you mean ann?",
    ),
    "a member expected who has not joined": (
        ["steps: [{expect: {levels: {xyz: {tier: gold}}}}]"],
        "5:32: error[test.unknown-member]: nobody called xyz has joined by now; there are: ann, bob",
    ),
    "newcomers before there are any": (
        ['steps: [{expect: {balances: {newcomers: {stamps: "1"}}}}]'],
        "5:34: error[test.unknown-member]: nobody called newcomers has joined by now; there are: ann, bob",
    ),
    "an id that is taken": (
        ["steps: [{join: {id: bob}}]"],
        "5:25: error[test.member-twice]: bob has joined already; give this member another id",
    ),
    "an id kept for newcomers": (
        ["steps: [{join: {id: newcomer-7}}]"],
        "5:25: error[test.member-reserved]: newcomer-7 stands for several members; give this member another id",
    ),
    "an id that is a pool's": (
        ["steps: [{join: {id: backing}}]"],
        "5:25: error[test.member-is-pool]: backing is the name of a pool; give this member another id",
    ),
    "an order without a buyer": (
        ['steps: [{order: {total: "1", on: 2026-01-01}}]'],
        "5:21: error[test.order-whose]: an order is one member's or newcomers'; write either member or newcomers",
    ),
    "a repetition of newcomers": (
        ['steps: [{order: {newcomers: 2, repeat: 2, total: "1", on: 2026-01-01}}]'],
        "5:36: error[test.only-with]: repeat belongs to member; remove it",
    ),
    "no day": (
        ['steps: [{order: {member: ann, total: "1"}}]'],
        "5:21: error[test.no-day]: no step before says which day it is; write on: with a day such as 2026-01-01",
    ),
    "a day closed twice": (
        ["steps: [{close: 2026-01-02}, {close: 2026-01-02}]"],
        "5:42: error[test.day-closed]: 2026-01-02 is closed by a step before; close a later day",
    ),
    "days backward": (
        ["steps: [{close: {from: 2026-01-02, through: 2026-01-01}}]"],
        "5:49: error[test.days-backward]: 2026-01-01 is before 2026-01-02; "
        "write the first day after from and the last after through",
    ),
    "too many days": (
        ["steps: [{close: {from: 2026-01-01, through: 2037-01-01}}]"],
        "5:21: error[test.too-many-days]: this closes 4019 days; close at most 4000 in one step",
    ),
    "a day there is not": (
        ["steps: [{close: 2026-02-30}]"],
        '5:21: error[schema.pattern]: "2026-02-30" is not in the right form; write a date such as 2026-01-31',
    ),
    "an asset misspelt": (
        ['steps: [{expect: {balances: {ann: {stamp: "1"}}}}]'],
        "5:40: error[plan.unknown-asset.did-you-mean]: there is no asset stamp; did you mean stamps?",
    ),
    "more decimals than the asset has": (
        ['steps: [{expect: {balances: {ann: {stamps: "0.5"}}}}]'],
        "5:48: error[amount.too-fine]: 0.5 has more decimals than the 0 this asset keeps; round it first",
    ),
    "a pool there is not": (
        ['steps: [{expect: {pools: {sea: "1"}}}]'],
        "5:31: error[plan.unknown-pool]: there is no pool sea; known are: backing",
    ),
    "a level there is not": (
        ["steps: [{expect: {levels: {ann: {tier: silber}}}}]"],
        "5:44: error[plan.unknown-level.did-you-mean]: there is no level silber; did you mean silver?",
    ),
    "a ladder nobody holds": (
        ["steps: [{expect: {levels: {ann: {size: large}}}}]"],
        "5:38: error[test.ladder-not-held]: ladder size classifies orders, so nobody holds its levels; "
        "write one that measures members",
    ),
    "lots of an asset without": (
        ['steps: [{expect: {lots: {ann: {stamps: ["1"]}}}}]'],
        "5:36: error[test.no-lots]: stamps has no lots; write an asset with lots, or write it below balances",
    ),
    "the price of an asset without": (
        ['steps: [{expect: {prices: {stamps: "1"}}}]'],
        "5:32: error[test.not-priced]: stamps has no price that follows a pool; write a priced asset",
    ),
    "a price with too many decimals": (
        ['steps: [{expect: {prices: {unit: "1.42857"}}}]'],
        '5:38: error[schema.pattern]: "1.42857" is not in the right form; '
        'write a price as displayed, such as "1.4286", or exactly, such as "30/21"',
    ),
    "a rule misspelt": (
        ['steps: [{expect: {moved: {bases: {ann: "1"}}}}]'],
        "5:31: error[plan.unknown-rule.did-you-mean]: there is no earlier rule bases; did you mean base?",
    ),
    "a receiver there is not": (
        ['steps: [{expect: {moved: {base: {sea: "1"}}}}]'],
        "5:38: error[test.unknown-receiver]: sea is neither a member nor a pool; there are: ann, bob, backing",
    ),
    "two steps in one": (
        ["steps: [{close: 2026-01-01, join: {id: eve}}]"],
        "5:13: error[schema.invalid]: a mapping does not fit here; "
        "write one entry of the list for each step: - order: {…} and then - expect: {…}",
    ),
    "an order with the words of others": (
        ['steps: [{order: {member: ann, amount: "1", on: 2026-01-01}}]'],
        '5:35: error[schema.unknown-key]: unknown key "amount"; did you mean "total"?',
    ),
    "a day by another word": (
        ['steps: [{order: {member: ann, total: "1", date: 2026-01-01}}]'],
        '5:47: error[schema.unknown-key]: unknown key "date"; did you mean "on"?',
    ),
    "a step misspelt": (
        ["steps: [{clsoe: 2026-01-01}]"],
        '5:14: error[schema.unknown-key]: unknown key "clsoe"; did you mean "close"?',
    ),
    "a refusal of nothing": (
        ["steps: [{refused: {because: request.no-rule}}]"],
        "5:23: error[schema.too-short]: too short, with 1 key; write at least 2",
    ),
    "a negative quantity": (
        ['steps: [{expect: {pools: {backing: "-1"}}}]'],
        '5:40: error[schema.pattern]: "-1" is not in the right form; write a quantity such as "3000" or "14.7"',
    ),
    "a change that leads nowhere": (
        ["change: {/rules/pionts/enabled: false}", "steps: [{close: 2026-01-01}]"],
        "5:14: error[test.no-such-place.did-you-mean]: /rules/pionts/enabled leads nowhere, "
        "because there is no pionts; did you mean points?",
    ),
    "a change of an entry there is not": (
        ["change: {/rules/9/enabled: false}", "steps: [{close: 2026-01-01}]"],
        "5:14: error[test.no-such-place]: /rules/9/enabled leads nowhere, because there is no 9; "
        "there are: back, unit, points, stamps, tier-stamps, base",
    ),
    "a change below a single value": (
        ["change: {/currency/x: false}", "steps: [{close: 2026-01-01}]"],
        "5:14: error[test.no-such-place]: /currency/x leads nowhere, because there is no x; there are: –",
    ),
    "a change that breaks the plan": (
        ["change: {/assets/points/scale: many}", "steps: [{close: 2026-01-01}]"],
        '5:36: error[test.change-breaks-plan]: with this change the plan is refused: "many" does not fit here; '
        "write a whole number",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_at_its_place(shop: Shop, mistake: str) -> None:
    lines, told = MISTAKES[mistake]

    result = shop.run_case(MEMBERS, *lines)

    assert shop.told(result) == [f"shop.test.yaml:{told}"]
    assert result.cases == ()
    assert not result.passed


GIVEN_MISTAKES = {
    "a sponsor who joins later": (
        "{members: [{id: bob, sponsor: ann}, {id: ann}]}",
        "4:42: error[test.unknown-member]: nobody called ann has joined by now; there are: –",
    ),
    "a lot of an asset without lots": (
        '{members: [{id: ann, locked: [{asset: stamps, quantity: "1"}]}]}',
        "4:50: error[test.no-lots]: stamps has no lots; write an asset with lots, or write it below balances",
    ),
    "a basis finer than the currency": (
        '{members: [{id: ann, locked: [{asset: points, quantity: "1", basis: "0.001"}]}]}',
        "4:80: error[amount.too-fine]: 0.001 has more decimals than the 2 this asset keeps; round it first",
    ),
    "something in the treasury that has no price": (
        '{treasury: {stamps: "1"}}',
        "4:24: error[test.no-treasury]: the treasury keeps priced assets only, and stamps is none; "
        "write a priced asset",
    ),
}


@pytest.mark.parametrize("mistake", GIVEN_MISTAKES)
def test_a_mistake_in_what_is_given_is_told_at_its_place(shop: Shop, mistake: str) -> None:
    given, told = GIVEN_MISTAKES[mistake]

    result = shop.run_case(f"given: {given}", "steps: [{close: 2026-01-01}]")

    assert shop.told(result) == [f"shop.test.yaml:{told}"]


def test_a_mistake_of_the_whole_plan_is_told_at_the_changes(shop: Shop) -> None:
    result = shop.run_case(
        "change:",
        "  /rules/unit/grant/worth/rate: 100%",
        "  /rules/unit/enabled: true",
        "  /rules/back/fund/amount/of: order.tatol",
        "steps: [{close: 2026-01-01}]",
    )

    (told,) = shop.told(result)
    assert told.startswith(
        "shop.test.yaml:7:35: error[test.change-breaks-plan]: with this change the plan is refused: "
        "there is no field order.tatol; "
    )


def test_a_change_whose_consequence_lies_elsewhere_is_told_at_the_whole(shop: Shop) -> None:
    result = shop.run_case("change: {/pools: {}}", "steps: [{close: 2026-01-01}]")

    told = shop.told(result)
    assert all(each.startswith("shop.test.yaml:4:13: error[test.change-breaks-plan]") for each in told)
    assert any("there is no pool backing" in each for each in told)


def test_a_mistake_in_one_case_keeps_the_whole_file_from_being_run(shop: Shop) -> None:
    result = shop.run(
        "plan: shop.yaml\ncases:\n  - {name: good, steps: [{close: 2026-01-01}]}\n"
        "  - {name: bad, steps: [{expect: {pools: {sea: 1}}}]}\n"
    )

    assert result.cases == ()
    assert len(result.diagnostics) == 1


def test_mistakes_are_told_in_chinese_too(shop: Shop) -> None:
    result = shop.run_case(MEMBERS, 'steps: [{order: {member: annn, total: "1", on: 2026-01-01}}]')

    assert shop.told(result, "zh") == [
        "shop.test.yaml:5:30: error[test.unknown-member.did-you-mean]: 此时没有名为 annn 的会员；是否想写 ann？"
    ]


def test_a_test_of_no_plan(shop: Shop) -> None:
    result = shop.run("plan: ship.yaml\ncases: [{name: x, steps: [{close: 2026-01-01}]}]\n")

    assert shop.told(result) == [
        "shop.test.yaml:1:7: error[test.no-plan]: there is no plan ship.yaml; "
        "write the name of a plan file beside this one"
    ]


@pytest.mark.parametrize("broken", ["plan: [", "plan: shop\n"])
def test_a_test_of_a_plan_that_cannot_be_loaded(shop: Shop, broken: str) -> None:
    (shop.directory / "shop.yaml").write_text(broken, encoding="utf-8")

    told = shop.told(shop.run_case("steps: [{close: 2026-01-01}]"))

    assert told[0].startswith("shop.yaml:")
    assert told[-1] == (
        "shop.test.yaml:1:7: error[test.plan-broken]: the plan cannot be loaded, "
        "see what is said about it; correct it first"
    )


def test_a_file_that_is_no_yaml(shop: Shop) -> None:
    (told,) = shop.told(shop.run("plan: ["))

    assert told.startswith("shop.test.yaml:")


def test_a_path_that_does_not_exist(tmp_path: Path) -> None:
    (result,) = run_paths([tmp_path / "nowhere"])

    assert [each.message.render() for each in result.diagnostics] == [
        f"{tmp_path}/nowhere does not exist; name a test file or a directory"
    ]
    assert not result.passed


def test_a_directory_without_tests(tmp_path: Path) -> None:
    (result,) = run_paths([tmp_path])

    assert [each.code for each in result.diagnostics] == ["test.none-found"]


def test_a_file_that_cannot_be_read(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.run_case("steps: [{close: 2026-01-01}]")

    def denied(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", denied)
    (result,) = run_paths([shop.file])

    assert [each.message.render() for each in result.diagnostics] == [
        f"{shop.file} cannot be read: Permission denied; see to its permissions"
    ]
