"""Rewards on the books: claims and cancellations once each, codes in order, everything as in memory and replayable."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from random import Random

import pytest
from sqlalchemy import text

from rewards.errors import Conflict, InvalidRequest, NotFound, Refused
from rewards.services import catalogue, holdings, plans
from rewards.services.catalogue_views import ClaimView, RewardView
from rewards.services.explain import explain
from rewards.services.replay import replay
from rewards.services.requests import CancellationRequest, ClaimRequest, CodesRequest

from .shop import MONDAY, THURSDAY, TUESDAY, WEDNESDAY, Shop, changed, moment, noon, refused
from .twins import Twins, random_tree

GIFTS = """
plan: gifts
title: {en: Gifts, zh: 礼品}
currency: CNY
timezone: Asia/Shanghai
assets:
  points: {scale: 2, expires: {days: 5}}
  stars: {scale: 0}
measures:
  bought: {sum: order.cash, over: week}
  spent: {spent: points, over: month}
ladders:
  class: {measure: member.measure.bought, evaluated: at_once, levels: [{name: gold, from: "500"}]}
  spender: {measure: member.measure.spent, evaluated: at_once, levels: [{name: big, from: "80"}]}
rules:
  - id: points
    on: order.paid
    grant: {asset: points, to: buyer, amount: {rate: 50%, of: order.cash}}
  - id: stars
    on: order.paid
    grant: {asset: stars, to: buyer, amount: {give: "1", per: "100", of: order.cash, whole: true}}
rewards:
  mug: {title: {en: Mug, zh: 马克杯}, price: {points: "30.50"}, stock: 4}
  pen: {price: {points: "10", stars: "1"}, per_member: {most: 2, over: {days: 2}}}
  box: {price: {points: "5"}, from: 2026-03-03, through: 2026-03-04}
  lounge: {price: {points: "1"}, when: {member.level.class: gold}}
  ticket: {price: {points: "20"}, codes: true}
"""

OTHER = """
plan: others
title: {en: Others, zh: 其他}
currency: CNY
timezone: Asia/Shanghai
assets:
  coins: {scale: 0}
rules:
  - id: coins
    on: order.paid
    grant: {asset: coins, to: buyer, amount: "5"}
rewards:
  mug: {price: {coins: "2"}}
"""


def claim(
    shop: Shop, id: str, member: str, reward: str, count: int = 1, at: date = MONDAY, plan: str | None = None
) -> ClaimView:
    return catalogue.claim(shop.platform, ClaimRequest(id, reward, member, plan, count, noon(at)))


def cancel(shop: Shop, id: str, of: str, at: date = MONDAY) -> object:
    return catalogue.cancel(shop.platform, CancellationRequest(id, of, noon(at)))


def load(shop: Shop, reward: str, *codes: str) -> int:
    return catalogue.add_codes(shop.platform, CodesRequest(reward, codes)).left


def shelf(shop: Shop, member: str | None = None) -> dict[str, RewardView]:
    return {each.reward: each for each in catalogue.list_rewards(shop.platform, member)}


@dataclass
class Counter:
    """Gives every event of a test an id of its own."""

    number: int = field(default=0)

    def __call__(self) -> str:
        self.number += 1
        return f"n{self.number}"


@pytest.fixture
def gifts(small_shop: Shop) -> Shop:
    """Ann and bob have bought for 200 each: 100 points and 2 stars; it is Monday evening."""
    return opened(small_shop)


def opened(shop: Shop) -> Shop:
    shop.now = moment("2026-03-02 18:00")
    shop.activate(GIFTS)
    shop.join("ann", "bob")
    shop.buy("o1", "ann", "200")
    shop.buy("o2", "bob", "200")
    return shop


# --- claiming --------------------------------------------------------------------------------------------------------


def test_a_claim_on_every_database(shop: Shop) -> None:
    opened(shop)
    load(shop, "ticket", "b", "a")
    made = claim(shop, "c1", "ann", "mug", 2)
    assert (made.plan, made.reward, made.member, made.count) == ("gifts", "mug", "ann", 2)
    assert (made.price, made.day, made.codes, made.cancelled) == ({"points": "61.00"}, MONDAY, [], False)
    assert shop.has("ann", "points") == "39.00"
    ticket = claim(shop, "c2", "bob", "ticket", 2)
    assert ticket.codes == ["b", "a"]
    cancel(shop, "x1", "c1")
    assert shop.has("ann", "points") == "100.00"
    assert replay(shop.platform) == []


def test_a_gift_costs_nothing_on_every_database(shop: Shop) -> None:
    gift = "rewards:\n  cake: {price: free, stock: 2, per_member: {most: 1, over: month}}\n"
    shop.now = moment("2026-03-02 18:00")
    shop.activate(changed(GIFTS, ("rewards:\n", gift)))
    shop.join("ann", "bob")
    made = claim(shop, "c1", "ann", "cake")
    assert (made.price, made.day, made.cancelled) == ({}, MONDAY, False)
    assert refused(lambda: claim(shop, "c2", "ann", "cake"), Refused) == ("reward.limit", "/count")
    found = {each.reward: each for each in catalogue.list_rewards(shop.platform, "bob")}
    assert (found["cake"].price, found["cake"].stock) == ({}, 1)
    cancel(shop, "x1", "c1")
    claim(shop, "c3", "ann", "cake")
    claim(shop, "c4", "bob", "cake")
    assert shop.has("ann", "points") == "0.00"
    assert replay(shop.platform) == []


def test_a_claim_sent_again_has_one_effect(gifts: Shop) -> None:
    load(gifts, "ticket", "a", "b")
    first = claim(gifts, "c1", "ann", "ticket")
    again = claim(gifts, "c1", "ann", "ticket")
    assert (first.repeated, again.repeated) == (False, True)
    assert again.codes == first.codes == ["a"]
    assert gifts.has("ann", "points") == "80.00"
    for other in (ClaimRequest("c1", "ticket", "bob", at=noon(MONDAY)), ClaimRequest("c1", "mug", "ann")):
        assert refused(lambda other=other: catalogue.claim(gifts.platform, other), Conflict) == (  # type: ignore[misc]
            "event.conflict", "/id",
        )  # fmt: skip


def test_a_claim_without_a_moment_is_made_now_and_repeats_later(gifts: Shop) -> None:
    request = ClaimRequest("c1", "mug", "ann")
    assert catalogue.claim(gifts.platform, request).day == MONDAY
    gifts.now = moment("2026-03-03 18:00")
    assert catalogue.claim(gifts.platform, request).repeated


@pytest.mark.parametrize(
    ("reward", "count", "code", "pointer"),
    [
        ("mug", 5, "reward.sold-out", "/count"),
        ("mug", 4, "request.balance-too-small", "/count"),
        ("pen", 3, "reward.limit", "/count"),
        ("box", 1, "reward.not-now", None),
        ("lounge", 1, "reward.not-eligible", None),
        ("ticket", 1, "reward.sold-out", "/count"),
    ],
)
def test_a_refused_claim_changes_nothing(gifts: Shop, reward: str, count: int, code: str, pointer: str | None) -> None:
    before = gifts.books()
    assert refused(lambda: claim(gifts, "c1", "ann", reward, count), Refused) == (code, pointer)
    assert gifts.books() == before
    assert refused(lambda: catalogue.claim_on_record(gifts.platform, "c1"), NotFound)[0] == "event.unknown"


def test_what_cannot_be_claimed_at_all(gifts: Shop) -> None:
    assert refused(lambda: claim(gifts, "c1", "ann", "mugg"), NotFound)[0] == "reward.unknown-suggest"
    assert refused(lambda: claim(gifts, "c1", "ann", "yacht"), NotFound)[0] == "reward.unknown"
    assert refused(lambda: claim(gifts, "c1", "zoe", "mug"), InvalidRequest) == ("member.unknown", "/member")
    assert refused(lambda: claim(gifts, "c1", "ann", "mug", 0), InvalidRequest) == ("reward.bad-count", "/count")
    assert refused(lambda: claim(gifts, "c1", "ann", "mug", 1001), InvalidRequest) == ("reward.bad-count", "/count")
    assert refused(lambda: claim(gifts, "c1", "ann", "mug", plan="x"), InvalidRequest) == ("plan.not-active", "/plan")
    assert refused(lambda: claim(gifts, "c 1", "ann", "mug"), InvalidRequest) == ("member.bad-id", "/id")
    ahead = ClaimRequest("c1", "mug", "ann", at=noon(THURSDAY))
    assert refused(lambda: catalogue.claim(gifts.platform, ahead), InvalidRequest) == ("order.in-future", "/at")


def test_the_plan_is_named_where_two_have_such_a_reward(gifts: Shop) -> None:
    gifts.activate(OTHER)
    gifts.buy("o3", "ann", "10")
    assert refused(lambda: claim(gifts, "c1", "ann", "mug"), InvalidRequest) == ("reward.which-plan", "/plan")
    assert claim(gifts, "c1", "ann", "mug", 2, plan="others").price == {"coins": "4"}
    # Once it is on record the plan need not be named again.
    again = catalogue.claim(gifts.platform, ClaimRequest("c1", "mug", "ann", None, 2, noon(MONDAY)))
    assert again.repeated
    assert [each.plan for each in catalogue.list_rewards(gifts.platform) if each.reward == "mug"] == ["gifts", "others"]


def test_a_claim_on_a_closed_day_is_booked_to_the_next(gifts: Shop) -> None:
    gifts.now = moment("2026-03-03 18:00")
    gifts.close(MONDAY)
    assert claim(gifts, "c1", "ann", "mug", at=MONDAY).day == TUESDAY


# --- what there is ---------------------------------------------------------------------------------------------------


def test_the_shelf_shows_what_is_left_and_why_somebody_cannot_have_it(gifts: Shop) -> None:
    load(gifts, "ticket", "a")
    claim(gifts, "c1", "ann", "mug", 3)
    claim(gifts, "c2", "bob", "pen")
    found = shelf(gifts, "ann")
    assert {name: each.stock for name, each in found.items()} == {
        "mug": 1, "pen": None, "box": None, "lounge": None, "ticket": 1,
    }  # fmt: skip
    assert {name: each.refusal.code if each.refusal else None for name, each in found.items()} == {
        "mug": "request.balance-too-small",
        "pen": "request.balance-too-small",
        "box": "reward.not-now",
        "lounge": "reward.not-eligible",
        "ticket": "request.balance-too-small",
    }
    assert found["mug"].title == {"en": "Mug", "zh": "马克杯"}
    assert (found["pen"].price, found["pen"].limit) == ({"points": "10.00", "stars": "1"}, 2)
    assert shelf(gifts, "bob")["pen"].limit == 1
    refusal = found["box"].refusal
    assert refusal is not None
    assert set(refusal.text) == {"en", "zh"}
    nobody = shelf(gifts)
    assert {name: each.refusal.code for name, each in nobody.items() if each.refusal} == {"box": "reward.not-now"}
    assert nobody["pen"].limit is None
    assert refused(lambda: catalogue.list_rewards(gifts.platform, "zoe"), NotFound)[0] == "member.unknown"


def test_the_shelf_of_another_day(gifts: Shop) -> None:
    gifts.now = moment("2026-03-03 18:00")
    assert shelf(gifts)["box"].refusal is None
    assert claim(gifts, "c1", "ann", "box", at=TUESDAY).count == 1


# --- taking claims back ----------------------------------------------------------------------------------------------


def test_a_cancellation_sent_again_has_one_effect(gifts: Shop) -> None:
    claim(gifts, "c1", "ann", "mug")
    first = catalogue.cancel(gifts.platform, CancellationRequest("x1", "c1"))
    again = catalogue.cancel(gifts.platform, CancellationRequest("x1", "c1"))
    assert (first.repeated, again.repeated) == (False, True)
    assert gifts.has("ann", "points") == "100.00"
    assert refused(lambda: cancel(gifts, "x2", "c1"), Refused)[0] == "claim.cancelled-already"
    assert catalogue.claim_on_record(gifts.platform, "c1").cancelled
    claim(gifts, "c2", "ann", "mug")
    assert refused(lambda: cancel(gifts, "x1", "c2"), Conflict) == ("event.conflict", "/id")
    assert refused(lambda: cancel(gifts, "x3", "c3"), NotFound)[0] == "event.unknown"


def test_a_claim_is_taken_back_under_the_version_it_was_made_under(gifts: Shop) -> None:
    claim(gifts, "c1", "ann", "mug", 2)
    gifts.activate(changed(GIFTS, ('"30.50"}, stock: 4', '"1"}, stock: 3'), ('points: "20"', 'points: "3"')), TUESDAY)
    gifts.now = moment("2026-03-03 18:00")
    assert shelf(gifts)["mug"].stock == 1
    cancel(gifts, "x1", "c1", TUESDAY)
    assert gifts.has("ann", "points") == "100.00"
    assert shelf(gifts)["mug"].stock == 3
    assert claim(gifts, "c2", "ann", "mug", 3, TUESDAY).price == {"points": "3.00"}
    assert catalogue.claim_on_record(gifts.platform, "c1").price == {"points": "61.00"}
    assert replay(gifts.platform) == []


def test_a_claim_of_a_reward_that_is_no_more_is_still_shown_and_taken_back(gifts: Shop) -> None:
    claim(gifts, "c1", "ann", "mug")
    without = changed(GIFTS, ('  mug: {title: {en: Mug, zh: 马克杯}, price: {points: "30.50"}, stock: 4}\n', ""))
    plans.activate_plan(gifts.platform, without, "plan.yaml", TUESDAY)
    gifts.now = moment("2026-03-03 18:00")
    assert "mug" not in shelf(gifts)
    assert catalogue.claim_on_record(gifts.platform, "c1").reward == "mug"
    cancel(gifts, "x1", "c1", TUESDAY)
    assert gifts.has("ann", "points") == "100.00"


# --- codes -----------------------------------------------------------------------------------------------------------


def test_codes_are_refused_where_they_are_wrong(gifts: Shop) -> None:
    assert load(gifts, "ticket", "a", "b") == 2
    for codes, code, pointer in [
        (("c", "b"), "reward.code-twice", "/codes/1"),
        (("c", "d", "c"), "reward.code-twice", "/codes/2"),
        (("c", ""), "reward.bad-code", "/codes/1"),
        (("x y",), "reward.bad-code", "/codes/0"),
        (("x" * 65,), "reward.bad-code", "/codes/0"),
        ((), "reward.codes-count", "/codes"),
    ]:
        wanted = CodesRequest("ticket", codes)
        found = refused(lambda wanted=wanted: catalogue.add_codes(gifts.platform, wanted), InvalidRequest)  # type: ignore[misc]
        assert found == (code, pointer)
    assert shelf(gifts)["ticket"].stock == 2
    assert refused(lambda: load(gifts, "mug", "a"), InvalidRequest)[0] == "reward.no-codes"
    assert refused(lambda: load(gifts, "tickets", "a"), NotFound)[0] == "reward.unknown-suggest"


def test_codes_of_a_cancelled_claim_stay_with_it(gifts: Shop) -> None:
    load(gifts, "ticket", "a", "b")
    claim(gifts, "c1", "ann", "ticket")
    cancel(gifts, "x1", "c1")
    assert claim(gifts, "c2", "bob", "ticket").codes == ["b"]
    assert catalogue.claim_on_record(gifts.platform, "c1").codes == ["a"]
    assert replay(gifts.platform) == []


# --- the same as in memory -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_a_life_of_claims_is_the_same_as_in_memory(small_shop: Shop, seed: int) -> None:
    random, new_id = Random(f"claims {seed}"), Counter()
    twins = Twins.of(small_shop, GIFTS, random_tree(random, 5))
    made: list[str] = []
    codes = [f"t{number}" for number in range(7)]
    twins.world.codes("ticket", codes)
    load(small_shop, "ticket", *codes)
    for _ in range(60):
        member, on = f"m{random.randrange(5)}", twins.first_open
        kind = random.choice(["order", "claim", "claim", "claim", "cancel", "close"])
        if kind == "order":
            twins.order(member, random.choice(["60", "240", "700"]), on)
            twins.send()
        elif kind == "claim":
            reward, count = random.choice(["mug", "pen", "box", "lounge", "ticket"]), random.choice([1, 1, 2, 3])
            _both_claim(twins, new_id(), member, reward, count, on, made)
        elif kind == "cancel" and made:
            of = random.choice(made)
            twins.both(
                lambda of=of, on=on: twins.world.cancel(of, on=on.isoformat()),  # type: ignore[misc]
                lambda id, of=of, on=on: cancel(small_shop, id, of, on),  # type: ignore[misc]
            )
        elif kind == "close":
            twins.close()
        assert {name: each.stock for name, each in shelf(small_shop).items()} == {
            name: twins.world.stock(name) for name in twins.world.plan.rewards
        }
    twins.compare()
    for id in made:
        on_ledger, in_world = catalogue.claim_on_record(small_shop.platform, id), twins.world.claims[id]
        assert tuple(on_ledger.codes) == in_world.codes
        assert (on_ledger.day, on_ledger.cancelled) == (in_world.day, id in twins.world.cancelled)
    assert made
    assert replay(small_shop.platform) == []


def _both_claim(twins: Twins, id: str, member: str, reward: str, count: int, on: date, made: list[str]) -> None:
    twins.both(
        lambda: twins.world.claim(member, reward, count, on=on.isoformat(), id=id),
        lambda _: claim(twins.shop, id, member, reward, count, on),
    )
    if id in twins.world.claims:
        made.append(id)


def test_an_altered_claim_is_found_by_a_replay(altered_shop: Shop) -> None:
    opened(altered_shop)
    load(altered_shop, "ticket", "a", "b")
    claim(altered_shop, "c1", "ann", "ticket")
    with altered_shop.platform.ledger.write() as tx:
        tx.execute(text("DROP TRIGGER voucher_no_second"))
        tx.execute(text("UPDATE voucher SET claim_seq = NULL WHERE code = 'a'"))
    (found,) = replay(altered_shop.platform)
    assert "table voucher" in found.render()


def test_a_claim_is_explained_and_in_the_statement(gifts: Shop) -> None:
    made = claim(gifts, "c1", "ann", "mug")
    (line,) = [each for each in holdings.statement_of(gifts.platform, "ann", None, 20).items if each.event == "c1"]
    assert (line.kind, line.rule, line.change) == ("claim", "claim", "-30.50")
    assert line.title == {"en": "Price of a reward", "zh": "奖品价格"}
    (moved,) = made.event.booked[0].transfers
    assert explain(gifts.platform, moved.id).event == "c1"
    gifts.now = moment("2026-03-04 18:00")
    gifts.close(MONDAY, TUESDAY)
    cancel(gifts, "x1", "c1", WEDNESDAY)
