"""The generated part of the documentation is what the code says now."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from .pages import ROOT

GENERATED = ROOT / "docs" / "plan-format"


# What the fixture makes takes seconds: one process of `make test` makes it.
pytestmark = pytest.mark.xdist_group("reference")


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reference written anew, in a process where no other test has registered texts or actions."""
    folder = tmp_path_factory.mktemp("reference")
    subprocess.run([sys.executable, "-m", "rewards.cli.reference", str(folder)], check=True, cwd=ROOT)
    return folder


@pytest.mark.parametrize("file", ["actions.md", "diagnostics.md", "fields.md"])
def test_the_reference_is_what_the_code_says(fresh: Path, file: str) -> None:
    written = (GENERATED / file).read_text(encoding="utf-8")

    assert written == (fresh / file).read_text(encoding="utf-8"), "run python -m rewards.cli.reference"


def test_a_generated_page_says_so_and_no_other_does(fresh: Path) -> None:
    texts = {path.name: path.read_text(encoding="utf-8") for path in GENERATED.iterdir()}
    marked = {name for name, text in texts.items() if text.startswith("<!-- Generated")}

    assert marked == {path.name for path in fresh.iterdir()}
