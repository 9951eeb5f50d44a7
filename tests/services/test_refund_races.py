"""Refunds of one order at the same time, from several processes and threads: together never more than the order."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from rewards.errors import RewardsError
from rewards.services import refunds
from rewards.services.refunds import Refunded
from rewards.services.requests import RefundRequest

from . import test_concurrency
from .shop import CASHBACK, MONDAY, Shop, noon, shipped
from .test_concurrency import AT, Request, each_alone, errors, order

shop, racers, race = test_concurrency.shop, test_concurrency.racers, test_concurrency.race


def back(id: str, amount: str | None = None, of: str = "o") -> Request:
    return {"do": "refund", "id": id, "order": of, "amount": amount, "at": AT}


def test_refunds_that_exceed_the_order_together_succeed_as_far_as_it_goes(shop: Shop, race: Any) -> None:
    shop.activate(CASHBACK)
    shop.join("ann")
    shop.buy("o", "ann", "3000")  # 300 coins
    asked = [back(f"r-{n}", "400") for n in range(12)]
    answers = race(each_alone(asked[:6]), each_alone(asked[6:]))
    assert errors(answers) == {"": 7, "refund.too-much": 5}  # seven times 400 fit into 3,000
    assert shop.has("ann", "coins") == "20.00"


def test_whole_refunds_at_once_take_the_order_back_once(shop: Shop, race: Any) -> None:
    shop.activate(shipped("locked-points"))
    shop.join("ann")
    shop.buy("o", "ann", "3000")
    asked = [back(f"r-{n}") for n in range(8)]
    answers = race(each_alone(asked[:4]), each_alone(asked[4:]))
    assert errors(answers) == {"": 1, "refund.too-much": 7}
    holding = shop.holding("ann", "points")
    assert (holding.available, holding.locked, holding.debt) == ("0.00", "0.00", "0.00")


def test_the_same_refund_many_times_at_once_has_one_effect(shop: Shop, race: Any) -> None:
    shop.activate(CASHBACK)
    shop.join("ann")
    shop.buy("o", "ann", "3000")
    answers = race(each_alone([back("r", "1000")] * 10), each_alone([back("r", "1000")] * 10))
    assert sorted(answer.pop("repeated") for answer in answers) == [False] + [True] * 19
    assert answers == [answers[0]] * 20
    assert shop.has("ann", "coins") == "200.00"


def test_refunds_of_many_orders_among_new_orders(shop: Shop, race: Any) -> None:
    shop.activate(CASHBACK)
    people = [f"m{n}" for n in range(4)]
    shop.join(*people)
    for member in people:
        shop.buy(f"first-{member}", member, "1000")
    threads = [[order(f"o-{each}", each, "500"), back(f"r-{each}", None, f"o-{each}")] for each in people]
    others = [[back(f"f-{each}-{n}", "400", f"first-{each}") for n in range(3)] for each in people]
    assert errors(race(threads, others)) == {"": 16, "refund.too-much": 4}
    assert [shop.has(each, "coins") for each in people] == ["20.00"] * 4  # 200 of 1,000 are left, and nothing of 500


def test_an_import_and_requests_one_by_one_share_what_is_left(shop: Shop) -> None:
    shop.activate(CASHBACK)
    shop.join("ann")
    shop.buy("o", "ann", "3000")

    def asked(id: str) -> RefundRequest:
        return RefundRequest(id, "o", "400", noon(MONDAY))

    def one(id: str) -> str:
        try:
            return str(refunds.refund(shop.platform, asked(id)).repeated)
        except RewardsError as error:
            return error.code

    with ThreadPoolExecutor() as pool:
        imported = [
            pool.submit(refunds.import_refunds, shop.platform, [asked(f"i-{n}-{each}") for each in range(3)])
            for n in range(2)
        ]
        single = [pool.submit(one, f"s-{n}") for n in range(4)]
        found = [result for batch in imported for result in batch.result(timeout=60)]
        answers = [each.result(timeout=60) for each in single]
    taken = sum(isinstance(each, Refunded) for each in found) + answers.count("False")
    assert taken == 7
    assert {each.code for each in found if isinstance(each, RewardsError)} | {*answers} <= {"refund.too-much", "False"}
    assert shop.has("ann", "coins") == "20.00"
