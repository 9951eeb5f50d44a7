"""Reading what a plan declares: parameters, assets, pools, ladders, payment and what orders it applies to."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from rewards.plan.conditions import Condition
from rewards.plan.diagnostics import Doubted, Path
from rewards.plan.expressions import read_condition
from rewards.plan.fields import Place
from rewards.plan.ladder import Evaluated, Ladder, Level, Term
from rewards.plan.lots import LotPolicy
from rewards.plan.model import Asset, Payment, Pool, Priced, Title
from rewards.plan.scope import UNKNOWN_SCALE, Scope, as_written

_LEVEL_KEYS = ("name", "title", "from", "above")


def read_title(value: Any, fallback: str) -> Title:
    """A title written as one text or a text a language; the name where there is none."""
    if isinstance(value, str):
        return {"en": value, "zh": value}
    if isinstance(value, dict):
        some = next(iter(value.values()))
        return {"en": value.get("en", some), "zh": value.get("zh", some)}
    return {"en": fallback, "zh": fallback}


def read_declarations(scope: Scope) -> None:
    """Read parameters, assets, pools and ladders; what the schema complains of is only noted as declared."""
    for name in _names(scope, "parameter"):
        if not _doubt(scope, "parameter", name):
            scope.parameters[name] = scope.at(("parameters", name, "value"))
    for index, name in enumerate(_names(scope, "pool")):
        scope.pools[name] = Pool(name, index, read_title(_title(scope, ("pools", name)), name))
    for index, name in enumerate(_names(scope, "asset")):
        doubtful = _doubt(scope, "asset", name)
        scope.assets[name] = _doubted_asset(scope, name, index) if doubtful else _read_asset(scope, name, index)
    _check_assets(scope)
    scope.refresh_catalogue()
    for index, name in enumerate(_names(scope, "ladder")):
        if not _doubt(scope, "ladder", name):
            scope.ladders[name] = _read_ladder(scope, name, index)
    scope.refresh_catalogue()


def _names(scope: Scope, kind: str) -> list[str]:
    """The names declared in a section; a section that cannot be followed leaves the names of its kind unknown."""
    path: Path = (f"{kind}s",)
    section = scope.at(path)
    if scope.report.has_error_at(path) or (section is None and _has_unknown_section(scope)):
        scope.illegible.add(kind)
    return list(section) if isinstance(section, dict) else []


def _has_unknown_section(scope: Scope) -> bool:
    """Whether some key of the file is unknown: it may be the mistyped name of a section that seems to be missing."""
    return any(scope.report.has_error_at((key,)) for key in scope.document.value)


def _doubt(scope: Scope, kind: str, name: str) -> bool:
    doubtful = scope.report.has_error_within((f"{kind}s", name))
    if doubtful:
        scope.in_doubt.add((kind, name))
    return doubtful


def _title(scope: Scope, path: Path) -> Any:
    value = scope.at(path)
    return value.get("title") if isinstance(value, dict) else None


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


def _read_ladder(scope: Scope, name: str, index: int) -> Ladder:
    path: Path = ("ladders", name)
    value = scope.at(path)
    trouble = scope.trouble
    measure = scope.field(value["measure"], (*path, "measure"), Place.LADDER)
    levels = [_read_level(scope, (*path, "levels", i), measure.scale) for i in range(len(value["levels"]))]
    if scope.trouble > trouble:
        scope.in_doubt.add(("ladder", name))
    _check_levels(scope, path, levels)
    if "demote" in value and measure.root == "order":
        scope.report.error("plan.demote-order-ladder", (*path, "demote"), name=name)
    title = read_title(value.get("title"), name)
    shown = Doubted(name) if ("ladder", name) in scope.in_doubt else name
    term = Term(until_evaluated=bool(value.get("demote", False)))
    return Ladder(shown, index, title, measure, tuple(levels), Evaluated.DAY, term)


def _read_level(scope: Scope, path: Path, scale: int) -> Level:
    value = scope.at(path)
    key = "above" if "above" in value else "from"
    threshold = scope.quantity_at((*path, key), scale)
    columns = {column: scope.rate((*path, column)) for column in value if column not in _LEVEL_KEYS}
    title = read_title(value.get("title"), value["name"])
    unreadable = threshold is None
    return Level(value["name"], title, _UNREADABLE if unreadable else threshold or 0, key == "above", columns)


_UNREADABLE = -1
"""Threshold of a level whose number could not be read; it is compared with none."""


def _check_levels(scope: Scope, path: Path, levels: list[Level]) -> None:
    """Thresholds must ascend, or a level could never be reached; names must differ."""
    names: set[str] = set()
    before: Level | None = None
    for index, level in enumerate(levels):
        here = (*path, "levels", index)
        if level.name in names:
            scope.report.error("plan.level-twice", (*here, "name"), name=level.name)
        names.add(level.name)
        if level.threshold in (None, _UNREADABLE):
            continue
        if before is not None and level.lowest <= before.lowest:
            key = "above" if level.strict else "from"
            scope.report.error(
                "plan.levels-overlap",
                (*here, key),
                name=level.name,
                text=as_written(scope.at((*here, key))),
                previous=before.name,
            )
        before = level


def read_payment(scope: Scope) -> Payment | None:
    """The plan's `payment` section, if it has one."""
    if scope.at(("payment",)) is None or scope.report.has_error_within(("payment",)):
        return None
    asset = scope.asset(("payment", "asset"))
    if not asset.cash_value:
        scope.report.error("plan.payment-needs-value", ("payment", "asset"), name=asset.name)
    up_to = scope.rate_at(("payment", "up_to"), most=Fraction(1))
    if up_to == 0:
        scope.report.warning("plan.rate-zero", ("payment", "up_to"))
    return Payment(asset, up_to or Fraction(0))


def read_applies_to(scope: Scope) -> Condition | None:
    """The plan's `applies_to` condition, if it has one."""
    if scope.at(("applies_to",)) is None or scope.report.has_error_within(("applies_to",)):
        return None
    return read_condition(scope, ("applies_to",), Place.APPLIES_TO)
