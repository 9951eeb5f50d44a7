"""Events that were taken: counted, and answered as new or as one that was on record already."""

from __future__ import annotations

from rewards.services.views import EventView

from . import metrics


def taken(event: EventView) -> int:
    """Count an event; the status to answer it with."""
    return taken_as(event.kind, repeated=event.repeated)


def taken_as(kind: str, *, repeated: bool) -> int:
    """Count an event of a kind: 201 for a new one, 200 for one that had been taken before."""
    metrics.EVENTS.labels(kind, "yes" if repeated else "no").inc()
    return 200 if repeated else 201
