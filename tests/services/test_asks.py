"""What members and operators ask for: redeeming, converting, paying, adjusting by hand. Each once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from rewards.errors import Conflict, InvalidRequest, Refused
from rewards.services import asks, reports
from rewards.services.asks import Request
from rewards.services.requests import AdjustmentRequest, ConversionRequest, PaymentRequest, RedemptionRequest

from .shop import MONDAY, TUESDAY, Shop, moment, noon, refused, shipped

TOKEN = "appreciating-token"


@pytest.fixture
def market(shop: Shop) -> Shop:
    """After two orders of 100 ann has 21 units, ben 14.7; the pool has 60 for 35.7 units. Tea is a merchant."""
    return open_market(shop)


@pytest.fixture
def stall(small_shop: Shop) -> Shop:
    """The same on SQLite."""
    return open_market(small_shop)


@pytest.fixture(scope="module")
def still_stall(still_shop: Shop) -> Shop:
    """One for all tests that leave it as it is."""
    return open_market(still_shop)


def open_market(shop: Shop) -> Shop:
    shop.activate(shipped(TOKEN))
    shop.join("ann", "ben")
    shop.join("tea", merchant=True)
    shop.buy("o1", "ann", "100")
    shop.buy("o2", "ben", "100")
    return shop


def test_redeeming_pays_the_price_less_the_fee_and_burns_the_units(market: Shop) -> None:
    taken = market.redeem("r1", "ann", "token", "10")
    # 10 × 60 ÷ 35.7 = 16.80…; a tenth of it, rounded up, stays in the pool
    assert (market.has("ann", "token"), market.has("ann", "cash")) == ("11.000000", "15.12")
    assert [(each.rule, each.asset, each.quantity, each.target.holder) for each in taken.booked[0].transfers] == [
        ("redeem", "token", "10.000000", "burned"),
        ("redeem", "cash", "15.12", "ann"),
    ]
    assert (taken.kind, taken.member, taken.booked[0].day) == ("redemption", "ann", MONDAY)
    (pool,) = reports.pools(market.platform)
    assert (pool.pool, pool.balance, pool.paid_in, pool.paid_out) == ("backing", "44.88", "60.00", "15.12")


def test_converting_moves_units_to_the_treasury_and_back_for_merchants(market: Shop) -> None:
    market.convert("c1", "ann", "token", "credit", "11.9")  # 11.9 × 60 ÷ 35.7 = 20
    assert (market.has("ann", "token"), market.has("ann", "credit")) == ("9.100000", "20.00")
    market.pay("p1", "ann", "tea", "credit", "20")
    assert (market.has("ann", "credit"), market.has("tea", "credit")) == ("0.00", "20.00")
    market.convert("c2", "tea", "credit", "token", "15")
    assert (market.has("tea", "credit"), market.has("tea", "token")) == ("5.00", "8.925000")
    market.adjust("a1", "tea", "credit", "1000")
    wanted = ConversionRequest("c3", "tea", TOKEN, "credit", "token", "1000", noon(MONDAY))
    with pytest.raises(Refused) as refusal:
        asks.convert(market.platform, wanted)
    assert refusal.value.code == "request.treasury-too-small"
    assert "2.975000" in refusal.value.text("en")
    assert market.has("tea", "credit") == "1005.00"


def test_an_adjustment_adds_and_takes_and_keeps_its_reason(market: Shop) -> None:
    market.adjust("a1", "ann", "credit", "30")
    market.adjust("a2", "ann", "credit", "-12.5", reason="  a mistake  ")
    assert market.has("ann", "credit") == "17.50"
    with market.platform.ledger.read() as tx:
        payload = tx.exec_driver_sql("SELECT payload FROM event WHERE id = 'a2'").scalar_one()
    assert '"reason":"a mistake"' in payload
    assert '"quantity":"-12.50"' in payload


def test_a_lot_can_be_added_by_hand(stall: Shop) -> None:
    stall.activate(shipped("locked-points"))
    stall.adjust("a1", "ann", "points", "900", basis="300")
    stall.close(MONDAY, plan="locked-points")
    stall.close(TUESDAY, plan="locked-points")
    assert (stall.has("ann", "points"), stall.holding("ann", "points").locked) == ("3.60", "896.40")  # 1.2 % of 300


AT = noon(MONDAY)
REQUESTS: list[tuple[Callable[..., object], Request]] = [
    (asks.redeem, RedemptionRequest("x1", "ann", TOKEN, "token", "1", AT)),
    (asks.convert, ConversionRequest("x1", "ann", TOKEN, "token", "credit", "1", AT)),
    (asks.pay, PaymentRequest("x1", "ann", "ben", TOKEN, "credit", "1", AT)),
    (asks.adjust, AdjustmentRequest("x1", "ann", TOKEN, "credit", "1", "thanks", None, AT)),
]
ids = ["redemption", "conversion", "payment", "adjustment"]


@pytest.mark.parametrize(("ask", "request_"), REQUESTS, ids=ids)
def test_a_request_has_one_effect(market: Shop, ask: Callable[..., object], request_: Request) -> None:
    market.adjust("a0", "ann", "credit", "50")
    first = ask(market.platform, request_)
    books = market.books()
    assert ask(market.platform, request_) == replace(first, repeated=True)  # type: ignore[type-var]
    assert ask(market.platform, replace(request_, quantity="1.00")) == replace(first, repeated=True)  # type: ignore[type-var]
    # A repetition that names no moment means the one on record, even when its day has been closed since.
    market.close(MONDAY)
    assert ask(market.platform, replace(request_, at=None)) == replace(first, repeated=True)  # type: ignore[type-var]
    for other in (
        replace(request_, quantity="2"),
        replace(request_, member="ben"),
        replace(request_, at=noon(TUESDAY)),
    ):
        assert refused(lambda other=other: ask(market.platform, other), Conflict) == ("event.conflict", "/id")  # type: ignore[misc]
    assert market.books() == books


@pytest.mark.parametrize(("ask", "request_"), REQUESTS, ids=ids)
@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"id": "x 1"}, "member.bad-id", "/id"),
        ({"plan": "token"}, "plan.not-active", "/plan"),
        ({"member": "eve"}, "member.unknown", "/member"),
        ({"quantity": "a few"}, "amount.malformed", "/quantity"),
        ({"quantity": "1.0000001"}, "amount.too-fine", "/quantity"),
        ({"quantity": "0"}, ("request.not-positive", "request.zero"), "/quantity"),
        ({"at": AT.replace(tzinfo=None)}, "order.no-offset", "/at"),
        ({"at": moment("2026-02-28 12:00")}, "plan.not-active", "/plan"),
        ({"at": moment("2026-06-20 12:11")}, "order.in-future", "/at"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_a_wrong_request_is_refused_with_a_pointer(
    still_stall: Shop,
    ask: Callable[..., object],
    request_: Request,
    change: dict[str, object],
    code: str | tuple[str, ...],
    pointer: str,
) -> None:
    books = still_stall.books()
    wrong = replace(request_, **change)  # type: ignore[arg-type]
    found, where = refused(lambda: ask(still_stall.platform, wrong), InvalidRequest)
    assert found in code
    assert where == pointer
    assert still_stall.books() == books


@pytest.mark.parametrize(
    ("ask", "request_", "code", "pointer"),
    [
        (asks.redeem, replace(REQUESTS[0][1], asset="tokens"), "plan.no-asset", "/asset"),
        (asks.convert, replace(REQUESTS[1][1], source="tokens"), "plan.no-asset", "/from"),
        (asks.convert, replace(REQUESTS[1][1], target="credits"), "plan.no-asset", "/to"),
        (asks.pay, replace(REQUESTS[2][1], payee="eve"), "member.unknown", "/payee"),
        (asks.pay, replace(REQUESTS[2][1], quantity="-1"), "request.not-positive", "/quantity"),
        (asks.adjust, replace(REQUESTS[3][1], reason=" "), "request.no-reason", "/reason"),
        (asks.adjust, replace(REQUESTS[3][1], locked_basis="-1"), "order.negative", "/locked_basis"),
        (asks.adjust, replace(REQUESTS[3][1], locked_basis="x"), "amount.malformed", "/locked_basis"),
    ],
)
def test_what_only_one_kind_of_request_can_have_wrong(
    still_stall: Shop, ask: Callable[..., object], request_: Request, code: str, pointer: str
) -> None:
    assert refused(lambda: ask(still_stall.platform, request_), InvalidRequest) == (code, pointer)


@pytest.mark.parametrize(
    ("ask", "request_", "code"),
    [
        (asks.redeem, replace(REQUESTS[0][1], quantity="21.000001"), "request.balance-too-small"),
        (asks.redeem, replace(REQUESTS[0][1], asset="quota"), "request.no-rule"),
        (asks.pay, replace(REQUESTS[2][1], payee="ann"), "request.pay-oneself"),
        (asks.pay, REQUESTS[2][1], "request.balance-too-small"),
        (asks.convert, replace(REQUESTS[1][1], source="credit", target="token"), "request.no-rule"),  # no merchant
        (asks.adjust, replace(REQUESTS[3][1], asset="cash"), "request.not-adjustable"),
        (asks.adjust, replace(REQUESTS[3][1], quantity="-1"), "request.balance-too-small"),
        (asks.adjust, replace(REQUESTS[3][1], asset="token"), "request.treasury-too-small"),
        (asks.adjust, replace(REQUESTS[3][1], locked_basis="1"), "request.no-lots"),
    ],
)
def test_what_the_rules_or_balances_do_not_allow_is_refused_and_can_be_asked_again(
    still_stall: Shop, ask: Callable[..., object], request_: Request, code: str
) -> None:
    books = still_stall.books()
    assert refused(lambda: ask(still_stall.platform, request_), Refused)[0] == code
    assert still_stall.books() == books
    assert refused(lambda: ask(still_stall.platform, request_), Refused)[0] == code


def test_a_request_without_a_moment_happens_now(stall: Shop) -> None:
    taken = asks.redeem(stall.platform, RedemptionRequest("r1", "ann", TOKEN, "token", "1"))
    assert taken.booked[0].day == stall.now.date()
