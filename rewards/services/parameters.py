"""Parameters that are declared afterwards, for a period that is over or under way: once for each period."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection

from rewards.errors import Conflict, InvalidRequest, NotFound
from rewards.interpreter.periods import format_period, read_period
from rewards.ledger import declared, events
from rewards.plan.model import Parameter
from rewards.plan.windows import Span
from rewards.services.binding import Binding
from rewards.services.platform import Platform
from rewards.services.requests import DeclarationRequest
from rewards.services.suggesting import unknown
from rewards.services.units import retried
from rewards.services.views import ParameterView

KIND = "parameter"

EXAMPLES = {
    Span.YEAR: "2026",
    Span.QUARTER: "2026-Q3",
    Span.MONTH: "2026-11",
    Span.WEEK: "2026-W47",
    Span.DAY: "2026-11-30",
}
"""How periods are written."""


@retried
def declare_parameter(platform: Platform, request: DeclarationRequest) -> ParameterView:
    """Declare what a parameter is for a period. The same value again changes nothing.

    Raises NotFound for an unknown plan, InvalidRequest for an unknown parameter, another kind of period or a value that
    does not fit the plan, and Conflict when another value was declared for the period.
    """
    now = platform.clock()
    with platform.ledger.write() as tx:
        binding = _newest(platform, tx, request.plan)
        first, span = _period(_parameter(binding, request.parameter), request.period)
        period = format_period(span, first)
        view = ParameterView(request.plan, request.parameter, period, request.value)
        body = {"plan": request.plan, "parameter": request.parameter, "period": period, "value": request.value}
        text = events.canonical(body)
        before = next(
            (
                each
                for each in declared.of_plan(tx, binding.plan_id)
                if (each.name, each.period_day) == (request.parameter, first)
            ),
            None,
        )
        if before is not None:
            if before.value != request.value:
                named = {"parameter": request.parameter, "before": before.value, "period": period}
                raise Conflict("parameter.declared", pointer="/value", **named)
            return ParameterView(request.plan, request.parameter, period, request.value, repeated=True)
        _check_value(binding, request, first)
        seq = events.next_seq(tx)
        id = f"{request.plan}:{request.parameter}:{period}"
        events.add(tx, [events.Event(seq, KIND, id, None, now, now, text, events.fingerprint(text))])
        declared.add(tx, declared.Declared(seq, binding.plan_id, request.parameter, first, request.value))
        return view


def parameters_of(platform: Platform, plan: str) -> list[ParameterView]:
    """Every value that has been declared of a plan's parameters, by period. Raises NotFound."""
    with platform.ledger.read() as tx:
        binding = _newest(platform, tx, plan)
        return [
            ParameterView(plan, each.name, _written(binding, each), each.value)
            for each in declared.of_plan(tx, binding.plan_id)
        ]


def _written(binding: Binding, stored: declared.Declared) -> str:
    """The period of a stored value; that of a parameter the plan has given up is named by its first day."""
    parameter = binding.plan.parameters.get(stored.name)
    span = parameter.declared if parameter else None
    return format_period(span or Span.DAY, stored.period_day)


def _newest(platform: Platform, tx: Connection, plan: str) -> Binding:
    bindings = platform.calendar(tx).bindings
    if plan not in bindings:
        raise NotFound("plan.unknown", plan=plan, known=", ".join(bindings) or "–")
    return bindings[plan][-1]


def _parameter(binding: Binding, name: str) -> Parameter:
    found = binding.plan.parameters.get(name)
    if found is None or found.declared is None:
        known = [each.name for each in binding.plan.parameters.values() if each.declared]
        plan = binding.plan.name
        raise unknown(InvalidRequest, "parameter.unknown", name, known, pointer="/parameter", plan=plan, parameter=name)
    return found


def _period(parameter: Parameter, text: str) -> tuple[date, Span]:
    assert parameter.declared is not None
    try:
        span, first = read_period(text)
    except ValueError:
        span, first = None, date.min
    if span is not parameter.declared:
        wanted, example = parameter.declared.value, EXAMPLES[parameter.declared]
        named = {"period": text, "parameter": parameter.name, "wanted": wanted, "example": example}
        raise InvalidRequest("parameter.bad-period", pointer="/period", **named)
    return first, parameter.declared


def _check_value(binding: Binding, request: DeclarationRequest, first: date) -> None:
    """Refuse a value that the plan cannot be compiled with. Raises InvalidRequest."""
    try:
        binding.plan.on(first, {request.parameter: request.value})
    except ValueError as error:
        named = {"value": request.value, "parameter": request.parameter, "reason": str(error)}
        raise InvalidRequest("parameter.bad-value", pointer="/value", **named) from None
