"""Rules that wait at day closes for a parameter that is declared for a period when the period is over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np

from rewards.interpreter.cell_columns import CellColumns, cells_of
from rewards.interpreter.close_outcome import Waiting
from rewards.interpreter.columns import CloseState
from rewards.interpreter.tally import EVERYBODY
from rewards.plan.model import Plan, Rule
from rewards.plan.windows import FOR_EVER, period_start

WAITS = "waits:"
"""What the names of those cells begin with that say that rules wait."""


def waits(rule_id: str) -> str:
    """The name of the cells that say a rule waits: member 0, the day is the end of the period it is about."""
    return f"{WAITS}{rule_id}"


class Waits:
    """What one close knows of declared parameters; and the plan with their values."""

    def __init__(self, plan: Plan, state: CloseState, day: date) -> None:
        self._plan = plan
        self._state = state
        self._day = day

    def plan_on(self, day: date) -> Plan:
        """The plan with the values its parameters have on a day, as far as they are known."""
        declared = {}
        for name, period in self._periods(day).items():
            if (name, period) in self._state.declared:
                declared[name] = self._state.declared[name, period]
        return self._plan.on(day, declared)

    def missing(self, rule: Rule, day: date) -> list[Waiting]:
        """What a rule has to wait for on a day, if anything."""
        if not rule.awaits:
            return []
        periods = self._periods(day)
        wanted = sorted((name, periods[name]) for name in rule.awaits)
        return [Waiting(rule.id, *each) for each in wanted if each not in self._state.declared]

    def over(self) -> Iterator[tuple[date, list[str]]]:
        """The ends of periods, in their order, with the rules (ids) that need not wait any longer to run for them."""
        found: dict[int, list[str]] = {}
        for rule in self._plan.rules:
            if not rule.awaits or not rule.enabled:
                continue
            cells = self._state.cells.columns(waits(rule.id), FOR_EVER, self._day.toordinal() - 1).summed()
            for end in cells.day[cells.amount > 0].tolist():
                if not self.missing(rule, date.fromordinal(end)):
                    found.setdefault(end, []).append(rule.id)
        for end in sorted(found):
            yield date.fromordinal(end), found[end]

    def put_down(self, rule: Rule, day: date) -> tuple[str, CellColumns]:
        """The cell that says a rule waits."""
        return waits(rule.id), _cell(day, 1)

    def taken_off(self, rule_id: str, day: date) -> tuple[str, CellColumns]:
        """What takes that cell off again."""
        return waits(rule_id), _cell(day, -1)

    def _periods(self, day: date) -> dict[str, int]:
        """For each declared parameter the first day of the period a day lies in."""
        return {
            name: period_start(parameter.declared, day).toordinal()
            for name, parameter in self._plan.parameters.items()
            if parameter.declared is not None
        }


def _cell(day: date, amount: int) -> CellColumns:
    everybody = np.array([EVERYBODY], dtype=np.int64)
    return cells_of(everybody, day.toordinal(), np.array([amount], dtype=np.int64), entries=0)
