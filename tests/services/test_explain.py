"""Every transfer can be explained, with the numbers one finds by hand (promise 9)."""

from __future__ import annotations

import pytest

from rewards.errors import NotFound
from rewards.ledger import events, transfers
from rewards.services import holdings
from rewards.services.explain import explain
from rewards.services.views_explained import Explanation

from .shop import CASHBACK, MONDAY, STAMPS, TUESDAY, Shop, changed, refused, shipped


def explained(shop: Shop, member: str, rule: str, asset: str) -> Explanation:
    """The explanation of the newest transfer of a rule on a member's statement."""
    lines = holdings.statement_of(shop.platform, member, None, 200).items
    return explain(shop.platform, next(each.transfer for each in lines if (each.rule, each.asset) == (rule, asset)))


def steps(explanation: Explanation) -> list[tuple[int, str]]:
    for step in explanation.steps:
        assert set(step.text) == {"en", "zh"}
    return [(step.depth, step.text["en"]) for step in explanation.steps]


def test_the_token_plan(shop: Shop) -> None:
    source = changed(
        shipped("appreciating-token"), ("enabled: false", "enabled: true"), ('value: "2"}', 'value: "0.25"}')
    )
    shop.activate(source)
    shop.join("ann")
    shop.join("tea", sponsor="ann", merchant=True)
    shop.buy("o1", "ann", "100")  # ann's 21 units come to be worth 30, her quota is 25: she exits
    shop.buy("o2", "tea", "100")  # at 30 ÷ 21: tea 14.7 units, ann 3 ÷ 1.4286 = 2.1, which exit at once again
    grant = explained(shop, "tea", "grant", "token")
    assert (grant.kind, grant.event, grant.day, grant.transfer.quantity) == ("order", "o2", MONDAY, "14.700000")
    assert steps(grant) == [
        (0, "70% × rules.contribution.amount 30.00, in units at the price before the order, 1.4286")
    ]
    assert grant.file_line == source.splitlines().index("  - id: grant") + 1
    assert grant.rule_text.startswith("id: grant\n")
    assert grant.rule_text.splitlines()[-1].endswith("worth: {rate: $grant, of: rules.contribution.amount}}")
    assert steps(explained(shop, "tea", "quota", "quota")) == [(0, "25% × order.cash 100.00")]
    sponsor = explained(shop, "ann", "sponsor-grant", "token")
    assert sponsor.transfer.quantity == "2.100000"
    assert steps(sponsor) == [
        (0, "10% × rules.contribution.amount 30.00, in units at the price before the order, 1.4286")
    ]
    # After tea's order the pool has 30 − 27 + 30 = 33 for 14.7 + 2.1 = 16.8 units: 1.9643.
    text = "2.100000 units × price 1.9643 = 4.13 gross, less the fee of 10%, which stays in the pool"
    for asset, quantity in (("token", "2.100000"), ("cash", "3.71")):
        sale = explained(shop, "ann", "exit", asset)
        assert (sale.transfer.quantity, steps(sale)) == (quantity, [(0, text)])
    first = next(
        each for each in reversed(holdings.statement_of(shop.platform, "ann", None, 50).items) if each.rule == "exit"
    )
    assert "21.000000 units × price 1.4286 = 30.00 gross" in explain(shop.platform, first.transfer).steps[0].text["en"]


def test_what_is_asked_for_names_its_rule(shop: Shop) -> None:
    shop.activate(shipped("appreciating-token"))
    shop.join("ann")
    shop.join("tea", merchant=True)
    shop.buy("o1", "ann", "100")
    shop.convert("c1", "ann", "token", "credit", "7")  # 7 × 30 ÷ 21 = 10
    shop.pay("p1", "ann", "tea", "credit", "8")
    shop.convert("c2", "tea", "credit", "token", "5")  # 5 ÷ (30 ÷ 21) = 3.5
    shop.redeem("r1", "ann", "token", "7")
    shop.buy("o2", "ann", "3", credit="2")
    shop.adjust("a1", "ann", "quota", "1", reason="a present")
    for member, rule, asset, quantity, rule_text in (
        ("ann", "to-credit", "credit", "10.00", "convert: {from: token, to: credit}"),
        ("tea", "to-token", "token", "3.500000", "convert: {from: credit, to: token}"),
        ("tea", "pay", "credit", "8.00", "pay: {asset: credit}"),
        ("ann", "redeem", "cash", "9.00", "redeem: {asset: token, fee: $fee, pay: cash}"),
        ("ann", "payment", "credit", "2.00", "payment"),
        ("ann", "adjustment", "quota", "1.00", "adjustment"),
    ):
        found = explained(shop, member, rule, asset)
        assert (found.transfer.rule, found.transfer.quantity) == (rule, quantity)
        assert rule_text in found.rule_text
    assert steps(explained(shop, "ann", "redeem", "cash")) == [
        (0, "7.000000 units × price 1.4286 = 10.00 gross, less the fee of 10%, which stays in the pool")
    ]
    assert steps(explained(shop, "ann", "adjustment", "quota")) == [(0, "a present")]
    assert explained(shop, "ann", "payment", "credit").file_line == 0
    contribution = explain(shop.platform, "4-0-1")
    assert (contribution.transfer.source.kind, contribution.transfer.target.kind) == ("platform", "pool")
    assert steps(contribution) == [(0, "30% × order.cash 100.00")]


def test_the_dividend_plans(shop: Shop) -> None:
    """Ann, with 60 equity, sponsored ben, with 5; under the second plan his orders count for her as well."""
    shop.activate(shipped("recurring-dividend"))
    shop.activate(shipped("energy-contribution"))
    shop.line("ann", "ben")
    shop.buy("o1", "ann", "60000")
    shop.buy("o2", "ben", "5000")
    (dividend, _) = shop.close(MONDAY)
    shop.buy("o3", "ann", "1000", TUESDAY)  # has no bearing on what Monday's close saw
    assert steps(explained(shop, "ann", "equity", "equity")) == [(0, "0.1% × order.cash 1000.00")]
    sponsored = explained(shop, "ann", "sponsored-contribution", "contribution")
    assert (sponsored.event, steps(sponsored)) == ("o2", [(0, "0.1% × order.cash 5000.00")])
    assert steps(explain(shop.platform, f"{dividend.sequence}-0-1")) == [(0, "30% × day.sales 65000.00")]
    for member, rule, quantity, found in (
        ("ann", "static", "18000.00", ["pool static: 19500.00", "own part: member.balance.equity 60.00000 ÷ 65.00000"]),
        ("ben", "static", "1500.00", ["pool static: 19500.00", "own part: member.balance.equity 5.00000 ÷ 65.00000"]),
        ("ann", "dynamic", "650.00", ["pool dynamic: 6500.00", "own part: v1 10% ÷ 1"]),
    ):
        line = next(
            each
            for each in holdings.statement_of(shop.platform, member, None, 200).items
            if (each.plan, each.rule, each.asset) == ("recurring-dividend", rule, "cash")
        )
        why = explain(shop.platform, line.transfer)
        assert why.transfer.quantity == quantity
        assert [text.partition(";")[0] for _, text in steps(why)] == found
        assert "at most the quota left" in why.steps[1].text["en"]
    # 19,500 × 65 ÷ 70, rounded down, and 6,500 × 40 %
    for rule, quantity, own in (
        ("dynamic", "18107.14", "member.balance.contribution 65.00000 ÷ 70.00000"),
        ("static", "2600.00", "v4 40% ÷ 1"),
    ):
        line = next(
            each
            for each in holdings.statement_of(shop.platform, "ann", None, 200).items
            if (each.plan, each.rule, each.asset) == ("energy-contribution", rule, "cash")
        )
        why = explain(shop.platform, line.transfer)
        assert (why.transfer.quantity, own in why.steps[1].text["en"]) == (quantity, True)


def test_the_weight_is_that_of_the_day_whatever_moved_it(small_shop: Shop) -> None:
    small_shop.activate(shipped("recurring-dividend"))
    small_shop.join("ann", "ben")
    small_shop.buy("o1", "ann", "3000")
    small_shop.buy("o2", "ben", "1000")
    small_shop.adjust("a1", "ann", "equity", "-2")
    small_shop.adjust("a2", "ann", "equity", "9", TUESDAY)
    small_shop.close(MONDAY)
    assert (
        "member.balance.equity 1.00000 ÷ 2.00000" in explained(small_shop, "ann", "static", "cash").steps[1].text["en"]
    )


def test_the_locked_points_plan(shop: Shop) -> None:
    """Ann sponsored ben, ben cleo, cleo dan; with a star from 5,000 on, ann, ben and cleo have one each."""
    shop.activate(changed(shipped("locked-points"), ('from: "50000"', 'from: "5000"')))
    shop.line("ann", "ben", "cleo", "dan")
    for member, total in (("ann", "3000"), ("ben", "9000"), ("cleo", "3000"), ("dan", "6000")):
        shop.buy(f"o-{member}", member, total)
    shop.close(MONDAY, TUESDAY)
    assert steps(explained(shop, "ben", "grant", "points")) == [
        (0, "membership.multiplier (middle) 3 × order.cash 9000.00")
    ]
    assert steps(explained(shop, "ben", "base", "points")) == [
        (0, "1.2% × lot.basis 9000.00, at most what the lot had left")
    ]
    reach = "as far as the own locked lots reach, oldest first"
    for member, rule, quantity, found in (
        # Base releases: ann 36, ben 108, cleo 36, dan 72.
        ("ann", "sharing", "64.80", [(1, "ben (generation 1): 50% × 108.00"), (1, "cleo (generation 2): 30% × 36.00")]),
        ("ben", "sharing", "39.60", [(1, "dan (generation 2): 30% × 72.00"), (1, "cleo (generation 1): 50% × 36.00")]),
        ("cleo", "sharing", "36.00", [(1, "dan (generation 1): 50% × 72.00")]),
        ("ann", "team", "10.80", [(1, "ben: 10% × 108.00")]),  # cleo's and dan's have met a star of 10 % below her
        ("cleo", "team", "7.20", [(1, "dan: 10% × 72.00")]),
        ("ann", "same-level", "3.24", [(1, "ben (downline): 3% × 108.00")]),
        ("ben", "same-level", "2.16", [(1, "cleo (downline): 3% × 72.00")]),
    ):
        why = explained(shop, member, rule, "points")
        assert why.transfer.quantity == quantity
        level = [(0, "level star-1 of star")] if rule == "team" else []
        assert steps(why) == [*level, (0, f"earned {quantity} in all, {reach}"), *found]


def test_an_order_paid_with_the_points_of_another_plan(shop: Shop) -> None:
    shop.activate(CASHBACK)
    shop.activate(changed(STAMPS, ("10%", "60%")))
    shop.join("ann")
    shop.buy("o1", "ann", "1000")
    shop.buy("o2", "ann", "200", coins="40", stamps="30")
    assert steps(explained(shop, "ann", "back", "coins")) == [(0, "10% × order.cash 100.00")]
    assert steps(explained(shop, "ann", "stamp", "stamps")) == [(0, "10% × order.total 200.00")]


def test_every_transfer_on_the_books_can_be_explained(small_shop: Shop) -> None:
    for name in ("appreciating-token", "recurring-dividend", "energy-contribution", "locked-points"):
        small_shop.activate(shipped(name))
    small_shop.line("ann", "ben", "cleo")
    for number, member in enumerate(("ann", "ben", "cleo", "ann")):
        small_shop.buy(f"o{number}", member, "60000")
    small_shop.close(MONDAY, TUESDAY)
    with small_shop.platform.ledger.read() as tx:
        seqs = range(1, events.next_seq(tx))
        ids = ["-".join(map(str, each[:3])) for each in transfers.of_events(tx, seqs)]
    assert len(ids) > 50
    for id in ids:
        found = explain(small_shop.platform, id)
        assert found.transfer.id == id
        lines = shipped(found.transfer.plan).splitlines()[found.file_line - 1 :]
        assert [each.strip() for each in found.rule_text.splitlines()] == [
            each.strip().removeprefix("- ") for each in lines[: len(found.rule_text.splitlines())]
        ]
        assert found.rule_text.startswith(f"id: {found.transfer.rule}\n")
        assert found.steps


@pytest.mark.parametrize("id", ["", "1", "1-2", "1-2-3", "a-b-c", "1-1-1-1", "9999999999999999999-1-1", "４-1-1"])
def test_a_transfer_that_does_not_exist_is_not_found(small_shop: Shop, id: str) -> None:
    assert refused(lambda: explain(small_shop.platform, id), NotFound) == ("transfer.unknown", None)
