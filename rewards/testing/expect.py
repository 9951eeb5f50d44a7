"""Comparing what a case expects with what there is: as exact rationals, however many decimals are written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from rewards.money import format_amount, format_ratio
from rewards.plan.diagnostics import Part, Path, Phrase
from rewards.plan.model import BURNED, PLATFORM, TREASURY, Compartment
from rewards.plan.schema_words import plain
from rewards.testing.check import NEWCOMERS, newcomer
from rewards.testing.schema import PRICE_PLACES
from rewards.testing.stage import Stage

NOTHING = Phrase("none", "无")
NO_DIFFERENCE = Phrase("", "")


@dataclass(frozen=True)
class Mismatch:
    """One expectation that does not hold: where it is written, of what, and the two values."""

    path: Path
    at: Part
    what: Phrase
    expected: Phrase
    actual: Phrase
    difference: Phrase


def mismatches(stage: Stage, value: Mapping[str, Any], path: Path) -> Iterator[Mismatch]:
    """What of an `expect` step does not hold, in the order it is written."""
    for section, entries in value.items():
        yield from _SECTIONS[section](_Expected(stage, section), entries, (*path, section))


class _Expected:
    """One section of an `expect` step."""

    def __init__(self, stage: Stage, section: str) -> None:
        self._stage = stage
        self._world = stage.world
        self._section = section

    # --- of members -----------------------------------------------------------------------------------------

    def compartment(self, entries: Mapping[str, Any], path: Path) -> Iterator[Mismatch]:
        """`balances`, `locked`, `owes`: quantities by member and asset."""
        compartment, said, said_zh = _COMPARTMENTS[self._section]
        for key, quantities in entries.items():
            for name, wanted in quantities.items():
                for member in self._meant(key):
                    actual = self._world.balance(member, name, compartment)
                    what = Phrase(f"{name} {member} {said}", f"{member} {said_zh} {name}")
                    yield from _number((*path, key, name), what, wanted, actual)

    def value(self, entries: Mapping[str, Any], path: Path) -> Iterator[Mismatch]:
        """`value`: holdings at the price as it is displayed."""
        for key, quantities in entries.items():
            for name, wanted in quantities.items():
                price = Fraction(format_ratio(*self._world.price(name), PRICE_PLACES))
                for member in self._meant(key):
                    worth = Fraction(self._world.balance(member, name)) * price
                    what = Phrase(f"the value of {member}'s {name}", f"{member} 的 {name} 价值")
                    yield from _number((*path, key, name), what, wanted, _decimal(worth))

    def lots(self, entries: Mapping[str, Any], path: Path) -> Iterator[Mismatch]:
        """`lots`: what every lot has left, the oldest first; lots that are used up count too."""
        for key, assets in entries.items():
            for name, wanted in assets.items():
                for member in self._meant(key):
                    yield from self._lots_of(member, name, wanted, (*path, key, name))

    def _lots_of(self, member: str, name: str, wanted: list[Any], path: Path) -> Iterator[Mismatch]:
        asset, ordinal = self._stage.plan.assets[name], self._world.ordinal(member)
        book = asset.book(Compartment.LOCKED)
        lots = [lot for lot in self._world.lots if lot.member == ordinal and lot.book == book]
        left = [format_amount(lot.remaining, asset.scale) for lot in sorted(lots, key=lambda lot: (lot.day, lot.id))]
        if len(left) != len(wanted):
            what = Phrase(f"the lots of {name} of {member}", f"{member} 的 {name} 批次")
            yield Mismatch(path, "value", what, _shown(_list(wanted)), _shown(_list(left)), NO_DIFFERENCE)
            return
        for index, (each, actual) in enumerate(zip(wanted, left, strict=True)):
            what = Phrase(
                f"what lot {index + 1} of {name} of {member} has left",
                f"{member} 的 {name} 批次 {index + 1} 的剩余",
            )
            yield from _number((*path, index), what, each, actual)

    def levels(self, entries: Mapping[str, Any], path: Path) -> Iterator[Mismatch]:
        """`levels`: the level held on each ladder; null for none."""
        for key, levels in entries.items():
            for ladder, wanted in levels.items():
                for member in self._meant(key):
                    actual = self._world.level(member, ladder)
                    if actual != wanted:
                        what = Phrase(f"the {ladder} level of {member}", f"{member} 的 {ladder} 等级")
                        here = (*path, key, ladder)
                        yield Mismatch(here, "value", what, _shown(wanted), _shown(actual), NO_DIFFERENCE)

    def _meant(self, key: str) -> list[str]:
        """The members a key stands for."""
        if key != NEWCOMERS or not self._stage.newcomers:
            return [key]
        return [newcomer(number) for number in range(1, self._stage.newcomers + 1)]

    # --- of the platform ------------------------------------------------------------------------------------

    def pools(self, entries: Mapping[str, Any], path: Path) -> Iterator[Mismatch]:
        """`pools`: what is in each pool."""
        for name, wanted in entries.items():
            what = Phrase(f"what is in pool {name}", f"资金池 {name} 的余额")
            yield from _number((*path, name), what, wanted, self._world.pool(name))

    def prices(self, entries: Mapping[str, Any], path: Path) -> Iterator[Mismatch]:
        """`prices`: as displayed, half up, or as an exact ratio."""
        for name, wanted in entries.items():
            numerator, denominator = self._world.price(name)
            what = Phrase(f"the price of {name}", f"{name} 的价格")
            if "/" not in plain(wanted):
                actual = format_ratio(numerator, denominator, PRICE_PLACES)
                yield from _number((*path, name), what, wanted, actual)
                continue
            exact = Fraction(numerator, denominator)
            if exact != Fraction(plain(wanted)):
                written = f"{exact.numerator}/{exact.denominator}"
                difference = _difference(exact - Fraction(plain(wanted)))
                yield Mismatch((*path, name), "value", what, _shown(plain(wanted)), _shown(written), difference)

    def totals(self, entries: Mapping[str, Any], path: Path) -> Iterator[Mismatch]:
        """`issued`, `circulation`, `treasury`, `platform`: quantities by asset."""
        said, said_zh, count = _TOTALS[self._section]
        for name, wanted in entries.items():
            scale = self._stage.plan.assets[name].scale
            what = Phrase(said.format(name), said_zh.format(name))
            yield from _number((*path, name), what, wanted, format_amount(count(self._stage, name), scale))

    # --- of rules -------------------------------------------------------------------------------------------

    def moved(self, entries: Mapping[str, Any], path: Path) -> Iterator[Mismatch]:
        """`moved`: what rules moved to members and pools in the last step; nobody else may have got any."""
        moved = self._stage.moved()
        names = {ordinal: name for name, ordinal in self._world.members.items()}
        names |= {pool.holder: name for name, pool in self._stage.plan.pools.items()}
        for rule, receivers in entries.items():
            index = self._stage.rule_index(rule)
            got = {
                names[receiver]: format_amount(units, asset.scale)
                for (by, receiver), (asset, units) in moved.items()
                if by == index and receiver in names
            }
            wanted = {name: (key, said) for key, said in receivers.items() for name in self._meant(key)}
            for name, (key, said) in wanted.items():
                yield from _number((*path, rule, key), _moved(rule, name), said, got.get(name, "0"))
            for name in got.keys() - wanted.keys():
                surplus = _difference(Fraction(got[name]))
                yield Mismatch((*path, rule), "key", _moved(rule, name), NOTHING, _shown(got[name]), surplus)


def _moved(rule: str, name: str) -> Phrase:
    return Phrase(f"what rule {rule} moved to {name}", f"规则 {rule} 转给 {name} 的数量")


def _shown(text: str | None) -> Phrase:
    return Phrase(text, text) if text else NOTHING


def _number(path: Path, what: Phrase, wanted: Any, actual: str) -> Iterator[Mismatch]:
    expected = plain(wanted)
    difference = Fraction(actual) - Fraction(expected)
    if difference:
        yield Mismatch(path, "value", what, _shown(expected), _shown(actual), _difference(difference))


def _difference(difference: Fraction) -> Phrase:
    amount = _decimal(abs(difference))
    if difference > 0:
        return Phrase(f" ({amount} too much)", f"（多 {amount}）")
    return Phrase(f" ({amount} too little)", f"（少 {amount}）")


def _decimal(value: Fraction) -> str:
    """A rational that is not negative as a decimal, or as a ratio when it has no finite one."""
    places = 0
    while (value * 10**places).denominator != 1:
        places += 1
        if places > 30:
            return f"{value.numerator}/{value.denominator}"
    return format_amount(int(value * 10**places), places)


def _list(values: list[Any]) -> str:
    return ", ".join(plain(each) for each in values)


def _issued(stage: Stage, name: str) -> int:
    return stage.world.state.issued(stage.plan.assets[name])


def _held(holder: int) -> Callable[[Stage, str], int]:
    return lambda stage, name: stage.world.state.balance(stage.plan.assets[name].book(), holder)


_COMPARTMENTS = {
    "balances": (Compartment.AVAILABLE, "has available", "可用的"),
    "locked": (Compartment.LOCKED, "has locked", "锁定的"),
    "owes": (Compartment.DEBT, "owes", "欠的"),
}

_TOTALS: Mapping[str, tuple[str, str, Callable[[Stage, str], int]]] = {
    "issued": ("what was issued of {}", "{} 的发行量", _issued),
    "circulation": (
        "what circulates of {}",
        "{} 的流通量",
        lambda stage, name: _issued(stage, name) - _held(BURNED)(stage, name),
    ),
    "treasury": ("what the treasury holds of {}", "库存的 {}", _held(TREASURY)),
    "platform": ("what the platform has of {}", "平台的 {}", _held(PLATFORM)),
}

_Section = Callable[[_Expected, Mapping[str, Any], Path], Iterator[Mismatch]]

_SECTIONS: Mapping[str, _Section] = {
    **dict.fromkeys(_COMPARTMENTS, _Expected.compartment),
    **dict.fromkeys(_TOTALS, _Expected.totals),
    "value": _Expected.value,
    "lots": _Expected.lots,
    "levels": _Expected.levels,
    "pools": _Expected.pools,
    "prices": _Expected.prices,
    "moved": _Expected.moved,
}
