"""What a terminal shows while days are closed: a bar of days, and below it the stage that runs."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

from rich.console import Group
from rich.live import Live
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from rewards.cli.base import Session
from rewards.cli.output import clean, stderr
from rewards.logs import configure_logging
from rewards.services.closing_progress import Stage
from rewards.settings import SETTINGS, read_settings

ABOUT_LOGS = ("log_level", "log_format")
"""Whoever sets one of these asks for the log."""


class CloseDisplay:
    """Days and stages of closes, as they are told."""

    def __init__(self, session: Session) -> None:
        self._session = session
        days = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        stage = (
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            _Left(session),
        )
        self._days, self._stage = Progress(*days), Progress(*stage)
        self._all = self._days.add_task("", total=None, visible=False)
        self._rate = ""
        self._running = self._stage.add_task("", total=None, visible=False, rate="", left=None)
        self.shown = Group(self._days, self._stage)

    def expect(self, closes: int) -> None:
        """So many closes are to be made, of each of which `day` is told."""
        self._days.update(self._all, total=closes, visible=True)

    def day(self, plan: str, day: date) -> None:
        """The close of a day begins."""
        text = self._session.text("cli.close.progress", plan=plan, day=day)
        self._days.update(self._all, advance=1, description=text)

    def stage(self, phase: str, stage: Stage) -> None:
        """A stage begins or has ended."""
        name = self.name_of(phase, stage)
        if stage.seconds is None:
            # Started anew, so that its clock tells how long this stage has been running.
            self._stage.reset(
                self._running,
                total=stage.stages,
                completed=stage.number - 1,
                description=name,
                visible=True,
                rate=self._rate,
                left=stage.left,
            )
        elif stage.rate is not None:
            self._rate = self._session.text("cli.close.rate", rate=f"{stage.rate:,}")
            self._stage.update(self._running, completed=stage.number, rate=self._rate)

    def sealing(self) -> None:
        """All days are closed; what is on record is sealed."""
        text = self._session.text("cli.close.sealing")
        self._stage.update(self._running, description=text, rate="", left=None, visible=True)

    def name_of(self, phase: str, stage: Stage) -> str:
        """What people call a stage."""
        code = f"cli.close.{phase.replace(' ', '-')}.{stage.step.name}"
        return clean(self._session.text(code, of=stage.step.of))


class _Left(ProgressColumn):
    """The time left, counted down while the stage runs."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session

    def render(self, task: Task) -> Text:
        """As hours, minutes and seconds; nothing as long as nothing is known."""
        left = task.fields["left"]
        if left is None:
            return Text()
        rest = timedelta(seconds=round(max(left - (task.elapsed or 0), 0)))
        return Text(self._session.text("cli.close.left", time=rest))


@contextmanager
def display_of_closes(session: Session) -> Iterator[CloseDisplay]:
    """Show closes on stderr where that is a terminal; elsewhere log them there, if the settings ask for a log."""
    console = stderr()
    display = CloseDisplay(session)
    if not console.is_terminal:
        with _logged_if_asked():
            yield display
        return
    with Live(display.shown, console=console, transient=True, refresh_per_second=8):
        yield display


@contextmanager
def _logged_if_asked() -> Iterator[None]:
    if not any(setting.given for setting in SETTINGS if setting.field in ABOUT_LOGS):
        yield
        return
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    configure_logging(read_settings())
    try:
        yield
    finally:
        logging.captureWarnings(False)
        root.handlers[:] = handlers
        root.setLevel(level)
