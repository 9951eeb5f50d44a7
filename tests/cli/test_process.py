"""The command as a process of its own: what a script sees."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import rewards

from .conftest import LOCKED

ROOT = Path(__file__).resolve().parents[2]


def rewards_command(*words: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "rewards.cli", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", **variables},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )


def test_it_knows_its_version(folder: Path) -> None:
    done = rewards_command("--version", folder=folder)

    assert (done.returncode, done.stdout.strip()) == (0, f"rewards, version {rewards.__version__}")


def test_a_script_reads_results_and_exit_codes(folder: Path) -> None:
    refused = rewards_command("balance", "ann", folder=folder)
    assert (refused.returncode, refused.stdout) == (3, "")

    assert rewards_command("init", folder=folder).returncode == 0
    activated = rewards_command("activate", str(LOCKED), "--from", "2025-01-01", "--format", "json", folder=folder)
    assert json.loads(activated.stdout)["plan"] == "locked-points"

    unknown = rewards_command("balance", "ann", folder=folder, REWARDS_LANGUAGE="zh")
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert "没有会员“ann”" in unknown.stderr
    assert rewards_command("balance", folder=folder).returncode == 2


def test_results_have_no_colours_where_nobody_sees_them(folder: Path) -> None:
    done = rewards_command("init", folder=folder)

    assert "\x1b" not in done.stdout + done.stderr
