"""Numbers with decimals on the books: kept as they are, refused where they are none, and the same after a replay."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rewards.errors import InvalidRequest
from rewards.services import happenings, orders
from rewards.services.replay import replay
from rewards.services.requests import EventRequest

from .shop import MONDAY, RULES, Shop, line, noon, refused


@pytest.fixture
def station(small_shop: Shop) -> Shop:
    small_shop.activate((RULES / "examples" / "filling-station.yaml").read_text(encoding="utf-8"))
    small_shop.join("ann")
    return small_shop


def charge(shop: Shop, id: str, kwh: object) -> object:
    fields = {"kwh": kwh}
    return happenings.take_event(shop.platform, EventRequest(id, "charge", "ann", noon(MONDAY), fields))  # type: ignore[arg-type]


def test_an_event_has_them_as_texts_or_whole_numbers(station: Shop) -> None:
    charge(station, "c1", "10.499")
    charge(station, "c2", 2)
    assert station.has("ann", "points") == "24"  # 20 and 4 full halves
    charge(station, "c2", "2.0")  # the same event, written otherwise
    assert station.has("ann", "points") == "24"
    assert replay(station.platform) == []


@pytest.mark.parametrize("kwh", ["10.4999", "-1", "many", "", -1, True, "1000000000000.001"])
def test_what_is_no_such_number_is_refused_with_its_place(station: Shop, kwh: object) -> None:
    assert refused(lambda: charge(station, "c1", kwh), InvalidRequest) == ("event.field-decimal", "/fields/kwh")
    assert station.has("ann", "points") == "0"


def test_lines_of_an_order_have_them(station: Shop) -> None:
    request = station.order("o1", "ann", "561", MONDAY)
    litres = replace(line("561", litres="70.123"), category="petrol")
    orders.take_order(station.platform, replace(request, lines=(litres,)))
    assert station.has("ann", "points") == "140"  # 2 × 70.123, rounded down
    too_fine = replace(line("561", litres="70.1234"), category="petrol")
    assert refused(
        lambda: orders.take_order(station.platform, replace(request, id="o2", lines=(too_fine,))), InvalidRequest
    ) == ("order.attribute-decimal", "/lines/0/attributes/litres")
    assert replay(station.platform) == []
