"""Trees: under whom members stand, and moving them."""

from __future__ import annotations

from typing import Any

from rewards.services import trees
from rewards.services.requests import PlacementRequest
from rewards.services.views import PlaceView

from . import examples
from .auth import MEMBER, READERS, SUBMITTERS, allow
from .blueprints import Blueprint
from .context import platform
from .pages import Answer, paged
from .schemas_requests import AfterQuery, PlacementIn
from .schemas_views import Place, PlacePage
from .taken import taken_as

blueprint = Blueprint("trees", "The trees members stand in")


@blueprint.route("/members/<member>/trees/<tree>", methods=["PUT"])
@blueprint.arguments(PlacementIn, example=examples.PLACEMENT)
@blueprint.response(201, Place, description="Placed")
@blueprint.repeated(Place)
@allow(*SUBMITTERS)
def place(wanted: dict[str, Any], member: str, tree: str) -> tuple[PlaceView, int]:
    """Let a member stand below another from a day on. What was counted before stays with those who were above then."""
    placed, repeated = trees.place(platform(), PlacementRequest(member, tree, **wanted))
    return placed, taken_as(trees.KIND, repeated=repeated)


@blueprint.route("/members/<member>/trees/<tree>")
@blueprint.arguments(AfterQuery, location="query")
@blueprint.response(200, PlacePage)
@allow(*READERS, MEMBER)
def get_place(query: dict[str, Any], member: str, tree: str) -> Answer:
    """Where a member stands today, and who is directly below."""
    return paged(trees.place_of(platform(), member, tree, query.get("after"), query["limit"]), "after")
