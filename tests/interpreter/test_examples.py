"""The example plans under whatever happens: promises hold, caps are kept, all units that expire are accounted for."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rewards.errors import NotFound, Refused
from rewards.interpreter.close import CloseOutcome
from rewards.interpreter.outcome import Outcome
from rewards.interpreter.tally import good_until
from rewards.interpreter.world import World
from rewards.plan.amounts import Fixed
from rewards.plan.cap import Cap
from rewards.plan.events import Line
from rewards.plan.fields import Kind
from rewards.plan.windows import FOR_EVER

from .worlds import RULES, Books, check_promises, compiled, snapshot

EXAMPLES = {
    path.stem: compiled(path.read_text(encoding="utf-8"))
    for path in sorted((RULES / "examples").glob("*.yaml"))
    if not path.name.endswith(".test.yaml")
}
FIRST_DAY = date(2026, 10, 20)
"""Of the season of one of the examples, and near the end of a quarter and a year for the others."""
LAST_DAY = date.max.toordinal()
KINDS = ("order", "order", "order", "event", "event", "refund", "tag", "claim", "close", "close", "close")
TEXTS = ("coffee", "groceries", "fuel", "dealer", "north", "south", "business")


@dataclass(frozen=True)
class Step:
    """Something that happens; what it means depends on the plan."""

    kind: str
    member: int
    other: int
    amount: int
    days: int


STEPS = st.lists(
    st.builds(
        Step,
        kind=st.sampled_from(KINDS),
        member=st.integers(0, 5),
        other=st.integers(0, 20),
        amount=st.sampled_from([1, 9, 60, 100, 1500, 20000, 120000]),
        days=st.sampled_from([0, 1, 1, 2, 7, 31]),
    ),
    min_size=10,
    max_size=25,
)


class Happening:
    """A world of an example plan in which steps happen, one after the other."""

    def __init__(self, name: str) -> None:
        self.world = World(EXAMPLES[name])
        self.books = Books(self.world.plan)
        self.day = FIRST_DAY
        self.orders: list[str] = []
        self.take(self._join("m0", None))
        for index in range(1, 6):
            self.take(self._join(f"m{index}", f"m{(index - 1) // 2}"))

    def _join(self, name: str, sponsor: str | None) -> Outcome | None:
        self.world.last = None
        self.world.join(name, sponsor, birthday="1990-12-24", on=self.day.isoformat())
        last = self.world.last
        assert not isinstance(last, CloseOutcome)
        return last

    def take(self, outcome: Outcome | CloseOutcome | None) -> None:
        self.books.take(outcome)
        check_promises(self.world, self.books)
        self._check_good_until()
        for cap in self.world.plan.caps.values():
            check_cap(self.world, cap)

    def _check_good_until(self) -> None:
        for asset in self.world.plan.assets.values():
            if asset.expiry is None:
                continue
            for member in self.world.members.values():
                cells = self.world.state.tally.cells(good_until(asset.name), member, FOR_EVER, LAST_DAY)
                assert sum(cell.amount for cell in cells) == self.world.state.balance(asset.free_book, member)

    def step(self, step: Step) -> None:
        """Let a step happen, or nothing when it is refused."""
        if step.kind == "close":
            for _ in range(step.days):
                self.take(self.world.close(self.day))
                self.day += timedelta(days=1)
            return
        before = snapshot(self.world)
        try:
            self.take(self._act(step))
        except (NotFound, Refused):  # not found: an order the plan is not about
            assert snapshot(self.world) == before

    def _act(self, step: Step) -> Outcome | None:
        world, plan, member = self.world, self.world.plan, f"m{step.member}"
        # What happens tomorrow may be told before today is closed.
        on = (self.day + timedelta(days=step.other % 2)).isoformat()
        text = TEXTS[step.other % len(TEXTS)]
        if step.kind == "order":
            self.orders.append(f"o{len(self.orders)}")
            lines = [Line(step.amount * 60, category=text, quantity=step.other), Line(step.amount * 40)]
            about = {"channel": text, "shop": text}
            return world.order(member, str(step.amount), on=on, lines=lines, attributes=about, id=self.orders[-1])
        if step.kind == "refund" and self.orders:
            return world.refund(self.orders[step.other % len(self.orders)], None if step.amount > 60 else "1", on=on)
        if step.kind == "event" and plan.events:
            declared = list(plan.events.values())[step.other % len(plan.events)]
            values = {Kind.AMOUNT: str(step.amount), Kind.NUMBER: step.amount, Kind.TEXT: text, Kind.FLAG: True}
            fields = {name: values[each.kind] for name, each in declared.fields.items()}
            return world.event(member, declared.name, fields, on=on)
        if step.kind == "tag" and plan.tags:
            tag = list(plan.tags)[step.other % len(plan.tags)]
            until = self.day + timedelta(days=step.amount % 90)
            return world.tag(member, tag, first=on, until=until.isoformat(), on=on)
        if step.kind == "claim" and plan.rewards:
            reward = list(plan.rewards)[step.other % len(plan.rewards)]
            return world.claim(member, reward, on=on, count=1 + step.days % 3)
        return None


def check_cap(world: World, cap: Cap) -> None:
    """However one looks at it, the rules have not given more in the window than the cap allows."""
    if not isinstance(cap.most.formula, Fixed):
        return
    for member in (0,) if cap.everybody else world.members.values():
        by_day: dict[int, int] = defaultdict(int)
        for flow in cap.flows:
            for cell in world.state.tally.cells(flow.key, member, FOR_EVER, LAST_DAY):
                by_day[cell.day] += cell.amount
        for day in by_day:
            first, last = cap.window.bounds(date.fromordinal(day))
            assert sum(amount for on, amount in by_day.items() if first <= on <= last) <= cap.most.formula.quantity


@pytest.mark.parametrize("name", EXAMPLES)
@settings(deadline=None, max_examples=6)
@given(steps=STEPS)
def test_every_example_keeps_the_promises(name: str, steps: list[Step]) -> None:
    happening = Happening(name)
    for step in steps:
        happening.step(step)
