"""Transfers and why they happened."""

from __future__ import annotations

from typing import Any

from rewards.services.explain import explain
from rewards.services.explain_events import explain_event
from rewards.services.views_explained import EventExplanation, Explanation

from .auth import MEMBER, READERS, allow, own_only
from .blueprints import Blueprint
from .context import platform
from .schemas_explained import EventExplained, ExplanationShown
from .schemas_requests import NoParameters

blueprint = Blueprint("transfers", "Transfers and why they happened")


@blueprint.route("/transfers/<transfer>")
@blueprint.arguments(NoParameters, location="query")
@blueprint.response(200, ExplanationShown)
@allow(*READERS, MEMBER)
def explain_transfer(_: dict[str, Any], transfer: str) -> Explanation:
    """A transfer, the event, plan version and rule it came from, and how its amount came about."""
    explanation = explain(platform(), transfer)
    sides = (explanation.transfer.source, explanation.transfer.target)
    own_only(*(side.holder for side in sides if side.kind == "member"))
    return explanation


@blueprint.route("/explanations/<int:event>")
@blueprint.arguments(NoParameters, location="query")
@blueprint.response(200, EventExplained)
@allow(*READERS)
def explain_whole_event(_: dict[str, Any], event: int) -> EventExplanation:
    """What each rule moved at the event with this number, in all, and what caps have cut off it."""
    return explain_event(platform(), event)


@blueprint.route("/members/<member>/explanations/<int:event>")
@blueprint.arguments(NoParameters, location="query")
@blueprint.response(200, EventExplained)
@allow(*READERS, MEMBER)
def explain_part(_: dict[str, Any], member: str, event: int) -> EventExplanation:
    """A member's part in the event with this number: what each rule moved, and what caps have cut off it."""
    return explain_event(platform(), event, member)
