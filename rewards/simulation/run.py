"""Running a plan on a made-up stream of orders, by the path that is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rewards.errors import InvalidRequest
from rewards.messages import Message
from rewards.plan.model import Plan
from rewards.simulation.compiled import run_compiled
from rewards.simulation.interpreted import run_interpreted
from rewards.simulation.refusals import NotCompiled
from rewards.simulation.result import Path, Result, Row
from rewards.simulation.shape import Unfit, redeemable
from rewards.simulation.stream import Settings

Told = Callable[[int], None]
"""Is told how many days are done."""


def simulate(plan: Plan, settings: Settings, path: Path = Path.AUTO, told: Told | None = None) -> Result:
    """Run a plan on a stream; both paths give the same rows, to the smallest unit.

    Raises InvalidRequest for settings that make no stream and for redemptions of a plan that has none, NotCompiled when
    `Path.COMPILED` is asked for and the order loop cannot run the plan, CloseRefused when a day cannot be closed.
    """
    settings.check()
    if settings.redeem and redeemable(plan) is None:
        raise InvalidRequest("simulate.no-redemption", plan=plan.name)
    reason = Message("simulate.reason.asked")
    if path is not Path.INTERPRETED:
        try:
            rows = _all(run_compiled(plan, settings), told)
            return Result(plan, settings, Path.COMPILED, None, rows)
        except Unfit as unfit:
            if path is Path.COMPILED:
                raise NotCompiled(plan.name, unfit.reason) from None
            reason = unfit.reason
    return Result(plan, settings, Path.INTERPRETED, reason, _all(run_interpreted(plan, settings), told))


def _all(rows: Iterator[Row], told: Told | None) -> tuple[Row, ...]:
    done = []
    for row in rows:
        done.append(row)
        if told is not None:
            told(len(done))
    return tuple(done)
