"""Schemas of plans, explanations, lists and problems as they are shown."""

from __future__ import annotations

from functools import cache
from typing import Any

from marshmallow import Schema, fields

from .schemas_views import Event, Shown, Translated


class Version(Shown):
    """A version of a plan, named by its content hash."""

    plan = fields.String()
    version = fields.String()
    from_day = fields.Date()
    title = fields.Nested(Translated)
    source = fields.String()


class PlanShown(Shown):
    """A plan and the version in force today."""

    plan = fields.String()
    title = fields.Nested(Translated)
    version = fields.String(allow_none=True)
    from_day = fields.Date(allow_none=True)
    next_day = fields.Date(metadata={"description": "The first business day that is not closed."})


class ParameterShown(Shown):
    """What a parameter was declared to be for a period."""

    plan = fields.String()
    parameter = fields.String()
    period = fields.String(metadata={"example": "2026-Q3"})
    value = fields.String()
    repeated = fields.Boolean()


class DiagnosticShown(Shown):
    """What is wrong in a rule file, and where."""

    severity = fields.String(metadata={"enum": ["error", "warning"]})
    code = fields.String()
    message = fields.String()
    file = fields.String()
    line = fields.Integer()
    column = fields.Integer()
    pointer = fields.String()


class Checked(Shown):
    """The outcome of checking a rule file."""

    ok = fields.Boolean(metadata={"description": "There are no errors; there may be warnings."})
    diagnostics = fields.List(fields.Nested(DiagnosticShown))


class FaultShown(Schema):
    """One place that is wrong: a JSON pointer into the body, or the name of a parameter."""

    pointer = fields.String(metadata={"example": "/total"})
    parameter = fields.String(metadata={"example": "limit"})
    code = fields.String(required=True)
    detail = fields.String(required=True)


class ProblemShown(Schema):
    """A problem (RFC 9457)."""

    type = fields.String(required=True, metadata={"example": "/problems/http.invalid", "format": "uri-reference"})
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    errors = fields.List(fields.Nested(FaultShown), required=True)
    diagnostics = fields.List(fields.Nested(DiagnosticShown))
    request_id = fields.String(metadata={"description": "As in the header X-Request-ID; not in a line of a batch."})


class BatchResult(Schema):
    """One line of the answer to a batch: the event, or the problem of that line."""

    line = fields.Integer(required=True, metadata={"minimum": 1})
    status = fields.Integer(required=True)
    event = fields.Nested(Event)
    problem = fields.Nested(ProblemShown)


def published_name(schema: type[Schema]) -> str:
    """The name of a schema in the description of the interface."""
    return schema.__name__.removesuffix("Shown")


@cache
def list_of(schema: type[Schema]) -> type[Schema]:
    """The schema of a list that is shown whole."""
    return Shown.from_dict({"items": fields.List(fields.Nested(schema))}, name=f"{published_name(schema)}List")


@cache
def page_of(schema: type[Schema]) -> type[Schema]:
    """The schema of a page; `next` is the cursor of the page after it."""
    shown: dict[str, Any] = {
        "items": fields.List(fields.Nested(schema)),
        "next": fields.String(allow_none=True),
    }
    return Shown.from_dict(shown, name=f"{published_name(schema)}Page")
