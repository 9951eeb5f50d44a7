"""Importing orders or refunds in batches, each batch all at once.

Repeating an import takes up where it stopped.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Generic, NamedTuple, TypeVar

from rewards.cli.csv_file import BadLine
from rewards.cli.exact import total
from rewards.cli.orders_csv import OrderLine
from rewards.cli.refunds_csv import RefundLine
from rewards.errors import RewardsError
from rewards.ledger import StoreUnavailable, members
from rewards.services.collections_paused import collections_paused
from rewards.services.members import add_member, add_members
from rewards.services.orders import import_orders
from rewards.services.platform import Platform
from rewards.services.refunds import import_refunds
from rewards.services.requests import MemberRequest

BATCH = 1_000
"""Lines taken in one unit: large enough that committing costs little, small enough to repeat after an interruption."""

MOST_REJECTIONS = 100
"""How many rejected lines a tally remembers."""


@dataclass
class Tally:
    """What an import has done so far.

    Totals are decimal texts: of the orders' totals, points included, or of how much of them was taken back.
    """

    taken: int = 0
    repeated: int = 0
    rejected: int = 0
    members: int = 0
    """Members added on the fly."""
    total_taken: str = "0"
    total_repeated: str = "0"
    rejections: list[BadLine] = field(default_factory=list)
    """The first lines that were rejected."""


Line = TypeVar("Line")


class BatchImporter(ABC, Generic[Line]):
    """Takes lines into a platform and counts. `reject` is called with every line that is not taken."""

    def __init__(
        self, platform: Platform, *, reject: Callable[[BadLine], None] = lambda _: None, batch: int = BATCH
    ) -> None:
        self.tally = Tally()
        self._platform = platform
        self._reject = reject
        self._batch = batch

    def run(self, lines: Iterable[Line | BadLine], done: Callable[[int], None] = lambda _: None) -> Tally:
        """Take all lines, a batch at a time; `done` is told the size of each batch. Raises StoreUnavailable.

        Batches before an error stay taken.
        """
        rest = iter(lines)
        while size := self._run_batch(rest):
            done(size)
        return self.tally

    def _run_batch(self, rest: Iterator[Line | BadLine]) -> int:
        """Take the next lines; answers how many there were."""
        with collections_paused():
            batch = list(islice(rest, self._batch))
            unread = [line for line in batch if isinstance(line, BadLine)]
            refused = self._take([line for line in batch if not isinstance(line, BadLine)])
        for bad in sorted([*unread, *refused], key=lambda each: each.number):
            self._refuse(bad)
        return len(batch)

    @abstractmethod
    def _take(self, lines: Sequence[Line]) -> list[BadLine]:
        """Take lines all at once and count them; answers those that are refused."""

    def _count(self, taken: Sequence[str], repeated: Sequence[str]) -> None:
        """Count the amounts of the lines that a batch has taken, and of those that had been taken before."""
        tally = self.tally
        tally.taken += len(taken)
        tally.total_taken = total([tally.total_taken, *taken])
        tally.repeated += len(repeated)
        tally.total_repeated = total([tally.total_repeated, *repeated])

    def _refuse(self, line: BadLine) -> None:
        self.tally.rejected += 1
        if len(self.tally.rejections) < MOST_REJECTIONS:
            self.tally.rejections.append(line)
        self._reject(line)


class RefundImporter(BatchImporter[RefundLine]):
    """Takes orders back."""

    def _take(self, lines: Sequence[RefundLine]) -> list[BadLine]:
        bad: list[BadLine] = []
        amounts: tuple[list[str], list[str]] = ([], [])
        for line, result in zip(lines, import_refunds(self._platform, [line.request for line in lines]), strict=True):
            if isinstance(result, RewardsError):
                # An order nobody knows is no fault of the request itself, where the order is part of its address.
                column = "order" if result.code == "event.unknown" else _column(result)
                bad.append(BadLine(line.number, column, result, line.cells))
            else:
                amounts[result.repeated].append(result.amount)
        self._count(*amounts)
        return bad


class Importer(BatchImporter[OrderLine]):
    """Takes orders; with `create_members` those who are not there yet are added."""

    def __init__(
        self,
        platform: Platform,
        *,
        create_members: bool = False,
        reject: Callable[[BadLine], None] = lambda _: None,
        batch: int = BATCH,
    ) -> None:
        super().__init__(platform, reject=reject, batch=batch)
        self._create_members = create_members
        self._known: set[str] = set()

    def add_members(self, requests: Sequence[MemberRequest]) -> None:
        """Add members beforehand, in the order given, in batches.

        Those who are there already with the same data stay; raises Conflict for other data, StoreUnavailable.
        """
        for start in range(0, len(requests), self._batch):
            added = add_members(self._platform, list(requests[start : start + self._batch]))
            self.tally.members += sum(not repeated for repeated in added)
        self._known.update(request.id for request in requests)

    def _take(self, lines: Sequence[OrderLine]) -> list[BadLine]:
        refused = self._add_members_of(lines) if self._create_members else {}
        orders = [line for line in lines if id(line) not in refused]
        bad = list(refused.values())
        amounts: tuple[list[str], list[str]] = ([], [])
        for line, result in zip(orders, import_orders(self._platform, [line.request for line in orders]), strict=True):
            if isinstance(result, RewardsError):
                bad.append(BadLine(line.number, _column(result), result, line.cells))
            else:
                amounts[result].append(line.request.total)
        self._count(*amounts)
        return bad

    def _add_members_of(self, orders: Sequence[OrderLine]) -> dict[int, BadLine]:
        """Add the members (sponsors first) who are not there yet; those who are there keep what they have.

        Answers the lines whose member or sponsor cannot be added, by their identity.
        """
        new = self._new_members(orders)
        try:
            add_members(self._platform, [each.request for each in new])
            added = new
            bad: dict[int, BadLine] = {}
        except StoreUnavailable:
            raise
        except RewardsError:
            # All or none: one that cannot be added has kept out the others, so find out which.
            added, bad = self._add_one_by_one(new)
        self._known.update(each.request.id for each in added)
        self.tally.members += len(added)
        return bad

    def _new_members(self, orders: Sequence[OrderLine]) -> list[_New]:
        people = {line.request.member for line in orders} | {line.sponsor for line in orders if line.sponsor}
        unknown = people - self._known
        with self._platform.ledger.read() as tx:
            self._known.update(members.ordinals(tx, unknown))
        unknown -= self._known
        new = []
        for line in orders:
            member, sponsor = line.request.member, line.sponsor
            if member not in unknown:
                continue
            unknown.remove(member)
            if sponsor in unknown:
                unknown.remove(sponsor)
                new.append(_New(MemberRequest(sponsor), line, "sponsor"))
            new.append(_New(MemberRequest(member, phone=line.phone, sponsor=sponsor), line, "member"))
        return new

    def _add_one_by_one(self, new: Sequence[_New]) -> tuple[list[_New], dict[int, BadLine]]:
        added: list[_New] = []
        bad: dict[int, BadLine] = {}
        for each in new:
            try:
                add_member(self._platform, each.request)
                added.append(each)
            except StoreUnavailable:
                raise
            except RewardsError as error:
                if error.code == "event.conflict":  # somebody else has added them in this very moment
                    self._known.add(each.request.id)
                    continue
                column = each.column if error.pointer == "/id" else _column(error)
                line = each.line
                bad.setdefault(id(line), BadLine(line.number, column, error, line.cells))
        return added, bad


class _New(NamedTuple):
    """A member to add, because of which line and which of its columns."""

    request: MemberRequest
    line: OrderLine
    column: str


def _column(error: RewardsError) -> str | None:
    """The column that a request's field comes from."""
    if error.pointer is None:
        return None
    root, *rest = error.pointer.split("/")[1:]
    return ".".join(["attribute", *rest]) if root == "attributes" else root
