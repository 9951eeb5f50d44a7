"""What a day close tells of its stages, to whoever watches it and to the log."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from rewards.errors import Conflict
from rewards.interpreter.close import close_day as work_out
from rewards.interpreter.close_outcome import CloseOutcome
from rewards.interpreter.columns import CloseState
from rewards.logs import configure_logging
from rewards.plan.model import Plan
from rewards.services import days
from rewards.services.closing_progress import READING, WORKING_OUT, WRITING, Course, Stage, Step
from rewards.settings import read_settings

from .shop import MONDAY, TUESDAY, WEDNESDAY, Shop, refused, shipped

Lines = Callable[[], list[dict[str, Any]]]


class Watched:
    """Remembers every stage as it begins and as it ends."""

    def __init__(self) -> None:
        self.begun: list[Stage] = []
        self.over: list[Stage] = []

    def __call__(self, phase: str, stage: Stage) -> None:
        assert phase == stage.step.phase
        (self.begun if stage.seconds is None else self.over).append(stage)

    def rows(self, phase: str, name: str, of: str = "") -> int:
        """The rows of a stage that was told once."""
        [found] = [stage.rows for stage in self.over if stage.step == Step(phase, name, of)]
        return found


@pytest.fixture
def mall(small_shop: Shop) -> Shop:
    """Three members in a line; all of them have bought on Monday, which is closed, and one again on Tuesday."""
    small_shop.activate(shipped("locked-points"))
    small_shop.line("ann-secret", "ben-secret", "cleo-secret")
    for number, member in enumerate(("ann-secret", "ben-secret", "cleo-secret")):
        small_shop.buy(f"first-{number}", member, "60000", MONDAY)
    small_shop.buy("tuesdays", "ben-secret", "3000", TUESDAY)
    small_shop.close(MONDAY)
    return small_shop


@pytest.fixture
def lines() -> Iterator[Lines]:
    """What the log says; the logging of the test run is put back afterwards."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    written = io.StringIO()
    configure_logging(replace(read_settings(), log_format="json"), written)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    logging.captureWarnings(False)
    root.handlers[:] = handlers
    root.setLevel(level)


def test_stages_come_in_order_and_each_once(mall: Shop) -> None:
    told = Watched()
    days.close_day(mall.platform, TUESDAY, stages=told)
    assert [stage.step for stage in told.begun] == [stage.step for stage in told.over]
    numbers = [stage.number for stage in told.over]
    assert numbers == list(range(1, told.over[0].stages + 1)), [stage.step for stage in told.over]
    phases = [stage.step.phase for stage in told.over]
    assert list(dict.fromkeys(phases)) == [READING, WORKING_OUT, WRITING]
    assert phases == sorted(phases, key=[READING, WORKING_OUT, WRITING].index)
    assert {(stage.plan, stage.day) for stage in told.over} == {("locked-points", TUESDAY)}


def test_rows_are_those_there_are(mall: Shop) -> None:
    told = Watched()
    [closed] = days.close_day(mall.platform, TUESDAY, stages=told)
    assert closed.transfers > 0
    assert told.rows(READING, "members") == 3
    assert told.rows(READING, "balances", "points locked") == 3
    assert told.rows(READING, "totals") == 3
    assert told.rows(READING, "lots") == 4  # Monday's three and Tuesday's
    assert told.rows(WORKING_OUT, "rule", "base") == 3
    assert told.rows(WRITING, "transfers") == closed.transfers == told.rows(WRITING, "commit")
    assert told.rows(WRITING, "lots") == 3  # those that began before Tuesday are drawn from


def test_columns_at_hand_are_not_read_again(mall: Shop) -> None:
    told = Watched()
    list(days.close_through(mall.platform, WEDNESDAY, stages=told))
    assert READING in {stage.step.phase for stage in told.over if stage.day == TUESDAY}
    second = [stage for stage in told.over if stage.day == WEDNESDAY]
    assert {stage.step.phase for stage in second} == {WORKING_OUT, WRITING}
    assert [stage.number for stage in second] == list(range(1, second[0].stages + 1))
    assert [stage.day for stage in told.over if stage.step.name == "commit"] == [WEDNESDAY]


def test_another_engine_is_one_stage(mall: Shop) -> None:
    def engine(plan: Plan, state: CloseState, day: date, approved: frozenset[str]) -> CloseOutcome:
        return work_out(plan, state, day, approved)

    told = Watched()
    days.close_day(mall.platform, TUESDAY, engine=engine, stages=told)
    assert [stage.step for stage in told.over if stage.step.phase == WORKING_OUT] == [Step(WORKING_OUT, "rules")]
    assert told.over[-1].number == told.over[-1].stages


def test_the_log_has_every_stage_and_the_end_and_nobody(mall: Shop, lines: Lines) -> None:
    told = Watched()
    [closed] = days.close_day(mall.platform, TUESDAY, stages=told)
    *stages, done = lines()
    assert [(line["event"], line["phase"], line["stage"], line.get("of", ""), line["rows"]) for line in stages] == [
        ("close.stage", *stage.step, stage.rows) for stage in told.over
    ]
    assert (done["event"], done["plan"], done["day"]) == ("close.done", "locked-points", TUESDAY.isoformat())
    assert done["transfers"] == closed.transfers
    assert done["seconds"] >= sum(line["seconds"] for line in stages) * 0.99
    assert "secret" not in json.dumps(lines())
    assert set().union(*stages) == {
        *("timestamp", "level", "logger", "event", "plan", "day", "phase", "stage", "of", "number", "stages"),
        *("rows", "seconds", "rows_a_second"),
    }


def test_nothing_is_told_to_be_done_that_was_not_kept(mall: Shop, lines: Lines) -> None:
    days.close_day(mall.platform, TUESDAY)
    before = len(lines())
    assert days.close_day(mall.platform, TUESDAY)[0].repeated
    assert refused(lambda: days.close_day(mall.platform, date(2099, 1, 1)), Conflict)[0] == "day.earlier-open"
    assert [line["event"] for line in lines()[before:]] == []


# --- the time left ---------------------------------------------------------------------------------------------------

A, B, C = (Step(READING, "members"), Step(READING, "balances", "points"), Step(READING, "balances", "points locked"))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that a stage reads from the clock: a list of one number that a test moves on."""
    present = [0.0]
    monkeypatch.setattr("rewards.services.closing_progress.time.perf_counter", lambda: present[0])
    return present


def run(course: Course, clock: list[float], step: Step, rows: int, seconds: float) -> None:
    course.begin(*step)
    course.count(rows)
    clock[0] += seconds
    course.end()


def test_nothing_is_estimated_before_anything_is_known_and_nothing_is_left_in_the_end(clock: list[float]) -> None:
    told = Watched()
    course = Course("savings", told)
    course.open(MONDAY, [A, B])
    course.begin(*A)
    assert told.begun[-1].left is None
    course.count(100)
    course.members(100)
    clock[0] += 1
    run(course, clock, B, 100, 1)
    assert told.over[0].left is not None and told.over[0].left > 0
    assert told.over[-1].left == 0


def test_a_stage_of_the_same_kind_tells_what_the_next_takes(clock: list[float]) -> None:
    told = Watched()
    course = Course("savings", told)
    course.members(100)
    course.open(MONDAY, [A, B, C])
    run(course, clock, A, 100, 1)
    run(course, clock, B, 100, 7)
    assert told.over[-1].left == pytest.approx(7)
    assert told.over[-1].rate == 14


def test_the_close_before_tells_what_stages_take_and_rows_that_are_known_count(clock: list[float]) -> None:
    told = Watched()
    course = Course("savings", told)
    course.members(100)
    course.open(MONDAY, [A, B])
    run(course, clock, A, 100, 2)
    run(course, clock, B, 100, 5)
    course.open(TUESDAY, [A, B])
    course.begin(*A)
    assert told.begun[-1].left == pytest.approx(2 + 5)
    course.expect({B: 300})
    course.begin(*B)
    assert told.begun[-1].left == pytest.approx(15)
