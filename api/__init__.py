"""The HTTP interface: parse, call a service, render. `create_app` makes the application for a WSGI server."""

from __future__ import annotations

from flask import Flask, Response
from flask.json.provider import DefaultJSONProvider

from rewards.services.platform import Platform

from . import asks, books, catalogue, days, events, members, orders, plans, transfers, trees
from .auth import guard
from .context import put_platform
from .docs import serve_docs
from .language import name_language
from .openapi import describe, new_api
from .problems import answer_errors

__all__ = ["create_app"]

MOST_BODY_BYTES = 1024 * 1024
"""The largest body, where a view does not take larger ones."""


def create_app(platform: Platform | None = None) -> Flask:
    """The application on a platform; without one, on the database REWARDS_DATABASE_URL names.

    Raises StoreUnavailable when the database is not reached or not set up, RuntimeError when a route declares
    no roles.
    """
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MOST_BODY_BYTES
    app.json = _Json(app)
    put_platform(app, platform or Platform.open())
    answer_errors(app)
    api = new_api(app)
    for subject in (members, trees, orders, events, asks, catalogue, days, books, plans, transfers):
        api.register_blueprint(subject.blueprint)
    serve_docs(app, describe(app, api))
    guard(app)
    app.after_request(name_language)
    app.after_request(_harden)
    return app


class _Json(DefaultJSONProvider):
    """JSON as it is read best: fields in the order of their schema, every script as itself."""

    sort_keys = False
    ensure_ascii = False


def _harden(response: Response) -> Response:
    """Keep answers out of caches that others read, and browsers from guessing their type."""
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
