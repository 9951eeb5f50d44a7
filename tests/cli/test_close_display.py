"""What `rewards close` shows while it runs: stages on a terminal, the log elsewhere if it is asked for."""

from __future__ import annotations

import io
import json
import logging
from datetime import date

import pytest
from rich.console import Console

from rewards.cli import close_display
from rewards.cli.base import Session
from rewards.cli.close_display import CloseDisplay
from rewards.messages import catalogue
from rewards.services.closing_progress import NOMINAL, Stage, Step

from .conftest import Run

pytestmark = pytest.mark.usefixtures("sold")

TO_CLOSE = ("close", "2025-01-01", "--through", "2025-01-03")


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What a terminal of 120 columns is sent."""
    sent = io.StringIO()
    console = Console(file=sent, force_terminal=True, width=120, _environ={"TERM": "xterm"})
    monkeypatch.setattr(close_display, "stderr", lambda: console)
    return sent


def test_a_terminal_shows_the_stages_and_is_left_clean(run: Run, terminal: io.StringIO) -> None:
    result = run(*TO_CLOSE)
    shown = terminal.getvalue()
    assert "2/2" in shown and "sealing what is on record" in shown
    assert shown.endswith("\x1b[1A\x1b[2K")  # the lines are taken back
    assert "2025-01-03 is closed" in result.stdout and "sealing" not in result.stdout


def test_a_terminal_gets_no_log(run: Run, terminal: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REWARDS_LOG_LEVEL", "info")
    assert "close.stage" not in run(*TO_CLOSE).stderr + terminal.getvalue()


def test_a_file_gets_nothing(run: Run) -> None:
    assert run(*TO_CLOSE).stderr == ""


@pytest.mark.parametrize("variable, value", [("REWARDS_LOG_LEVEL", "info"), ("REWARDS_LOG_FORMAT", "json")])
def test_a_file_gets_the_log_where_it_is_asked_for(
    run: Run, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    before = list(logging.getLogger().handlers)
    monkeypatch.setenv(variable, value)
    result = run(*TO_CLOSE)
    lines = [json.loads(line) for line in result.stderr.splitlines()]
    assert [line["day"][-1] for line in lines if line["event"] == "close.done"] == ["1", "2", "3"]
    assert {line["event"] for line in lines} == {"close.stage", "close.done"}
    assert "close.stage" not in result.stdout
    assert logging.getLogger().handlers == before


def test_the_log_keeps_to_its_level(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REWARDS_LOG_LEVEL", "warning")
    assert run(*TO_CLOSE).stderr == ""


@pytest.mark.parametrize(
    "language, rate, left", [("en", "rows/s", "about 0:01:05 left"), ("zh", "行/秒", "约剩 0:01:05")]
)
def test_the_running_stage_has_a_rate_and_the_time_left(language: str, rate: str, left: str) -> None:
    display = CloseDisplay(Session(language, "text"))
    of_first = (date(2025, 1, 1), Step("reading", "members"), 1, 24)
    display.stage("reading", Stage("points", *of_first, None, 3_000_000, 2.0))
    display.stage("reading", Stage("points", date(2025, 1, 1), Step("reading", "lots"), 2, 24, 65.2))
    sent = io.StringIO()
    Console(file=sent, width=120).print(display.shown)
    for part in ("1/24", f"1,500,000 {rate}", left):
        assert part in sent.getvalue()


def test_every_stage_has_a_name_in_both_languages() -> None:
    for phase, name in NOMINAL:
        text = catalogue()[f"cli.close.{phase.replace(' ', '-')}.{name}"]
        assert all((text.en, text.zh))
