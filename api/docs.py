"""Open to anyone: the interface's description, the page that shows it, and what each problem type means."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Flask, Response, jsonify
from flask_swagger_ui import get_swaggerui_blueprint

from rewards.errors import NotFound
from rewards.messages import LANGUAGES, catalogue

from .auth import public
from .blueprints import PREFIX
from .problems import TYPE_PREFIX

SPECIFICATION = f"{PREFIX}/openapi.json"
PAGE = f"{PREFIX}/docs"
_PAGE_NAME = "docs"
# The page starts itself with a script in the page, hence 'unsafe-inline'; nothing is loaded from elsewhere.
_POLICY = (
    "default-src 'self'; img-src 'self' data:; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'"
)


def serve_docs(app: Flask, description: dict[str, Any]) -> None:
    """Serve a description of the interface, its page and the problem types."""
    app.register_blueprint(_description(json.dumps(description, indent=1, ensure_ascii=False)))
    page = get_swaggerui_blueprint(
        PAGE,
        SPECIFICATION,
        # Without the validator the page shows no badge fetched from another host.
        config={
            "app_name": "Rewards",
            "validatorUrl": None,
            "oauth2RedirectUrl": f"{PAGE}/oauth2-redirect.html",
        },
        blueprint_name=_PAGE_NAME,
    )
    page.after_request(_own_host_only)
    app.register_blueprint(page)
    shown = f"{_PAGE_NAME}.show"
    app.view_functions[shown] = public(app.view_functions[shown])


def _own_host_only(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = _POLICY
    return response


def _description(text: str) -> Blueprint:
    blueprint = Blueprint("description", __name__)

    @blueprint.route(SPECIFICATION)
    @public
    def get_description() -> Response:
        """This description."""
        return Response(text, content_type="application/json")

    @blueprint.route(f"{TYPE_PREFIX}<code>")
    @public
    def get_problem_type(code: str) -> Response:
        """What a problem type says, in each language, with the places its details fill."""
        text = catalogue().get(code)
        if text is None:
            raise NotFound("http.not-found", path=TYPE_PREFIX + code)
        return jsonify({"type": TYPE_PREFIX + code, "detail": dict(zip(LANGUAGES, text, strict=True))})

    return blueprint
