"""What caps cut off is told with what was given, of an event and of a member's part in it."""

from __future__ import annotations

import pytest

from rewards.errors import NotFound
from rewards.services import holdings
from rewards.services.explain import explain
from rewards.services.explain_events import explain_event
from rewards.services.views_explained import EventExplanation

from .shop import CASHBACK, MONDAY, Shop, refused

CAPPED = """
plan: capped
title: {en: Capped, zh: 封顶}
currency: CNY
timezone: Asia/Shanghai
assets:
  points: {title: {en: Points, zh: 积分}, scale: 2}
rules:
  - id: base
    title: {en: Base, zh: 基础}
    on: order.paid
    grant: {asset: points, to: buyer, amount: {rate: 1, of: order.cash}}
  - {id: thanks, on: order.paid, grant: {asset: points, to: sponsor, amount: "4"}}
  - {id: gift, on: day.close, grant: {asset: points, to: member, amount: "5"}}
  - {id: prize, on: day.close, grant: {asset: points, to: member, amount: "5"}}
caps:
  daily: {title: {en: Daily, zh: 每日}, rules: [base], per: member, over: day, most: "20"}
  friends: {rules: [thanks], per: member, over: day, most: "5"}
  each: {rules: [gift], per: member, over: day, most: "3"}
  budget: {rules: [prize], per: plan, over: day, most: "7"}
"""


def told(found: EventExplanation, language: str = "en") -> list[tuple[str, str]]:
    return [(rule.rule, rule.text[language]) for plan in found.plans for rule in plan.rules]


@pytest.fixture
def capped(small_shop: Shop) -> Shop:
    return opened(small_shop)


def opened(shop: Shop) -> Shop:
    shop.activate(CAPPED)
    shop.line("ann", "ben")
    return shop


def test_an_event_tells_what_was_given_and_what_was_cut_off(capped: Shop) -> None:
    capped.buy("o1", "ann", "2")
    cut = capped.buy("o2", "ann", "22").sequence  # 20 a day, 2 of them given: 18, and 4 are cut off
    none = capped.buy("o3", "ann", "1.50").sequence
    found = explain_event(capped.platform, cut)
    assert (found.kind, found.id, found.sequence, found.member) == ("order", "o2", cut, "")
    assert [(plan.plan, plan.day) for plan in found.plans] == [("capped", MONDAY)]
    assert told(found) == [("base", "18.00 points; cap `daily` cut off 4.00 from ann")]
    assert told(found, "zh") == [("base", "points 18.00；上限 `daily` 截去会员 ann 的 4.00")]
    (base,) = found.plans[0].rules
    assert (base.title["zh"], base.asset, base.quantity, base.transfers) == ("基础", "points", "18.00", 1)
    (shown,) = base.cuts
    assert (shown.cap, shown.title["en"], shown.quantity, shown.member, shown.members) == (
        "daily", "Daily", "4.00", "ann", 1,
    )  # fmt: skip
    # Where all was cut off there is no transfer, and it is told all the same.
    assert told(explain_event(capped.platform, none, "ann")) == [("base", "0.00 points; cap `daily` cut off 1.50")]
    assert told(explain_event(capped.platform, none, "ann"), "zh") == [("base", "points 0.00；上限 `daily` 截去 1.50")]


def test_a_part_is_that_of_its_member_alone(capped: Shop) -> None:
    capped.buy("o1", "ben", "1")  # ann has 4 of her 5 for ben's first order
    seq = capped.buy("o2", "ben", "1").sequence
    assert told(explain_event(capped.platform, seq)) == [
        ("base", "1.00 points"),
        ("thanks", "1.00 points; cap `friends` cut off 3.00 from ann"),
    ]
    assert told(explain_event(capped.platform, seq, "ben")) == [("base", "1.00 points")]
    assert told(explain_event(capped.platform, seq, "ann")) == [("thanks", "1.00 points; cap `friends` cut off 3.00")]


def test_a_transfer_names_what_was_cut_off_it(capped: Shop) -> None:
    event = capped.buy("o1", "ann", "24")
    (transfer,) = event.booked[0].transfers
    (cut,) = explain(capped.platform, transfer.id).cuts
    assert (cut.rule, cut.text["en"]) == ("base", "cap `daily` cut off 4.00")
    later = capped.buy("o2", "ben", "3").booked[0].transfers
    assert [explain(capped.platform, each.id).cuts for each in later] == [[], []]


def test_a_close_tells_it_in_all_and_for_each_member(shop: Shop) -> None:
    capped = opened(shop)
    seq = capped.close(MONDAY)[0].sequence
    # Of 5 each may have 3. Of 10 in all there may be 7: 3.50 for each.
    assert told(explain_event(capped.platform, seq)) == [
        ("gift", "6.00 points; cap `each` cut off 4.00 from 2 members"),
        ("prize", "7.00 points; cap `budget` cut off 3.00 from everybody together"),
    ]
    assert told(explain_event(capped.platform, seq), "zh") == [
        ("gift", "points 6.00；上限 `each` 对 2 位会员共截去 4.00"),
        ("prize", "points 7.00；上限 `budget` 对全体会员合计截去 3.00"),
    ]
    for member in ("ann", "ben"):
        assert told(explain_event(capped.platform, seq, member)) == [
            ("gift", "3.00 points; cap `each` cut off 2.00"),
            ("prize", "3.50 points; cap `budget` cut off 3.00 from everybody together"),
        ]
    lines = holdings.statement_of(capped.platform, "ben", None, 10).items
    found = {line.rule: explain(capped.platform, line.transfer).cuts for line in lines}
    assert {rule: [cut.text["en"] for cut in cuts] for rule, cuts in found.items()} == {
        "gift": ["cap `each` cut off 2.00"],
        "prize": ["cap `budget` cut off 3.00 from everybody together"],
    }


def test_a_refund_and_what_pays_off_a_debt_are_told_under_their_names(small_shop: Shop) -> None:
    small_shop.activate(CASHBACK)
    small_shop.join("ann")
    small_shop.buy("o1", "ann", "100")
    small_shop.buy("o2", "ann", "20", coins="10")
    seq = small_shop.adjust("a1", "ann", "coins", "5").sequence
    assert told(explain_event(small_shop.platform, seq)) == [("adjustment", "5.00 coins")]
    paid = explain_event(small_shop.platform, seq - 1, "ann")
    assert told(paid) == [("payment", "10.00 coins"), ("back", "1.00 coins")]
    assert [rule.title["en"] for rule in paid.plans[0].rules] == [
        "Part of an order paid with points",
        "A tenth comes back",
    ]


@pytest.mark.parametrize("sequence", [0, -1, 99, 2**63, 10**40])
def test_a_number_of_no_event_is_not_found(small_shop: Shop, sequence: int) -> None:
    assert refused(lambda: explain_event(small_shop.platform, sequence), NotFound) == ("event.no-number", None)


def test_a_member_nobody_knows_is_not_found(small_shop: Shop) -> None:
    small_shop.activate(CASHBACK)
    small_shop.join("ann")
    seq = small_shop.buy("o1", "ann", "100").sequence
    assert refused(lambda: explain_event(small_shop.platform, seq, "eve"), NotFound) == ("member.unknown", None)
    assert refused(lambda: explain_event(small_shop.platform, 99, "ann"), NotFound) == ("event.no-number", None)
