"""Trees over HTTP: a place is put once, moved from a day on, and shown with who is below."""

from __future__ import annotations

import pytest

from .shop import FIRST_DAY, Caller

TREES = """
plan: trees
title: {en: Trees, zh: 网}
currency: CNY
timezone: Asia/Shanghai
trees: {placed: {title: {en: Placed, zh: 安置}, legs: [left, right]}}
assets: {points: {title: {en: Points, zh: 积分}, scale: 2}}
measures: {left: {sum: order.cash, of: {leg: left}, tree: placed}}
rules:
  - {id: left, on: day.close, grant: {asset: points, to: member, amount: {rate: 1%, of: member.measure.left}}}
"""


@pytest.fixture
def shop(operator: Caller) -> Caller:
    """A shop with a plan that has a tree."""
    operator.post("/v1/plans", {"source": TREES, "from_day": FIRST_DAY.isoformat()})
    return operator


def put(caller: Caller, member: str, tree: str, **body: object) -> tuple[int, object]:
    answer = caller("PUT", f"/v1/members/{member}/trees/{tree}", json=body)
    assert answer.status_code in (200, 201), answer.text
    return answer.status_code, answer.json


def test_a_place_is_put_once(shop: Caller, client: Caller) -> None:
    place = {"tree": "placed", "member": "bert", "under": "anna", "leg": "left", "from": "2026-04-10"}
    assert put(client, "bert", "placed", under="anna", leg="left") == (201, place)
    assert put(client, "bert", "placed", under="anna", leg="left")[0] == 200
    moved = put(client, "bert", "placed", under="teahouse", leg="left", **{"from": "2026-04-20", "id": "move-1"})
    assert moved == (201, {**place, "under": "teahouse", "from": "2026-04-20"})
    assert put(client, "bert", "placed", under="teahouse", leg="left", id="move-1", **{"from": "2026-04-20"})[0] == 200
    shown = shop.get("/v1/members/bert/trees/placed")
    assert (shown["under"], shown["leg"], shown["items"], shown["next"]) == ("anna", "left", [], None)


def test_who_is_below_comes_in_pages(shop: Caller) -> None:
    put(shop, "bert", "placed", under="anna", leg="right")
    put(shop, "carl", "placed", under="anna", leg="left")
    answer = shop("GET", "/v1/members/anna/trees/placed?limit=1")
    assert answer.json["items"] == [{"member": "bert", "leg": "right"}]
    assert answer.headers["Link"] == '</v1/members/anna/trees/placed?limit=1&after=bert>; rel="next"'
    following = shop.get("/v1/members/anna/trees/placed", limit=1, after=answer.json["next"])
    assert (following["items"], following["next"]) == ([{"member": "carl", "leg": "left"}], None)


def test_the_sponsor_tree_is_there_without_any_plan_saying_so(operator: Caller, anna: Caller) -> None:
    assert operator.get("/v1/members/carl/trees/sponsor")["under"] == "bert"
    put(operator, "carl", "sponsor", under="anna")
    assert operator.get("/v1/members/carl/trees/sponsor")["under"] == "anna"
    assert [each["member"] for each in anna.get("/v1/members/anna/trees/sponsor")["items"]] == ["bert", "carl"]
    anna.refused(403, "GET", "/v1/members/bert/trees/sponsor")


@pytest.mark.parametrize(
    ("path", "body", "status", "pointer", "code"),
    [
        ("bert/trees/placd", {"under": "anna", "leg": "left"}, 404, None, "tree.unknown-suggest"),
        ("nobody/trees/placed", {"under": "anna", "leg": "left"}, 404, None, "member.unknown"),
        ("bert/trees/placed", {"under": "nobody", "leg": "left"}, 422, "/under", "member.unknown"),
        ("bert/trees/placed", {"under": "anna"}, 422, "/leg", "place.leg-needed"),
        ("bert/trees/placed", {"leg": "left"}, 422, "/under", "http.required"),
        ("bert/trees/placed", {"under": "anna", "leg": "left", "on": "2026-04-01"}, 422, "/on", "http.unknown-field"),
        ("anna/trees/sponsor", {"under": "carl"}, 422, "/under", "place.circle"),
    ],
)
def test_what_is_no_place_is_a_problem(
    shop: Caller, path: str, body: dict[str, str], status: int, pointer: str | None, code: str
) -> None:
    problem = shop.refused(status, "PUT", f"/v1/members/{path}", json=body)
    (fault,) = problem["errors"] or [{"code": problem["type"].removeprefix("/problems/"), "pointer": None}]
    assert (fault.get("pointer"), fault["code"].removesuffix("-suggest")) == (pointer, code.removesuffix("-suggest"))
