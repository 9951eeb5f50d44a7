"""Business days: closing them, and what happened on them."""

from __future__ import annotations

import time
from datetime import date as day_of
from typing import Any

import marshmallow

from rewards.services import days
from rewards.services.closing_record import KIND

from . import examples, metrics
from .auth import OPERATOR, READERS, allow
from .blueprints import Blueprint
from .bodies import JSON, load, path_fault, read_body, read_json, require_type
from .context import platform
from .fields import parse_day
from .pages import whole
from .schemas_plans import list_of
from .schemas_requests import CloseIn, NoParameters, PlanQuery
from .schemas_views import Closed, DayShown
from .taken import taken_as

blueprint = Blueprint("days", "Business days and their closes")
_close = CloseIn()


@blueprint.route("/days/<date>/close", methods=["POST"])
@blueprint.arguments(PlanQuery, location="query")
@blueprint.body({JSON: {"schema": CloseIn, "example": examples.CLOSE}}, required=False)
@blueprint.response(201, list_of(Closed), description="Closed")
@blueprint.repeated(list_of(Closed))
@allow(OPERATOR)
def close_day(query: dict[str, Any], date: str) -> tuple[dict[str, Any], int]:
    """Close a business day of every plan in force, or of one.

    A day is closed once, all or nothing; closing it again answers what the close has done. A close that a cap stops can
    be sent again with that cap approved.
    """
    day, approved = _day(date), _approved()
    began_ns = time.perf_counter_ns()
    closed = days.close_day(platform(), day, query.get("plan"), approved)
    for each in closed:
        taken_as(KIND, repeated=each.repeated)
    if all(each.repeated for each in closed):
        return whole(closed), 200
    metrics.CLOSES.observe((time.perf_counter_ns() - began_ns) / 10**9)
    return whole(closed), 201


@blueprint.route("/days/<date>")
@blueprint.arguments(NoParameters, location="query")
@blueprint.response(200, list_of(DayShown))
@allow(*READERS)
def get_day(_: dict[str, Any], date: str) -> dict[str, Any]:
    """A business day under every plan in force on it."""
    return whole(days.day(platform(), _day(date)))


def _approved() -> list[str]:
    """The caps named in the body, which may be left out. Raises Problem."""
    body = read_body()
    if not body:
        return []
    require_type(JSON)
    approved: list[str] = load(_close, read_json(body)).get("approve", [])
    return approved


def _day(text: str) -> day_of:
    try:
        return parse_day(text)
    except marshmallow.ValidationError as error:
        raise path_fault("date", error) from None
