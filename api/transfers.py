"""Transfers and why they happened."""

from __future__ import annotations

from typing import Any

from rewards.services.explain import explain
from rewards.services.views import Explanation

from .auth import MEMBER, READERS, allow, own_only
from .blueprints import Blueprint
from .context import platform
from .schemas_plans import ExplanationShown
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
