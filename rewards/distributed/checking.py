"""What cannot be closed in parts is refused before anything is done."""

from __future__ import annotations

from rewards.actions.awards import AwardAction
from rewards.errors import Refused
from rewards.plan.measures import Aggregate, Measure, Whose
from rewards.plan.model import Plan
from rewards.plan.triggers import CLOSES

ADDED_UP = frozenset({Aggregate.SUM, Aggregate.COUNT})
"""Aggregates of everybody that the parts' own add up to."""


def check_plan(plan: Plan) -> None:
    """Look for what no part of a plan's members can answer for itself.

    Trees other than the sponsor tree are not divided along its branches; which days or values occur at all among
    everybody is not the sum of what occurs in each part. Raises Refused, naming the rule or the measure.
    """
    for rule in plan.rules:
        at_close = rule.enabled and rule.trigger in CLOSES
        if at_close and isinstance(rule.action, AwardAction) and rule.action.award.tree:
            raise Refused("distributed.rule-tree", rule=rule.id, tree=rule.action.award.tree)
    for measure in plan.measures.values():
        _check_measure(measure)


def _check_measure(measure: Measure) -> None:
    if measure.of.whose is Whose.LEG:
        raise Refused("distributed.measure-leg", measure=measure.name, leg=measure.of.leg)
    if measure.of.tree:
        raise Refused("distributed.measure-tree", measure=measure.name, tree=measure.of.tree)
    if measure.everybody and measure.aggregate not in ADDED_UP:
        raise Refused("distributed.measure-everybody", measure=measure.name)
