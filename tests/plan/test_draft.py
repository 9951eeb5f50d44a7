"""What the builder of an action is given of its rule."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from rewards.actions.base import Action
from rewards.money import Rounding
from rewards.plan.amounts import Amount, Brackets
from rewards.plan.draft import ActionKind, Draft
from rewards.plan.fields import Field, Place
from rewards.plan.load import Loaded, load_plan
from rewards.plan.measures import Flow, FlowKind
from rewards.plan.triggers import Occasion, Trigger
from rewards.plan.windows import Span, Window

from .plans import HEAD, POINTS, compiled

READERS = f"""\
{HEAD}
assets:
  points: {{scale: 3, lots: {{}}}}
events:
  stay: {{fields: {{spend: amount}}}}
trees: {{placement: {{legs: [left, right]}}}}
measures:
  year: {{sum: order.cash, over: year}}
rules:
  - id: stay
    on: event.stay
    when: {{event.spend: {{at_least: "10"}}, sponsor.exists: true}}
    probe: {{}}
"""


def probed(probe: dict[str, Any], on: str = "event.stay") -> tuple[Draft, Loaded]:
    """A rule's draft as an action's builder has it, and what came of loading; the action itself does nothing."""
    drafts: list[Draft] = []

    def build(draft: Draft) -> Action:
        drafts.append(draft)
        return Action()

    kind = ActionKind("probe", frozenset(Trigger), {"en": ""}, {"en": ""}, {"type": "object"}, build)
    text = READERS.replace("probe: {}", f"probe: {yaml.safe_dump(probe, default_flow_style=True)}").replace(
        'on: event.stay\n    when: {event.spend: {at_least: "10"}, sponsor.exists: true}',
        f"on: {on}" if on != "event.stay" else "on: event.stay",
    )
    loaded = load_plan(text, "shop.yaml", {"probe": kind})
    return drafts[0], loaded


def test_an_action_reads_conditions_windows_and_trees_of_its_own() -> None:
    draft, _ = probed({"counts": {"member.sales": {"at_least": "1"}}, "over": {"last": "month"}, "tree": "placement"})
    assert draft.occasion == Occasion(Trigger.DECLARED, "stay") and draft.trigger is Trigger.DECLARED
    assert [field.name for field in draft.condition("counts").fields()] == ["member.sales"]
    assert draft.window("over") == Window(Span.MONTH, back=True)
    assert draft.window("nothing") == Window()
    assert (draft.tree("tree"), draft.tree("nothing")) == ("placement", "")


@pytest.mark.parametrize(
    ("on", "of", "sound"),
    [
        ("event.stay", "event.spend", True),
        ("event.stay", "member.sales", False),
        ("order.paid", "order.cash", True),
        ("order.paid", "buyer.sales", False),
        ("order.refunded", "refund.amount", True),
        ("month.close", "member.measure.year", True),
        ("month.close", "day.sales", False),
        ("member.joined", "member.sales", True),
    ],
)
def test_an_award_is_computed_of_what_the_trigger_is_about(on: str, of: str, sound: bool) -> None:
    draft, _ = probed({"of": of}, on)
    errors = draft.scope.report.errors
    base = draft.measure_base("of")
    assert isinstance(base, Field) and base.name == of
    assert (draft.scope.report.errors == errors) is sound


def test_a_quantity_of_a_lot_has_the_decimals_of_the_asset_released() -> None:
    draft, _ = probed(
        {"amount": {"rate": "10%", "of": "lot.granted"}, "rest": {"rate": "10%", "of": "lot.basis"}}, "day.close"
    )
    asset = draft.scope.assets["points"]
    granted = draft.amount(asset, "amount", place=Place.RELEASE)
    basis = draft.amount(asset, "rest", place=Place.RELEASE)
    assert [field.scale for field in granted.fields()] == [3]
    assert [field.scale for field in basis.fields()] == [2]


def test_what_an_amount_takes_off_is_what_the_rule_has_paid() -> None:
    draft, _ = probed({"amount": {"rate": "10%", "of": "event.spend", "less_paid": "month"}, "plain": "1"})
    asset = draft.scope.assets["points"]
    amount = draft.amount(asset, "amount")
    assert amount.less_paid == Window(Span.MONTH)
    assert draft.flows_of(amount, asset) == (Flow(FlowKind.EARNED, "points", "stay"),)
    assert draft.flows_of(draft.amount(asset, "plain"), asset) == ()


def test_what_an_amount_takes_off_may_be_what_other_rules_have_paid_too() -> None:
    part = "{rate: 10%, of: order.cash, less_paid: {over: quarter, by: [first, second]}}"
    rules = [
        "{id: first, on: order.paid, grant: {asset: points, to: buyer, amount: '1'}}",
        "{id: second, on: day.close, grant: {asset: points, to: member, amount: '1'}}",
        f"{{id: rest, on: order.paid, grant: {{asset: points, to: buyer, amount: {part}}}}}",
    ]
    action = compiled(HEAD + POINTS + "rules:\n" + "".join(f"  - {rule}\n" for rule in rules)).rule("rest").action
    assert isinstance(action.amount, Amount)
    assert (action.amount.less_paid, action.amount.less_paid_by) == (Window(Span.QUARTER), ("first", "second"))
    assert action.flows == tuple(Flow(FlowKind.EARNED, "points", rule) for rule in ("rest", "first", "second"))


def test_rules_on_an_event_run_on_that_event_alone() -> None:
    _, loaded = probed({})
    plan = loaded.plan
    assert plan is not None
    assert [rule.id for rule in plan.rules_on(Trigger.DECLARED, "stay")] == ["stay"]
    assert plan.rules_on(Trigger.DECLARED, "visit") == () and plan.rules_on(Trigger.DECLARED) == ()


def test_brackets_may_be_decided_by_a_measure_that_includes_the_base() -> None:
    amount = {
        "brackets": [{"from": "0", "rate": "1%"}, {"from": "100", "rate": "2%"}],
        "marginal": True,
        "by": "buyer.measure.year",
        "of": "order.cash",
    }
    draft, _ = probed({"amount": amount}, "order.paid")
    formula = draft.amount(draft.scope.assets["points"], "amount").formula
    assert isinstance(formula, Brackets) and formula.by is not None and formula.by.name == "buyer.measure.year"
    # 150.00 of which 90.00 were there before: 10.00 at 1 % and 50.00 at 2 %, in points with three decimals
    values = {"order.cash": 6_000, "buyer.measure.year": 15_000}
    assert formula.single(lambda field: values[field.name], Rounding.DOWN) == 1_100
