"""Explanations of events, and of members' parts in them, over the interface."""

from __future__ import annotations

import pytest

from .shop import FIRST_DAY, Caller, order

CAPPED = """
plan: capped
title: {en: Capped, zh: 封顶}
currency: CNY
timezone: Asia/Shanghai
assets:
  stars: {scale: 0}
rules:
  - {id: each-order, title: {en: Each order, zh: 每单}, on: order.paid, grant: {asset: stars, to: buyer, amount: "5"}}
  - {id: friend, on: order.paid, grant: {asset: stars, to: sponsor, amount: "2"}}
caps:
  daily: {title: {en: Eight a day, zh: 每日八颗}, rules: [each-order], per: member, over: day, most: "8"}
"""


@pytest.fixture
def sequence(operator: Caller) -> int:
    """Bert, whom anna sponsored, has had 5 of his 8 stars of the day when this order comes."""
    operator.post("/v1/plans", {"source": CAPPED, "from_day": FIRST_DAY.isoformat()})
    operator.post("/v1/orders", order("order-1", "bert", "100"))
    return int(operator.post("/v1/orders", order("order-2", "bert", "100"))["sequence"])


def test_an_event_is_explained_with_what_caps_cut_off(operator: Caller, sequence: int) -> None:
    found = operator.get(f"/v1/explanations/{sequence}")
    assert (found["kind"], found["id"], found["sequence"], found["member"]) == ("order", "order-2", sequence, "")
    (plan,) = (each for each in found["plans"] if each["plan"] == "capped")
    assert [(each["rule"], each["text"]["en"]) for each in plan["rules"]] == [
        ("each-order", "3 stars; cap `daily` cut off 2 from bert"),
        ("friend", "2 stars"),
    ]
    assert plan["rules"][0]["cuts"] == [
        {
            "cap": "daily",
            "title": {"en": "Eight a day", "zh": "每日八颗"},
            "rule": "each-order",
            "asset": "stars",
            "quantity": "2",
            "member": "bert",
            "members": 1,
            "text": {"en": "cap `daily` cut off 2 from bert", "zh": "上限 `daily` 截去会员 bert 的 2"},
        }
    ]


def test_members_see_their_own_parts_and_no_others(bert: Caller, anna: Caller, sequence: int) -> None:
    def part(caller: Caller, member: str) -> list[str]:
        found = caller.get(f"/v1/members/{member}/explanations/{sequence}")
        return [each["text"]["en"] for plan in found["plans"] if plan["plan"] == "capped" for each in plan["rules"]]

    assert part(bert, "bert") == ["3 stars; cap `daily` cut off 2"]
    assert part(anna, "anna") == ["2 stars"]
    anna.refused(403, "GET", f"/v1/members/bert/explanations/{sequence}")
    anna.refused(403, "GET", f"/v1/explanations/{sequence}")


def test_a_transfer_tells_what_was_cut_off_it(bert: Caller, sequence: int) -> None:
    lines = bert.get("/v1/members/bert/statement")["items"]
    newest = next(each for each in lines if each["asset"] == "stars")
    assert [each["text"]["en"] for each in bert.get(f"/v1/transfers/{newest['transfer']}")["cuts"]] == [
        "cap `daily` cut off 2"
    ]


@pytest.mark.parametrize("path", ["/v1/explanations/99", f"/v1/explanations/{10**30}", "/v1/explanations/0"])
def test_a_number_of_no_event_is_not_found(operator: Caller, path: str) -> None:
    problem = operator.refused(404, "GET", path)
    assert problem["type"] == "/problems/event.no-number"


def test_a_member_nobody_knows_has_no_part(operator: Caller, sequence: int) -> None:
    problem = operator.refused(404, "GET", f"/v1/members/eve/explanations/{sequence}")
    assert problem["type"] == "/problems/member.unknown"
