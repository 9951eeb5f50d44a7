"""Tags that rules give are on the books under the event that gave them, and a replay gives them again."""

from __future__ import annotations

from sqlalchemy import text

from rewards.services import refunds, tagging
from rewards.services.replay import replay
from rewards.services.requests import RefundRequest, TagRequest

from .shop import MONDAY, TUESDAY, WEDNESDAY, Shop, answers, noon

CLUB = """
plan: {name}
title: {{en: Club, zh: 俱乐部}}
currency: CNY
timezone: Asia/Shanghai
assets: {{points: {{scale: 0}}}}
tags: {{vip: {{title: {{en: VIP, zh: 贵宾}}}}, guest: {{title: {{en: Guest, zh: 来宾}}}}}}
rules:
  - {{id: buy, on: order.paid, tag: {{name: vip, to: buyer, lasts: {{days: {days}}}}}}}
  - {{id: friend, on: order.paid, when: {{sponsor.exists: true}}, tag: {{name: vip, to: sponsor, lasts: {{days: 2}}}}}}
  - {{id: mark, on: order.paid, tag: {{name: guest, to: buyer}}}}
  - id: close
    on: day.close
    when: {{member.tag.guest: true}}
    tag: {{name: vip, to: member, start_after_days: 1, lasts: {{days: 3}}}}
  - {{id: seen, on: order.paid, when: {{buyer.tag.vip: true}}, grant: {{asset: points, to: buyer, amount: "1"}}}}
"""


def days(shop: Shop, member: str) -> dict[str, tuple[str, str | None]]:
    """The tags of a member: first and last day."""
    return {
        each.tag: (each.since.isoformat(), each.through.isoformat() if each.through else None)
        for each in tagging.tags_of(shop.platform, member)
    }


def opened(shop: Shop) -> Shop:
    shop.activate(CLUB.format(name="club", days=5), MONDAY)
    shop.join("ann")
    shop.join("bob", sponsor="ann")
    return shop


def test_one_order_gives_several_members_several_tags(shop: Shop) -> None:
    opened(shop).buy("first", "bob", "10", MONDAY)
    assert days(shop, "bob") == {"guest": ("2026-03-02", None), "vip": ("2026-03-02", "2026-03-06")}
    assert days(shop, "ann") == {"vip": ("2026-03-02", "2026-03-03")}
    assert shop.has("bob", "points") == "1"
    # The close gives bob 3 to 5 March, less than he has; and ann, who is no guest, nothing.
    shop.close(MONDAY)
    assert days(shop, "bob")["vip"] == ("2026-03-02", "2026-03-06")
    shop.close(TUESDAY, WEDNESDAY)
    assert days(shop, "bob")["vip"] == ("2026-03-02", "2026-03-07")
    assert days(shop, "ann") == {"vip": ("2026-03-02", "2026-03-03")}
    assert replay(shop.platform) == []


def test_a_tag_given_by_an_event_is_known_to_the_next_one_of_its_batch(shop: Shop) -> None:
    opened(shop)
    # The first gives bob a tag to Friday; so the second, of his own, is the one of a carrier, and lengthens it.
    wanted = [shop.order("first", "bob", "10", MONDAY), shop.order("second", "bob", "10", TUESDAY)]
    assert answers(shop.batch(*wanted)) == ["taken", "taken"]
    assert days(shop, "bob")["vip"] == ("2026-03-02", "2026-03-07")
    assert days(shop, "ann")["vip"] == ("2026-03-02", "2026-03-04")
    assert replay(shop.platform) == []


def test_what_somebody_has_given_for_ever_no_rule_shortens_and_an_end_is_an_end(shop: Shop) -> None:
    opened(shop)
    tagging.give_tag(shop.platform, TagRequest("bob", "vip", MONDAY, None))
    shop.buy("first", "bob", "10", MONDAY)
    assert days(shop, "bob")["vip"] == ("2026-03-02", None)
    tagging.end_tag(shop.platform, "bob", "vip", TUESDAY)
    assert days(shop, "bob")["vip"] == ("2026-03-02", "2026-03-02")
    shop.buy("second", "bob", "10", WEDNESDAY)
    assert days(shop, "bob")["vip"] == ("2026-03-04", "2026-03-08")
    assert replay(shop.platform) == []


def test_two_plans_that_give_the_same_tag_give_the_longer_one(shop: Shop) -> None:
    shop.activate(CLUB.format(name="long", days=20), MONDAY)
    shop.activate(CLUB.format(name="short", days=4), MONDAY)
    shop.join("ann")
    shop.buy("first", "ann", "10", MONDAY)
    assert days(shop, "ann")["vip"] == ("2026-03-02", "2026-03-21")
    assert replay(shop.platform) == []


def test_a_refund_does_not_take_a_tag_back(shop: Shop) -> None:
    opened(shop).buy("first", "bob", "10", MONDAY)
    refunds.refund(shop.platform, RefundRequest("back", "first", at=noon(TUESDAY)))
    assert days(shop, "bob")["vip"] == ("2026-03-02", "2026-03-06")
    assert shop.has("bob", "points") == "0"
    assert replay(shop.platform) == []


def test_the_row_names_the_event_that_gave_it(shop: Shop) -> None:
    opened(shop).buy("first", "bob", "10", MONDAY)
    with shop.platform.ledger.read() as tx:
        wanted = (
            "SELECT e.kind, e.id, t.member, t.name FROM tag AS t JOIN event AS e ON e.seq = t.event_seq ORDER BY 3, 4"
        )
        found = [tuple(row) for row in tx.execute(text(wanted))]
    assert found == [("order", "first", 1, "vip"), ("order", "first", 2, "guest"), ("order", "first", 2, "vip")]
