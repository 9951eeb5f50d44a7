"""Reading what was sent: strict JSON, held to its schema; query parameters; raw texts."""

from __future__ import annotations

import json
from typing import Any, NoReturn, cast

import marshmallow
from flask import Request, request
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import RequestEntityTooLarge

from rewards.messages import Message

from .problems import Fault, Problem, body_faults, invalid, parameter_faults

JSON = "application/json"


class _DuplicateKey(ValueError):
    """An object with the same name twice."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        names = [name for name, _ in pairs]
        raise _DuplicateKey(next(name for name in names if names.count(name) > 1))
    return read


def _constant(name: str) -> NoReturn:
    raise ValueError(name)


def read_json(data: bytes) -> Any:
    """The value of a JSON text.

    Stricter than Python's reader, which takes NaN and of two equal names the last. Raises Problem (400).
    """
    try:
        return json.loads(data.decode("utf-8"), object_pairs_hook=_object, parse_constant=_constant)
    except _DuplicateKey as error:
        raise Problem(400, Message("http.duplicate-key", {"name": str(error)})) from None
    except json.JSONDecodeError as error:
        place = {"line": error.lineno, "column": error.colno}
        raise Problem(400, Message("http.malformed-json", place)) from None
    except (ValueError, RecursionError):
        raise Problem(400, Message("http.unreadable-json")) from None


def require_type(*allowed: str) -> str:
    """The content type of the request, which must be one of these. Raises Problem (415)."""
    if request.mimetype not in allowed:
        found = request.mimetype[:100] or "–"
        raise Problem(415, Message("http.wrong-type", {"found": found, "allowed": ", ".join(allowed)}))
    return request.mimetype


def read_body(most_bytes: int | None = None) -> bytes:
    """The body, of at most `most_bytes`, or what the application allows.

    Raises RequestEntityTooLarge.
    """
    if most_bytes is not None:
        request.max_content_length = most_bytes
    body = request.get_data()
    limit = request.max_content_length
    # A body sent in chunks does not say how long it is, and the stream ends at the limit without a word: a body
    # of that very length was most likely cut there.
    if request.content_length is None and limit is not None and len(body) >= limit:
        raise RequestEntityTooLarge
    return body


def load(schema: marshmallow.Schema, value: Any) -> Any:
    """What a schema makes of a JSON value. Raises Problem (422) with a fault for each place."""
    try:
        return schema.load(value)
    except marshmallow.ValidationError as error:
        raise invalid(body_faults(error.messages, schema)) from None


class Parser(FlaskParser):
    """The parser of `Blueprint.arguments`, with our JSON reader and our problems."""

    DEFAULT_UNKNOWN_BY_LOCATION = {"json": None, "query": marshmallow.RAISE}  # noqa: RUF012 (as its base has it)

    def load_json(self, req: Request, schema: marshmallow.Schema) -> Any:
        """The body's JSON. Raises Problem."""
        require_type(JSON)
        return read_json(read_body())

    def handle_error(
        self, error: marshmallow.ValidationError, req: Request, schema: marshmallow.Schema, **_: Any
    ) -> NoReturn:
        """Answer what a schema found. Raises Problem (422)."""
        ((location, messages),) = cast("dict[str, Any]", error.messages).items()
        raise invalid((body_faults if location == "json" else parameter_faults)(messages, schema))


def path_fault(name: str, error: marshmallow.ValidationError) -> Problem:
    """The problem of a path parameter that a field refused."""
    return invalid(Fault(cast(Message, message), parameter=name) for message in error.messages)
