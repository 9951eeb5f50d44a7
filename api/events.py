"""Events that plans declare: stays, reviews, check-ins."""

from __future__ import annotations

from typing import Any

from rewards.services import happenings
from rewards.services.requests import EventRequest
from rewards.services.views import EventView

from . import examples
from .auth import READERS, SUBMITTERS, allow
from .blueprints import Blueprint
from .context import platform
from .schemas_requests import EventIn, NoParameters
from .schemas_views import Event
from .taken import taken

blueprint = Blueprint("events", "Events that plans declare")


@blueprint.route("/events", methods=["POST"])
@blueprint.arguments(EventIn, example=examples.EVENT)
@blueprint.response(201, Event, description="Taken")
@blueprint.repeated(Event)
@allow(*SUBMITTERS)
def take_event(wanted: EventRequest) -> tuple[EventView, int]:
    """Take an event under every active plan that declares it.

    The same event may be sent any number of times and has one effect.
    """
    event = happenings.take_event(platform(), wanted)
    return event, taken(event)


@blueprint.route("/events/<event>")
@blueprint.arguments(NoParameters, location="query")
@blueprint.response(200, Event)
@allow(*READERS)
def get_event(_: dict[str, Any], event: str) -> EventView:
    """An event and what it has moved."""
    return happenings.event(platform(), event)
