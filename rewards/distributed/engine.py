"""Closing a day in parts: the driver, which hands parts out, adds up what they ask, and puts together what they did."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Protocol, cast
from uuid import uuid4

from rewards.distributed import texts  # noqa: F401  (registers the texts of this room)
from rewards.distributed.applying import apply
from rewards.distributed.asking import Kind, Question, Standstill
from rewards.distributed.checking import check_plan
from rewards.distributed.joining import joined
from rewards.distributed.part_run import PartOutcome
from rewards.distributed.snapshot import Snapshot, asked_for
from rewards.distributed.splitting import Split, split
from rewards.distributed.stubs import Stubs
from rewards.distributed.stubs import joined as joined_stubs
from rewards.distributed.tasks import Job
from rewards.interpreter.close_outcome import CloseOutcome
from rewards.interpreter.columns import CloseState
from rewards.plan.model import Plan


class Workers(Protocol):
    """Those who run parts, at most one job of each part at a time."""

    def go_on(self, job: Job) -> None:
        """Have a part run as far as it gets."""
        ...

    def next(self) -> tuple[int, Standstill[PartOutcome]]:
        """Wait for any part that has come to a standstill."""
        ...

    def over(self, run: str) -> None:
        """Drop what there is of a run that has failed; of one that is done there is nothing left."""
        ...


@dataclass
class InParts:
    """Closes days in parts that workers run.

    `parts` is about how many there are; a snapshot of the state is written to a directory of its own in `directory`
    (None for the system's), which all workers must see, and removed after the close.
    """

    workers: Workers
    parts: int
    directory: Path | None = None

    def close(self, plan: Plan, state: CloseState, day: date, approved: frozenset[str] = frozenset()) -> CloseOutcome:
        """Close a business day as `rewards.interpreter.close.close_day` does, and leave the state as that would.

        Raises Refused for a plan that cannot be closed in parts, before anything is changed.
        """
        check_plan(plan)
        state.advance(day)
        with self._room() as directory:
            divided = split(state.shape("", day.toordinal()).parent, self.parts)
            snapshot = Snapshot(directory, state, divided)
            snapshot.write()
            run = _Run(uuid4().hex, plan, day, approved, snapshot, self.workers)
            try:
                found = run.until_done()
            except BaseException:
                self.workers.over(run.name)
                raise
        outcome = joined(plan, found, state.next_lot)
        apply(state, outcome, [each.platform for each in found])
        return outcome

    @contextmanager
    def _room(self) -> Iterator[Path]:
        """A directory for one snapshot."""
        if self.directory is not None:
            self.directory.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix="close-", dir=self.directory))
        try:
            yield made
        finally:
            shutil.rmtree(made, ignore_errors=True)


@dataclass
class _Run:
    """One close on its way."""

    name: str
    plan: Plan
    day: date
    approved: frozenset[str]
    snapshot: Snapshot
    workers: Workers
    _given: dict[int, int] = field(default_factory=dict)
    """How many things each part has given."""
    _by_number: dict[int, dict[int, tuple[Question, object]]] = field(default_factory=dict)
    """For each number of a question, what each part has given to it."""
    _answers: dict[Question, object] = field(default_factory=dict)
    """The answers that are the same for all parts."""
    _own_answers: dict[int, dict[Question, object]] = field(default_factory=dict)
    _waits_for: dict[int, Question] = field(default_factory=dict)
    _cells: dict[Question, int] = field(default_factory=dict)

    @property
    def _split(self) -> Split:
        return self.snapshot.split

    def until_done(self) -> list[PartOutcome]:
        """Run all parts to their end. Raises what a part raises, of several that of the first part."""
        self._below = self._split.below()
        found: dict[int, PartOutcome] = {}
        running = set(range(self._split.parts))
        for part in sorted(running):
            self._given[part], self._own_answers[part] = 0, {}
            self._hand_out(part)
        while running:
            part, standstill = self.workers.next()
            running.discard(part)
            if standstill.failure is not None:
                raise standstill.failure.raised()
            for question, what in standstill.given:
                self._take(part, question, what)
            if standstill.waits_for is None:
                assert standstill.result is not None
                found[part] = standstill.result
            else:
                self._waits_for[part] = standstill.waits_for
            for each in sorted(self._waits_for):
                if self._answered(each, self._waits_for[each]):
                    del self._waits_for[each]
                    running.add(each)
                    self._hand_out(each)
        if self._waits_for:
            raise RuntimeError(f"the parts of a close wait for one another: {self._waits_for}")
        return [found[part] for part in range(self._split.parts)]

    def _hand_out(self, part: int) -> None:
        answers: Mapping[Question, object] = {**self._answers, **self._own_answers[part]}
        self.workers.go_on(
            Job(
                run=self.name,
                directory=self.snapshot.directory,
                part=part,
                parts=self._split.parts,
                plan=self.plan,
                day=self.day,
                approved=self.approved,
                answers=answers,
                known=self._given[part],
            )
        )

    def _take(self, part: int, question: Question, what: object) -> None:
        """Note what a part has given to a question. Raises RuntimeError when it is another one than the others'."""
        self._given[part] += 1
        if question.kind is Kind.CELLS:
            return
        given = self._by_number.setdefault(question.number, {})
        for other, _ in given.values():
            if other != question:
                raise RuntimeError(f"the parts of a close have gone different ways: {other} and {question}")
        given[part] = question, what

    def _answered(self, part: int, question: Question) -> bool:
        """Whether there is an answer to what a part waits for; it is put with the answers."""
        if question.kind is Kind.CELLS:
            if question not in self._cells:
                self._cells[question] = self.snapshot.write_cells(*asked_for(question))
            self._answers[question] = self._cells[question]
            return True
        given = self._by_number.get(question.number, {})
        if question.kind is Kind.UPWARD:
            below = self._below[part]
            if not below <= given.keys():
                return False
            self._own_answers[part][question] = self._from_below(part, [cast(Stubs, given[each][1]) for each in below])
            return True
        if len(given) < self._split.parts:
            return False
        if question.kind is Kind.TOTAL:
            self._answers[question] = sum(cast(int, what) for _, what in given.values())
        else:
            self._answers[question] = max(cast(tuple[int, ...], what) for _, what in given.values())
        return True

    def _from_below(self, part: int, stubs: list[Stubs]) -> Stubs:
        return joined_stubs([each.only(self._split.part[each.at] == part) for each in stubs])
