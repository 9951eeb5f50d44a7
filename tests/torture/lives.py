"""Lives of databases: a script is begun again and again by processes that are killed, until one comes to its end."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from rewards.services.platform import Platform
from rewards.services.sealing import open_events
from tests.databases import Fresh
from tests.torture.books import Books, books_of, broken, difference, digest
from tests.torture.points import Place
from tests.torture.script import Script

KILLS_A_LIFE = 5

Answer = dict[str, Any]


class Worker:
    """The process in which scripts are done (worker.py)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.torture.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )

    def run(self, url: str, script: Script, **more: Any) -> Answer:
        """Do a script; `kill_at` a place or `kill_after` seconds it is killed."""
        request = {"url": url, "folder": str(self._folder), "script": script.as_json(), **more}
        assert self._process.stdin and self._process.stdout
        print(json.dumps(request), file=self._process.stdin, flush=True)
        line = self._process.stdout.readline()
        assert line, "the worker has ended by itself"
        answer: Answer = json.loads(line)
        return answer

    def stop(self) -> None:
        self._process.kill()
        self._process.communicate()


@dataclass(frozen=True)
class Whole:
    """How a script goes when nobody is killed: the books in the end, the points of each step, the time it takes."""

    script: Script
    books: Books
    points: list[int]
    writes: list[Place]
    """The points before and after statements that write, and before commits."""
    seconds: float

    def draw(self, random: Random) -> Place:
        """A point: any of a step, or, as often, one where something is written."""
        if random.random() < 0.5:
            return random.choice(self.writes)
        step = random.randrange(len(self.points))
        return step, random.randrange(self.points[step])


@dataclass
class Lives:
    """Lives of databases of one kind."""

    worker: Worker
    fresh: Fresh
    thorough: bool
    """Whether all events are replayed after each kill, and not only in the end."""
    killed: int = 0
    places: list[str] = field(default_factory=list)
    """Where the processes of the life that is going on were killed."""

    def whole(self, script: Script) -> Whole:
        """Do a script without a kill."""
        with self.fresh() as url:
            answer = self.worker.run(url, script)
            assert answer["code"] == 0, answer["error"]
            platform = Platform.open(url)
            assert broken(platform, with_replay=True) == []
            books = books_of(platform)
            platform.close()
        steps = script.steps()
        points = [answer["points"][str(number)] for number in range(len(steps))]
        writes = [(step, point) for step, point in answer["writes"]]
        return Whole(script, books, points, writes, answer["seconds"])

    def at_points(self, whole: Whole, random: Random, kills: int = KILLS_A_LIFE) -> None:
        """A life in which processes kill themselves at points drawn beforehand, each further on than the one before."""
        places = sorted(whole.draw(random) for _ in range(kills))
        self.live(whole, [{"kill_at": place} for place in places])

    def after_whiles(self, whole: Whole, random: Random, kills: int = KILLS_A_LIFE) -> None:
        """A life in which processes are killed from outside after times drawn beforehand."""
        # Not the whole time it takes: what has been done before is only looked at, so that the later ones are quicker.
        whiles = sorted(whole.seconds * random.uniform(0.05, 0.6) for _ in range(kills))
        self.live(whole, [{"kill_after": seconds} for seconds in whiles])

    def at(self, whole: Whole, places: list[Place]) -> None:
        """A life with kills at given places, to look at one again."""
        self.live(whole, [{"kill_at": place} for place in places])

    def live(self, whole: Whole, kills: list[dict[str, Any]]) -> None:
        """One life. After each kill every promise is kept; in the end all is as if nobody had been killed."""
        self.places = []
        with self.fresh() as url:
            for kill in kills:
                answer = self.worker.run(url, whole.script, **kill)
                assert answer["killed"] or answer["code"] == 0, self._told(whole, answer["error"])
                if answer["killed"]:
                    self.killed += 1
                    step, point, what = answer["last"]
                    self.places.append(f"{step}:{point} ({whole.script.steps()[step]['do']}, {what})")
                    self._check(url, whole)
            answer = self.worker.run(url, whole.script)
            assert answer["code"] == 0, self._told(whole, answer["error"])
            platform = Platform.open(url)
            differs = difference(books_of(platform), whole.books)
            assert not differs, self._told(whole, differs)
            assert open_events(platform) == 0
            platform.close()
            self._check(url, whole, last=True)
        print(f"seed {whole.script.seed}: {len(self.places)} kills, books {digest(whole.books)}; " + self._listed())

    def _check(self, url: str, whole: Whole, *, last: bool = False) -> None:
        """Every promise is kept."""
        platform = Platform.open(url)
        found = broken(platform, with_replay=last or self.thorough)
        platform.close()
        assert not found, self._told(whole, "\n".join(found))

    def _listed(self) -> str:
        return ", ".join(self.places)

    def _told(self, whole: Whole, what: str) -> str:
        places = " ".join(place.partition(" ")[0] for place in self.places)
        return (
            f"{what}\nkilled at {self._listed()}\nto see it again: make torture SEED={whole.script.seed} AT='{places}'"
        )
