"""The work that processes are killed at: seeded, the same every time, and free to be done again from the start.

A script is a list of steps in JSON. Every request has an id of its own and none is ever refused, whatever has been done
before: what is spent has come in on a day that is closed, and who spends has nothing refunded.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

Step = dict[str, Any]

FIRST_DAY = date(2025, 3, 3)
NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
"""When all of it is done: no step depends on the time of day at which a test is run."""
ZONE = ZoneInfo("Asia/Shanghai")

LOCKED, TOKEN = "locked-points", "appreciating-token"
PLANS = (LOCKED, TOKEN)
ORDERS, REFUNDS = "orders.csv", "refunds.csv"
CHANGE = ("rate: 1.2%", "rate: 1%")
"""What the plan change of a script changes in the plan with locked points."""


class Size(NamedTuple):
    """How much there is to do."""

    members: int = 12
    days: int = 3
    orders: int = 3
    """Single orders a day."""
    batch: int = 15
    lines: int = 45
    """Orders of the file that is imported."""


@dataclass(frozen=True)
class Script:
    """Steps by seed and size."""

    seed: int
    size: Size = field(default_factory=Size)

    @classmethod
    def of(cls, given: dict[str, Any]) -> Script:
        """The script that was written as JSON."""
        return cls(given["seed"], Size(*given["size"]))

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def steps(self) -> list[Step]:
        """What is to be done, in this order."""
        return list(_Writer(Random(self.seed), self.size).write())

    def write_files(self, folder: Path) -> None:
        """The files that are imported: orders of known members and of others sponsored by them, and refunds of some."""
        orders = list(self._lines())
        _write(folder / ORDERS, ["id", "member", "total", "paid_at", "sponsor"], orders)
        random, back = Random(self.seed + 2), []
        for id, member, total, _, _ in orders:
            if member[0] == "n" or int(member[1:]) % 2 == 0:
                part = random.choice(["", f"{random.randrange(1, int(total.partition('.')[0]))}.00"])
                back.append([f"back-{id}", id, part, _at(FIRST_DAY + timedelta(days=1), random)])
        _write(folder / REFUNDS, ["id", "order", "amount", "at"], back)

    def _lines(self) -> Iterator[list[str]]:
        random = Random(self.seed + 1)
        known = [f"m{n}" for n in range(self.size.members)]
        for number in range(self.size.lines):
            who, sponsor = random.choice(known), ""
            if random.random() < 0.3:
                who, sponsor = f"n{number}", who
                known.append(who)
            yield [f"line-{number}", who, _money(random), _at(FIRST_DAY, random), sponsor]


class _Writer:
    """Writes one script. Members with an even number get refunds, those with an odd one spend."""

    def __init__(self, random: Random, size: Size) -> None:
        self._random, self._size = random, size
        self._number = 0
        self._left: dict[str, int] = {}
        """What may still be refunded of orders, in whole units of the currency."""

    def write(self) -> list[Step]:
        steps: list[Step] = [{"do": "activate", "plan": plan, "from": FIRST_DAY.isoformat()} for plan in PLANS]
        steps.append({"do": "join", "members": self._members()})
        for number in range(self._size.days):
            steps += self._day(number, FIRST_DAY + timedelta(days=number))
        end = FIRST_DAY + timedelta(days=self._size.days + 2)
        return [*steps, {"do": "close-through", "day": end.isoformat()}, {"do": "seal"}]

    def _members(self) -> list[list[str | None]]:
        found: list[list[str | None]] = [["m0", None]]
        for number in range(1, self._size.members):
            found.append([f"m{number}", f"m{self._random.randrange(number)}" if self._random.random() < 0.9 else None])
        return found

    def _day(self, number: int, day: date) -> list[Step]:
        steps: list[Step] = [self._order(day) for _ in range(self._size.orders)]
        steps.append({"do": "batch", "orders": [self._order(day) for _ in range(self._size.batch)]})
        if number == 0:
            # Everybody has something to spend later on, whatever else is drawn.
            orders = [self._order(day, f"m{n}", "9000.00") for n in range(self._size.members)]
            steps += [{"do": "batch", "orders": orders}, {"do": "import"}]
        if number == 1:
            steps.append({"do": "import-refunds"})
            change = (day + timedelta(days=1)).isoformat()
            steps.append({"do": "activate", "plan": LOCKED, "from": change, "change": list(CHANGE)})
        if number >= 2:
            steps += self._spending(day)
        steps += [self._refund(day) for _ in range(2)]
        self._random.shuffle(steps)
        return [*steps, {"do": "close", "day": day.isoformat()}, {"do": "seal"}]

    def _spending(self, day: date) -> list[Step]:
        return [
            self._order(day, self._spender(), points="5.00"),
            self._ask("redeem", day, plan=TOKEN, asset="token", quantity="1.5"),
            self._ask("convert", day, plan=TOKEN, asset="token", to="credit", quantity="2"),
            self._ask("adjust", day, plan=TOKEN, asset="credit", quantity="1.25"),
        ]

    def _ask(self, what: str, day: date, **more: str) -> Step:
        return {"do": what, "id": self._id(what), "member": self._spender(), "at": _at(day, self._random), **more}

    def _order(self, day: date, member: str | None = None, total: str | None = None, points: str = "0") -> Step:
        id = self._id("order")
        member = member or f"m{self._random.randrange(self._size.members)}"
        total = total or _money(self._random)
        if int(member[1:]) % 2 == 0:
            self._left[id] = int(total.partition(".")[0])
        order = {"do": "order", "id": id, "member": member, "total": total, "at": _at(day, self._random)}
        return {**order, "points": points}

    def _refund(self, day: date) -> Step:
        """A part of an order of the days before, or nothing but an order where there is none yet."""
        order = next((id for id in self._left if self._left[id] > 1 and self._random.random() < 0.3), None)
        if day == FIRST_DAY or order is None:
            return self._order(day)
        amount = self._random.randrange(1, self._left[order])
        self._left[order] -= amount
        return {"do": "refund", "id": self._id("refund"), "order": order, "amount": f"{amount}.00",
                "at": _at(day, self._random)}  # fmt: skip

    def _spender(self) -> str:
        return f"m{self._random.randrange(1, self._size.members, 2)}"

    def _id(self, kind: str) -> str:
        self._number += 1
        return f"{kind}-{self._number}"


def _write(path: Path, columns: list[str], lines: list[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([columns, *lines])


def _money(random: Random) -> str:
    return f"{random.choice((80, 600, 3000, 9000, 27000)) + random.randrange(500)}.{random.randrange(100):02}"


def _at(day: date, random: Random) -> str:
    moment = datetime(day.year, day.month, day.day, random.randrange(24), random.randrange(60), tzinfo=ZONE)
    return moment.isoformat()
