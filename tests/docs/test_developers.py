"""The package of the developers' guide is installed as it stands there, and its action used."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from .pages import ROOT, blocks

# What the fixture makes takes seconds: one process of `make test` makes it.
pytestmark = pytest.mark.xdist_group("developers")


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the guide's files, and its package installed into `site` below it."""
    folder = tmp_path_factory.mktemp("stampcard")
    for block in blocks(ROOT / "docs" / "developers.md"):
        if block.file:
            (folder / block.file).write_text(block.text, encoding="utf-8")
    install = ["install", "--quiet", "--no-deps", "--no-index", "--no-build-isolation", "--target", "site", "."]
    subprocess.run([sys.executable, "-m", "pip", *install], check=True, cwd=folder)
    return folder


def run(package: Path, *words: str, exit_code: int = 0) -> str:
    environment: Mapping[str, str] = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(package / "site"), str(ROOT)]),
        "REWARDS_LANGUAGE": "en",
    }
    done = subprocess.run([sys.executable, *words], cwd=package, env=environment, capture_output=True, text=True)
    assert done.returncode == exit_code, done.stderr
    return done.stdout


def test_the_plan_of_the_guide_gives_what_it_says(package: Path) -> None:
    assert run(package, "use.py") == "10.00\n"


def test_the_command_line_knows_the_action(package: Path) -> None:
    assert "errors: 0; warnings: 0" in run(package, "-m", "rewards.cli", "check", "stamps.yaml")


def test_its_own_check_speaks(package: Path) -> None:
    text = (package / "stamps.yaml").read_text(encoding="utf-8")
    wrong = text.replace('cash_value: "1.00"', "currency: true").replace("payment: {asset: points, up_to: 100%}\n", "")
    (package / "wrong.yaml").write_text(wrong, encoding="utf-8")

    said = run(package, "-m", "rewards.cli", "check", "wrong.yaml", exit_code=1)

    assert "wrong.yaml:10:20: error[plan.stamp-asset]: points has a price or is the currency" in said


def test_a_transfer_of_the_action_is_explained_on_the_ledger(package: Path) -> None:
    orders = ["id,member,total,paid_at"]
    orders += [f"order-{number},anna,100,2026-01-01T12:0{number}:00+08:00" for number in (1, 2, 3)]
    (package / "orders.csv").write_text("\n".join(orders) + "\n", encoding="utf-8")
    command = ("-m", "rewards.cli")
    run(package, *command, "init")
    run(package, *command, "activate", "stamps.yaml", "--from", "2026-01-01")
    run(package, *command, "import", "orders.csv", "--create-members")

    assert "order number 3 of the buyer" in run(package, *command, "explain", "5-1-1")
