"""What is read of members for the events of one unit: what is looked at, of all at once, and never anew."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, event

from rewards.ledger import locks
from rewards.services import orders
from rewards.services.binding import Binding, Looked
from rewards.services.source import LedgerSource

from .shop import CASHBACK, Shop, changed

CROWD = [f"m{number}" for number in range(1, 41)]
TO_SPONSOR = changed(CASHBACK, ("to: buyer", "to: sponsor"))
COINS, LOCKED_COINS, OWED = range(3)


@pytest.fixture
def crowd(shop: Shop) -> Shop:
    """Forty members, each sponsored by the one before."""
    shop.activate(CASHBACK)
    shop.line(*CROWD)
    return shop


@contextmanager
def reading(shop: Shop) -> Iterator[list[str]]:
    """What is asked of the database meanwhile."""
    asked: list[str] = []

    def hear(_: Connection, __: object, text: str, *more: object) -> None:
        if text.startswith("SELECT") and "advisory" not in text:
            asked.append(text)

    event.listen(shop.platform.ledger.engine, "before_cursor_execute", hear)
    try:
        yield asked
    finally:
        event.remove(shop.platform.ledger.engine, "before_cursor_execute", hear)


def binding_of(shop: Shop, tx: Connection) -> Binding:
    return shop.platform.calendar(tx).bindings["cashback"][-1]


def buy_all(shop: Shop, members: list[str], of: str) -> None:
    taken = orders.import_orders(shop.platform, [shop.order(f"{of}-{id}", id, "100") for id in members])
    assert taken == [False] * len(members)


@pytest.mark.parametrize("plan", [CASHBACK, TO_SPONSOR])
def test_a_batch_reads_as_often_however_many_members_it_has(shop: Shop, plan: str) -> None:
    shop.activate(plan)
    shop.line(*CROWD)
    buy_all(shop, CROWD, "first")
    counts = []
    for some in (CROWD[:30], CROWD):
        with reading(shop) as asked:
            buy_all(shop, some, f"of-{len(some)}")
        counts.append(len(asked))
    assert counts[0] == counts[1] < 12
    assert shop.has("m5", "coins") == "30.00"


def test_what_no_event_looks_at_is_not_read(crowd: Shop) -> None:
    buy_all(crowd, CROWD, "first")
    with crowd.platform.ledger.read() as tx:
        looked = binding_of(crowd, tx).looked_at["order"]
    assert looked.books == {COINS, OWED}
    assert looked.ladders == set()


def test_an_account_of_one_in_many_is_read_by_itself(crowd: Shop) -> None:
    buy_all(crowd, CROWD[:4], "o")
    with reading(crowd) as asked, crowd.platform.ledger.read() as tx:
        source, looked = LedgerSource(tx, binding_of(crowd, tx)), Looked()
        source.prefetch(range(1, 41), looked)
        assert [source.balance(COINS, member) for member in (1, 2)] == [1000, 1000]
        assert looked.books == set()
        asked.clear()
        assert [source.balance(COINS, member) for member in (3, 4, 5, 40)] == [1000, 1000, 0, 0]
        assert len(asked) == 1  # by the third it is no exception any more
        assert looked.books == {COINS}


def test_what_is_known_stays_when_more_is_read(crowd: Shop) -> None:
    buy_all(crowd, CROWD[:2], "o")
    with crowd.platform.ledger.read() as tx:
        source = LedgerSource(tx, binding_of(crowd, tx))
        source.prefetch([1, 2, 3], Looked(books={COINS}))
        known: dict[int, int] = {1: 7}
        source.fill([known] * (COINS + 1))
        assert {holder: amount for holder, amount in known.items() if holder > 0} == {1: 7, 2: 1000, 3: 0}


def test_all_sponsors_are_read_with_the_first_that_is_looked_at(crowd: Shop) -> None:
    with reading(crowd) as asked, crowd.platform.ledger.read() as tx:
        source = LedgerSource(tx, binding_of(crowd, tx))
        source.prefetch([10, 20, 30], Looked(books={COINS}))
        before = len(asked)
        assert source.balance(COINS, 9) == 0
        assert len(asked) == before + 2  # who sponsored them, and what those have
        assert [source.balance(COINS, member) for member in (19, 29)] == [0, 0]
        assert [source.person(member).sponsor for member in (10, 20, 30)] == [9, 19, 29]
        assert len(asked) == before + 2


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
def test_members_are_held_by_their_ids_with_their_sponsors(shop: Shop) -> None:
    shop.activate(CASHBACK)
    shop.line("ann", "carl")
    shop.line("bob")
    with ThreadPoolExecutor() as pool:
        with shop.platform.ledger.write_beside() as tx:
            locks.hold_named(tx, ["carl", "nobody"])
            pool.submit(shop.buy, "o-bob", "bob", "100").result(timeout=20)
            waiting = pool.submit(shop.buy, "o-ann", "ann", "100")
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.1)
        assert not waiting.result(timeout=20).repeated
