"""Comparing what a case expects with what there is: as exact rationals, however many decimals are written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from rewards.money import format_amount, format_ratio
from rewards.plan.diagnostics import Path, Phrase
from rewards.plan.model import BURNED, PLATFORM, TREASURY, Compartment
from rewards.plan.schema_words import plain
from rewards.testing import expect_standing, expect_step, expect_stock
from rewards.testing.mismatch import NO_DIFFERENCE, Mismatch, by_day, decimal, difference, number, shown
from rewards.testing.schema_parts import PRICE_PLACES
from rewards.testing.stage import Stage


def mismatches(stage: Stage, value: Mapping[str, Any], path: Path) -> Iterator[Mismatch]:
    """What of an `expect` step does not hold, in the order it is written."""
    for section, entries in value.items():
        yield from _SECTIONS[section](stage, entries, (*path, section))


# --- of members -----------------------------------------------------------------------------------------------


def _of_compartment(compartment: Compartment, said: str, said_zh: str) -> _Section:
    def compare(stage: Stage, entries: Mapping[str, Any], path: Path) -> Iterator[Mismatch]:
        """`balances`, `locked`, `owes`: quantities by member and asset."""
        for key, quantities in entries.items():
            for name, wanted in quantities.items():
                for member in stage.meant(key):
                    actual = stage.world.balance(member, name, compartment)
                    what = Phrase(f"{name} {member} {said}", f"{member} {said_zh} {name}")
                    yield from number((*path, key, name), what, wanted, actual)

    return compare


def _value(stage: Stage, entries: Mapping[str, Any], path: Path) -> Iterator[Mismatch]:
    """`value`: holdings at the price as it is displayed."""
    for key, quantities in entries.items():
        for name, wanted in quantities.items():
            price = Fraction(format_ratio(*stage.world.price(name), PRICE_PLACES))
            for member in stage.meant(key):
                worth = Fraction(stage.world.balance(member, name)) * price
                what = Phrase(f"the value of {member}'s {name}", f"{member} 的 {name} 价值")
                yield from number((*path, key, name), what, wanted, decimal(worth))


def _lots(stage: Stage, entries: Mapping[str, Any], path: Path) -> Iterator[Mismatch]:
    """`lots`: what every lot has left, the oldest first; lots that are used up count too."""
    for key, assets in entries.items():
        for name, wanted in assets.items():
            for member in stage.meant(key):
                yield from _lots_of(stage, member, name, wanted, (*path, key, name))


def _lots_of(stage: Stage, member: str, name: str, wanted: list[Any], path: Path) -> Iterator[Mismatch]:
    asset, ordinal = stage.plan.assets[name], stage.world.ordinal(member)
    book = asset.locked_book
    lots = [lot for lot in stage.world.lots if lot.member == ordinal and lot.book == book]
    left = [format_amount(lot.remaining, asset.scale) for lot in sorted(lots, key=lambda lot: (lot.day, lot.id))]
    if len(left) != len(wanted):
        what = Phrase(f"the lots of {name} of {member}", f"{member} 的 {name} 批次")
        listed = ", ".join(plain(each) for each in wanted), ", ".join(left)
        yield Mismatch(path, "value", what, shown(listed[0]), shown(listed[1]), NO_DIFFERENCE)
        return
    for index, (each, actual) in enumerate(zip(wanted, left, strict=True)):
        what = Phrase(
            f"what lot {index + 1} of {name} of {member} has left",
            f"{member} 的 {name} 批次 {index + 1} 的剩余",
        )
        yield from number((*path, index), what, each, actual)


def _expiring(stage: Stage, entries: Mapping[str, Any], path: Path) -> Iterator[Mismatch]:
    """`expiring`: what members have of expiring assets, by the last day on which it is good."""
    for key, assets in entries.items():
        for name, wanted in assets.items():
            for member in stage.meant(key):
                what = Phrase(f"{name} {member} has that is good", f"{member} 的 {name}")
                yield from by_day((*path, key, name), what, wanted, stage.world.expiring(member, name))


# --- of the platform ------------------------------------------------------------------------------------------


def _pools(stage: Stage, entries: Mapping[str, Any], path: Path) -> Iterator[Mismatch]:
    """`pools`: what is in each pool."""
    for name, wanted in entries.items():
        what = Phrase(f"what is in pool {name}", f"资金池 {name} 的余额")
        yield from number((*path, name), what, wanted, stage.world.pool(name))


def _prices(stage: Stage, entries: Mapping[str, Any], path: Path) -> Iterator[Mismatch]:
    """`prices`: as displayed, half up, or as an exact ratio."""
    for name, wanted in entries.items():
        numerator, denominator = stage.world.price(name)
        what = Phrase(f"the price of {name}", f"{name} 的价格")
        if "/" not in plain(wanted):
            actual = format_ratio(numerator, denominator, PRICE_PLACES)
            yield from number((*path, name), what, wanted, actual)
            continue
        exact, expected = Fraction(numerator, denominator), Fraction(plain(wanted))
        if exact != expected:
            written = shown(f"{exact.numerator}/{exact.denominator}")
            yield Mismatch((*path, name), "value", what, shown(plain(wanted)), written, difference(exact - expected))


def _total(said: str, said_zh: str, count: Callable[[Stage, str], int]) -> _Section:
    def compare(stage: Stage, entries: Mapping[str, Any], path: Path) -> Iterator[Mismatch]:
        """`issued`, `circulation`, `treasury`, `platform`: quantities by asset."""
        for name, wanted in entries.items():
            what = Phrase(said.format(name), said_zh.format(name))
            actual = format_amount(count(stage, name), stage.plan.assets[name].scale)
            yield from number((*path, name), what, wanted, actual)

    return compare


def _issued(stage: Stage, name: str) -> int:
    return stage.world.state.issued(stage.plan.assets[name])


def _held(holder: int) -> Callable[[Stage, str], int]:
    return lambda stage, name: stage.world.state.balance(stage.plan.assets[name].free_book, holder)


_Section = Callable[[Stage, Any, Path], Iterator[Mismatch]]

_SECTIONS: Mapping[str, _Section] = {
    "balances": _of_compartment(Compartment.AVAILABLE, "has available", "可用的"),
    "locked": _of_compartment(Compartment.LOCKED, "has locked", "锁定的"),
    "owes": _of_compartment(Compartment.DEBT, "owes", "欠的"),
    "issued": _total("what was issued of {}", "{} 的发行量", _issued),
    "circulation": _total(
        "what circulates of {}",
        "{} 的流通量",
        lambda stage, name: _issued(stage, name) - _held(BURNED)(stage, name),
    ),
    "treasury": _total("what the treasury holds of {}", "库存的 {}", _held(TREASURY)),
    "platform": _total("what the platform has of {}", "平台的 {}", _held(PLATFORM)),
    "value": _value,
    "lots": _lots,
    "expiring": _expiring,
    "levels": expect_standing.levels,
    "tags": expect_standing.tags,
    "measures": expect_standing.measures,
    "plan_measures": expect_standing.plan_measures,
    "pools": _pools,
    "prices": _prices,
    "stock": expect_stock.stock,
    "moved": expect_step.moved,
    "taken": expect_step.taken,
    "cut": expect_step.cut,
    "notices": expect_step.notices,
    "waiting": expect_step.waiting,
}
