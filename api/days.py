"""Business days: closing them, and what happened on them."""

from __future__ import annotations

from datetime import date as day_of
from typing import Any

import marshmallow

from rewards.services import days

from .auth import OPERATOR, READERS, allow
from .blueprints import Blueprint
from .bodies import path_fault
from .context import platform
from .fields import parse_day
from .pages import whole
from .schemas_plans import list_of
from .schemas_requests import NoParameters, PlanQuery
from .schemas_views import Closed, DayShown

blueprint = Blueprint("days", "Business days and their closes")


@blueprint.route("/days/<date>/close", methods=["POST"])
@blueprint.arguments(PlanQuery, location="query")
@blueprint.response(201, list_of(Closed), description="Closed")
@blueprint.repeated(list_of(Closed))
@allow(OPERATOR)
def close_day(query: dict[str, Any], date: str) -> tuple[dict[str, Any], int]:
    """Close a business day of every plan in force, or of one.

    A day is closed once, all or nothing; closing it again answers what the close has done.
    """
    closed = days.close_day(platform(), _day(date), query.get("plan"))
    return whole(closed), 200 if all(each.repeated for each in closed) else 201


@blueprint.route("/days/<date>")
@blueprint.arguments(NoParameters, location="query")
@blueprint.response(200, list_of(DayShown))
@allow(*READERS)
def get_day(_: dict[str, Any], date: str) -> dict[str, Any]:
    """A business day under every plan in force on it."""
    return whole(days.day(platform(), _day(date)))


def _day(text: str) -> day_of:
    try:
        return parse_day(text)
    except marshmallow.ValidationError as error:
        raise path_fault("date", error) from None
