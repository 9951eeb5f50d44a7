"""What a worker does: run one part of a close as far as it gets. Nothing here knows who has asked for it."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from rewards import __version__
from rewards.distributed.asking import Course, Question, Standstill
from rewards.distributed.part_run import PartOutcome, PartRun
from rewards.distributed.snapshot import read_part
from rewards.errors import RewardsError
from rewards.plan.model import Plan


@dataclass(frozen=True)
class Job:
    """One part of a close to be run on, with all the answers there are so far."""

    run: str
    """Tells one close from another."""
    directory: Path
    """Where the snapshot is."""
    part: int
    parts: int
    plan: Plan
    day: date
    approved: frozenset[str]
    answers: Mapping[Question, object]
    known: int
    """How many of the things the part gives the driver has already."""
    version: str = __version__
    """The driver's version of this package."""


class ClusterGone(RewardsError):
    """A cluster cannot be reached, has stopped answering or cannot work; nothing has been closed."""


MOST_RUNS = 4
"""Of so many closes at once a process keeps how far it has come."""

_courses: dict[tuple[str, int], Course[PartOutcome]] = {}
_lock = threading.Lock()


def run_part(job: Job) -> Standstill[PartOutcome]:
    """Run a part as far as its answers reach: on from where this process left it, or from the start."""
    if job.version != __version__:
        raise ClusterGone("distributed.version", driver=job.version, worker=__version__)
    course = _course(job)
    standstill = course.go_on(job.answers, job.known)
    if course.over:
        forget(job.run, job.part)
    return standstill


def forget(run: str, part: int | None = None) -> None:
    """Drop what this process keeps of a run, or of one part of it."""
    with _lock:
        gone = [key for key in _courses if key[0] == run and part in (None, key[1])]
        courses = [_courses.pop(key) for key in gone]
    for course in courses:
        course.abandon()


def _course(job: Job) -> Course[PartOutcome]:
    """The course of a part. Of runs that nobody has ended, as their driver is gone, only the latest few stay."""
    with _lock:
        runs = list(dict.fromkeys([*(run for run, _ in _courses), job.run]))
        earlier = [key for key in _courses if key[0] in runs[:-MOST_RUNS] and key[0] != job.run]
        left = [_courses.pop(key) for key in earlier]
        course = _courses.setdefault((job.run, job.part), Course(lambda own: _work(job, own)))
    for each in left:
        each.abandon()
    return course


def _work(job: Job, course: Course[PartOutcome]) -> PartOutcome:
    try:
        state = read_part(job.directory, job.part, course)
    except FileNotFoundError as error:
        raise ClusterGone("distributed.snapshot-unseen", folder=job.directory) from error
    return PartRun(job.plan, state, job.day, job.approved).outcome_of_part()


class Here:
    """Workers that are this very process, one part after the other."""

    def __init__(self) -> None:
        self._jobs: list[Job] = []

    def go_on(self, job: Job) -> None:
        """See Workers."""
        self._jobs.append(job)

    def next(self) -> tuple[int, Standstill[PartOutcome]]:
        """See Workers."""
        job = self._jobs.pop(0)
        return job.part, run_part(job)

    def over(self, run: str) -> None:
        """See Workers."""
        self._jobs.clear()
        forget(run)
