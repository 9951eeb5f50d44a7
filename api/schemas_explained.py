"""Schemas of explanations as they are shown."""

from __future__ import annotations

from marshmallow import fields

from .schemas_views import Shown, Transfer, Translated, amount


class CutShown(Shown):
    """What a cap has cut off what a rule would have given."""

    cap = fields.String()
    title = fields.Nested(Translated)
    rule = fields.String()
    asset = fields.String()
    quantity = amount()
    member = fields.String(
        metadata={"description": "Empty where it was cut off several members, or a cap is for everybody together."}
    )
    members = fields.Integer(metadata={"description": "How many members; 0 where a cap is for everybody together."})
    text = fields.Nested(Translated)


class Step(Shown):
    """One line of why a transfer has the amount it has."""

    depth = fields.Integer()
    text = fields.Nested(Translated)


class ExplanationShown(Shown):
    """Why a transfer happened and how its amount came about."""

    transfer = fields.Nested(Transfer)
    kind = fields.String()
    event = fields.String()
    day = fields.Date()
    file_line = fields.Integer()
    rule_text = fields.String()
    steps = fields.List(fields.Nested(Step))
    cuts = fields.List(
        fields.Nested(CutShown),
        metadata={"description": "What caps have cut off what the same rule gave the member at this event."},
    )


class RulePart(Shown):
    """What one rule has moved of one asset, and what caps have cut off it."""

    rule = fields.String()
    title = fields.Nested(Translated)
    asset = fields.String()
    quantity = amount()
    transfers = fields.Integer()
    cuts = fields.List(fields.Nested(CutShown))
    text = fields.Nested(Translated)


class PlanPart(Shown):
    """What an event has done under one plan."""

    plan = fields.String()
    version = fields.String()
    day = fields.Date()
    rules = fields.List(fields.Nested(RulePart))


class EventExplained(Shown):
    """What the rules have moved at an event, in all or for one member, and what caps have cut off."""

    kind = fields.String()
    id = fields.String()
    sequence = fields.Integer()
    member = fields.String(metadata={"description": "Whose part it is; empty for the whole event."})
    plans = fields.List(fields.Nested(PlanPart))
