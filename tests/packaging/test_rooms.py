"""What the code promises of itself: it knows no plan by name, holds no floats, and its modules stay small."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted([*ROOT.glob("rewards/**/*.py"), *ROOT.glob("api/**/*.py")])
MOST_LINES = 400

MAY_NAME_FLOATS = {
    "rewards/ledger/json_texts.py",  # refuses them in payloads
    "rewards/services/closing_progress.py",  # seconds a stage took
    "api/fields.py",  # refuses them in requests
    "rewards/ledger/store.py",  # seconds to wait for a lock
}

PLAN_WORDS = re.compile(r"\b(equity|star|junior|energy)\b", re.IGNORECASE)
"""Words of the shipped plans: an action or a service that knew one would know its plan."""


def code_of(module: Path) -> Iterator[tuple[int, str]]:
    """The lines of a module outside docstrings, numbered from 1."""
    source = module.read_text(encoding="utf-8")
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    inside = {
        line
        for node in ast.walk(ast.parse(source))
        if isinstance(node, documented) and ast.get_docstring(node) is not None
        for line in range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1)
    }
    for number, line in enumerate(source.splitlines(), start=1):
        if number not in inside:
            yield number, line


def test_no_code_knows_a_plan_by_its_words() -> None:
    found = [
        f"{module.relative_to(ROOT)}:{number}"
        for module in MODULES
        for number, line in code_of(module)
        if PLAN_WORDS.search(line)
    ]
    assert found == []


@pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.relative_to(ROOT)))
def test_a_module_has_no_floats_and_fits_its_room(module: Path) -> None:
    source = module.read_text(encoding="utf-8")
    assert source.count("\n") <= MOST_LINES
    tree = ast.parse(source)
    floats = [
        node.lineno for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, float)
    ]
    calls = [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == "float"]
    assert floats == []
    assert calls == [] or str(module.relative_to(ROOT)) in MAY_NAME_FLOATS
