"""What the parts of a close ask each other, and how one part is run as far as it gets with the answers there are.

A part's close is run in a thread of its own, which stops where it needs an answer that is not there yet. With the
answer it goes on from where it stopped; or, where that thread is no more because the process that had it has gone, it
is run again from the start with all the answers so far. Both come to the same: a close of a part is a pure function of
the part and the answers.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Generic, NamedTuple, TypeVar


class Kind(Enum):
    """What is done with what the parts give to a question."""

    TOTAL = "total"
    """It is added up; every part gives something and waits for the answer."""
    LARGEST = "largest"
    """The largest is the answer; every part gives something and waits for it."""
    UPWARD = "upward"
    """It goes to the parts above, as stubs; a part with something below waits for theirs."""
    CELLS = "cells"
    """The driver has a file written with the cells of a name from a day on; answered with the file's number."""


class Question(NamedTuple):
    """A question of a close: they are numbered in the order in which they are asked, the same for all parts.

    Those for cells are not (number 0), as a part may know already what another one asks for.
    """

    number: int
    kind: Kind
    text: str
    """What it is about; parts that give different texts to one number have gone different ways."""


@dataclass(frozen=True)
class Failure:
    """Why a part could not be closed: an error meant for the caller, or anything else."""

    error: BaseException

    def raised(self) -> BaseException:
        """The error, as it was raised in the part."""
        return self.error


Result = TypeVar("Result")


@dataclass(frozen=True)
class Standstill(Generic[Result]):
    """How far a part has come: what it has given to questions since it was last asked, and what it waits for."""

    given: list[tuple[Question, object]]
    waits_for: Question | None
    """None when it is done, or has failed."""
    result: Result | None = None
    failure: Failure | None = None


class Abandoned(BaseException):
    """Raised inside a part's thread that nobody wants any longer."""


@dataclass
class Course(Generic[Result]):
    """One part's close on its way. `work` is called with the course, in the thread, and asks it."""

    work: Callable[[Course[Result]], Result]
    _answers: dict[Question, object] = field(default_factory=dict)
    _given: list[tuple[Question, object]] = field(default_factory=list)
    _waits_for: Question | None = None
    _result: Result | None = None
    _failure: Failure | None = None
    _thread: threading.Thread | None = None
    _abandoned: bool = False
    _go: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    _stopped: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def go_on(self, answers: Mapping[Question, object], known: int) -> Standstill[Result]:
        """Run as far as the answers reach. `known` is how many of the things given so far the caller has already."""
        with self._turn:
            self._answers.update(answers)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True)
                self._thread.start()
                self._stopped.acquire()
            elif self._waits_for in self._answers:
                self._go.release()
                self._stopped.acquire()
            return Standstill(self._given[known:], self._waits_for, self._result, self._failure)

    def abandon(self) -> None:
        """Let the thread end."""
        with self._turn:
            self._abandoned = True
            self._go.release()

    @property
    def over(self) -> bool:
        """Whether there is nothing left to run."""
        return self._result is not None or self._failure is not None

    def _run(self) -> None:
        try:
            self._result = self.work(self)
        except Abandoned:
            return
        except BaseException as error:
            self._failure = Failure(error)
        self._waits_for = None
        self._stopped.release()

    # --- what is called inside the thread ---------------------------------------------------------------------------

    def give(self, question: Question, what: object) -> None:
        """Give something to a question and go on."""
        self._given.append((question, what))

    def answer(self, question: Question) -> object:
        """The answer to a question, as soon as it is there."""
        while question not in self._answers:
            self._waits_for = question
            self._stopped.release()
            self._go.acquire()
            if self._abandoned:
                raise Abandoned
        return self._answers[question]


__all__ = ["Abandoned", "Course", "Failure", "Kind", "Question", "Standstill"]
