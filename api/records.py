"""What every request leaves behind: an id, a line in the log, and numbers; none of them says whom it was about."""

from __future__ import annotations

import re
import time
import uuid
from types import TracebackType

import structlog
from flask import Flask, Response, g, request

from rewards.logs import logger

from . import metrics

HEADER = "X-Request-ID"
QUIET = frozenset({"/livez", "/readyz", "/metrics"})
"""Routes that are asked every few seconds: their lines are of the level debug."""

_WELL_FORMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
_log = logger("rewards.api")


def keep_records(app: Flask) -> None:
    """Give every request an id, and put it on record when it is answered. Registered before all else, to end last."""
    app.before_request(_begin)
    app.after_request(_end)
    app.teardown_request(_leave)


def request_id() -> str:
    """The id of this request."""
    found: str = g.request_id
    return found


def _begin() -> None:
    """Never fails and never answers: nothing but ids, clocks and counters."""
    given = request.headers.get(HEADER, "")
    g.request_id = given if _WELL_FORMED.fullmatch(given) else uuid.uuid4().hex
    g.began_ns = time.perf_counter_ns()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)
    metrics.UNDER_WAY.inc()


def _end(response: Response) -> Response:
    response.headers[HEADER] = g.request_id
    elapsed_ns = time.perf_counter_ns() - g.began_ns
    route, method = route_of_request(), metrics.method_of(request.method)
    metrics.REQUESTS.labels(route, method, str(response.status_code)).inc()
    metrics.DURATIONS.labels(route, method).observe(elapsed_ns / 10**9)
    code = g.get("problem")
    if code is not None:
        metrics.REFUSALS.labels(code).inc()
    values: dict[str, object] = {
        "method": method,
        "route": route,
        "status": response.status_code,
        "ms": elapsed_ns // 10**6,
        "problem": code,
        "role": g.get("role"),
        "key": g.get("key_prefix"),
    }
    level = "debug" if route in QUIET and response.status_code < 500 else "info"
    getattr(_log, level)("request", **{name: value for name, value in values.items() if value is not None})
    return response


def _leave(_: BaseException | None) -> None:
    metrics.UNDER_WAY.dec()
    structlog.contextvars.clear_contextvars()


def route_of_request() -> str:
    """The pattern of the route that answers this request; a path is never shown, for it may name somebody."""
    return metrics.NO_ROUTE if request.url_rule is None else request.url_rule.rule


def log_failure(exc_info: tuple[type[BaseException], BaseException, TracebackType | None]) -> None:
    """Put an error of ours in the log, with the place it came from."""
    _log.error("failed", method=metrics.method_of(request.method), route=route_of_request(), exc_info=exc_info)
