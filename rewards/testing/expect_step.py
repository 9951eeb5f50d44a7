"""Comparing what the last step of a case has done with what the case expects of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from rewards.money import format_amount
from rewards.plan.diagnostics import Path, Phrase
from rewards.testing import last_step
from rewards.testing.mismatch import Mismatch, by_day, number, surplus, texts
from rewards.testing.names import EVERYBODY
from rewards.testing.stage import Stage


def moved(stage: Stage, entries: Mapping[str, Any], path: Path) -> Iterator[Mismatch]:
    """`moved`: what rules moved to members and pools in the last step; nobody else may have got any."""
    said = ("what rule {} moved to {}", "规则 {} 转给 {} 的数量")
    yield from _by_rule(stage, last_step.moved(stage.plan, stage.outcome), entries, path, said)


def taken(stage: Stage, entries: Mapping[str, Any], path: Path) -> Iterator[Mismatch]:
    """`taken`: what rules took of members in the last step; nobody else may have lost any."""
    said = ("what rule {} took of {}", "规则 {} 从 {} 取走的数量")
    yield from _by_rule(stage, last_step.taken(stage.plan, stage.outcome), entries, path, said)


def _by_rule(
    stage: Stage, found: last_step.Quantities, entries: Mapping[str, Any], path: Path, said: tuple[str, str]
) -> Iterator[Mismatch]:
    names = _names(stage) | {pool.holder: name for name, pool in stage.plan.pools.items()}
    for rule, holders in entries.items():
        index = stage.rule_index(rule)
        got = {
            names[holder]: format_amount(units, asset.scale)
            for (by, holder), (asset, units) in found.items()
            if by == index and holder in names
        }

        def what(name: str, rule: str = rule) -> Phrase:
            return Phrase(said[0].format(rule, name), said[1].format(rule, name))

        for key, quantity in holders.items():
            for name in stage.meant(key):
                yield from number((*path, rule, key), what(name), quantity, got.pop(name, "0"))
        for name, quantity in got.items():
            yield from surplus((*path, rule), what(name), quantity)


def cut(stage: Stage, entries: Mapping[str, Any], path: Path) -> Iterator[Mismatch]:
    """`cut`: what caps cut off in the last step; nobody else may have been cut."""
    names = {0: EVERYBODY, **_names(stage)}
    found = last_step.cut(stage.outcome)
    for cap, members in entries.items():
        scale = stage.plan.caps[cap].scale
        got = {names[member]: format_amount(units, scale) for member, units in found.get(cap, {}).items() if units}

        def what(name: str, cap: str = cap) -> Phrase:
            return Phrase(f"what cap {cap} cut off for {name}", f"上限 {cap} 对 {name} 削减的数量")

        for key, quantity in members.items():
            for name in stage.meant(key):
                yield from number((*path, cap, key), what(name), quantity, got.pop(name, "0"))
        for name, surplus_quantity in got.items():
            yield from surplus((*path, cap), what(name), surplus_quantity)


def notices(stage: Stage, entries: Mapping[str, Any], path: Path) -> Iterator[Mismatch]:
    """`notices`: what members were told in the last step is about to expire; nobody else may have been told."""
    left = {
        (stage.world.name(member), asset): {
            date.fromordinal(day).isoformat(): format_amount(units, stage.plan.assets[asset].scale)
            for day, units in days.items()
        }
        for (member, asset), days in last_step.notices(stage.outcome).items()
    }
    for key, assets in entries.items():
        for asset, wanted in assets.items():
            for member in stage.meant(key):
                got = left.pop((member, asset), {})
                yield from by_day((*path, key, asset), _notice(member, asset), wanted, got)
    for (member, asset), got in left.items():
        yield from by_day(path, _notice(member, asset), {}, got)


def _notice(member: str, asset: str) -> Phrase:
    return Phrase(f"the {asset} of which {member} was told that it is good", f"已通知 {member} 的 {asset}")


def waiting(stage: Stage, entries: list[str], path: Path) -> Iterator[Mismatch]:
    """`waiting`: the rules that wait for a declaration since the last step."""
    what = Phrase("the rules that wait", "等待中的规则")
    yield from texts(path, what, entries, last_step.waiting(stage.outcome))


def _names(stage: Stage) -> dict[int, str]:
    return {ordinal: name for name, ordinal in stage.world.members.items()}
