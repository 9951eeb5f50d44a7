"""Orders, one at a time and in batches."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from flask import Response

from rewards.errors import RewardsError
from rewards.messages import Message
from rewards.services import orders, refunds
from rewards.services.requests import OrderRequest, RefundRequest
from rewards.services.views import EventView

from . import examples, metrics
from .auth import READERS, SUBMITTERS, allow
from .blueprints import Blueprint
from .bodies import load, read_body, read_json, require_type
from .context import platform, settings
from .language import language
from .problems import Fault, Problem, json_bytes, problem_of
from .schemas_plans import BatchResult
from .schemas_requests import NoParameters, OrderIn, RefundIn
from .schemas_views import Event
from .taken import taken

NDJSON = "application/x-ndjson"
blueprint = Blueprint("orders", "Paid orders")
_order, _event = OrderIn(), Event()


@blueprint.route("/orders", methods=["POST"])
@blueprint.arguments(OrderIn, example=examples.ORDER)
@blueprint.response(201, Event, description="Taken")
@blueprint.repeated(Event)
@allow(*SUBMITTERS)
def take_order(wanted: OrderRequest) -> tuple[EventView, int]:
    """Take a paid order under every plan it concerns.

    The same order may be sent any number of times and has one effect.
    """
    event = orders.take_order(platform(), wanted)
    return event, taken(event)


@blueprint.route("/orders/<order>")
@blueprint.arguments(NoParameters, location="query")
@blueprint.response(200, Event)
@allow(*READERS)
def get_order(_: dict[str, Any], order: str) -> EventView:
    """An order and what it has moved."""
    return orders.order(platform(), order)


@blueprint.route("/orders/batch", methods=["POST"])
@blueprint.body(
    {NDJSON: {"schema": {"type": "string"}, "example": json.dumps(examples.ORDER) + "\n"}},
    "An order (as for POST /v1/orders) a line; at most as many lines and bytes as the service is set to take, "
    "10,000 and 16 MiB unless set otherwise.",
)
@blueprint.response(200, BatchResult, content_type=NDJSON, description="A result a line, in the same order")
@allow(*SUBMITTERS)
def take_batch() -> Response:
    """Take many orders in the order given.

    A line that cannot be taken is answered with its problem; the others are taken, all of them in one unit.
    """
    require_type(NDJSON)
    lines = _lines(read_body(settings().most_batch_bytes))
    wanted: list[OrderRequest | Problem] = [_read(line) for _, line in lines]
    good = [each for each in wanted if isinstance(each, OrderRequest)]
    results = iter(orders.take_orders(platform(), good) if good else ())
    answers = [
        _answer(number, each if isinstance(each, Problem) else next(results))
        for (number, _), each in zip(lines, wanted, strict=True)
    ]
    return Response(b"".join(json_bytes(answer) + b"\n" for answer in answers), 200, content_type=NDJSON)


@blueprint.route("/orders/<order>/refunds", methods=["POST"])
@blueprint.arguments(RefundIn, example=examples.REFUND)
@blueprint.response(201, Event, description="Taken back")
@blueprint.repeated(Event)
@allow(*SUBMITTERS)
def refund(wanted: RefundRequest, order: str) -> tuple[EventView, int]:
    """Take an order back, in part or (without an amount) all that is left of it.

    What the order caused directly is undone in proportion; what is missing becomes a debt that later receipts pay off.
    """
    event = refunds.refund(platform(), replace(wanted, order=order))
    return event, taken(event)


def _lines(body: bytes) -> list[tuple[int, bytes]]:
    """The lines that are not blank, with their numbers from 1. Raises Problem (413)."""
    lines = [(number, line) for number, line in enumerate(body.split(b"\n"), start=1) if line.strip()]
    most = settings().most_batch_lines
    if len(lines) > most:
        message = Message("http.too-many-lines", {"limit": most})
        raise Problem(413, message, [Fault(message, pointer=f"/{most}")])
    return lines


def _read(line: bytes) -> OrderRequest | Problem:
    try:
        order: OrderRequest = load(_order, read_json(line))
    except Problem as problem:
        return problem
    return order


def _answer(number: int, result: EventView | RewardsError | Problem) -> dict[str, Any]:
    if isinstance(result, EventView):
        return {"line": number, "status": taken(result), "event": _event.dump(result)}
    problem = result if isinstance(result, Problem) else problem_of(result)
    metrics.REFUSALS.labels(problem.message.code).inc()
    return {"line": number, "status": problem.status, "problem": problem.as_json(language())}
