"""Measures, events, tags and trees as they are written, and what they become."""

from __future__ import annotations

from typing import Any

import pytest

from rewards.plan.conditions import LinesTotal
from rewards.plan.fields import DeclaredField, Kind
from rewards.plan.measures import Aggregate, Flow, FlowKind, Measure, Members, Of, Stream, Whose
from rewards.plan.triggers import Occasion, Trigger

from .plans import HEAD, codes, compiled

DECLARED = """\
parameters: {enough: {value: "10"}}
assets:
  cash: {scale: 2, currency: true}
  points: {scale: 1}
events:
  stay: {title: {en: Stay}, fields: {nights: number, spend: amount, hotel: text, suite: flag}}
  review: {}
tags: {vip: {title: VIP}}
trees: {placement: {legs: [left, right]}, wide: {}}
ladders:
  rank: {measure: member.measure.counted, levels: [{name: low, from: "1"}, {name: high, from: "2"}]}
"""
RULES = """
rules:
  - id: gift
    on: order.paid
    grant: {asset: points, to: buyer, amount: "1"}
"""


def text(measure: str, more: str = "") -> str:
    return f"{HEAD}{DECLARED}measures:\n{more}  counted: {measure}\n{RULES}"


def measured(measure: str, more: str = "") -> Measure:
    return compiled(text(measure, more)).measures["counted"]


def stream(measure: str) -> Stream:
    source = measured(measure).source
    assert isinstance(source, Stream)
    return source


def test_events_tags_and_trees_are_what_is_written() -> None:
    plan = compiled(text("{count: order.paid}"))
    assert plan.events["stay"].title["en"] == "Stay"
    assert plan.events["stay"].fields == {
        "nights": DeclaredField("nights", Kind.NUMBER),
        "spend": DeclaredField("spend", Kind.AMOUNT),
        "hotel": DeclaredField("hotel", Kind.TEXT),
        "suite": DeclaredField("suite", Kind.FLAG),
    }
    assert plan.events["review"].fields == {}
    assert plan.tags["vip"].title["zh"] == "VIP"
    assert {name: tree.legs for name, tree in plan.trees.items()} == {"placement": ("left", "right"), "wide": ()}


@pytest.mark.parametrize(
    ("measure", "aggregate", "scale", "amount"),
    [
        ("{sum: order.cash}", Aggregate.SUM, 2, True),
        ("{sum: order.lines}", Aggregate.SUM, 0, False),
        ("{max: order.total}", Aggregate.MAX, 2, True),
        ("{sum: event.spend, on: event.stay}", Aggregate.SUM, 2, True),
        ("{max: event.nights, on: event.stay}", Aggregate.MAX, 0, False),
        ("{sum: {lines: {where: {line.category: tea}, sum: line.amount}}}", Aggregate.SUM, 2, True),
        ("{sum: {lines: {where: {line.category: tea}, sum: line.quantity}}}", Aggregate.SUM, 0, False),
        ("{count: event.stay}", Aggregate.COUNT, 0, False),
        ("{days: order.paid}", Aggregate.DAYS, 0, False),
        ("{distinct: order.attributes.shop}", Aggregate.DISTINCT, 0, False),
        ("{earned: points}", Aggregate.SUM, 1, True),
        ("{count: members, of: referrals}", Aggregate.COUNT, 0, False),
        ("{sum: member.balance.points, of: downline}", Aggregate.SUM, 1, True),
        ("{sum: member.orders, of: downline}", Aggregate.SUM, 0, False),
        ('{sum: order.cash, of: {legs: count, reaching: "10"}}', Aggregate.SUM, 0, False),
    ],
)
def test_a_measure_counts_in_the_units_of_what_it_counts(
    measure: str, aggregate: Aggregate, scale: int, amount: bool
) -> None:
    found = measured(measure)
    assert (found.aggregate, found.scale, found.amount) == (aggregate, scale, amount)
    field, _ = _field_of(measure)
    assert (field.kind, field.scale) == (Kind.AMOUNT if amount else Kind.NUMBER, scale)


def _field_of(measure: str) -> Any:
    """The field by which the ladder of these plans names the measure."""
    ladder = compiled(text(measure)).ladders["rank"]
    assert ladder.measure is not None and ladder.held
    return ladder.measure, ladder


def test_a_stream_has_what_entries_amount_to_and_are_told_apart_by() -> None:
    total = stream("{sum: order.cash, when: {order.cash: {at_least: $enough}}}")
    assert (total.occasion, total.by_value, total.label) == (Occasion(Trigger.ORDER_PAID), False, None)
    assert total.value is not None and not isinstance(total.value, LinesTotal) and total.value.name == "order.cash"
    assert total.when is not None and [each.name for each in total.when.fields()] == ["order.cash"]
    largest = stream("{max: event.nights, on: event.stay}")
    assert (largest.occasion, largest.by_value) == (Occasion(Trigger.DECLARED, "stay"), True)
    hotels = stream("{distinct: event.hotel, on: event.stay}")
    assert hotels.value is None and hotels.label is not None and hotels.label.name == "event.hotel"
    tea = stream("{sum: {lines: {where: {line.category: tea}, sum: line.quantity}}}").value
    assert isinstance(tea, LinesTotal) and tea.attribute == "quantity"


def test_measures_that_count_the_same_share_a_stream() -> None:
    alike = [
        "{sum: order.cash, when: {order.cash: {at_least: $enough}, order.attributes.shop: a}}",
        '{sum: order.cash, when: {order.attributes.shop: a, order.cash: {at_least: "10"}}, over: year, of: downline}',
        '{sum: order.cash, on: order.paid, title: B, when: {order.attributes.shop: a, order.cash: {at_least: "10"}}}',
    ]
    assert len({stream(each).key for each in alike}) == 1


def test_measures_that_count_otherwise_do_not() -> None:
    unlike = [
        "{sum: order.cash}",
        "{max: order.cash}",
        "{sum: order.total}",
        "{count: order.paid}",
        "{count: event.stay}",
        "{distinct: order.attributes.shop}",
        "{sum: order.cash, when: {order.attributes.shop: a}}",
        "{sum: order.cash, when: {order.attributes.shop: b}}",
        "{sum: {lines: {where: {line.category: tea}, sum: line.amount}}}",
        "{sum: {lines: {where: {line.category: tea}, sum: line.quantity}}}",
    ]
    assert len({stream(each).key for each in unlike}) == len(unlike)


def test_days_and_a_count_of_the_same_events_are_one_stream() -> None:
    assert stream("{count: order.paid}").key == stream("{days: order.paid, over: month}").key


def test_flows_are_of_an_asset_and_perhaps_of_some_rules() -> None:
    assert measured("{spent: points}").source == (Flow(FlowKind.SPENT, "points"),)
    assert measured("{expired: points}").source == (Flow(FlowKind.EXPIRED, "points"),)
    assert measured("{earned: points, by: gift}").source == (Flow(FlowKind.EARNED, "points", "gift"),)
    assert measured("{earned: points, by: [gift]}").source == (Flow(FlowKind.EARNED, "points", "gift"),)


def test_members_may_be_chosen_by_an_earlier_measure_and_by_a_level_read_later() -> None:
    friends = measured(
        "{count: members, of: referrals, when: {member.measure.orders: {at_least: 1}, member.level.rank: high}}",
        "  orders: {count: order.paid}\n",
    )
    assert isinstance(friends.source, Members) and friends.source.value is None and friends.source.when is not None
    assert [field.name for field in friends.source.when.fields()] == ["member.measure.orders", "member.level.rank"]
    assert [getattr(part, "bound") for part in getattr(friends.source.when, "parts")] == [1, 1]  # noqa: B009


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        ("of: member", Of()),
        ("of: referrals", Of(Whose.GENERATIONS, 1, 1)),
        ("of: {generation: 3}", Of(Whose.GENERATIONS, 3, 3)),
        ("of: {generations: 3}", Of(Whose.GENERATIONS, 1, 3)),
        ("of: downline, tree: wide", Of(Whose.DOWNLINE, tree="wide")),
        ("of: team", Of(Whose.TEAM)),
        ("of: everybody", Of(Whose.EVERYBODY)),
        ("of: {legs: largest}", Of(Whose.LARGEST_LEG)),
        ("of: {legs: smallest}", Of(Whose.SMALLEST_LEG)),
        ("of: {legs: all_but_largest}", Of(Whose.OTHER_LEGS)),
        ("of: {legs: capped, share: 50%}", Of(Whose.CAPPED_LEGS, share_numerator=1, share_denominator=2)),
        ('of: {legs: count, reaching: "12.5"}', Of(Whose.LEGS_REACHING, reaching=1250)),
        ("of: {leg: left}, tree: placement", Of(Whose.LEG, leg="left", tree="placement")),
    ],
)
def test_whose_entries_count_is_what_is_written(of: str, expected: Of) -> None:
    found = compiled(
        f"{HEAD}{DECLARED}measures:\n  own: {{count: order.paid}}\n"
        f"  counted: {{count: order.paid}}\n  whose: {{sum: order.cash, {of}}}\n{RULES}"
    )
    assert found.measures["whose"].of == expected


def test_a_number_about_everybody_is_a_field_of_the_plan_and_of_no_member() -> None:
    def rule(field: str) -> str:
        when = f"when: {{{field}: {{above: 0}}}}"
        return text("{count: order.paid}", "  all: {count: order.paid, of: everybody}\n").replace(
            "    grant", f"    {when}\n    grant"
        )

    assert compiled(rule("plan.measure.all"))
    assert compiled(rule("buyer.measure.counted"))
    assert "plan.unknown-field.did-you-mean" in codes(rule("buyer.measure.all"))
    assert "plan.unknown-field.did-you-mean" in codes(rule("plan.measure.counted"))
