"""Rewards through HTTP: the shelf, claims, cancellations and voucher codes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from .shop import FIRST_DAY, GIFTS, Caller, order

CLAIM: dict[str, object] = {"id": "c1", "member": "anna"}


@pytest.fixture
def gifts(operator: Caller) -> Caller:
    """An operator of a shop with gifts; anna has 100 gift points."""
    operator.post("/v1/plans", {"source": GIFTS, "from_day": FIRST_DAY.isoformat()})
    operator.post("/v1/orders", order("order-1", "anna", "100"))
    return operator


def shelf(caller: Caller, **query: object) -> dict[str, Any]:
    return {each["reward"]: each for each in caller.get("/v1/rewards", **query)["items"]}


@pytest.mark.usefixtures("gifts")
def test_a_member_looks_at_the_shelf_and_claims(anna: Caller) -> None:
    mug = shelf(anna, member="anna")["mug"]
    assert (mug["plan"], mug["price"], mug["stock"], mug["limit"], mug["refusal"]) == (
        "gifts", {"gift-points": "30"}, 3, 2, None,
    )  # fmt: skip
    made = anna.post("/v1/rewards/mug/orders", {**CLAIM, "count": 2})
    assert (made["reward"], made["count"], made["price"], made["codes"]) == ("mug", 2, {"gift-points": "60"}, [])
    (moved,) = made["event"]["booked"][0]["transfers"]
    assert (moved["from"]["holder"], moved["to"]["holder"], moved["quantity"]) == ("anna", "burned", "60")
    refusal = shelf(anna, member="anna")["mug"]["refusal"]
    assert refusal["code"] == "reward.limit"
    assert refusal["text"]["zh"]


@pytest.mark.usefixtures("gifts")
def test_a_claim_sent_again_has_one_effect(client: Caller) -> None:
    first = client.post("/v1/rewards/mug/orders", CLAIM)
    again = client.post("/v1/rewards/mug/orders", CLAIM, status=200)
    assert again == {**first, "event": {**first["event"], "repeated": True}}
    client.refused(409, "POST", "/v1/rewards/mug/orders", json={**CLAIM, "count": 2})
    assert client.get("/v1/reward-orders/c1") == first


@pytest.mark.usefixtures("gifts")
def test_a_member_claims_for_nobody_else_and_sees_nobody_elses(
    anna: Caller, client: Caller, app: Flask, secrets: dict[str, str]
) -> None:
    bert = Caller(app, secrets["bert"])
    client.post("/v1/rewards/mug/orders", CLAIM)
    for path, body in [("/v1/rewards/mug/orders", {"id": "c2", "member": "anna"})]:
        assert bert.refused(403, "POST", path, json=body)["type"] == "/problems/http.not-own"
    bert.refused(403, "GET", "/v1/reward-orders/c1")
    bert.refused(403, "GET", "/v1/rewards?member=anna")
    anna.get("/v1/reward-orders/c1")
    assert "mug" in shelf(bert)


def test_a_claim_is_taken_back_once(gifts: Caller) -> None:
    gifts.post("/v1/rewards/mug/orders", CLAIM)
    cancelled = gifts.post("/v1/reward-orders/c1/cancellation", {"id": "x1"})
    assert cancelled["kind"] == "cancellation"
    assert gifts.post("/v1/reward-orders/c1/cancellation", {"id": "x1"}, status=200)["repeated"]
    problem = gifts.refused(422, "POST", "/v1/reward-orders/c1/cancellation", json={"id": "x2"})
    assert problem["type"] == "/problems/claim.cancelled-already"
    assert gifts.get("/v1/reward-orders/c1")["cancelled"]
    assert shelf(gifts)["mug"]["stock"] == 3


def test_codes_are_loaded_and_given_out(gifts: Caller) -> None:
    loaded = gifts.post("/v1/rewards/ticket/codes", {"codes": ["T-1", "T-2"]})
    assert loaded == {"plan": "gifts", "reward": "ticket", "added": 2, "left": 2}
    assert gifts.post("/v1/rewards/ticket/orders", CLAIM)["codes"] == ["T-1"]
    assert shelf(gifts)["ticket"]["stock"] == 1


@pytest.mark.parametrize(
    ("path", "body", "status", "pointer", "code"),
    [
        ("/v1/rewards/mug/orders", {**CLAIM, "count": 4}, 422, "/count", "reward.sold-out"),
        ("/v1/rewards/mug/orders", {**CLAIM, "count": 3}, 422, "/count", "reward.limit"),
        ("/v1/rewards/tv/orders", CLAIM, 422, "/count", "request.balance-too-small"),
        ("/v1/rewards/mug/orders", {**CLAIM, "count": 0}, 422, "/count", "http.not-whole"),
        ("/v1/rewards/mug/orders", {**CLAIM, "plan": "x"}, 422, "/plan", "plan.not-active"),
        ("/v1/rewards/mug/orders", {"id": "c1", "member": "nobody"}, 422, "/member", "member.unknown"),
        ("/v1/rewards/mug/orders", {**CLAIM, "reward": "mug"}, 422, "/reward", "http.unknown-field"),
        ("/v1/rewards/ticket/codes", {"codes": ["A", "B", "A"]}, 422, "/codes/2", "reward.code-twice"),
        ("/v1/rewards/ticket/codes", {"codes": ["A", "B C"]}, 422, "/codes/1", "reward.bad-code"),
        ("/v1/rewards/ticket/codes", {"codes": []}, 422, "/codes", "reward.codes-count"),
        ("/v1/rewards/ticket/codes", {"codes": ["A"] * 5001}, 422, "/codes", "http.too-many-entries"),
        ("/v1/rewards/ticket/codes", {}, 422, "/codes", "http.required"),
    ],
)
def test_what_is_wrong_is_told_at_its_field(
    gifts: Caller, path: str, body: dict[str, object], status: int, pointer: str, code: str
) -> None:
    (fault,) = gifts.refused(status, "POST", path, json=body)["errors"]
    assert (fault["pointer"], fault["code"]) == (pointer, code)


@pytest.mark.parametrize(
    "call",
    [
        lambda caller: caller.refused(404, "POST", "/v1/rewards/mugg/orders", json=CLAIM),
        lambda caller: caller.refused(404, "POST", "/v1/rewards/mugg/codes", json={"codes": ["A"]}),
        lambda caller: caller.refused(404, "GET", "/v1/reward-orders/c9"),
        lambda caller: caller.refused(404, "POST", "/v1/reward-orders/c9/cancellation", json={"id": "x1"}),
        lambda caller: caller.refused(404, "GET", "/v1/rewards?member=nobody"),
    ],
)
def test_what_is_not_there(gifts: Caller, call: Callable[[Caller], dict[str, Any]]) -> None:
    assert call(gifts)["type"] in (
        "/problems/reward.unknown-suggest", "/problems/event.unknown", "/problems/member.unknown",
    )  # fmt: skip
