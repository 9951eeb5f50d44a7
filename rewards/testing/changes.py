"""A plan with some of its values changed for one case, so that options off by default are tested."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from rewards.actions import vocabulary
from rewards.plan.diagnostics import Path, Phrase, Report, Severity
from rewards.plan.load import load_document
from rewards.plan.model import Plan
from rewards.plan.reader import Document
from rewards.plan.scope import did_you_mean


def changed_plan(document: Document, change: Mapping[str, Any], path: Path, report: Report) -> Plan | None:
    """The plan of a document after a case's changes; None when they cannot be made or leave no valid plan.

    A step of a pointer that leads into a list may be an index, or the `id` or `name` of an entry. `path` is
    where the changes are written in the test file, whose `report` gets to know what is wrong with them.
    """
    value = copy.deepcopy(document.value)
    places: dict[Path, str] = {}
    for pointer, new in change.items():
        place = _put(value, pointer, new, (*path, pointer), report)
        if place is None:
            return None
        places[place] = pointer
    loaded = load_document(replace(document, value=value), vocabulary())
    for each in loaded.diagnostics:
        if each.severity is Severity.ERROR:
            cause = next((name for place, name in places.items() if each.path[: len(place)] == place), None)
            report.error(
                "test.change-breaks-plan",
                path if cause is None else (*path, cause),
                reason=Phrase(each.message.render("en"), each.message.render("zh")),
            )
    return loaded.plan


def _put(value: Any, pointer: str, new: Any, path: Path, report: Report) -> Path | None:
    """Set what the pointer leads to; returns its path in the plan, None when there is nothing (reported)."""
    *parents, last = [_unescaped(step) for step in pointer.split("/")[1:]]
    place: Path = ()
    for step in parents:
        key = _key(value, step)
        if key is None:
            _report_missing(report, path, pointer, step, value)
            return None
        value, place = value[key], (*place, key)
    key = last if isinstance(value, dict) else _key(value, last)
    if key is None:
        _report_missing(report, path, pointer, last, value)
        return None
    value[key] = new
    return (*place, key)


def _unescaped(step: str) -> str:
    return step.replace("~1", "/").replace("~0", "~")


def _key(value: Any, step: str) -> str | int | None:
    """The key or index a step names in a mapping or list; None when there is nothing."""
    if isinstance(value, dict):
        return step if step in value else None
    if not isinstance(value, list):
        return None
    if step.isascii() and step.isdigit():
        return int(step) if int(step) < len(value) else None
    return next((index for index, each in enumerate(value) if step in _names(each)), None)


def _names(entry: Any) -> list[str]:
    return [str(entry[key]) for key in ("id", "name") if key in entry] if isinstance(entry, dict) else []


def _report_missing(report: Report, path: Path, pointer: str, step: str, value: Any) -> None:
    known: list[str] = []
    if isinstance(value, dict):
        known = [str(key) for key in value]
    elif isinstance(value, list):
        known = [name for each in value for name in _names(each)]
    close = did_you_mean(step, known)
    code = "test.no-such-place.did-you-mean" if close else "test.no-such-place"
    report.error(code, path, at="key", pointer=pointer, step=step, known=close or ", ".join(known) or "–")
