"""Comparing where members stand with what a case expects: levels, tags and measures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from rewards.interpreter.state import LAST_DAY
from rewards.plan.diagnostics import Path, Phrase
from rewards.testing.mismatch import Mismatch, number, text, texts
from rewards.testing.stage import Stage


def levels(stage: Stage, entries: Mapping[str, Any], path: Path) -> Iterator[Mismatch]:
    """`levels`: the level held on each ladder, null for none; or with the days it was reached and holds through."""
    for key, ladders in entries.items():
        for ladder, said in ladders.items():
            for member in stage.meant(key):
                here = (*path, key, ladder)
                if not isinstance(said, dict):
                    what = Phrase(f"the {ladder} level of {member}", f"{member} 的 {ladder} 等级")
                    yield from text(here, what, said, _standing(stage, member, ladder)["level"])
                    continue
                for part, actual in _standing(stage, member, ladder).items():
                    if part in said:
                        english, chinese = _PARTS[part]
                        what = Phrase(english.format(ladder, member), chinese.format(ladder, member))
                        yield from text((*here, part), what, said[part], actual)


_PARTS = {
    "level": ("the {} level of {}", "{1} 的 {0} 等级"),
    "highest": ("the highest {} level ever of {}", "{1} 曾达到的最高 {0} 等级"),
    "since": ("the day since which the {} level of {} holds", "{1} 的 {0} 等级的起始日"),
    "through": ("the last day of the {} level of {}", "{1} 的 {0} 等级的到期日"),
}


def _standing(stage: Stage, member: str, ladder: str) -> Mapping[str, str | None]:
    """The parts of where a member stands, as they are written; no text for none or no end."""
    standing = stage.world.standing(member, ladder)
    # A last one for −1, which is no level
    names = [*(each.name for each in stage.plan.ladders[ladder].levels), None]
    return {
        "level": stage.world.level(member, ladder, on=stage.seen.isoformat()),
        "highest": names[standing.highest],
        "since": _day(standing.since),
        "through": None if standing.until >= LAST_DAY else _day(standing.until),
    }


def _day(ordinal: int) -> str | None:
    return date.fromordinal(ordinal).isoformat() if ordinal else None


def tags(stage: Stage, entries: Mapping[str, Any], path: Path) -> Iterator[Mismatch]:
    """`tags`: all tags a member carries."""
    for key, wanted in entries.items():
        for member in stage.meant(key):
            what = Phrase(f"the tags of {member}", f"{member} 的标签")
            yield from texts((*path, key), what, wanted, stage.world.tags(member, on=stage.seen.isoformat()))


def measures(stage: Stage, entries: Mapping[str, Any], path: Path) -> Iterator[Mismatch]:
    """`measures`: measures of members."""
    for key, wanted in entries.items():
        for name, value in wanted.items():
            for member in stage.meant(key):
                what = Phrase(f"measure {name} of {member}", f"{member} 的指标 {name}")
                actual = stage.world.measure(member, name, on=stage.seen.isoformat())
                yield from number((*path, key, name), what, value, actual)


def plan_measures(stage: Stage, entries: Mapping[str, Any], path: Path) -> Iterator[Mismatch]:
    """`plan_measures`: measures of everybody together."""
    for name, value in entries.items():
        what = Phrase(f"measure {name} of everybody", f"全体的指标 {name}")
        yield from number((*path, name), what, value, stage.world.plan_measure(name, on=stage.seen.isoformat()))
