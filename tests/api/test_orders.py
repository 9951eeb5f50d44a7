"""Orders through HTTP, with the golden numbers of the specification."""

from __future__ import annotations

import json
from typing import Any

from flask import Flask
from rewards.api.orders import NDJSON

from .shop import Caller, order, under


def balances(caller: Caller, member: str) -> dict[str, Any]:
    """A member's balances by asset."""
    return {each["asset"]: each for each in caller.get(f"/v1/members/{member}/balances")["items"]}


def lines(*bodies: object) -> bytes:
    return "\n".join(each if isinstance(each, str) else json.dumps(each) for each in bodies).encode()


def send(caller: Caller, *bodies: object) -> list[Any]:
    answer = caller("POST", "/v1/orders/batch", data=lines(*bodies), content_type=NDJSON)
    assert answer.status_code == 200, answer.text
    assert answer.content_type == NDJSON
    return [json.loads(line) for line in answer.text.splitlines()]


def test_the_first_order_of_an_appreciating_token(client: Caller) -> None:
    event = client.post("/v1/orders", order("order-1", "anna", "100"))
    assert (event["kind"], event["id"], event["member"], event["repeated"]) == (
        "order", "order-1", "anna", False,
    )  # fmt: skip
    booked = event["booked"][0]
    assert (booked["plan"], booked["day"]) == ("appreciating-token", "2026-04-01")
    contribution, grant, _ = booked["transfers"]
    assert contribution["from"] == {"holder": "platform", "kind": "platform", "compartment": "available"}
    assert contribution["to"] == {"holder": "backing", "kind": "pool", "compartment": "available"}
    assert (contribution["asset"], contribution["quantity"]) == ("cash", "30.00")
    assert (grant["rule"], grant["to"]["holder"], grant["quantity"]) == ("grant", "anna", "21.000000")
    assert grant["version"] == booked["version"]
    assert balances(client, "anna")["token"]["available"] == "21.000000"
    (pool,) = client.get("/v1/pools")["items"]
    assert (pool["pool"], pool["balance"], pool["paid_in"], pool["paid_out"]) == (
        "backing", "30.00", "30.00", "0.00",
    )  # fmt: skip


def test_prices_of_three_orders_newest_first(client: Caller) -> None:
    for number, member in enumerate(("anna", "bert", "carl")):
        client.post("/v1/orders", order(f"order-{number}", member, "100"))
    shown = client.get("/v1/prices/token")["items"]
    assert [price["display"] for price in shown] == ["1.8674", "1.6807", "1.4286"]
    assert int(shown[2]["numerator"]) * 21 == int(shown[2]["denominator"]) * 30


def test_a_lot_of_locked_points_and_its_first_release(operator: Caller) -> None:
    operator.post("/v1/orders", order("order-1", "carl", "3000"))
    (lot,) = operator.get("/v1/members/carl/lots")["items"]
    assert (lot["order"], lot["basis"], lot["granted"], lot["remaining"], lot["released"]) == (
        "order-1", "3000.00", "7500.00", "7500.00", "0.00",
    )  # fmt: skip
    for day in ("2026-04-01", "2026-04-02"):
        operator.post(f"/v1/days/{day}/close", None)
    (lot,) = operator.get("/v1/members/carl/lots")["items"]
    assert (lot["remaining"], lot["released"]) == ("7464.00", "36.00")
    assert balances(operator, "carl")["points"]["available"] == "36.00"
    newest = operator.get("/v1/members/carl/statement", limit=1)["items"][0]
    assert (newest["kind"], newest["rule"], newest["change"], newest["day"]) == (
        "close", "base", "36.00", "2026-04-02",
    )  # fmt: skip


def test_an_order_sent_again_has_one_effect(client: Caller) -> None:
    first = client.post("/v1/orders", order("order-1", "anna", "100"))
    again = client.post("/v1/orders", order("order-1", "anna", "100.00"), status=200)
    assert again == {**first, "repeated": True}
    assert client.get("/v1/orders/order-1") == first
    assert balances(client, "anna")["token"]["available"] == "21.000000"


def test_an_id_is_not_used_for_another_order(client: Caller) -> None:
    client.post("/v1/orders", order("order-1", "anna", "100"))
    problem = client.refused(409, "POST", "/v1/orders", json=order("order-1", "anna", "100.01"))
    assert problem["type"] == "/problems/event.conflict"
    assert problem["errors"][0]["pointer"] == "/id"


def test_an_order_with_lines_points_and_attributes(client: Caller, operator: Caller) -> None:
    adjustment = {"id": "a", "member": "anna", "plan": "appreciating-token", "asset": "credit"}
    operator.post("/v1/adjustments", {**adjustment, "quantity": "40", "reason": "a gift"})
    paid = order(
        "order-1",
        "anna",
        "100.00",
        points=[{"plan": "appreciating-token", "asset": "credit", "quantity": "40"}],
        lines=[{"amount": "100", "sku": "tea", "category": "tea", "quantity": 2, "attributes": {"茶": "绿"}}],
        attributes={"channel": "shop"},
    )
    client.post("/v1/orders", paid)
    assert balances(client, "anna")["credit"]["available"] == "0.00"
    (total, _) = client.get("/v1/members/anna/network")["totals"]
    assert (total["own_orders"], total["own_cash"], total["own_points"]) == (1, "60.00", "40.00")


def test_the_network_is_split_for_each_member_and_in_all(client: Caller) -> None:
    client.post("/v1/orders", order("order-1", "bert", "100"))
    client.post("/v1/orders", order("order-2", "carl", "50.50"))
    network = client.get("/v1/members/anna/network")
    assert (network["member"], network["direct"], network["downline"]) == ("anna", 1, 2)
    assert [(each["orders"], each["cash"], each["points"]) for each in network["totals"]] == [(2, "150.50", "0.00")] * 2
    assert [each["cash"] for each in client.get("/v1/network")["items"]] == ["150.50"] * 2


def test_a_batch_answers_each_line_and_goes_on_after_a_bad_one(client: Caller) -> None:
    client.post("/v1/orders", order("before", "anna", "100"))
    results = send(
        client,
        order("one", "anna", "100"),
        '{"id": "broken"',
        "",
        order("two", "nobody", "100"),
        order("three", "bert", 100),
        order("before", "anna", "100"),
        order("four", "carl", "100"),
        order("one", "anna", "999"),
        "[]",
    )
    assert [(each["line"], each["status"]) for each in results] == [
        (1, 201), (2, 400), (4, 422), (5, 422), (6, 200), (7, 201), (8, 409), (9, 422),
    ]  # fmt: skip
    assert [each["event"]["id"] for each in results if "event" in each] == ["one", "before", "four"]
    codes = [each["problem"]["type"].removeprefix("/problems/") for each in results if "problem" in each]
    assert codes == ["http.malformed-json", "member.unknown", "http.invalid", "event.conflict", "http.invalid"]
    assert client.get("/v1/orders/four")["booked"]
    client.refused(404, "GET", "/v1/orders/two")


def test_a_batch_is_in_the_order_given(client: Caller) -> None:
    results = send(client, order("b", "anna", "100"), order("a", "bert", "100"))
    assert [each["event"]["sequence"] for each in results] == sorted(each["event"]["sequence"] for each in results)
    granted = [each["event"]["booked"][0]["transfers"][1]["quantity"] for each in results]
    assert granted == ["21.000000", "14.700000"]


def test_a_batch_of_nothing(client: Caller) -> None:
    assert send(client, "", "  ", "") == []


def test_a_batch_has_a_bound_in_lines(app: Flask, secrets: dict[str, str]) -> None:
    client = Caller(under(app, most_batch_lines=2), secrets["client"])
    body = lines(*(order(f"order-{number}", "anna", "1") for number in range(3)))
    problem = client.refused(413, "POST", "/v1/orders/batch", data=body, content_type=NDJSON)
    assert problem["type"] == "/problems/http.too-many-lines"
    assert [(fault["pointer"], fault["code"]) for fault in problem["errors"]] == [("/2", "http.too-many-lines")]
    client.refused(404, "GET", "/v1/orders/order-0")


def test_a_batch_has_a_bound_in_bytes(app: Flask, secrets: dict[str, str]) -> None:
    client = Caller(under(app, most_batch_bytes=2_000_000), secrets["client"])
    line = json.dumps(order("order-1", "anna", "1")).encode()
    longer_than_other_bodies = line + b"\n" * 1_500_000
    answer = client("POST", "/v1/orders/batch", data=longer_than_other_bodies, content_type=NDJSON)
    assert answer.status_code == 200
    problem = client.refused(413, "POST", "/v1/orders/batch", data=line + b"\n" * 2_000_000, content_type=NDJSON)
    assert "2000000 bytes" in problem["detail"]


def test_a_batch_is_told_in_the_language_asked_for(app: Flask, secrets: dict[str, str]) -> None:
    (result,) = send(Caller(app, secrets["client"], "zh-CN"), order("one", "nobody", "100"))
    assert result["problem"]["detail"] == "没有会员“nobody”；请先添加该会员"


def test_a_declared_attribute_that_cannot_be_read_is_pointed_at(operator: Caller, client: Caller) -> None:
    source = (
        "plan: volume\ntitle: {en: Volume, zh: 业绩}\ncurrency: CNY\ntimezone: Asia/Shanghai\n"
        "assets: {coins: {scale: 2}}\nattributes: {order: {pv: amount}, line: {points: number}}\nrules:\n"
        "  - {id: pv, on: order.paid, grant: {asset: coins, to: buyer, amount: {rate: '1', of: order.attributes.pv}}}\n"
        "  - id: points\n    on: order.paid\n    grant: {asset: coins, to: buyer, amount: {rate: '1', of: "
        "{lines: {where: {line.category: tea}, sum: line.attributes.points}}}}\n"
    )
    operator.post("/v1/plans", {"source": source, "from_day": "2026-04-01"})
    lines = [{"amount": "1"}, {"amount": "1"}, {"amount": "1", "category": "tea", "attributes": {"points": "1.5"}}]
    for more, pointer, expected in (
        ({"attributes": {"pv": "0.005"}}, "/attributes/pv", "at most 2 decimals"),
        ({"lines": lines}, "/lines/2/attributes/points", "whole number"),
    ):
        problem = client.refused(422, "POST", "/v1/orders", json=order("order-1", "anna", "100", **more))
        assert problem["errors"][0]["pointer"] == pointer
        assert expected in problem["errors"][0]["detail"]
    lines[2]["attributes"] = {"points": "3"}
    client.post("/v1/orders", order("order-1", "anna", "100", lines=lines, attributes={"pv": "0.5"}))
    assert balances(client, "anna")["coins"]["available"] == "3.50"
