"""Redemptions, conversions, payments and adjustments through HTTP, and the explanations of what they moved."""

from __future__ import annotations

from typing import Any

import pytest

from .shop import Caller, order

PLAN = "appreciating-token"
REDEMPTION: dict[str, object] = {
    "id": "r", "member": "anna", "plan": PLAN, "asset": "token", "quantity": "10",
}  # fmt: skip
CONVERSION: dict[str, object] = {
    "id": "c", "member": "anna", "plan": PLAN, "from": "token", "to": "credit", "quantity": "10",
}  # fmt: skip
PAYMENT: dict[str, object] = {
    "id": "p", "member": "anna", "payee": "teahouse", "plan": PLAN, "asset": "credit", "quantity": "5.50",
}  # fmt: skip
ADJUSTMENT: dict[str, object] = {
    "id": "a", "member": "anna", "plan": PLAN, "asset": "credit", "quantity": "40", "reason": "a gift",
}  # fmt: skip


def moved(event: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    """From whom to whom how much of what, of an event's only booking."""
    (booked,) = event["booked"]
    return [
        (each["from"]["holder"], each["to"]["holder"], each["quantity"], each["asset"]) for each in booked["transfers"]
    ]


@pytest.fixture
def bought(client: Caller) -> None:
    """Anna's first order: 21 units at 30 ÷ 21 each."""
    client.post("/v1/orders", order("order-1", "anna", "100"))


@pytest.mark.usefixtures("bought")
def test_a_member_redeems_converts_and_pays(anna: Caller) -> None:
    redeemed = anna.post("/v1/redemptions", REDEMPTION)
    # 10 × 30 ÷ 21 = 14.2857, less a tenth = 12.857
    assert moved(redeemed) == [
        ("anna", "burned", "10.000000", "token"), ("backing", "anna", "12.85", "cash"),
    ]  # fmt: skip
    converted = anna.post("/v1/conversions", CONVERSION)
    # (30 − 12.85) ÷ 11 = 1.55909… a unit
    assert moved(converted) == [
        ("anna", "treasury", "10.000000", "token"), ("issuance", "anna", "15.59", "credit"),
    ]  # fmt: skip
    assert moved(anna.post("/v1/payments", PAYMENT)) == [("anna", "teahouse", "5.50", "credit")]


@pytest.mark.usefixtures("bought")
@pytest.mark.parametrize(("path", "body"), [("/v1/redemptions", REDEMPTION), ("/v1/conversions", CONVERSION)])
def test_a_request_sent_again_has_one_effect(client: Caller, path: str, body: dict[str, object]) -> None:
    first = client.post(path, body)
    assert client.post(path, body, status=200) == {**first, "repeated": True}
    client.refused(409, "POST", path, json={**body, "quantity": "9"})


@pytest.mark.usefixtures("bought")
@pytest.mark.parametrize(
    ("path", "body"),
    [("/v1/redemptions", REDEMPTION), ("/v1/conversions", CONVERSION), ("/v1/payments", PAYMENT)],
)
def test_a_member_acts_for_nobody_else(anna: Caller, path: str, body: dict[str, object]) -> None:
    problem = anna.refused(403, "POST", path, json={**body, "member": "bert"})
    assert problem["type"] == "/problems/http.not-own"


def test_an_operator_adjusts_and_the_reason_is_kept(operator: Caller) -> None:
    assert moved(operator.post("/v1/adjustments", ADJUSTMENT)) == [("issuance", "anna", "40.00", "credit")]
    taken = operator.post("/v1/adjustments", {**ADJUSTMENT, "id": "b", "quantity": "-1.5"})
    assert moved(taken) == [("anna", "burned", "1.50", "credit")]
    operator.refused(409, "POST", "/v1/adjustments", json={**ADJUSTMENT, "reason": "another"})


def test_an_adjustment_may_add_a_locked_lot(operator: Caller) -> None:
    lot = {"plan": "locked-points", "asset": "points", "quantity": "100", "locked_basis": "50"}
    operator.post("/v1/adjustments", {**ADJUSTMENT, **lot})
    (added,) = operator.get("/v1/members/anna/lots")["items"]
    assert (added["basis"], added["granted"]) == ("50.00", "100.00")


@pytest.mark.parametrize(
    ("path", "body", "status", "pointer", "code"),
    [
        ("/v1/redemptions", {**REDEMPTION, "plan": "x"}, 422, "/plan", "plan.not-active"),
        ("/v1/redemptions", {**REDEMPTION, "asset": "x"}, 422, "/asset", "plan.no-asset"),
        ("/v1/redemptions", {**REDEMPTION, "quantity": "0"}, 422, "/quantity", "request.not-positive"),
        ("/v1/redemptions", {**REDEMPTION, "quantity": "-1"}, 422, "/quantity", "http.amount-negative"),
        ("/v1/redemptions", {**REDEMPTION, "quantity": "1.0000001"}, 422, "/quantity", "amount.too-fine"),
        ("/v1/redemptions", {**REDEMPTION, "quantity": "9" * 30}, 422, "/quantity", "amount.too-large"),
        ("/v1/redemptions", {**REDEMPTION, "member": "nobody"}, 422, "/member", "member.unknown"),
        ("/v1/conversions", {**CONVERSION, "to": "x"}, 422, "/to", "plan.no-asset"),
        ("/v1/conversions", {**CONVERSION, "from": "x"}, 422, "/from", "plan.no-asset"),
        ("/v1/conversions", {**CONVERSION, "source": "token"}, 422, "/source", "http.unknown-field"),
        ("/v1/payments", {**PAYMENT, "payee": "nobody"}, 422, "/payee", "member.unknown"),
        ("/v1/payments", PAYMENT, 422, "/quantity", "request.balance-too-small"),
        ("/v1/adjustments", {**ADJUSTMENT, "quantity": "0"}, 422, "/quantity", "request.zero"),
        ("/v1/adjustments", {**ADJUSTMENT, "reason": " "}, 422, "/reason", "request.no-reason"),
        ("/v1/adjustments", {**ADJUSTMENT, "reason": "x" * 501}, 422, "/reason", "http.text-length"),
    ],
)
def test_a_request_is_refused_at_its_field(
    visitor: Caller, path: str, body: dict[str, object], status: int, pointer: str, code: str
) -> None:
    problem = visitor.refused(status, "POST", path, json=body)
    (fault,) = problem["errors"]
    assert (fault["pointer"], fault["code"]) == (pointer, code)


def test_a_moment_may_be_given(client: Caller, operator: Caller) -> None:
    given = operator.post("/v1/adjustments", {**ADJUSTMENT, "at": "2026-04-02T23:30:00-05:00"})
    assert given["booked"][0]["day"] == "2026-04-03"  # in the plan's time zone
    assert client.post("/v1/payments", {**PAYMENT, "at": None})["booked"][0]["day"] == "2026-04-10"


@pytest.mark.usefixtures("bought")
def test_a_transfer_is_explained(client: Caller) -> None:
    newest = client.get("/v1/members/anna/statement")["items"][-1]
    explained = client.get(f"/v1/transfers/{newest['transfer']}")
    assert explained["transfer"]["id"] == newest["transfer"]
    assert (explained["kind"], explained["event"], explained["day"]) == ("order", "order-1", "2026-04-01")
    assert "grant" in explained["rule_text"]
    assert explained["steps"]
    assert all(step["text"]["en"] and step["text"]["zh"] for step in explained["steps"])


@pytest.mark.usefixtures("bought")
def test_a_member_reads_the_explanations_of_their_own_transfers_only(anna: Caller, client: Caller) -> None:
    transfers = client.get("/v1/orders/order-1")["booked"][0]["transfers"]
    own = [each["id"] for each in transfers if each["to"]["holder"] == "anna"]
    others = [each["id"] for each in transfers if each["id"] not in own]
    assert own
    assert others
    for id in own:
        anna.get(f"/v1/transfers/{id}")
    for id in others:
        anna.refused(403, "GET", f"/v1/transfers/{id}")


@pytest.mark.parametrize("id", ["999-1-1", "x", "1-1"])
def test_an_unknown_transfer(visitor: Caller, id: str) -> None:
    problem = visitor.refused(404, "GET", f"/v1/transfers/{id}")
    assert problem["type"] == "/problems/transfer.unknown"
