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


def test_what_is_spent_already_is_owed(bought: Caller) -> None:
    spent = {"id": "spent", "member": "bert", "plan": "appreciating-token", "asset": "quota", "quantity": "-5000"}
    bought.post("/v1/adjustments", {**spent, "reason": "paid out"})
    taken = bought.post(
        REFUNDS, {"id": "refund-1", "amount": "1500"}
    )  # half of the quota: 3,000, of which 1,000 are there
    (token,) = (booked for booked in taken["booked"] if booked["plan"] == "appreciating-token")
    moved = [each["quantity"] for each in token["transfers"] if each["asset"] == "quota"]
    assert sorted(moved) == ["1000.00", "2000.00"]
    items = bought.get("/v1/members/bert/balances")["items"]
    (quota,) = (each for each in items if each["asset"] == "quota")
    assert (quota["available"], quota["debt"]) == ("0.00", "2000.00")


def test_a_refund_is_not_taken_ahead_of_its_day(bought: Caller) -> None:
    wanted = {"id": "refund-1", "amount": "1000", "at": "2026-04-11T12:00:00+08:00"}  # tomorrow
    problem = bought.refused(422, "POST", REFUNDS, json=wanted)
    assert [(each["pointer"], each["code"]) for each in problem["errors"]] == [("/at", "order.in-future")]
    assert available(bought, "quota") == "6000.00"


def test_a_refund_after_the_close_of_its_day_is_booked_to_the_first_open_one(bought: Caller) -> None:
    bought.post("/v1/days/2026-04-01/close", None)
    wanted = {"id": "refund-1", "amount": "1000", "at": "2026-04-01T20:00:00+08:00"}
    taken = bought.post(REFUNDS, wanted)
    assert {booked["day"] for booked in taken["booked"]} == {"2026-04-02"}
