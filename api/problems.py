"""Errors as RFC 9457 problems: a stable type, a status, and a pointer and a code for each place at fault."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import marshmallow
from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from rewards.errors import Conflict, InvalidRequest, NotFound, Refused, RewardsError
from rewards.ledger import StoreUnavailable
from rewards.logs import logger
from rewards.messages import Message
from rewards.plan.diagnostics import Diagnostic
from rewards.services.plans import PlanRejected

from .language import language
from .records import request_id
from .texts import TITLES

CONTENT_TYPE = "application/problem+json"
TYPE_PREFIX = "/problems/"
RETRY_AFTER_SECONDS = 1

STATUS: tuple[tuple[type[RewardsError], int], ...] = (
    (StoreUnavailable, 503),
    (InvalidRequest, 422),
    (PlanRejected, 422),
    (NotFound, 404),
    (Conflict, 409),
    (Refused, 422),
)
_HTTP_CODES = {
    404: "http.not-found",
    405: "http.method-not-allowed",
    413: "http.too-large",
    500: "http.internal",
}
_log = logger("rewards.api")


class UnknownField:
    """Stands for the message of an unknown field, until its name and its neighbours are known."""


@dataclass(frozen=True)
class Fault:
    """One place in a request that is wrong: a JSON pointer into the body, or the name of a parameter."""

    message: Message
    pointer: str | None = None
    parameter: str | None = None

    def as_json(self, language: str) -> dict[str, str]:
        """The fault as an entry of a problem's `errors`."""
        place = {"pointer": self.pointer, "parameter": self.parameter}
        named = {key: value for key, value in place.items() if value is not None}
        return {**named, "code": self.message.code, "detail": self.message.render(language)}


@dataclass(eq=False)
class Problem(Exception):
    """An error answer. `message` is what is wrong as a whole, its code the problem's type."""

    status: int
    message: Message
    faults: Sequence[Fault] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    diagnostics: Sequence[Diagnostic] | None = None

    def as_json(self, language: str) -> dict[str, Any]:
        """The members of the problem document (RFC 9457, section 3)."""
        title = TITLES.get(self.status, TITLES[400])
        document: dict[str, Any] = {
            "type": TYPE_PREFIX + self.message.code,
            "title": Message(title).render(language),
            "status": self.status,
            "detail": self.message.render(language),
            "errors": [fault.as_json(language) for fault in self.faults],
        }
        if self.diagnostics is not None:
            document["diagnostics"] = [each.as_json(language) for each in self.diagnostics]
        return document

    def response(self) -> Response:
        """The problem as an answer in the language asked for, with the id of the request."""
        g.problem = self.message.code
        document = {**self.as_json(language()), "request_id": request_id()}
        return Response(json_bytes(document), self.status, dict(self.headers), content_type=CONTENT_TYPE)


def json_bytes(value: object) -> bytes:
    """A value as JSON that people can read in any script."""
    # A half of a surrogate pair, which only a caller's own words can hold, becomes the JSON escape it came as.
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace")


def problem_of(error: RewardsError) -> Problem:
    """The problem that tells a caller of an error."""
    status = next((status for kind, status in STATUS if isinstance(error, kind)), 500)
    message = Message(error.code, error.parameters)
    faults = [] if error.pointer is None else [_fault(message, error.pointer)]
    headers = {"Retry-After": str(RETRY_AFTER_SECONDS)} if status == 503 else {}
    diagnostics = error.diagnostics if isinstance(error, PlanRejected) else None
    return Problem(status, message, faults, headers, diagnostics)


def _fault(message: Message, pointer: str) -> Fault:
    """A service's pointer as what it means here: a place in the body, or a parameter."""
    name = pointer.removeprefix("/")
    if name == "cursor":  # services know one word for what is `after` or `before` here
        name = next((given for given in ("after", "before") if given in request.args), name)
    if name in request.args or name in (request.view_args or {}):
        return Fault(message, parameter=name)
    return Fault(message, pointer=pointer)


def invalid(faults: Iterable[Fault]) -> Problem:
    """The problem of a request with these faults."""
    found = list(faults)
    return Problem(422, Message("http.invalid", {"count": len(found)}), found)


def body_faults(messages: Any, schema: marshmallow.Schema) -> list[Fault]:
    """The faults a schema found in a body, each with its pointer."""
    return [Fault(message, pointer="".join(path)) for path, message in _walk(messages, schema, ())]


def parameter_faults(messages: Any, schema: marshmallow.Schema) -> list[Fault]:
    """The faults a schema found in parameters, each with the parameter's name."""
    return [Fault(message, parameter="".join(path).lstrip("/")) for path, message in _walk(messages, schema, ())]


def escape(step: object) -> str:
    """One step of a JSON pointer (RFC 6901)."""
    return "/" + str(step).replace("~", "~0").replace("/", "~1")


def _walk(messages: Any, node: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Message]]:
    """Every message of a tree as marshmallow gives it, beside the schema or field it came from."""
    if isinstance(messages, Mapping):
        for key, below in messages.items():
            if key == "_schema":
                yield from _walk(below, node, path)
                continue
            names = _names(node)
            if below == [UnknownField]:
                yield (*path, escape(key)), _unknown(str(key), names)
            else:
                yield from _walk(below, _child(node, key), (*path, escape(key)))
        return
    for each in messages:
        known = isinstance(each, Message)
        yield path, each if known else Message("http.invalid-value", {"reason": str(each)})


def _fields(node: Any) -> dict[str, Any]:
    schema = node.schema if isinstance(node, marshmallow.fields.Nested) else node
    if not isinstance(schema, marshmallow.Schema):
        return {}
    return {one.data_key or name: one for name, one in schema.load_fields.items()}


def _names(node: Any) -> list[str]:
    return list(_fields(node))


def _child(node: Any, key: object) -> Any:
    return node.inner if isinstance(node, marshmallow.fields.List) else _fields(node).get(str(key))


def _unknown(name: str, known: Sequence[str]) -> Message:
    close = difflib.get_close_matches(name, known, n=1)
    if close:
        return Message("http.unknown-field-suggest", {"meant": close[0]})
    return Message("http.unknown-field")


def _answer_problem(error: Problem) -> Response:
    return error.response()


def _answer_error(error: RewardsError) -> Response:
    problem = problem_of(error)
    if problem.status == 500:
        _log.error("failed", code=error.code, exc_info=error)
    return problem.response()


def _answer_http(error: HTTPException) -> Response:
    """The answer to an error that Flask or Werkzeug found."""
    status = error.code or 500
    allowed = ", ".join(sorted(error.valid_methods or ())) if isinstance(error, MethodNotAllowed) else ""
    message = Message(
        _HTTP_CODES.get(status, "http.bad-request"),
        {
            "path": request.path,
            "method": request.method,
            "allowed": allowed,
            "limit": request.max_content_length,
        },
    )
    return Problem(status, message, headers={"Allow": allowed} if allowed else {}).response()


def answer_errors(app: Flask) -> None:
    """Answer every error of the application with a problem."""
    app.register_error_handler(Problem, _answer_problem)
    app.register_error_handler(RewardsError, _answer_error)
    app.register_error_handler(HTTPException, _answer_http)
