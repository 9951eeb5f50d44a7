"""The actions of events and closes in whole plans, from orders to balances."""

from __future__ import annotations

from rewards.interpreter.world import World

from .plans import compiled, members

CLUB = """
assets:
  cash: {scale: 2, currency: true}
  points: {scale: 1, lots: {start_after_days: 2}}
  stamps: {scale: 0}
  drinks: {scale: 0}
pools:
  bonus: {}
events:
  stay: {fields: {nights: number}}
ladders:
  rank:
    measure: member.sales
    levels:
      - {name: low, from: "100", rate: 10%, units: "1"}
      - {name: high, from: "500", rate: 20%, units: "2.5"}
RULES
"""


def world(*rules: str, caps: str = "", sponsors: tuple[int | None, ...] = (None, 0, 1, 2)) -> World:
    """Members m0, m1 below m0, m2 below m1, m3 below m2."""
    written = "rules:\n" + "".join(f"  - {{{rule}}}\n" for rule in rules)
    return members(compiled(CLUB.replace("RULES", caps + written)), list(sponsors))


def balances(of: World, asset: str) -> list[str]:
    return [of.balance(f"m{index}", asset) for index in range(4)]


def test_uplines_are_paid_with_the_order_and_pay_it_back_with_the_refund() -> None:
    club = world("id: share, on: order.paid, share: {of: order.cash, generations: [10%, 5%], grant: points}")
    club.order("m3", "100", on="2026-03-02", id="A1")
    assert balances(club, "points") == ["0.0", "5.0", "10.0", "0.0"]
    club.refund("A1", "40", on="2026-03-03")
    assert balances(club, "points") == ["0.0", "3.0", "6.0", "0.0"]


def test_the_levels_of_uplines_count_on_events_too() -> None:
    club = world(
        "id: team, on: event.stay, differential: {of: event.nights, rate: rank.rate, own: true, grant: points}",
        "id: free, on: event.stay, share: {of: event.nights, generations: ['1', '1', '1'], blocked_by: rank, "
        "counts: {member.merchant: false}, grant: stamps}",
    )
    for name, level in (("m0", "high"), ("m1", "low"), ("m2", "low"), ("m3", "low")):
        club.give_level(name, "rank", level)
    club.event("m3", "stay", {"nights": 10}, on="2026-03-02")
    assert balances(club, "points") == ["1.0", "0.0", "0.0", "1.0"]
    assert balances(club, "stamps") == ["10", "0", "0", "0"]


def test_the_tenth_stamp_becomes_a_drink() -> None:
    club = world(
        'id: stamp, on: event.stay, grant: {asset: stamps, to: member, amount: {rate: "1", of: event.nights}}',
        'id: tenth, on: event.stay, exchange: {take: {stamps: "10"}, give: {drinks: "1"}}',
    )
    club.event("m0", "stay", {"nights": 9}, on="2026-03-02")
    assert (club.balance("m0", "stamps"), club.balance("m0", "drinks")) == ("9", "0")
    club.event("m0", "stay", {"nights": 13}, on="2026-03-02")
    assert (club.balance("m0", "stamps"), club.balance("m0", "drinks")) == ("2", "2")


def test_what_is_exchanged_at_a_close_is_not_taken_again() -> None:
    club = world(
        'id: fee, on: day.close, take: {asset: stamps, amount: "5"}',
        'id: many, on: day.close, exchange: {take: {stamps: "10", points: "1"}, give: {drinks: "1"}, most: 2}',
        "id: flush, on: month.close, take: {asset: drinks, amount: {rate: 50%, of: member.balance.drinks}}",
    )
    for name, stamps in (("m0", "26"), ("m1", "3"), ("m2", "99")):
        club.give(name, "stamps", stamps)
        club.give(name, "points", "1.5" if name == "m0" else "9")
    club.close("2026-03-30")
    assert balances(club, "stamps") == ["11", "0", "74", "0"]
    assert balances(club, "drinks") == ["1", "0", "2", "0"]
    club.close("2026-03-31")
    assert balances(club, "stamps") == ["6", "0", "49", "0"]
    assert balances(club, "drinks") == ["1", "0", "2", "0"]  # half of one is none, half of four is two


def test_units_are_pending_until_the_return_period_is_over() -> None:
    club = world(
        "id: earn, on: order.paid, grant: {asset: points, to: member, locked: {basis: order.cash}, "
        "amount: {rate: 10%, of: order.cash}}",
        "id: due, on: day.close, release: {asset: points, amount: {rate: 100%, of: lot.granted}}",
    )
    club.order("m0", "100", on="2026-03-02")
    found = []
    for day in ("2026-03-02", "2026-03-03", "2026-03-04", "2026-03-05"):
        club.close(day)
        found.append(club.balance("m0", "points"))
    assert found == ["0.0", "0.0", "10.0", "10.0"]


def test_lots_may_be_granted_at_a_close_and_on_other_events() -> None:
    club = world(
        'id: stay, on: event.stay, grant: {asset: points, to: sponsor, locked: {basis: member.sales}, amount: "7"}',
        "id: monthly, on: month.close, when: {member.orders: {at_least: 1}}, "
        'grant: {asset: points, to: member, locked: {basis: member.sales}, amount: "5"}',
        "id: due, on: day.close, release: {asset: points, amount: {rate: 100%, of: lot.remaining}}",
    )
    club.event("m1", "stay", on="2026-03-31")
    club.order("m2", "100", on="2026-03-31")
    for day in ("2026-03-31", "2026-04-01"):
        club.close(day)
    assert balances(club, "points") == ["0.0"] * 4
    club.close("2026-04-02")
    assert balances(club, "points") == ["7.0", "0.0", "5.0", "0.0"]


def test_sponsors_are_given_for_those_who_rise_at_a_close() -> None:
    club = world(
        "id: risen, on: level.reached, when: {reached.rank: {at_least: low}}, "
        'grant: {asset: points, to: sponsor, amount: "3"}',
        "id: shared, on: level.reached, share: {of: member.sales, generations: [1%], grant: stamps}",
    )
    for name in ("m1", "m2"):
        club.order(name, "700", on="2026-03-02")
    club.close("2026-03-02")
    assert balances(club, "points") == ["3.0", "3.0", "0.0", "0.0"]
    assert balances(club, "stamps") == ["7", "7", "0", "0"]


def test_a_pool_is_paid_out_by_units() -> None:
    club = world(
        "id: fund, on: order.paid, fund: {pool: bonus, amount: {rate: 10%, of: order.cash}}",
        "id: pay, on: month.close, distribute: {pool: bonus, units: rank.units, unit_value: '0.1', pay: cash}",
    )
    for name, total in (("m0", "600"), ("m1", "120"), ("m2", "140")):
        club.order(name, total, on="2026-03-31")
    club.close("2026-03-31")
    # 86 for 4.5 units: 19.1 a unit
    assert balances(club, "cash") == ["47.75", "19.10", "19.10", "0.00"]
    assert club.pool("bonus") == "0.00"


CAPS = """
caps:
  monthly: {rules: [shared], per: member, over: month, most: "12"}
"""


def test_caps_limit_awards_on_events() -> None:
    club = world("id: shared, on: order.paid, share: {of: order.cash, generations: [10%], grant: points}", caps=CAPS)
    for _ in range(2):
        club.order("m1", "100", on="2026-03-02")
    assert club.balance("m0", "points") == "12.0"
