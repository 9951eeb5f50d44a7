"""The measured runs inside this process: each takes orders into a fresh database and says how long that took."""

from __future__ import annotations

import csv
import gc
import io
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from sqlalchemy import make_url

from rewards.cli.importing import Importer
from rewards.cli.orders_csv import OrderFile
from rewards.errors import RewardsError
from rewards.ledger.tables import metadata
from rewards.services.orders import import_orders, take_order
from rewards.services.platform import Platform
from rewards.services.requests import OrderRequest
from tests.benchmarks.bare import Recorder, Transaction, connect

BATCH = 1_000


class Time(NamedTuple):
    """How long something took, in seconds; `cpu` only this process, None where others did the work."""

    wall: float
    cpu: float | None


class Work(NamedTuple):
    """Orders that are taken: some before, so that whoever takes them has served before, and those that are timed."""

    before: Sequence[OrderRequest]
    timed: Sequence[OrderRequest]


Run = Callable[[str, Work], Time]
"""Takes orders into the database of a URL."""


class Stopwatch:
    """Runs from when it is made."""

    def __init__(self) -> None:
        self._wall = time.perf_counter()
        self._cpu = time.process_time()

    def read(self) -> Time:
        """The time since."""
        return Time(time.perf_counter() - self._wall, time.process_time() - self._cpu)


def opened(url: str) -> Platform:
    """A platform that has read its plans, as one that has served before."""
    # What the benchmark keeps, such as all rows of the bare run, is no service's: no collector shall look through it.
    gc.collect()
    gc.freeze()
    platform = Platform.open(url)
    with platform.ledger.read() as tx:
        platform.calendar(tx)
    return platform


def batches(orders: Sequence[OrderRequest], size: int = BATCH) -> list[Sequence[OrderRequest]]:
    """Orders in parts of one size."""
    return [orders[start : start + size] for start in range(0, len(orders), size)]


def take_in_batches(url: str, work: Work) -> Time:
    """Batches of 1,000, each in one unit."""
    platform = opened(url)
    _take_batches(platform, work.before)
    watch = Stopwatch()
    _take_batches(platform, work.timed)
    taken = watch.read()
    platform.close()
    return taken


def _take_batches(platform: Platform, orders: Sequence[OrderRequest]) -> None:
    for batch in batches(orders):
        _no_errors(import_orders(platform, batch))


def take_one_by_one(url: str, work: Work) -> Time:
    """Each order in a unit of its own, answered with what it has moved."""
    platform = opened(url)
    for order in work.before:
        take_order(platform, order)
    watch = Stopwatch()
    for order in work.timed:
        take_order(platform, order)
    taken = watch.read()
    platform.close()
    return taken


def import_csv(url: str, work: Work) -> Time:
    """A file read and taken as `rewards import` does, in batches of 1,000."""
    platform = opened(url)
    _take_batches(platform, work.before)
    file = io.BytesIO(_csv_of(work.timed))
    watch = Stopwatch()
    tally = Importer(platform).run(OrderFile(file))
    taken = watch.read()
    platform.close()
    if tally.taken != len(work.timed):
        raise RuntimeError(f"{len(work.timed) - tally.taken} orders were not taken, first: {tally.rejections[:1]}")
    return taken


def _csv_of(orders: Sequence[OrderRequest]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("id", "member", "total", "paid_at"))
    writer.writerows((order.id, order.member, order.total, order.paid_at.isoformat()) for order in orders)
    return text.getvalue().encode()


def _no_errors(results: Sequence[bool | RewardsError]) -> None:
    for result in results:
        if isinstance(result, RewardsError):
            raise result


class BareRun:
    """The same rows as the ledger writes for some orders, written by the driver alone.

    They are noted by taking the orders once, and written once for comparison: both databases must then be equal.
    """

    def __init__(self, fresh: Callable[[], str], work: Work, batch: int) -> None:
        url = fresh()
        platform = opened(url)
        recorder = Recorder()
        with recorder.listening():
            for part in [*batches(work.before, batch), *batches(work.timed, batch)]:
                recorder.begin()
                _no_errors(import_orders(platform, part))
        platform.close()
        self._transactions: list[Transaction] = recorder.transactions
        copy = fresh()
        self._before = len(batches(work.before, batch))
        self(copy, work)
        _compare(url, copy)

    def __call__(self, url: str, work: Work) -> Time:
        """See Run."""
        bare = connect(url)
        for transaction in self._transactions[: self._before]:
            bare.write(transaction)
        watch = Stopwatch()
        for transaction in self._transactions[self._before :]:
            bare.write(transaction)
        taken = watch.read()
        bare.close()
        return taken

    @property
    def rows(self) -> int:
        """How many rows are written."""
        return sum(len(write.rows) for transaction in self._transactions for write in transaction)


def _compare(url: str, other: str) -> None:
    """Hold that two databases have the same rows."""
    platforms = Platform.open(url), Platform.open(other)
    with platforms[0].ledger.read() as tx, platforms[1].ledger.read() as other_tx:
        for table in metadata.sorted_tables:
            ordered = table.select().order_by(*table.primary_key)
            if tx.execute(ordered).all() != other_tx.execute(ordered).all():
                raise RuntimeError(f"{make_url(other).database}: table {table.name} differs from what the ledger wrote")
    for platform in platforms:
        platform.close()
