"""Declared attributes on the ledger: refused with a pointer, counted, taken back, and not asked of what was before."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rewards.errors import InvalidRequest
from rewards.services import orders, refunds
from rewards.services.requests import OrderRequest, RefundRequest

from .shop import CASHBACK, MONDAY, STAMPS, TUESDAY, WEDNESDAY, Shop, answers, changed, line, noon, refused

VOLUME = changed(
    CASHBACK,
    ("rules:\n", "attributes: {order: {pv: amount, gift: flag}, line: {points: number}}\nrules:\n"),
    ("of: order.cash", "of: order.attributes.pv"),
    ("    on: order.paid\n", "    on: order.paid\n"
     "    when: {order.attributes.gift: false, not: {some_line: {line.attributes.points: 7}}}\n"),
)  # fmt: skip
"""A tenth of what an order's attribute says comes back."""


@pytest.fixture
def corner(small_shop: Shop) -> Shop:
    small_shop.activate(VOLUME)
    small_shop.join("ann")
    return small_shop


def sent(shop: Shop, id: str, at: object = MONDAY, lines: tuple[dict[str, str], ...] = (), **said: str) -> OrderRequest:
    request = shop.order(id, "ann", "100", at)  # type: ignore[arg-type]
    return replace(request, attributes=said, lines=tuple(line("1", **each) for each in lines))


@pytest.mark.parametrize(
    ("said", "lines", "code", "pointer"),
    [
        ({"pv": "1.005"}, (), "order.attribute-amount", "/attributes/pv"),
        ({"gift": "1"}, (), "order.attribute-flag", "/attributes/gift"),
        ({}, ({}, {}, {"points": "many"}), "order.attribute-number", "/lines/2/attributes/points"),
    ],
)
def test_an_order_with_an_attribute_that_cannot_be_read_is_refused(
    corner: Shop, said: dict[str, str], lines: tuple[dict[str, str], ...], code: str, pointer: str
) -> None:
    request = sent(corner, "o1", lines=lines, **said)
    before = corner.books()
    assert refused(lambda: orders.take_order(corner.platform, request), InvalidRequest) == (code, pointer)
    assert corner.books() == before
    assert answers(corner.batch(request, sent(corner, "o2", pv="50")))[1:] == ["taken"]
    assert corner.has("ann", "coins") == "5.00"


def test_every_plan_in_force_may_refuse_an_attribute(corner: Shop) -> None:
    declared = "applies_to: {order.attributes.pv: {above: 9}}\nattributes: {order: {pv: number}}\n"
    corner.activate(changed(STAMPS, ("rules:\n", declared + "rules:\n")))
    request = sent(corner, "o1", pv="10.5")  # fine for cashback
    assert refused(lambda: orders.take_order(corner.platform, request), InvalidRequest) == (
        "order.attribute-number",
        "/attributes/pv",
    )
    corner.batch(sent(corner, "o2", pv="10"), sent(corner, "o3", pv="9"))
    assert (corner.has("ann", "coins"), corner.has("ann", "stamps")) == ("1.90", "10")


def test_a_refund_takes_its_part_back(corner: Shop) -> None:
    corner.batch(sent(corner, "o1", pv="50.10"))
    assert corner.has("ann", "coins") == "5.01"
    refunds.refund(corner.platform, RefundRequest("r1", "o1", "50", noon(MONDAY)))
    assert corner.has("ann", "coins") == "2.50"
    corner.check()


def test_what_was_taken_before_an_attribute_was_declared_is_none_of_it(small_shop: Shop) -> None:
    small_shop.activate(CASHBACK)
    small_shop.join("ann")
    before = sent(small_shop, "o1", pv="plenty")
    small_shop.batch(before)
    small_shop.activate(
        changed(
            VOLUME,
            ("rules:\n", "measures: {volume: {sum: order.attributes.pv}}\nrules:\n"),
            ("of: order.attributes.pv", "of: buyer.measure.volume"),
        ),
        TUESDAY,
    )
    assert answers(small_shop.batch(before)) == ["repeated"]
    small_shop.batch(sent(small_shop, "o2", WEDNESDAY, pv="20"))
    assert small_shop.has("ann", "coins") == "12.00"
    refunds.refund(small_shop.platform, RefundRequest("r1", "o1", "100", noon(WEDNESDAY)))
    assert small_shop.has("ann", "coins") == "2.00"
    small_shop.check()
