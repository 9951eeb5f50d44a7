"""Refunds over HTTP: an order taken back in part and whole, once each, and never more than it was."""

from __future__ import annotations

import pytest

from .shop import Caller, order

REFUNDS = "/v1/orders/order-1/refunds"


@pytest.fixture
def bought(operator: Caller) -> Caller:
    """A shop that has an order of bert's over 3,000, which granted him a quota of 6,000."""
    operator.post("/v1/orders", order("order-1", "bert", "3000"))
    return operator


def available(caller: Caller, asset: str) -> str:
    items = caller.get("/v1/members/bert/balances")["items"]
    return next(str(each["available"]) for each in items if each["asset"] == asset)


def test_a_third_of_an_order_takes_back_a_third_of_its_quota(bought: Caller) -> None:
    taken = bought.post(REFUNDS, {"id": "refund-1", "amount": "1000"})
    assert taken["kind"] == "refund"
    assert available(bought, "quota") == "4000.00"


def test_the_same_refund_again_has_no_further_effect(bought: Caller) -> None:
    bought.post(REFUNDS, {"id": "refund-1", "amount": "1000"})
    again = bought.post(REFUNDS, {"id": "refund-1", "amount": "1000.00"}, status=200)
    assert again["repeated"] is True
    assert available(bought, "quota") == "4000.00"


def test_without_an_amount_all_that_is_left_is_taken_back(bought: Caller) -> None:
    bought.post(REFUNDS, {"id": "refund-1", "amount": "1000"})
    bought.post(REFUNDS, {"id": "refund-2"})
    assert available(bought, "quota") == "0.00"
    assert available(bought, "token") == "0.000000"


def test_no_more_than_the_order_can_be_refunded(bought: Caller) -> None:
    problem = bought.refused(422, "POST", REFUNDS, json={"id": "refund-1", "amount": "3000.01"})
    assert problem["errors"] == [
        {
            "pointer": "/amount",
            "code": "refund.too-much",
            "detail": "of order order-1 3000.00 of 3000.00 can still be refunded; name at most that",
        }
    ]
    assert available(bought, "quota") == "6000.00"


def test_another_refund_under_the_same_id_is_a_conflict(bought: Caller) -> None:
    bought.post(REFUNDS, {"id": "refund-1", "amount": "1000"})
    problem = bought.refused(409, "POST", REFUNDS, json={"id": "refund-1", "amount": "2000"})
    assert problem["type"] == "/problems/event.conflict"


def test_an_order_nobody_took_cannot_be_refunded(bought: Caller) -> None:
    problem = bought.refused(404, "POST", "/v1/orders/order-9/refunds", json={"id": "refund-1"})
    assert problem["detail"] == 'there is no order "order-9"; check the id'
