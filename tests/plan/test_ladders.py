from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from rewards.plan.conditions import Compare
from rewards.plan.ladder import FOR_EVER, Evaluated, Ladder, Term
from rewards.plan.windows import Span

from .plans import HEAD, POINTS, codes, compiled

RULE = """
rules:
  - id: gift
    on: order.paid
    grant: {asset: points, to: buyer, amount: {times: rank.rate, of: order.cash}}
"""
LEVELS = 'levels: [{name: low, from: "100", rate: 10%}, {name: high, above: "1000", rate: 20%}]'


def plan_with(ladder: str, before: str = "") -> str:
    """A plan whose ladder `rank` is written so, its lines indented by four."""
    return HEAD + POINTS + before + "ladders:\n  rank:\n" + ladder.rstrip() + "\n" + RULE


def rank(ladder: str, before: str = "") -> Ladder:
    return compiled(plan_with(ladder, before)).ladders["rank"]


def held(*lines: str) -> Ladder:
    """A ladder over what members have bought, with these keys more."""
    return rank("\n".join(f"    {line}" for line in ("measure: member.sales", *lines, LEVELS)))


def test_a_ladder_is_evaluated_every_day_and_lasts_for_ever_unless_it_says_otherwise() -> None:
    plain = held()
    assert (plain.evaluated, plain.term, plain.grace) == (Evaluated.DAY, Term(), Term())
    assert (plain.falls_one_level, plain.floors, plain.held) == (False, {}, True)
    assert plain.term.last_day(date(2026, 5, 3)) == FOR_EVER


@pytest.mark.parametrize("when", list(Evaluated))
def test_when_a_ladder_is_evaluated(when: Evaluated) -> None:
    assert held(f"evaluated: {when.value}").evaluated is when


@pytest.mark.parametrize(
    ("written", "term", "last_day"),
    [
        ("for_ever", Term(), None),
        ("evaluation", Term(until_evaluated=True), None),
        ("{end_of: year}", Term(period=Span.YEAR), date(2026, 12, 31)),
        ("{end_of: year, after: 1}", Term(period=Span.YEAR, after=1), date(2027, 12, 31)),
        ("{end_of: quarter, after: 2}", Term(period=Span.QUARTER, after=2), date(2026, 12, 31)),
        ("{end_of: month}", Term(period=Span.MONTH), date(2026, 5, 31)),
        ("{months: 12}", Term(months=12), date(2027, 5, 2)),
        ("{days: 90}", Term(days=90), date(2026, 7, 31)),
    ],
)
def test_how_long_a_level_lasts(written: str, term: Term, last_day: date | None) -> None:
    found = held(f"lasts: {written}").term
    assert found == term
    assert found.last_day(date(2026, 5, 3)) == (last_day.toordinal() if last_day else FOR_EVER)


def test_grace_and_a_soft_landing_belong_to_a_term() -> None:
    soft = held("lasts: {end_of: year, after: 1}", "grace: {months: 1}", "falls: one_level")
    assert (soft.grace, soft.falls_one_level) == (Term(months=1), True)
    assert held("lasts: {months: 12}", "grace: {days: 30}", "falls: to_reached").grace == Term(days=30)
    assert not held("lasts: {months: 12}", "falls: to_reached").falls_one_level


@pytest.mark.parametrize("lasts", ["", "lasts: for_ever", "lasts: evaluation"])
@pytest.mark.parametrize("key", ["grace: {days: 30}", "falls: one_level"])
def test_without_a_term_there_is_neither(lasts: str, key: str) -> None:
    lines = [line for line in ("measure: member.sales", lasts, key, LEVELS) if line]
    text = plan_with("\n".join(f"    {line}" for line in lines))
    assert codes(text) == ["plan.ladder-needs-term"]


def test_floors_are_levels_by_their_place() -> None:
    tags = "tags: {gift: {}, press: {title: Press}}\n"
    floors = rank(f"    measure: member.sales\n    floors: {{gift: high, press: low}}\n    {LEVELS}", tags).floors
    assert floors == {"gift": 1, "press": 0}


LEVELS_BY_CONDITION = """\
    levels:
      - {name: low, when: {member.sales: {at_least: "100"}}, rate: 10%}
      - {name: high, title: {en: High, zh: 高}, when: {member.sales: {at_least: "1000"}}, rate: 20%}
"""


def test_levels_may_have_conditions_instead_of_thresholds() -> None:
    by_condition = rank(LEVELS_BY_CONDITION)
    assert by_condition.measure is None
    assert by_condition.held
    assert [level.threshold for level in by_condition.levels] == [None, None]
    bounds = [level.when.bound for level in by_condition.levels if isinstance(level.when, Compare)]
    assert bounds == [10_000, 100_000]
    assert [each.name for each in by_condition.fields()] == ["member.sales", "member.sales"]
    assert by_condition.column("rate") == (Fraction(1, 10), Fraction(1, 5))
    assert by_condition.levels[1].title == {"en": "High", "zh": "高"}
    assert by_condition.level_of(10**9) == -1


def test_thresholds_and_conditions_may_be_mixed() -> None:
    mixed = rank(
        """\
    measure: member.sales
    levels:
      - {name: low, from: "100", rate: 10%}
      - {name: middle, when: {member.orders: {at_least: 3}}, rate: 15%}
      - {name: high, above: "1000", rate: 20%}
"""
    )
    assert [(level.threshold, level.strict, level.when is None) for level in mixed.levels] == [
        (10_000, False, True),
        (None, False, False),
        (100_000, True, True),
    ]


def test_thresholds_ascend_past_levels_with_a_condition() -> None:
    text = plan_with(
        """\
    measure: member.sales
    levels:
      - {name: low, from: "100", rate: 10%}
      - {name: middle, when: {member.orders: {at_least: 3}}, rate: 15%}
      - {name: high, from: "100", rate: 20%}
"""
    )
    assert codes(text) == ["plan.levels-overlap"]


def test_a_ladder_over_orders_classifies_them() -> None:
    by_order = rank(f"    measure: order.total\n    {LEVELS}")
    assert not by_order.held
    assert by_order.level_of(100_001) == 1


@pytest.mark.parametrize(
    "key", ["evaluated: day", "lasts: for_ever", "grace: {days: 30}", "falls: one_level", "floors: {gift: low}"]
)
def test_what_is_about_members_has_no_place_where_orders_are_classified(key: str) -> None:
    text = plan_with(f"    measure: order.total\n    {key}\n    {LEVELS}", "tags: {gift: {}}\n")
    assert [code for code in codes(text) if code != "plan.unused-tag"] == ["plan.order-ladder-key"]


def test_a_measure_that_nothing_is_compared_with_is_told() -> None:
    text = plan_with("    measure: member.orders\n" + LEVELS_BY_CONDITION)
    assert codes(text) == ["plan.ladder-measure-idle"]


def test_a_column_may_be_named_nearly_like_a_key_when_something_names_it() -> None:
    levels = 'levels: [{name: low, from: "100", rate: 1%, tile: 10%}]'
    text = plan_with(f"    measure: member.sales\n    {levels}")
    assert codes(text) == ["plan.level-key.did-you-mean"]
    named = compiled(text.replace("rank.rate", "rank.tile")).ladders["rank"]
    assert named.column("tile") == (Fraction(1, 10),)


def test_a_mistyped_key_is_told_once() -> None:
    text = plan_with('    measure: member.sales\n    levels: [{name: low, form: "100", rate: 10%}]')
    assert codes(text) == ["plan.level-key.did-you-mean"]


MEASURES = """\
measures:
  nights: {sum: event.nights, on: event.stay, over: year}
  stays: {count: event.stay, over: year}
  everything: {sum: order.cash, of: everybody}
  friends: {count: members, of: referrals, when: {member.measure.stays: {at_least: 1}}}
  bold: {count: members, of: referrals, when: {plan.measure.everything: {at_least: "100"}}}
events:
  stay: {fields: {nights: number}}
"""


def test_a_ladder_may_stand_on_a_measure() -> None:
    by_nights = rank(
        '    measure: member.measure.nights\n    evaluated: at_once\n    levels: [{name: low, from: "10", rate: "2"}]',
        MEASURES,
    )
    assert by_nights.measure is not None
    assert (by_nights.measure.name, by_nights.held) == ("member.measure.nights", True)
    assert by_nights.levels[0].threshold == 10


@pytest.mark.parametrize("evaluated", ["at_once", "afterwards"])
@pytest.mark.parametrize(
    "level", ['when: {plan.measure.everything: {at_least: "5"}}', "when: {member.measure.bold: {at_least: 1}}"]
)
def test_no_single_event_decides_what_depends_on_everybody(evaluated: str, level: str) -> None:
    text = plan_with(f"    evaluated: {evaluated}\n    levels: [{{name: low, {level}, rate: 1%}}]", MEASURES)
    assert "plan.ladder-of-everybody" in codes(text)
    assert "plan.ladder-of-everybody" not in codes(text.replace(evaluated, "month"))


def test_events_decide_what_looks_at_some_others_only() -> None:
    friends = rank(
        "    evaluated: at_once\n    levels: [{name: low, when: {member.measure.friends: {at_least: 1}}, rate: 1%}]",
        MEASURES,
    )
    assert friends.evaluated.on_events
