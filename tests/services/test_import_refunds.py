"""Refunds taken many at once: the same as one after the other, and each once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from random import Random

import pytest

from rewards.errors import RewardsError
from rewards.services import refunds
from rewards.services.refunds import Refunded
from rewards.services.requests import RefundRequest

from .conftest import _small
from .shop import CASHBACK, MONDAY, STAMPS, THURSDAY, TUESDAY, WEDNESDAY, Shop, changed, noon, shipped

SPENT = changed(STAMPS, ("up_to: 10%", "up_to: 50%"))


def asked(id: str, order: str, amount: str | None = None, on: date = MONDAY) -> RefundRequest:
    return RefundRequest(id, order, amount, noon(on))


def told(results: Sequence[Refunded | RewardsError]) -> list[str]:
    """For each refund: how much was taken back, marked when it had been before, or the code of its error."""
    return [
        one.code if isinstance(one, RewardsError) else f"{one.amount}{' before' if one.repeated else ''}"
        for one in results
    ]


def test_refunds_of_one_order_see_each_other(shop: Shop) -> None:
    shop.activate(CASHBACK)
    shop.join("ann")
    shop.buy("o", "ann", "100")
    shop.buy("other", "ann", "50")
    wanted = [
        asked("r1", "o", "60"),
        asked("r2", "o", "40.01"),
        asked("r3", "other"),
        asked("r4", "o"),
        asked("r5", "o"),
        asked("r1", "o", "60.00"),
        asked("r1", "o", "59"),
        asked("r6", "nothing"),
        asked("no id", "o"),
    ]
    expected = [
        "60.00",
        "refund.too-much",
        "50.00",
        "40.00",
        "refund.too-much",
        "60.00 before",
        "event.conflict",
        "event.unknown",
        "member.bad-id",
    ]
    assert told(refunds.import_refunds(shop.platform, wanted)) == expected
    assert shop.has("ann", "coins") == "0.00"
    books = shop.books()
    again = [f"{each} before" if each[0].isdigit() and "before" not in each else each for each in expected]
    assert told(refunds.import_refunds(shop.platform, wanted)) == again
    assert shop.books() == books


def test_orders_of_several_versions_and_plans_are_taken_back_each_under_its_own(shop: Shop) -> None:
    shop.activate(CASHBACK)
    shop.join("ann")
    shop.buy("o1", "ann", "100")  # 10 coins
    shop.activate(changed(CASHBACK, ("10%", "20%")), TUESDAY)
    shop.activate(SPENT, TUESDAY)
    shop.buy("o2", "ann", "100", TUESDAY)  # 20 coins and 10 stamps
    shop.buy("o3", "ann", "100", TUESDAY, coins="10", stamps="5")  # 16 coins on 80 in cash, 10 stamps
    assert (shop.has("ann", "coins"), shop.has("ann", "stamps")) == ("36.00", "15")
    wanted = [asked(f"r{order}{n}", order, "50", TUESDAY) for n in (1, 2) for order in ("o1", "o3", "o2")]
    assert told(refunds.import_refunds(shop.platform, wanted[:3])) == ["50.00"] * 3
    # Half of 10, 20 and 16 coins go and 5 come back; 5 stamps go twice, and 2 of 5 come back.
    assert (shop.has("ann", "coins"), shop.has("ann", "stamps")) == ("18.00", "7")
    assert told(refunds.import_refunds(shop.platform, wanted)) == ["50.00 before"] * 3 + ["50.00"] * 3
    assert (shop.has("ann", "coins"), shop.has("ann", "stamps")) == ("0.00", "0")


def test_a_repeated_refund_without_a_moment_or_an_amount_is_the_one_on_record(shop: Shop) -> None:
    shop.activate(CASHBACK)
    shop.join("ann")
    shop.buy("o", "ann", "100")
    rest = RefundRequest("r", "o")
    assert told(refunds.import_refunds(shop.platform, [asked("r0", "o", "30"), rest])) == ["30.00", "70.00"]
    shop.now = noon(date(2026, 7, 1))
    assert told(refunds.import_refunds(shop.platform, [rest, rest])) == ["70.00 before"] * 2
    assert refunds.refund(shop.platform, rest).repeated


def test_a_refund_is_not_taken_ahead_of_its_day(shop: Shop) -> None:
    shop.activate(CASHBACK)
    shop.join("ann")
    shop.buy("o", "ann", "100")
    assert told(refunds.import_refunds(shop.platform, [asked("r", "o", on=date(2026, 6, 21))])) == ["order.in-future"]
    assert shop.has("ann", "coins") == "10.00"


PLANS = {
    "priced": changed(
        shipped("appreciating-token"), ('value: "2"}', 'value: "0.4"}'), ("enabled: false", "enabled: true")
    ),
    "locked": shipped("locked-points"),
    "dividend": changed(shipped("recurring-dividend"), ("enabled: false", "enabled: true")),
}


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", PLANS)
def test_however_they_are_cut_into_batches_the_books_are_the_same(
    name: str, seed: int, _migrated_sqlite: Path, tmp_path: Path
) -> None:
    """The units, lots, pools, prices and sales after one at a time, batches of three and all at once, over closes."""
    books = []
    for size in (0, 3, 100):
        random = Random(seed)
        folder = tmp_path / str(size)
        folder.mkdir()
        with _small(_migrated_sqlite, folder) as shop:
            shop.activate(PLANS[name])
            shop.line("top", "ann", "bob", "cid")
            for number in range(12):
                member = random.choice(["top", "ann", "bob", "cid"])
                shop.buy(f"o{number}", member, str(random.choice([100, 3000, 9000])), random.choice([MONDAY, TUESDAY]))
            shop.close(MONDAY, TUESDAY, WEDNESDAY)
            for day in (THURSDAY, date(2026, 3, 6)):
                wanted = [
                    asked(f"r{day}-{n}", f"o{random.randrange(12)}", random.choice(["33.33", "50", None]), day)
                    for n in range(20)
                ]
                _take(shop, wanted, size)
                shop.close(day)
            books.append(shop.books())
    assert books[1] == books[0]
    assert books[2] == books[0]


def _take(shop: Shop, wanted: list[RefundRequest], size: int) -> None:
    """Take refunds in batches; of size 0: one by one, as the API does."""
    if size:
        for start in range(0, len(wanted), size):
            refunds.import_refunds(shop.platform, wanted[start : start + size])
        return
    for request in wanted:
        try:
            refunds.refund(shop.platform, request)
        except RewardsError as error:
            assert error.code == "refund.too-much"
