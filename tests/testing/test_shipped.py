"""The tests shipped with the plans: they pass, and they hold every number of the plans."""

from __future__ import annotations

import copy
import json
import re
import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from rewards.plan.diagnostics import pointer
from rewards.plan.reader import read_document
from rewards.resources import rules_directory
from rewards.testing import render, run_file, run_paths

PLANS = sorted(path for path in rules_directory().glob("*.yaml") if not path.name.endswith(".test.yaml"))

# Nobody ever issues the whole supply.
NOT_OBSERVABLE = {("appreciating-token", "/assets/token/priced/supply")}


def test_every_shipped_plan_has_tests() -> None:
    assert PLANS
    assert [path for path in PLANS if not path.with_suffix(".test.yaml").exists()] == []


@pytest.mark.parametrize("plan", PLANS, ids=lambda path: path.stem)
def test_shipped_tests_pass(plan: Path) -> None:
    result = run_file(plan.with_suffix(".test.yaml"))

    assert result.passed, render([result])
    assert result.diagnostics == ()
    assert result.cases


def test_all_tests_of_the_folder_pass_and_every_case_has_a_name_in_both_languages() -> None:
    results = run_paths([rules_directory()])
    assert [result.file for result in results if not result.passed or result.diagnostics] == [], render(results)
    names = [case.name for result in results for case in result.cases]
    examples = {path.stem for path in (rules_directory() / "examples").glob("*.yaml")}
    assert len(examples) >= 2 * 14  # each with its tests
    assert [name for name in names if name["en"] == name["zh"]] == []
    assert len({name["en"] for name in names if name["en"].startswith("Golden")}) >= 10


def _numbers(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """The numbers of a plan that decide what somebody gets, with their paths."""
    if isinstance(value, dict):
        for key, each in value.items():
            if key not in ("title", "scale", "name"):
                yield from _numbers(each, (*path, key))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _numbers(each, (*path, index))
    elif _is_number(value):
        yield path, value


def _is_number(value: Any) -> bool:
    if isinstance(value, str):
        return bool(re.fullmatch(r"[0-9.]+%?", value))
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _another(number: Any) -> Any:
    """A slightly different number; percentages get smaller, so that shares of a whole stay within it."""
    if isinstance(number, int):
        return number + 1
    digits, percent = str(number).removesuffix("%"), str(number).endswith("%")
    step = Decimal("0.1") if "." in digits else Decimal(1)
    return f"{Decimal(digits) - step}%" if percent else str(Decimal(digits) + step)


def _changes() -> Iterator[Any]:
    # Of two plans that differ in numbers only, one will do.
    for plan in (each for each in PLANS if each.stem != "locked-points-example"):
        document = read_document(plan.read_bytes(), plan.name).document
        assert document is not None
        for path, number in _numbers(document.value):
            if (plan.stem, pointer(path)) not in NOT_OBSERVABLE:
                yield pytest.param(plan, document.value, path, _another(number), id=f"{plan.stem}{pointer(path)}")


@pytest.mark.parametrize(("plan", "value", "path", "number"), list(_changes()))
def test_changing_one_number_of_a_plan_fails_its_tests(
    tmp_path: Path, plan: Path, value: Any, path: tuple[Any, ...], number: Any
) -> None:
    changed = copy.deepcopy(value)
    place = changed
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = number
    (tmp_path / plan.name).write_text(json.dumps(changed, ensure_ascii=False), encoding="utf-8")
    test = Path(shutil.copy(plan.with_suffix(".test.yaml"), tmp_path))

    result = run_file(test)

    assert result.diagnostics == ()
    assert any(not case.passed for case in result.cases)


def test_a_changed_number_shows_as_a_difference(tmp_path: Path) -> None:
    plan = rules_directory() / "locked-points.yaml"
    source = plan.read_text(encoding="utf-8")
    assert source.count("rate: 1.2%") == 1
    (tmp_path / plan.name).write_text(source.replace("rate: 1.2%", "rate: 1.5%"), encoding="utf-8")
    test = Path(shutil.copy(plan.with_suffix(".test.yaml"), tmp_path))
    line = next(
        number
        for number, text in enumerate(test.read_text(encoding="utf-8").splitlines(), 1)
        if 'moved: {base: {B: "36"}, sharing: {A: "18", S: "10.8"}}' in text
    )

    failed = {case.name["en"]: case.failures for case in run_file(test).cases}

    # 3000 × 1.5 % = 45; 50 % of it, 22.50; 30 %, 13.50
    assert [
        each.render("en").removeprefix(f"{test}:")
        for each in failed["Golden: B releases 36, so A earns 18 and A's sponsor 10.8"]
    ][:3] == [
        f"{line}:29: error[test.differs]: what rule base moved to B: expected 36, actual 45.00 (9 too much)",
        f"{line}:49: error[test.differs]: what rule sharing moved to A: expected 18, actual 22.50 (4.5 too much)",
        f"{line}:58: error[test.differs]: what rule sharing moved to S: expected 10.8, actual 13.50 (2.7 too much)",
    ]
