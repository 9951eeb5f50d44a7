"""Many at once: real processes with several threads each, on both databases (promises 2, 4, 6 and 7)."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from rewards.errors import InvalidRequest, Refused
from rewards.ledger import Contended, Ledger, locks, members, open_engine
from rewards.services import orders, reports, units
from rewards.services.units import retried

from .shop import CASHBACK, MONDAY, TUESDAY, Shop, changed, noon, shipped

RACER = Path(__file__).with_name("racer.py")
AT = noon(MONDAY).isoformat()

GIFTS = (
    CASHBACK
    + """
  - id: gift
    title: {en: Coins are given on, zh: 转赠金币}
    on: pay
    pay: {asset: coins}
"""
)
"""Coins can be given to other members."""

Request = dict[str, Any]
Answer = dict[str, Any]


@pytest.fixture
def shop(database_url: str) -> Iterator[Shop]:
    """A shop whose locks are waited for as long as in production; in the end every promise is kept, replay included."""
    engine = open_engine(database_url, durable=False)
    shop = Shop.on(Ledger(engine))
    yield shop
    assert [each for each in reports.verify(shop.platform) if each.violations] == []
    engine.dispose()


@pytest.fixture(scope="module")
def racers() -> Iterator[list[subprocess.Popen[str]]]:
    """Two processes that wait for races."""
    command = [sys.executable, str(RACER)]
    running = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=RACER.parents[2])
        for _ in range(2)
    ]
    yield running
    for process in running:
        process.kill()
        process.communicate()


@pytest.fixture
def race(database_url: str, racers: list[subprocess.Popen[str]]) -> Callable[..., list[Answer]]:
    """Lets the two processes make requests at the same time, in each several threads of one request after the other."""

    def run(*processes: list[list[Request]]) -> list[Answer]:
        for process, threads in zip(racers, processes, strict=True):
            say(process, json.dumps({"url": database_url, "threads": threads}))
        for process in racers:
            assert hear(process) == "ready"
        for process in racers:
            say(process, "")
        return [answer for process in racers for of_thread in json.loads(hear(process)) for answer in of_thread]

    return run


def say(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdin is not None
    print(line, file=process.stdin, flush=True)


def hear(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def order(id: str, member: str = "ann", total: str = "100", at: str = AT) -> Request:
    return {"do": "order", "id": id, "member": member, "total": total, "at": at}


def gift(id: str, quantity: str, member: str = "ann", payee: str = "bob") -> Request:
    return {"do": "pay", "id": id, "member": member, "payee": payee, "plan": "cashback", "asset": "coins",
            "quantity": quantity, "at": AT}  # fmt: skip


def each_alone(requests: list[Request]) -> list[list[Request]]:
    """A thread for every request."""
    return [[request] for request in requests]


def errors(answers: list[Answer]) -> Counter[str]:
    """How many were refused with which code; the others under the empty text."""
    return Counter(answer.get("error", "") for answer in answers)


# --- the same request ------------------------------------------------------------------------------------------------


def test_the_same_order_fifty_times_at_once_has_one_effect_and_one_answer(shop: Shop, race: Any) -> None:
    shop.activate(CASHBACK)
    shop.join("ann")
    answers = race(each_alone([order("o-1")] * 25), each_alone([order("o-1")] * 25))
    assert Counter(answer.pop("repeated") for answer in answers) == {False: 1, True: 49}
    assert answers == [answers[0]] * 50
    assert shop.has("ann", "coins") == "10.00"  # a tenth of 100, once


def test_the_same_id_with_another_body_is_a_conflict_for_all_but_those_who_came_first(shop: Shop, race: Any) -> None:
    shop.activate(CASHBACK)
    shop.join("ann", "bob")
    bodies = [order("o-1", member, total) for member in ("ann", "bob") for total in ("100", "200")]
    answers = race(each_alone(bodies * 3), each_alone(bodies * 3))
    # One of the four bodies was first; it is answered to all six that sent it.
    assert errors(answers) == {"": 6, "event.conflict": 18}
    taken = [answer for answer in answers if "error" not in answer]
    assert Counter(answer["repeated"] for answer in taken) == {False: 1, True: 5}
    assert len({answer["sequence"] for answer in taken}) == 1
    # Its tenth is all there is: 10 or 20 coins for one of the two.
    assert {shop.has("ann", "coins"), shop.has("bob", "coins")} in ({"0.00", "10.00"}, {"0.00", "20.00"})


# --- what there is, is given once ------------------------------------------------------------------------------------


def test_twenty_gifts_at_once_of_what_is_there_only_once_give_it_once(shop: Shop, race: Any) -> None:
    shop.activate(GIFTS)
    shop.join("ann", "bob")
    shop.buy("o-1", "ann", "1000")  # 100 coins
    answers = race(*[each_alone([gift(f"g-{process}-{n}", "100") for n in range(10)]) for process in range(2)])
    assert errors(answers) == {"": 1, "request.balance-too-small": 19}
    assert (shop.has("ann", "coins"), shop.has("bob", "coins")) == ("0.00", "100.00")


def test_of_gifts_to_and_fro_exactly_as_many_succeed_as_fit(shop: Shop, race: Any) -> None:
    shop.activate(GIFTS)
    shop.join("ann", "bob")
    shop.buy("o-1", "ann", "1000")  # 100 coins; 30 a gift: three fit, and 10 are left
    there = [gift(f"g-{n}", "30") for n in range(12)]
    answers = race(each_alone(there[:6]), each_alone(there[6:]))
    assert errors(answers) == {"": 3, "request.balance-too-small": 9}
    # Both ways at once, 1 each: whoever waits for whom, nobody waits for ever, and what is there stays the same.
    fro = [gift(f"f-{n}", "1", "bob", "ann") for n in range(8)]
    back = [gift(f"b-{n}", "1") for n in range(8)]
    assert errors(race(each_alone(fro), each_alone(back))) == {"": 16}
    assert (shop.has("ann", "coins"), shop.has("bob", "coins")) == ("10.00", "90.00")


def test_redemptions_that_exceed_the_holding_together_succeed_as_far_as_it_goes(shop: Shop, race: Any) -> None:
    shop.activate(shipped("appreciating-token"))
    shop.join("ann")
    shop.buy("o-1", "ann", "1000")  # 21 % of it in units at the issue price of 1 (specification 1): 210
    asked = [
        {"do": "redeem", "id": f"r-{n}", "member": "ann", "plan": "appreciating-token", "asset": "token",
         "quantity": "60", "at": AT}
        for n in range(8)
    ]  # fmt: skip
    answers = race(each_alone(asked[:4]), each_alone(asked[4:]))
    assert errors(answers) == {"": 3, "request.balance-too-small": 5}
    assert shop.has("ann", "token") == "30.000000"


def test_the_last_units_of_the_supply_are_issued_once(shop: Shop, race: Any) -> None:
    # Specification 1: orders of 100 get 21, 14.7 and 12.495 units, 48.195 together. Of a supply of 50 the fourth order
    # gets the rest, whoever that is, and the others none.
    shop.activate(changed(shipped("appreciating-token"), ('supply: "100000000"', 'supply: "50"')))
    people = [f"m{n}" for n in range(8)]
    shop.join(*people)
    answers = race(*[each_alone([order(f"o-{each}", each) for each in part]) for part in (people[:4], people[4:])])
    assert errors(answers) == {"": 8}
    held = Counter(holding.available for each in people for holding in shop.holdings(each) if holding.asset == "token")
    assert held == {"21.000000": 1, "14.700000": 1, "12.495000": 1, "1.805000": 1, "0.000000": 4}


# --- days ------------------------------------------------------------------------------------------------------------


def test_two_closes_of_one_day_close_it_once(shop: Shop, race: Any) -> None:
    shop.activate(shipped("locked-points"))
    shop.join("ann")
    shop.buy("o-1", "ann", "3000", MONDAY)
    shop.close(MONDAY)
    close = {"do": "close", "plan": "locked-points", "day": TUESDAY.isoformat()}
    answers = race(each_alone([close] * 3), each_alone([close] * 3))
    assert answers == [answers[0]] * 6
    assert answers[0]["day"] == TUESDAY.isoformat()
    # Specification 2: 1.2 % of the order a day; the day of the order releases nothing.
    assert shop.has("ann", "points") == "36.00"


def test_an_order_that_arrives_while_its_day_closes_lands_in_exactly_one_day(shop: Shop, race: Any) -> None:
    shop.activate(CASHBACK)
    people = [f"m{n}" for n in range(4)]
    shop.join(*people)
    close = {"do": "close", "plan": "cashback", "day": MONDAY.isoformat()}
    buying = [[order(f"o-{each}-{n}", each) for n in range(6)] for each in people]
    *taken, closed = race(buying[:2], [*buying[2:], [close]])
    assert errors(taken) == {"": 24}
    assert closed["day"] == MONDAY.isoformat()
    days = Counter(day for answer in taken for day in answer["days"])
    assert days.total() == 24
    assert set(days) <= {MONDAY.isoformat(), TUESDAY.isoformat()}
    # The close stands between the two days in the sequence of events as well.
    booked = {day: [answer["sequence"] for answer in taken if answer["days"] == [day]] for day in days}
    if len(booked) == 2:
        assert max(booked[MONDAY.isoformat()]) < min(booked[TUESDAY.isoformat()])
    assert {shop.has(each, "coins") for each in people} == {"60.00"}


def test_a_refund_that_races_the_close_of_its_orders_day_takes_everything_back(shop: Shop, race: Any) -> None:
    shop.activate(shipped("locked-points"))
    shop.join("ann")
    shop.buy("o-1", "ann", "3000", MONDAY)
    refund = {"do": "refund", "id": "r-1", "order": "o-1", "at": noon(TUESDAY).isoformat()}
    closes = [{"do": "close", "plan": "locked-points", "day": day.isoformat()} for day in (MONDAY, TUESDAY)]
    answers = race([closes], [[refund], [refund]])
    assert errors(answers) == {"": 4}
    shop.close(date(2026, 3, 4), plan="locked-points")  # a refund after the second close is settled at the next
    holding = shop.holding("ann", "points")
    assert (holding.available, holding.locked, holding.debt) == ("0.00", "0.00", "0.00")


# --- who waits for whom ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
def test_an_order_does_not_wait_for_another_members(shop: Shop) -> None:
    shop.activate(CASHBACK)
    shop.line("top", "ann", "carl")
    shop.line("bob")
    ann = _ordinal(shop, "ann")
    with ThreadPoolExecutor() as pool:
        with shop.platform.ledger.write_beside() as tx:
            locks.hold_members(tx, [ann])
            pool.submit(shop.buy, "o-bob", "bob", "100").result(timeout=20)
            # Ann herself has to wait, and so has carl: what he buys may concern her, who sponsored him.
            waiting = [pool.submit(shop.buy, f"o-{each}", each, "100") for each in ("ann", "carl")]
            time.sleep(0.5)
            assert not any(each.done() for each in waiting)
        assert [each.result(timeout=20).repeated for each in waiting] == [False, False]


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
def test_an_order_that_is_being_written_keeps_only_the_numbering_from_others(shop: Shop) -> None:
    shop.activate(CASHBACK)
    shop.join("ann", "bob")
    begun = threading.Event()

    def hold() -> None:
        with shop.platform.ledger.write_beside() as tx:
            locks.hold_numbers(tx)
            begun.set()
            time.sleep(0.5)

    with ThreadPoolExecutor() as pool:
        holding = pool.submit(hold)
        begun.wait()
        # An order that is refused has no number, and does not wait for one.
        before = time.monotonic()
        with pytest.raises(InvalidRequest):
            shop.buy("o-1", "nobody", "100")
        assert not holding.done(), time.monotonic() - before
        shop.buy("o-2", "ann", "100")
        assert holding.done()


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
def test_where_a_price_follows_every_order_they_take_turns(shop: Shop) -> None:
    shop.activate(shipped("appreciating-token"))
    shop.join("ann", "bob")
    shop.buy("o-1", "ann", "100")
    assert shop.platform.needs_alone == {orders.KIND}
    shop.buy("o-2", "bob", "100")
    # The second order finds the price that the first has made: 30 of 100 went to the pool of 70 units, 3/7 each.
    with shop.platform.ledger.read() as tx:
        assert len(shop.platform.calendar(tx).bindings) == 1


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
def test_a_new_version_is_tried_anew(shop: Shop) -> None:
    shop.activate(shipped("appreciating-token"))
    shop.join("ann")
    shop.buy("o-1", "ann", "100")
    assert shop.platform.needs_alone
    shop.activate(changed(shipped("appreciating-token"), ("30%", "25%")), TUESDAY)
    with shop.platform.ledger.read() as tx:
        shop.platform.calendar(tx)
    assert not shop.platform.needs_alone


# --- trying again ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
def test_a_deadlock_is_undone_by_trying_again(shop: Shop) -> None:
    both = threading.Barrier(2)
    attempts: list[int] = []

    @retried
    def cross(first: int, second: int) -> int:
        attempts.append(first)
        with shop.platform.ledger.write_beside() as tx:
            locks.hold_members(tx, [first])
            if len(attempts) <= 2:
                both.wait(timeout=20)
            locks.hold_members(tx, [second])  # not in ascending order in one of the two: what real units never do
            return first

    with ThreadPoolExecutor() as pool:
        found = [pool.submit(cross, 1, 2), pool.submit(cross, 2, 1)]
        assert [each.result(timeout=30) for each in found] == [1, 2]
    assert len(attempts) == 3  # one of them was the database's victim, once


def test_trying_again_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(units.time, "sleep", pauses.append)
    attempts: list[int] = []

    @retried
    def always_in_the_way() -> None:
        attempts.append(1)
        raise Contended("ledger.busy")

    with pytest.raises(Contended):
        always_in_the_way()
    assert len(attempts) == units.MOST_ATTEMPTS
    assert len(pauses) == units.MOST_ATTEMPTS - 1
    assert max(pauses) < 0.005 * 2 ** (units.MOST_ATTEMPTS - 1)


def test_what_is_refused_is_not_tried_again() -> None:
    attempts: list[int] = []

    @retried
    def refused() -> None:
        attempts.append(1)
        raise Refused("request.balance-too-small")

    with pytest.raises(Refused):
        refused()
    assert attempts == [1]


def _ordinal(shop: Shop, id: str) -> int:
    with shop.platform.ledger.read() as tx:
        return members.ordinals(tx, [id])[id]
