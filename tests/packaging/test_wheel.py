"""The wheel, installed alone: what it brings, and that it works from anywhere."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import NamedTuple

import pytest

import rewards

pytestmark = [
    pytest.mark.end_to_end,
    # One worker builds and installs once for all of these tests.
    pytest.mark.xdist_group("wheel"),
]

ROOT = Path(__file__).resolve().parents[2]

SHIPPED = {"rewards": "", "api": "api", "rules": "rules", "schemas": "schemas"}
"""Folder of the checkout -> folder of the installed package."""

NOT_SHIPPED = {".md", ".pyc", ".nbi", ".nbc"}
"""A folder's notes for its readers, and what Python and Numba have compiled."""


class Installation(NamedTuple):
    """An environment with nothing installed but the wheel."""

    root: Path
    packages: Path
    """site-packages"""
    brought: set[str]
    """What installing the wheel put into site-packages."""
    programs: set[str]
    """What installing the wheel put into bin."""

    def run(self, *command: str, directory: Path) -> subprocess.CompletedProcess[str]:
        """Run a program of this environment, which sees neither the checkout nor the caller's settings."""
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PYTHON", "REWARDS_", "COV_", "COVERAGE_", "VIRTUAL_ENV"))
        }
        program, *arguments = command
        return subprocess.run(
            [self.root / "bin" / program, *arguments],
            cwd=directory,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )


def run(*command: str | Path) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr


def contents(directory: Path) -> set[str]:
    return {entry.name for entry in directory.iterdir()}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a source distribution of a clean copy (an old build/ would be packed again)."""
    copy = tmp_path_factory.mktemp("source") / "checkout"
    unwanted = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "build", "dist", "node_modules")
    shutil.copytree(ROOT, copy, ignore=unwanted)
    # Without isolation: the build uses the pinned setuptools of this environment and downloads nothing.
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", copy / "dist", copy)
    (built,) = (copy / "dist").glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installation(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The wheel in an environment of its own, with the dependencies borrowed from this one."""
    root = tmp_path_factory.mktemp("environment").resolve()
    run(sys.executable, "-m", "venv", "--without-pip", root)
    python = root / "bin" / "python"
    places = {"base": str(root), "platbase": str(root)}
    packages = Path(sysconfig.get_path("purelib", "venv", vars=places))
    before = contents(packages), contents(root / "bin")
    run(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", wheel)
    brought, programs = contents(packages) - before[0], contents(root / "bin") - before[1]
    # The dependencies are the ones this environment has: downloading them again for each run would test the
    # network. A directory named in a .pth file is searched after the new environment's own, and .pth files
    # inside that directory are not read, so that the checkout (installed editable) stays out of sight.
    borrowed = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (packages / "borrowed.pth").write_text("\n".join(sorted(borrowed)) + "\n", encoding="utf-8")
    return Installation(root, packages, brought, programs)


def test_it_brings_one_package_and_one_command(installation: Installation) -> None:
    assert installation.brought == {"rewards", f"rewards-{rewards.__version__}.dist-info"}
    assert installation.programs == {"rewards"}


@pytest.mark.parametrize("folder", SHIPPED)
def test_it_brings_every_file_of_the_folder(installation: Installation, folder: str) -> None:
    in_checkout = {
        path.relative_to(ROOT / folder)
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and path.suffix not in NOT_SHIPPED and not path.name.startswith(".")
    }
    installed = installation.packages / "rewards" / SHIPPED[folder]

    assert in_checkout
    assert [str(path) for path in sorted(in_checkout) if not (installed / path).is_file()] == []


def test_its_code_and_its_data_are_its_own(installation: Installation, tmp_path: Path) -> None:
    program = (
        "import rewards, rewards.api, rewards.resources as shipped\n"
        "print(rewards.__file__, rewards.api.__file__, sep='\\n')\n"
        "print(shipped.rules_directory(), shipped.schemas_directory(), sep='\\n')\n"
    )

    done = installation.run("python", "-c", program, directory=tmp_path)

    assert done.returncode == 0, done.stderr
    package = installation.packages / "rewards"
    assert [Path(line) for line in done.stdout.splitlines()] == [
        package / "__init__.py",
        package / "api" / "__init__.py",
        package / "rules",
        package / "schemas",
    ]


def test_its_metadata_names_the_licence(installation: Installation) -> None:
    information = installation.packages / f"rewards-{rewards.__version__}.dist-info"

    metadata = (information / "METADATA").read_text(encoding="utf-8").splitlines()
    assert "License-Expression: Apache-2.0" in metadata
    assert (information / "licenses" / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()


def test_the_command_explains_itself(installation: Installation, tmp_path: Path) -> None:
    done = installation.run("rewards", "--help", directory=tmp_path)

    assert done.returncode == 0, done.stderr
    assert "demo" in done.stdout


def test_the_demonstration_runs_in_an_empty_directory(installation: Installation, tmp_path: Path) -> None:
    done = installation.run("rewards", "demo", "--no-serve", directory=tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.strip()
