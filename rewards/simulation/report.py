"""A planning run as texts: exact amounts as decimals, prices rounded for the eye and as exact ratios beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from rewards.money import format_amount, format_ratio
from rewards.plan.model import Plan
from rewards.simulation.result import Result, Row

PRICE_PLACES = 4
"""Decimals of a displayed price, half up (specification 1)."""


def price_text(price: tuple[int, int]) -> str:
    """A price with four decimals, half up."""
    return format_ratio(*price, PRICE_PLACES)


def exact_text(price: tuple[int, int]) -> str:
    """A price as an exact ratio in lowest terms."""
    ratio = Fraction(*price)
    return f"{ratio.numerator}/{ratio.denominator}"


def row_texts(plan: Plan, row: Row) -> dict[str, str]:
    """A row as texts by column: `pool.NAME`, `price.ASSET`, `held.ASSET` and so on beside those every plan has."""
    scale = plan.currency_scale
    scales = {name: asset.scale for name, asset in plan.assets.items()}
    texts = {"day": row.day.isoformat()}
    texts |= {name: str(getattr(row, name)) for name in ("members", "orders")}
    texts["sales"] = format_amount(row.sales, scale)
    texts |= {name: str(getattr(row, name)) for name in ("redemptions", "refused", "exits")}
    texts["paid"] = format_amount(row.paid, scale)
    texts |= {f"pool.{name}": format_amount(amount, scale) for name, amount in row.pools.items()}
    for name, priced in row.priced.items():
        texts[f"price.{name}"] = price_text(priced.price)
        texts[f"price_exact.{name}"] = exact_text(priced.price)
        texts[f"circulation.{name}"] = format_amount(priced.circulation, scales[name])
        texts[f"issued.{name}"] = format_amount(priced.issued, scales[name])
    texts |= {f"held.{name}": format_amount(amount, scales[name]) for name, amount in row.held.items()}
    texts |= {f"locked.{name}": format_amount(amount, scales[name]) for name, amount in row.locked.items()}
    texts["liabilities"] = format_amount(row.liabilities, scale)
    return texts


def csv_lines(result: Result) -> Iterator[Sequence[str]]:
    """A line of headings and one for each day."""
    for index, row in enumerate(result.rows):
        texts = row_texts(result.plan, row)
        if index == 0:
            yield list(texts)
        yield list(texts.values())


def as_json(result: Result, rows: Sequence[Row], language: str) -> dict[str, object]:
    """The run as data: what ran, by which path and why, and the rows."""
    plan, settings = result.plan, result.settings
    return {
        "plan": plan.name,
        "version": plan.digest,
        "path": result.path.value,
        "reason": result.reason.render(language) if result.reason else None,
        "settings": {
            "orders": settings.orders,
            "members": settings.members,
            "days": settings.days,
            "seed": settings.seed,
            "from": settings.first_day.isoformat(),
            "first_members": settings.first_members,
            "amount": [format_amount(each, plan.currency_scale) for each in (settings.least, settings.most)],
            "growth": str(settings.growth),
            "sponsored": str(settings.sponsored),
            "redeem": str(settings.redeem),
            "part": str(settings.part),
        },
        "rows": [row_texts(plan, row) for row in rows],
    }
