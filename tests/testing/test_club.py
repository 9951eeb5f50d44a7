"""Plan tests beyond orders: events, tags, measures, levels with an end, caps, expiry and declared parameters."""

from __future__ import annotations

from pathlib import Path

import pytest

from rewards.plan.diagnostics import Severity
from rewards.testing import render, run_file
from tests.testing.files import Shop

PLANS = Path(__file__).parent / "plans"


@pytest.fixture
def club(tmp_path: Path) -> Shop:
    """The club's plan, to write tests for (in place of the shop's)."""
    shop = Shop(tmp_path)
    (tmp_path / "shop.yaml").write_text((PLANS / "club.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    return shop


def told(club: Shop, *lines: str, language: str = "en") -> list[str]:
    """The mistakes and failures of a case, without the warnings of the plan."""
    result = club.run_case(*lines)
    found = [each for each in result.diagnostics if each.severity is Severity.ERROR]
    found += [failure for case in result.cases for failure in case.failures]
    return [each.render(language).replace(f"{club.directory}/shop.test.yaml:", "") for each in found]


def test_the_club_is_as_its_test_says() -> None:
    result = run_file(PLANS / "club.test.yaml")

    assert result.passed, render([result])
    assert len(result.cases) == 8


def test_expiring_units_are_as_their_test_says() -> None:
    result = run_file(PLANS / "expiring.test.yaml")

    assert result.passed, render([result])
    assert len(result.cases) == 5


ANN = "given: {members: [{id: ann, counted: {nights: 5, stays: 1}, expiring: {points: {2026-01-20: 3}}}]}"

MISTAKES = {
    "event: {name: stya, member: ann, on: 2026-01-01}": (
        "5:28: error[test.unknown-event.did-you-mean]: the plan declares no event stya; did you mean stay?"
    ),
    "event: {name: visit, member: ann, on: 2026-01-01}": (
        "5:28: error[test.unknown-event]: the plan declares no event visit; known are: stay"
    ),
    "event: {name: stay, member: ann, on: 2026-01-01, fields: {night: 1}}": (
        "5:72: error[test.unknown-event-field.did-you-mean]: the plan declares no field of this event night; "
        "did you mean nights?"
    ),
    "event: {name: stay, member: ann, on: 2026-01-01, fields: {nights: 1.5}}": (
        "5:80: error[test.wants-number]: nights is a number, and 1.5 is none; write a whole number such as 3"
    ),
    "event: {name: stay, member: ann, on: 2026-01-01, fields: {nights: -1}}": (
        "5:80: error[test.wants-number]: nights is a number, and -1 is none; write a whole number such as 3"
    ),
    "event: {name: stay, member: ann, on: 2026-01-01, fields: {hotel: 7}}": (
        "5:79: error[test.wants-text]: hotel is a text, and 7 is none; put it in quotes"
    ),
    'event: {name: stay, member: ann, on: 2026-01-01, fields: {suite: "true"}}': (
        "5:79: error[test.wants-flag]: suite is true or false, and true is neither; write one of them, without quotes"
    ),
    "event: {name: stay, member: ann, on: 2026-01-01, fields: {spend: true}}": (
        '5:79: error[test.wants-amount]: spend is an amount, and true is none; write a quantity such as "12.50"'
    ),
    'event: {name: stay, member: ann, on: 2026-01-01, fields: {spend: "1.005"}}': (
        "5:79: error[amount.too-fine]: 1.005 has more decimals than the 2 this asset keeps; round it first"
    ),
    "event: {name: stay, member: ann}": (
        "5:21: error[test.no-day]: no step before says which day it is; write on: with a day such as 2026-01-01"
    ),
    'order: {member: ann, total: 1, on: 2026-01-01, time: "24:00"}': (
        '5:67: error[schema.pattern]: "24:00" is not in the right form; write a time of day in quotes, such as "14:00"'
    ),
    "tag: {member: ann, tag: vjp, on: 2026-01-01}": (
        "5:38: error[test.unknown-tag.did-you-mean]: the plan declares no tag vjp; did you mean vip?"
    ),
    "tag: {member: ann, tag: vip, on: 2026-01-01, from: 2026-01-03, through: 2026-01-02}": (
        "5:86: error[test.span-backward]: 2026-01-02 is before 2026-01-03; "
        "write the first day after from and the last after through"
    ),
    "untag: {member: ann, tag: offr, on: 2026-01-01}": (
        "5:40: error[test.unknown-tag.did-you-mean]: the plan declares no tag offr; did you mean offer?"
    ),
    "declare: {parameter: dividends, period: 2026-01, value: 3%}": (
        "5:35: error[test.unknown-parameter.did-you-mean]: the plan declares no parameter dividends; "
        "did you mean dividend?"
    ),
    "declare: {parameter: back, period: 2026-01, value: 3%}": (
        "5:35: error[test.not-declared-later]: parameter back has its values in the plan; "
        "change them there, or let it be declared"
    ),
    'declare: {parameter: dividend, period: "2026", value: 3%}': (
        "5:53: error[test.period]: 2026 is not what the parameter is declared for; write a month such as 2026-11"
    ),
    "declare: {parameter: dividend, period: 2026-13, value: 3%}": (
        '5:53: error[schema.pattern]: "2026-13" is not in the right form; '
        'write a period such as "2026", 2026-Q3, 2026-11, 2026-W47 or 2026-11-11'
    ),
    "close: {from: 2026-01-01, approve: [purs]}": (
        "5:50: error[test.unknown-cap.did-you-mean]: the plan declares no cap purs; did you mean purse?"
    ),
    "expect: {measures: {ann: {nights: 1}}}": (
        "5:23: error[test.no-day]: no step before says which day it is; write on: with a day such as 2026-01-01"
    ),
    "expect: {levels: {ann: {status: {level: golf}}}}": (
        "5:54: error[plan.unknown-level.did-you-mean]: there is no level golf; did you mean gold?"
    ),
    "expect: {levels: {ann: {status: {through: 2026-02-30}}}}": (
        '5:56: error[schema.pattern]: "2026-02-30" is not in the right form; '
        "write a date such as 2026-12-31, or null for no end"
    ),
    "expect: {expiring: {ann: {miles: {2026-01-01: 1}}}}": (
        "5:40: error[test.no-expiry]: miles does not expire; write an asset with expires"
    ),
    "expect: {notices: {bob: {points: {2026-01-01: 1}}}}": (
        "5:33: error[test.unknown-member]: nobody called bob has joined by now; there are: ann"
    ),
    "expect: {cut: {purse: {ann: 1}}}": (
        "5:37: error[test.cap-of-plan]: cap purse is for all together; write everybody instead of a member"
    ),
    "expect: {cut: {back-month: {everybody: 1}}}": (
        "5:42: error[test.unknown-member]: nobody called everybody has joined by now; there are: ann"
    ),
    "expect: {taken: {flush: {bob: 1}}}": (
        "5:39: error[test.unknown-member]: nobody called bob has joined by now; there are: ann"
    ),
    "expect: {waiting: [draw]}": (
        "5:33: error[test.never-waits]: rule draw uses no parameter that is declared, so it never waits; remove it"
    ),
    "join: {id: everybody}": (
        "5:25: error[test.member-reserved]: everybody stands for several members; give this member another id"
    ),
    "refused: {close: {from: 2026-01-01, through: 2026-01-02}, because: cap.stopped}": (
        "5:31: error[schema.wrong-type]: a mapping does not fit here; write a date such as 2026-01-31"
    ),
}


@pytest.mark.parametrize("step", MISTAKES)
def test_a_mistake_in_a_step_is_told_at_its_place(club: Shop, step: str) -> None:
    assert told(club, "given: {members: [{id: ann}]}", f"steps: [{{{step}}}]") == [MISTAKES[step]]


GIVEN_MISTAKES = {
    "counted: {sales: 1}": (
        "4:43: error[test.measure-of-plan]: measure sales is of everybody, so no member has it; "
        "write it below plan_measures"
    ),
    "counted: {friends: 1}": (
        "4:43: error[test.not-counted]: measure friends is not of what the member does, so it cannot be given; "
        "give what it looks at, to those it looks at"
    ),
    "counted: {team-nights: 1}": (
        "4:43: error[test.not-counted]: measure team-nights is not of what the member does, so it cannot be given; "
        "give what it looks at, to those it looks at"
    ),
    "counted: {stays: 1, stay-days: 1}": (
        "4:53: error[test.counted-twice]: measure stay-days counts the same events as stays; "
        "give only one of them, which gives both"
    ),
    "counted: {hotels: 2000}": (
        "4:51: error[test.counts-too-many]: no more than 1000 days or different texts can be given; "
        "write a smaller number"
    ),
    "counted: {nights: 1.5}": (
        "4:51: error[amount.too-fine]: 1.5 has more decimals than the 0 this asset keeps; round it first"
    ),
    "tags: [vpi]": "4:40: error[test.unknown-tag.did-you-mean]: the plan declares no tag vpi; did you mean vip?",
    "tags: {vip: {from: 2026-01-02, through: 2026-01-01}}": (
        "4:73: error[test.span-backward]: 2026-01-01 is before 2026-01-02; "
        "write the first day after from and the last after through"
    ),
    "expiring: {stamps: {2026-01-01: 1}}": (
        "4:44: error[test.no-expiry]: stamps does not expire; write an asset with expires"
    ),
    "levels: {status: {level: glod}}": (
        "4:58: error[plan.unknown-level.did-you-mean]: there is no level glod; did you mean gold?"
    ),
}


@pytest.mark.parametrize("given", GIVEN_MISTAKES)
def test_a_mistake_in_what_is_given_is_told_at_its_place(club: Shop, given: str) -> None:
    lines = (f"given: {{members: [{{id: ann, {given}}}]}}", "steps: [{close: 2026-01-01}]")

    assert told(club, *lines) == [GIVEN_MISTAKES[given]]


def test_what_was_counted_needs_a_day(club: Shop) -> None:
    steps = "steps: [{expect: {balances: {ann: {miles: 0}}}}]"

    assert told(club, "given: {members: [{id: ann, counted: {nights: 1}}]}", steps) == [
        "4:51: error[test.counted-when]: no step says which day it is; "
        "write {value: …, on: 2026-01-01} with the day it was counted"
    ]
    assert told(club, "given: {members: [{id: ann, counted: {nights: {value: 1, on: 2026-01-01}}}]}", steps) == []


def test_a_measure_of_a_member_is_none_of_the_plan(club: Shop) -> None:
    assert told(club, "steps: [{close: 2026-01-01}, {expect: {plan_measures: {nights: 1}}}]") == [
        "4:60: error[test.measure-of-members]: measure nights is each member's own; "
        "write it below measures, with the member"
    ]


def test_a_measure_misspelt(club: Shop) -> None:
    assert told(club, ANN, "steps: [{close: 2026-01-01}, {expect: {measures: {ann: {nihgts: 1}}}}]") == [
        "5:61: error[test.unknown-measure.did-you-mean]: the plan declares no measure nihgts; did you mean nights?"
    ]


def test_ids_and_declarations_are_given_once(club: Shop) -> None:
    assert told(
        club,
        "given: {members: [{id: ann}]}",
        "steps:",
        "  - event: {id: e1, name: stay, member: ann, on: 2026-01-01}",
        "  - event: {id: e1, name: stay, member: ann}",
        "  - declare: {parameter: dividend, period: 2026-01, value: 3%}",
        "  - declare: {parameter: dividend, period: 2026-01, value: 3%}",
    ) == [
        "7:21: error[test.event-twice]: there is an event e1 already; give this event another id",
        "9:18: error[test.declared-twice]: dividend is declared for 2026-01 by a step before; "
        "remove this one, or name another period",
    ]


def test_a_value_the_plan_cannot_have_is_told(club: Shop) -> None:
    step = "steps: [{declare: {parameter: dividend, period: 2026-01, value: many}}]"

    (english,), (chinese,) = told(club, step), told(club, step, language="zh")
    assert english.startswith("4:69: error[test.bad-value]: parameter dividend cannot have this value: ")
    assert chinese.startswith("4:69: error[test.bad-value]: 参数 dividend 不能取此值：")


FAILURES = {
    "measures: {ann: {nights: 7}}": "measure nights of ann: expected 7, actual 8 (1 too much)",
    "plan_measures: {sales: 1}": "measure sales of everybody: expected 1, actual 0.00 (1 too little)",
    "tags: {ann: [vip]}": "the tags of ann: expected vip, actual none",
    "levels: {ann: {status: {through: null}}}": (
        "the last day of the status level of ann: expected none, actual 2027-12-31"
    ),
    "levels: {ann: {status: {level: gold, through: 2027-12-31}}}": (
        "the status level of ann: expected gold, actual silver"
    ),
    "levels: {ann: {status: {highest: gold}}}": "the highest status level ever of ann: expected gold, actual silver",
    "levels: {ann: {status: {since: 2026-01-09}}}": (
        "the day since which the status level of ann holds: expected 2026-01-09, actual 2026-01-10"
    ),
    "expiring: {ann: {points: {2026-01-20: 4, 2026-02-08: 30}}}": (
        "points ann has that is good until 2026-01-20: expected 4, actual 3 (1 too little)"
    ),
    "expiring: {ann: {points: {2026-01-20: 3}}}": (
        "points ann has that is good until 2026-02-08: expected none, actual 30 (30 too much)"
    ),
    "moved: {nights: {}}": "what rule nights moved to ann: expected none, actual 30 (30 too much)",
    "taken: {flush: {ann: 1}}": "what rule flush took of ann: expected 1, actual 0 (1 too little)",
    "cut: {back-month: {ann: 1}}": "what cap back-month cut off for ann: expected 1, actual 0 (1 too little)",
    "notices: {ann: {points: {2026-01-20: 3}}}": (
        "the points of which ann was told that it is good until 2026-01-20: expected 3, actual 0 (3 too little)"
    ),
    "waiting: [dividend]": "the rules that wait: expected dividend, actual none",
}


@pytest.mark.parametrize("expected", FAILURES)
def test_an_expectation_that_fails_shows_both_values(club: Shop, expected: str) -> None:
    stay = "{event: {name: stay, member: ann, on: 2026-01-10, fields: {nights: 3}}}"

    (said,) = told(club, ANN, f"steps: [{stay}, {{expect: {{{expected}}}}}]")

    assert said.startswith("5:")
    assert said.endswith(f"error[test.differs]: {FAILURES[expected]}")


CLOSED = {
    "notices: {}": (
        "the points of which ann was told that it is good until 2026-01-20: expected none, actual 3 (3 too much)"
    ),
    "notices: {ann: {points: {2026-01-20: 3, 2026-01-21: 1}}}": (
        "the points of which ann was told that it is good until 2026-01-21: expected 1, actual 0 (1 too little)"
    ),
}


@pytest.mark.parametrize("expected", CLOSED)
def test_who_is_not_named_must_not_have_been_told(club: Shop, expected: str) -> None:
    (said,) = told(club, ANN, f"steps: [{{close: 2026-01-10}}, {{expect: {{{expected}}}}}]")

    assert said.endswith(f"error[test.differs]: {CLOSED[expected]}")


def test_a_cut_that_is_not_expected_is_told(club: Shop) -> None:
    order = "{order: {member: ann, total: 1200, on: 2026-01-10}}"

    (said,) = told(club, ANN, f"steps: [{order}, {{expect: {{cut: {{back-month: {{}}}}}}}}]")

    assert said.endswith("what cap back-month cut off for ann: expected none, actual 2 (2 too much)")


def test_a_cap_that_stops_can_be_approved(club: Shop) -> None:
    given = "given: {members: [{id: ann, counted: {stays: 1}}, {id: bob, counted: {stays: 1}}]}"

    assert (
        told(
            club,
            given,
            "steps:",
            "  - refused: {close: 2026-01-31, because: cap.stopped}",
            "  - close: {from: 2026-01-31, approve: [purse]}",
            "  - expect: {moved: {draw: {ann: 3, bob: 3}}, cut: {purse: {}}}",
        )
        == []
    )


def test_a_step_about_which_the_plan_does_nothing_leaves_nothing_behind(club: Shop) -> None:
    assert (
        told(
            club,
            ANN,
            "steps:",
            "  - order: {member: ann, total: 1200, on: 2026-01-10}",
            "  - untag: {member: ann, tag: vip}",
            "  - expect: {moved: {back: {}}, cut: {back-month: {}}}",
            "  - join: {id: bob}",
            "  - expect: {moved: {welcome: {}}, cut: {back-month: {}}}",
        )
        == []
    )
