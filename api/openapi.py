"""The description of the interface (OpenAPI 3.1): what the views say, and what they share."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

import flask_smorest
from apispec.ext.marshmallow import MarshmallowPlugin, resolver
from flask import Flask

from rewards import __version__

from .auth import Access, routes
from .fields import IDENTIFIER
from .problems import CONTENT_TYPE
from .schemas_requests import NoParameters

JsonObject = dict[str, Any]

_DESCRIPTION = """Reward plans over orders and business days.

Amounts are decimal texts, never JSON numbers. Every request but those for this description needs a key
(`Authorization: Bearer KEY`), and its role decides what it may do: `x-roles` of each operation lists the
roles. Errors are problems (RFC 9457) with a stable `type` and a JSON pointer for each field at fault; their
texts are in English or, with `Accept-Language: zh`, in Chinese. Lists continue with the cursor `next`, which
the `Link` header gives as an address, too."""

_PARAMETERS: dict[str, JsonObject] = {
    "member": {"type": "string", "pattern": IDENTIFIER, "example": "anna"},
    "order": {"type": "string", "pattern": IDENTIFIER, "example": "order-1"},
    "event": {"type": "string", "pattern": IDENTIFIER, "example": "event-1"},
    "tag": {"type": "string", "minLength": 1, "maxLength": 64},
    "reward": {"type": "string", "minLength": 1, "maxLength": 64, "example": "mug"},
    "tree": {"type": "string", "minLength": 1, "maxLength": 64, "example": "sponsor"},
    "parameter": {"type": "string", "minLength": 1, "maxLength": 64},
    "asset": {"type": "string", "minLength": 1, "maxLength": 64},
    "plan": {"type": "string", "minLength": 1, "maxLength": 64},
    "date": {"type": "string", "format": "date", "example": "2026-03-31"},
    "transfer": {"type": "string", "pattern": "^[0-9]{1,18}-[0-9]{1,18}-[0-9]{1,18}$", "example": "2-1-1"},
}
_PROBLEMS = {
    400: "The body is not JSON",
    401: "No key, or an unknown one",
    403: "The key's role may not do this",
    404: "Something named does not exist",
    409: "Contradicts what is on record",
    413: "The body is too large",
    415: "The body has another content type",
    422: "Values are wrong, or the rules or balances do not allow it",
    429: "The key has made too many requests in a minute",
    503: "The database is not available; nothing was changed",
}
_OF_EVERY_REQUEST = {401, 403, 422, 429, 503}
_TO_BE_RETRIED = {429, 503}
_OF_A_BODY = {400, 409, 413, 415}
_LIBRARY_SCHEMAS = ("Error", "PaginationMetadata", NoParameters.__name__)
"""Schemas that flask-smorest adds and nothing here uses."""


class Api(flask_smorest.Api):  # type: ignore[misc]
    """flask-smorest's collection of blueprints, without its own answers to errors."""

    def _register_error_handlers(self) -> None:
        """Leave errors to `api.problems`."""


def _published_name(schema: Any) -> str:
    name: str = resolver(schema)
    return name.removesuffix("Shown")


def new_api(app: Flask) -> Api:
    """The collection the blueprints are registered with."""
    app.config.update(API_TITLE="Rewards", API_VERSION=__version__, OPENAPI_VERSION="3.1.0")
    licence = {"name": "Apache-2.0", "identifier": "Apache-2.0"}
    plugin = MarshmallowPlugin(schema_name_resolver=_published_name)
    return Api(
        app,
        spec_kwargs={
            "info": {"description": _DESCRIPTION, "license": licence},
            "marshmallow_plugin": plugin,
        },
    )


def describe(app: Flask, api: Api) -> JsonObject:
    """The whole description, as JSON data."""
    spec = api.spec
    spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer"})
    spec.components.security_scheme("key", {"type": "apiKey", "in": "header", "name": "X-API-Key"})
    document: JsonObject = spec.to_dict()
    components = document["components"]
    components["responses"] = {_name(status): _problem(text, status) for status, text in _PROBLEMS.items()}
    components["responses"]["Problem"] = _problem("Any other problem")
    components["schemas"] = {
        name: schema for name, schema in components["schemas"].items() if name not in _LIBRARY_SCHEMAS
    }
    access = {(method.lower(), _path(rule)): found for method, rule, found in routes(app)}
    for path, operations in document["paths"].items():
        shared = operations.pop("parameters", [])
        for method, operation in operations.items():
            operation["parameters"] = [*shared, *operation.get("parameters", ())]
            _complete(operation, access[method, path], path)
    return document


def _path(rule: str) -> str:
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule)


def _complete(operation: JsonObject, access: Access, path: str) -> None:
    """Add to an operation what holds for all of them."""
    operation["security"] = [{"bearer": []}, {"key": []}]
    operation["x-roles"] = sorted(access.roles)
    names = set()
    for parameter in operation["parameters"]:
        names.add(parameter["name"])
        if parameter["in"] == "path" and parameter["schema"].get("type") != "integer":
            parameter["schema"] = _PARAMETERS[parameter["name"]]
    problems = set(_OF_EVERY_REQUEST)
    if "requestBody" in operation:
        problems |= _OF_A_BODY
    if names & {*_PARAMETERS, "after", "before"}:
        problems.add(404)
    if path.endswith("/close"):
        problems.add(409)
    # Whatever flask-smorest says of errors is replaced: it knows another form of them.
    answers = {status: answer for status, answer in operation["responses"].items() if status[0] == "2"}
    if "limit" in names:
        link = {"description": 'The next page, as rel="next"', "schema": {"type": "string"}}
        answers["200"]["headers"] = {"Link": link}
    answers |= {str(status): _reference(_name(status)) for status in sorted(problems)}
    operation["responses"] = {**answers, "default": _reference("Problem")}


def _name(status: int) -> str:
    return HTTPStatus(status).phrase.replace(" ", "")


def _reference(name: str) -> JsonObject:
    return {"$ref": f"#/components/responses/{name}"}


def _problem(description: str, status: int = 500) -> JsonObject:
    retry = {"Retry-After": {"description": "Seconds to wait", "schema": {"type": "integer", "minimum": 1}}}
    return {
        "description": description,
        "content": {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        "headers": {
            "Content-Language": {"schema": {"type": "string", "enum": ["en", "zh"]}},
            "X-Request-ID": {"schema": {"type": "string"}},
            **(retry if status in _TO_BE_RETRIED else {}),
        },
    }
