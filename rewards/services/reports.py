"""What the operator sees: pools, prices, the network's totals and whether every promise is kept."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import BigInteger, Connection, cast, func, select

from rewards.errors import NotFound
from rewards.ledger import balances, close_parts, prices, promises, sales
from rewards.ledger.tables import transfer
from rewards.money import format_amount, format_ratio
from rewards.plan.model import Title
from rewards.services.binding import Binding
from rewards.services.people import check_limit, cursor_number
from rewards.services.platform import Platform
from rewards.services.replay import replay
from rewards.services.views import NetworkTotal, Page, PoolView, PriceView

PRICE_PLACES = 4
"""Decimals of a displayed price (specification 1)."""

PROMISES: dict[int, Title] = {
    1: {"en": "Transfers are positive, and balances are their sum", "zh": "转账为正，余额等于转账之和"},
    2: {"en": "No account is overdrawn, no lot out of bounds", "zh": "账户不透支，批次不越界"},
    3: {"en": "Locked balances are what the lots have left", "zh": "锁定余额等于批次剩余"},
    4: {"en": "Supply is kept, and no price has fallen", "zh": "发行量未超限，价格未下跌"},
    5: {"en": "Pools hold what came in less what went out", "zh": "资金池收支相符"},
    6: {"en": "Every event is on record once, unaltered", "zh": "每个事件只记录一次且未被改动"},
    7: {"en": "Every day is closed once, in order", "zh": "每日只结一次且按序"},
    8: {"en": "Replaying all events rebuilds every balance", "zh": "重放全部事件得到相同余额"},
    9: {"en": "Every transfer names its event, version and rule", "zh": "每笔转账都注明事件、版本和规则"},
    10: {
        "en": "No event is missing, and events and effects are as sealed",
        "zh": "事件无缺失，事件及其效果与封存时相同",
    },
}


@dataclass(frozen=True)
class CheckResult:
    """One promise checked: what is promised, and every violation found, in English and Chinese."""

    promise: int
    title: Title
    violations: list[Title]


def verify(platform: Platform, *, with_replay: bool = True) -> list[CheckResult]:
    """Check the promises on the stored books; all are kept when no result has violations.

    Without `with_replay` promise 8 is left out, whose check takes every event again and so as long as they took.
    """
    with platform.ledger.read() as tx:
        supplies = {
            binding.books[asset.free_book]: asset.priced.supply
            for bindings in platform.calendar(tx).bindings.values()
            for binding in bindings[-1:]
            for asset in binding.plan.priced_assets
            if asset.priced and asset.priced.supply is not None
        }
        found = promises.verify(tx, supplies)
    violations: dict[int, list[Title]] = {number: [] for number in PROMISES}
    for each in found:
        violations[each.promise].append({"en": each.text("en"), "zh": each.text("zh")})
    if with_replay:
        violations[8] = [{"en": each.render("en"), "zh": each.render("zh")} for each in replay(platform)]
    else:
        del violations[8]
    return [CheckResult(number, PROMISES[number], listed) for number, listed in violations.items()]


def pools(platform: Platform) -> list[PoolView]:
    """Every pool of every plan."""
    with platform.ledger.read() as tx:
        return [view for bindings in platform.calendar(tx).bindings.values() for view in _pools(tx, bindings[-1])]


def _pools(tx: Connection, binding: Binding) -> list[PoolView]:
    currency = binding.plan.currency_asset
    if currency is None:
        return []
    book = binding.books[currency.free_book]
    found = []
    for pool in binding.plan.pools.values():
        holder = binding.holder(pool.holder)
        paid_in = _paid_in(tx, book, holder)
        held = balances.get(tx, [book], [holder]).get((book, holder), 0)
        found.append(
            PoolView(
                plan=binding.plan.name,
                pool=pool.name,
                title=pool.title,
                balance=format_amount(held, currency.scale),
                paid_in=format_amount(paid_in, currency.scale),
                paid_out=format_amount(paid_in - held, currency.scale),  # promise 5
            )
        )
    return found


def _paid_in(tx: Connection, book: int, holder: int) -> int:
    total = select(cast(func.coalesce(func.sum(transfer.c.amount), 0), BigInteger))
    by_events = tx.execute(total.where(transfer.c.to_book == book, transfer.c.to_holder == holder)).scalar_one()
    return by_events + close_parts.total_into(tx, book, holder)


def price_history(platform: Platform, asset: str, plan: str | None, before: str | None, limit: int) -> Page[PriceView]:
    """The prices of an asset, newest first; `before` is the event of the last one of the page before.

    Raises NotFound.
    """
    check_limit(limit)
    with platform.ledger.read() as tx:
        calendar = platform.calendar(tx)
        bindings = [of_plan[-1] for name, of_plan in calendar.bindings.items() if plan in (None, name)]
        for binding in bindings:
            declared = binding.plan.assets.get(asset)
            if declared is not None and declared.priced:
                found = prices.page(
                    tx, binding.plan_id, asset, before=cursor_number(before, "/before"), limit=limit + 1
                )
                items = [_price(binding, declared.scale, each) for each in found[:limit]]
                return Page(items, str(items[-1].event) if len(found) > limit else None)
        known = [each.name for binding in bindings for each in binding.plan.priced_assets]
        raise NotFound("asset.no-price", asset=asset, known=", ".join(known) or "–")


def _price(binding: Binding, scale: int, stored: prices.Price) -> PriceView:
    numerator = stored.numerator * 10**scale
    denominator = stored.denominator * 10**binding.plan.currency_scale
    return PriceView(
        plan=binding.plan.name,
        asset=stored.asset,
        day=stored.day,
        event=stored.event_seq,
        numerator=str(numerator),
        denominator=str(denominator),
        display=format_ratio(numerator, denominator, PRICE_PLACES),
    )


def network_totals(platform: Platform) -> list[NetworkTotal]:
    """What all members together have ordered under each plan."""
    with platform.ledger.read() as tx:
        found = []
        for bindings in platform.calendar(tx).bindings.values():
            sold = sales.total_columns(tx, bindings[-1].plan_id)
            scale = bindings[-1].plan.currency_scale
            cash, points = format_amount(int(sold.cash.sum()), scale), format_amount(int(sold.points.sum()), scale)
            found.append(
                NetworkTotal(
                    plan=bindings[-1].plan.name,
                    orders=int(sold.orders.sum()),
                    cash=cash,
                    points=points,
                    own_orders=0,
                    own_cash=format_amount(0, scale),
                    own_points=format_amount(0, scale),
                )
            )
        return found
