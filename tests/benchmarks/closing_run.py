"""One close in a process of its own: `python -m tests.benchmarks.closing_run URL PLAN DAY [READS]`.

Prints one line of JSON with what it took. With READS it also writes there, pickled, what the service asked of the
database through its driver: the questions that `closing_bare` asks again.
"""

from __future__ import annotations

import inspect
import json
import pickle
import resource
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from sqlalchemy import Engine, event

from rewards.services.days import close_day
from rewards.services.platform import Platform
from tests.benchmarks.closing_population import now
from tests.benchmarks.runs import Stopwatch

_WRITING = ("INSERT INTO", "UPDATE ", "DELETE FROM")
_UNITS_OF_MEMORY = 1 if sys.platform == "darwin" else 1024


class Read(NamedTuple):
    """A question as the driver was asked it, with what filled it."""

    sql: str
    parameters: Any = None


class Took(NamedTuple):
    """What a process took for its work: seconds by the clock and of its processor, and the most bytes it held."""

    wall: float
    cpu: float
    peak: int
    stages: dict[str, float]
    """Seconds by stage, where the service tells of stages."""


def in_own_process(module: str, *given: str) -> Took:
    """Run one of these modules and read the last line it prints. Raises CalledProcessError when it fails."""
    command = [sys.executable, "-m", f"tests.benchmarks.{module}", *given]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])
    return Took(**json.loads(done.stdout.splitlines()[-1]))


def peak() -> int:
    """The most memory this process has held, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _UNITS_OF_MEMORY


class Stages:
    """Told of stages as they begin; remembers how long each one took."""

    def __init__(self) -> None:
        self.took: dict[str, float] = {}
        self._stage, self._since = "", time.perf_counter()

    def __call__(self, *told: object) -> None:
        """A stage has begun: the first text that is told is its name. The same again is how far it has come."""
        stage = next((each for each in told if isinstance(each, str)), "")
        if stage != self._stage:
            self.end()
            self._stage = stage

    def end(self) -> None:
        """The last stage is over."""
        present = time.perf_counter()
        if self._stage:
            self.took[self._stage] = self.took.get(self._stage, 0.0) + present - self._since
        self._since = present


@contextmanager
def reads_noted(engine: Engine) -> Iterator[list[Read]]:
    """Note every question the driver is asked, whoever asks; what is written is not noted."""
    reads: list[Read] = []

    def note(sql: object, parameters: object = None) -> None:
        words = str(sql).lstrip(" (")[:200].upper()
        copied_out = words.startswith("COPY") and "TO STDOUT" in str(sql).upper()
        writes = words.startswith("WITH") and any(word in str(sql).upper() for word in _WRITING)
        if (words.startswith(("SELECT", "WITH")) and not writes) or copied_out:
            reads.append(Read(str(sql), parameters))

    if engine.dialect.name == "sqlite":
        engine.dispose()  # connections made from now on tell what they are asked, values and all

        @event.listens_for(engine, "connect")
        def connected(connection: sqlite3.Connection, _record: object) -> None:
            connection.set_trace_callback(note)

        yield reads
        return
    with _wrapped(psycopg.Cursor, note), _wrapped(psycopg.ServerCursor, note):
        yield reads


@contextmanager
def _wrapped(cursor: type[Any], note: Callable[[object, object], None]) -> Iterator[None]:
    originals = {name: getattr(cursor, name) for name in ("execute", "copy")}

    def noting(original: Callable[..., Any]) -> Callable[..., Any]:
        def run(self: Any, query: Any, parameters: Any = None, /, *others: Any, **named: Any) -> Any:
            note(query.decode() if isinstance(query, bytes) else query, parameters)
            return original(self, query, parameters, *others, **named)

        return run

    for name, original in originals.items():
        setattr(cursor, name, noting(original))
    try:
        yield
    finally:
        for name, original in originals.items():
            setattr(cursor, name, original)


def close(url: str, plan: str, day: date) -> Took:
    """Close a day, the plans having been read before."""
    platform = Platform.open(url, clock=now)
    with platform.ledger.read() as tx:
        platform.calendar(tx)
    took = _close(platform, plan, day)
    platform.close()
    return took


def close_noting_reads(url: str, plan: str, day: date, reads: Path) -> Took:
    """Close a day and write down what was asked meanwhile."""
    platform = Platform.open(url, clock=now)
    with platform.ledger.read() as tx:
        platform.calendar(tx)
    with reads_noted(platform.ledger.engine) as noted:
        took = _close(platform, plan, day)
    platform.close()
    reads.write_bytes(pickle.dumps([tuple(each) for each in noted]))
    return took


def _close(platform: Platform, plan: str, day: date) -> Took:
    stages = Stages()
    told: dict[str, Any] = {"stages": stages} if "stages" in inspect.signature(close_day).parameters else {}
    watch = Stopwatch()
    close_day(platform, day, plan, **told)
    taken = watch.read()
    stages.end()
    assert taken.cpu is not None
    return Took(taken.wall, taken.cpu, peak(), stages.took)


def main(given: Sequence[str]) -> None:
    """Close the day that is asked for and print what it took."""
    url, plan, day = given[0], given[1], date.fromisoformat(given[2])
    took = close_noting_reads(url, plan, day, Path(given[3])) if given[3:] else close(url, plan, day)
    print(json.dumps(took._asdict()))


if __name__ == "__main__":
    main(sys.argv[1:])
