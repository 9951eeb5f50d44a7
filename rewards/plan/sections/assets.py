"""The section `assets`: what accounts are kept of."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

from rewards.plan.diagnostics import Doubted, Path
from rewards.plan.lots import LotPolicy
from rewards.plan.model import Asset, Priced
from rewards.plan.schema_parts import expected, mapping, ref, told
from rewards.plan.scope import UNKNOWN_SCALE, Scope
from rewards.plan.sections.declared import doubt, names_of
from rewards.plan.sections.expiry import EXPIRY, read_expiry
from rewards.plan.sections.titles import TITLE, read_title

_PRICED = mapping(
    {
        "pool": told(ref("name"), "Pool", "The pool that backs it: the price is the pool divided by the circulation."),
        "issue_price": told(ref("quantity"), "Issue price", "The price in the currency before the first unit exists."),
        "supply": told(ref("quantity"), "Supply", "The most units that may ever be issued; no limit when not given."),
    },
    "pool",
    "issue_price",
)
_START = told(
    {"type": "integer", "minimum": 0, "maximum": 3660},
    "Start after days",
    "So many days after its day a lot first releases; 1 when not given, 0 for the same day's close.",
)
ASSET: dict[str, Any] = mapping(
    {
        "title": TITLE,
        "scale": told(
            {"type": "integer", "minimum": 0, "maximum": 12}, "Scale", "How many decimals its smallest unit has."
        ),
        "currency": told({"type": "boolean"}, "Currency", "true: this asset is the currency itself, which pools hold."),
        "lots": told(
            mapping(
                {"start_after_days": _START},
                **expected(
                    "{}, or when lots start to release: {start_after_days: 30}",
                    "{}，或批次开始释放的时间：{start_after_days: 30}",
                ),
            ),
            "Lots",
            "Units may be locked in lots, which rules release.",
        ),
        "cash_value": told(ref("quantity"), "Cash value", "What one unit pays for, in the currency; it never changes."),
        "priced": told(_PRICED, "Priced", "Units have a price that follows a pool."),
        **EXPIRY,
    },
    "scale",
)
"""One asset."""


def read_assets(scope: Scope) -> None:
    """Read all assets, but for how long their units stay good, which may depend on a ladder."""
    for index, name in enumerate(names_of(scope, "asset")):
        doubtful = doubt(scope, "asset", name)
        scope.assets[name] = _doubted_asset(scope, name, index) if doubtful else _read_asset(scope, name, index)
    _check_assets(scope)


def read_expiries(scope: Scope) -> None:
    """Read how long the units of each asset stay good, once the ladders are known."""
    for name, asset in scope.assets.items():
        if ("asset", name) not in scope.in_doubt:
            scope.assets[name] = replace(asset, expiry=read_expiry(scope, ("assets", name), asset))


def _doubted_asset(scope: Scope, name: str, index: int) -> Asset:
    """A stand-in for an asset that is declared wrongly, with what can be told of it."""
    value = scope.at(("assets", name))
    known = value if isinstance(value, dict) else {}
    readable = "scale" in known and not scope.report.has_error_within(("assets", name, "scale"))
    scale = known["scale"] if readable else UNKNOWN_SCALE
    return Asset(Doubted(name), index, {}, scale, currency=known.get("currency") is True)


def _read_asset(scope: Scope, name: str, index: int) -> Asset:
    path: Path = ("assets", name)
    value = scope.at(path)
    lots = value.get("lots")
    errors = scope.report.errors
    cash_value = scope.rate((*path, "cash_value")) if "cash_value" in value else None
    priced = _read_priced(scope, (*path, "priced"), value["scale"]) if "priced" in value else None
    if scope.report.errors > errors:
        scope.in_doubt.add(("asset", name))
        return _doubted_asset(scope, name, index)
    return Asset(
        name=name,
        index=index,
        title=read_title(value.get("title"), name),
        scale=value["scale"],
        currency=value.get("currency", False),
        lots=LotPolicy(lots.get("start_after_days", 1)) if lots is not None else None,
        cash_value=cash_value,
        priced=priced,
    )


def _read_priced(scope: Scope, path: Path, scale: int) -> Priced:
    value = scope.at(path)
    pool = scope.pool((*path, "pool"))
    issue_price = scope.rate_at((*path, "issue_price"))
    supply = scope.quantity_at((*path, "supply"), scale) if "supply" in value else None
    for key, number in (("issue_price", issue_price), ("supply", supply)):
        if number == 0:
            scope.report.error("plan.must-be-positive", (*path, key), key=key)
    return Priced(pool.name, issue_price or Fraction(1), supply)


def _check_assets(scope: Scope) -> None:
    currencies = [asset.name for asset in scope.assets.values() if asset.currency]
    for name in currencies[1:]:
        path: Path = ("assets", name, "currency")
        scope.report.error("plan.two-currencies", path, first=str(currencies[0]), name=str(name))
        scope.in_doubt.add(("asset", name))
        scope.assets[name] = Asset(Doubted(name), scope.assets[name].index, {}, scope.assets[name].scale)
    backing: dict[str, str] = {}
    for asset in scope.assets.values():
        path = ("assets", asset.name)
        if asset.priced is None:
            continue
        if asset.currency or asset.lots or asset.cash_value is not None:
            scope.report.error("plan.priced-alone", (*path, "priced"), name=asset.name)
        scope.need_currency((*path, "priced"))
        other = backing.setdefault(asset.priced.pool, asset.name)
        if other != asset.name:
            scope.report.error("plan.pool-backs-two", (*path, "priced", "pool"), pool=asset.priced.pool, asset=other)
