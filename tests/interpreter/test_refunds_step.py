"""The `refund` step of plan tests: what it does, and what is said where it is written wrongly."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.testing.files import Shop

ORDER = "  - order: {member: ann, total: 100, id: first, on: 2026-01-01}"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def case(shop: Shop, *steps: str) -> list[str]:
    """What is told about a case of these steps after an order of 100 by ann."""
    given = "given: {members: [{id: ann}]}"
    return list(shop.told(shop.run_case(given, "steps:", ORDER, *(f"  - {step}" for step in steps))))


def test_an_order_is_named_by_its_id_and_taken_back_in_part_or_whole(shop: Shop) -> None:
    assert (
        case(
            shop,
            "refund: {order: first, amount: 25}",
            "expect: {moved: {'#refund': {}}, lots: {ann: {points: [75]}}, pools: {backing: 22.5}}",
            "refund: {order: first}",
            "expect: {locked: {ann: {points: 0}}, balances: {ann: {unit: 0}}, owes: {ann: {points: 0}}}",
            "refused: {refund: {order: first, amount: 1}, because: world.refund-too-much}",
        )
        == []
    )


def test_what_goes_back_into_lots_and_what_is_owed_is_not_moved_to_anybody(shop: Shop) -> None:
    assert (
        case(
            shop,
            "close: 2026-01-01",
            "adjust: {member: ann, asset: points, quantity: -10}",
            "refund: {order: first}",
            "expect: {moved: {'#refund': {}}, owes: {ann: {points: 10}}}",
        )
        == []
    )


def test_an_order_the_plan_is_not_about_cannot_be_refunded(shop: Shop) -> None:
    wholesale = "order: {member: ann, total: 1, id: other, attributes: {channel: wholesale}}"
    assert case(shop, wholesale, "refused: {refund: {order: other}, because: world.unknown-order}") == []
    assert case(shop, wholesale, "refund: {order: other}") == [
        "shop.test.yaml:8:9: error[test.refused]: this refund was refused [world.unknown-order]: "
        "there is no order other; give the order an id and name it here"
    ]


MISTAKES = {
    "an order nobody took": (
        ["refund: {order: last}"],
        "7:25: error[test.unknown-order]: no order called last has been taken by now; "
        "give the order an id and name it here; there are: first",
    ),
    "an order misspelt": (
        ["refund: {order: frist}"],
        "7:25: error[test.unknown-order.did-you-mean]: "
        "no order called frist has been taken by now; did you mean first?",
    ),
    "an order that was to be refused": (
        ["refused: {order: {member: ann, total: 1, id: late}, because: request.no-rule}", "refund: {order: late}"],
        "8:25: error[test.unknown-order]: no order called late has been taken by now; "
        "give the order an id and name it here; there are: first",
    ),
    "an id of two orders": (
        ["order: {member: ann, total: 1, id: first}"],
        "7:44: error[test.order-twice]: there is an order first already; give this order another id",
    ),
    "an id for several orders": (
        ["order: {member: ann, total: 1, id: more, repeat: 2}"],
        "7:40: error[test.id-of-several]: an id names one order, and these are several; "
        "remove it, or write each order by itself",
    ),
    "an id that a number could be": (
        ["order: {member: ann, total: 1, id: '2'}"],
        """7:44: error[schema.pattern]: "2" is not in the right form; write an order's id, a letter first""",
    ),
    "more decimals than the currency has": (
        ["refund: {order: first, amount: 0.001}"],
        "7:40: error[amount.too-fine]: ",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_at_its_place(shop: Shop, mistake: str) -> None:
    steps, expected = MISTAKES[mistake]
    (told,) = case(shop, *steps)
    assert told.startswith(f"shop.test.yaml:{expected}")
