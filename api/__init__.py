"""The HTTP interface: parse, call a service, render. `create_app` makes the application for a WSGI server."""

from __future__ import annotations

from types import TracebackType
from typing import Any

from flask import Flask, Response
from flask.json.provider import DefaultJSONProvider

from rewards.services.platform import Platform
from rewards.settings import Settings, read_settings

from . import asks, books, catalogue, days, events, members, orders, plans, transfers, trees
from .auth import guard
from .context import put_context
from .docs import serve_docs
from .language import name_language
from .metrics import observe_ledger
from .openapi import describe, new_api
from .operations import operations
from .problems import answer_errors
from .records import keep_records, log_failure

__all__ = ["create_app"]


def create_app(platform: Platform | None = None, settings: Settings | None = None) -> Flask:
    """The application on a platform and under settings; without them, as the environment says.

    Raises WrongSettings, StoreUnavailable when the database is not reached or not set up, RuntimeError when a route
    declares no roles.
    """
    settings = settings or read_settings()
    platform = platform or Platform.open(settings.database_url)
    app = _Application(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = settings.most_body_bytes
    app.json = _Json(app)
    put_context(app, platform, settings)
    observe_ledger(platform.ledger)
    keep_records(app)
    answer_errors(app)
    api = new_api(app)
    for subject in (members, trees, orders, events, asks, catalogue, days, books, plans, transfers):
        api.register_blueprint(subject.blueprint)
    app.register_blueprint(operations(metrics_open=settings.metrics_open))
    serve_docs(app, describe(app, api))
    guard(app)
    app.after_request(name_language)
    app.after_request(_harden)
    return app


class _Application(Flask):
    """Flask, which would log the path of a request that has failed."""

    def log_exception(
        self,
        exc_info: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
        *_: Any,
    ) -> None:
        """Log an error by its route's pattern."""
        if exc_info[0] is not None:
            log_failure(exc_info)


class _Json(DefaultJSONProvider):
    """JSON as it is read best: fields in the order of their schema, every script as itself."""

    sort_keys = False
    ensure_ascii = False


def _harden(response: Response) -> Response:
    """Keep answers out of caches that others read, and browsers from guessing their type."""
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
