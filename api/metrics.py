"""Numbers for Prometheus: requests, events, refusals, closes, and how the database is.

Of several workers each keeps its own in files of a folder (PROMETHEUS_MULTIPROC_DIR), which whoever starts the workers
sets before this module is imported; each answers with the sums. Without the folder the numbers are this process's.
"""

from __future__ import annotations

import os

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector
from sqlalchemy import QueuePool, event
from sqlalchemy.engine import ExceptionContext

from rewards import __version__
from rewards.ledger import Ledger

CONTENT_TYPE = CONTENT_TYPE_LATEST
FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
NO_ROUTE = "none"
"""The route of a request for which there is none: its path is the caller's own text."""

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"})
OTHER_METHOD = "other"

# Otherwise every counter would have a second number, the moment it began, which several workers do not share.
disable_created_metrics()  # type: ignore[no-untyped-call]
_REGISTRY = CollectorRegistry()
_REQUEST_SECONDS = ["0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "30", "60"]
_CLOSE_SECONDS = ["0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "30", "60", "120", "300", "600"]

REQUESTS = Counter(
    "rewards_requests", "Requests answered.", ("route", "method", "status"), registry=_REGISTRY
)  # fmt: skip
DURATIONS = Histogram(
    "rewards_request_duration_seconds", "Time to answer a request.", ("route", "method"),
    buckets=_REQUEST_SECONDS, registry=_REGISTRY,
)  # fmt: skip
UNDER_WAY = Gauge(
    "rewards_requests_under_way", "Requests being worked on.", registry=_REGISTRY, multiprocess_mode="livesum"
)
EVENTS = Counter(
    "rewards_events", "Events taken, or sent again and left alone.", ("kind", "repeated"), registry=_REGISTRY
)
REFUSALS = Counter(
    "rewards_refusals", "Requests, and lines of batches, that were refused.", ("code",), registry=_REGISTRY
)
CLOSES = Histogram(
    "rewards_day_close_duration_seconds", "Time of a request that has closed a day.",
    buckets=_CLOSE_SECONDS, registry=_REGISTRY,
)  # fmt: skip
DATABASE_ERRORS = Counter("rewards_database_errors", "Errors of the database.", ("kind",), registry=_REGISTRY)
CONNECTIONS = Gauge(
    "rewards_database_connections", "Connections to the database: open, and of them in use.", ("state",),
    registry=_REGISTRY, multiprocess_mode="livesum",
)  # fmt: skip
MOST_CONNECTIONS = Gauge(
    "rewards_database_connections_most", "How many connections may be open at a time.",
    registry=_REGISTRY, multiprocess_mode="livesum",
)  # fmt: skip
BUILD = Gauge("rewards_build", "The version that runs.", ("version",), registry=_REGISTRY, multiprocess_mode="livemax")


def exposition() -> bytes:
    """Every number as text, summed over the workers where there are several."""
    if FOLDER_VARIABLE not in os.environ:
        return generate_latest(_REGISTRY)
    summed = CollectorRegistry()
    MultiProcessCollector(summed)  # type: ignore[no-untyped-call]
    return generate_latest(summed)


def method_of(method: str) -> str:
    """A request's method, or one word for all that are none: a caller may send any text."""
    return method if method in METHODS else OTHER_METHOD


def observe_ledger(ledger: Ledger) -> None:
    """Count the connections and errors of a ledger's database from now on."""
    engine = ledger.engine
    BUILD.labels(__version__).set(1)
    opened, used = CONNECTIONS.labels("open"), CONNECTIONS.labels("in_use")
    pool = engine.pool
    if isinstance(pool, QueuePool):
        opened.inc(pool.checkedin() + pool.checkedout())
        MOST_CONNECTIONS.inc(pool.size() + max(pool._max_overflow, 0))

    event.listen(engine, "connect", lambda *_: opened.inc())
    event.listen(engine, "close", lambda *_: opened.dec())
    event.listen(engine, "close_detached", lambda *_: opened.dec())
    ledger.count_unit = used.inc

    @event.listens_for(engine, "handle_error")
    def count(context: ExceptionContext) -> None:
        DATABASE_ERRORS.labels(type(context.original_exception).__name__).inc()
