"""setup.cfg, constraints.txt and the folders of the checkout say the same."""

from __future__ import annotations

import configparser
import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def metadata() -> configparser.ConfigParser:
    """setup.cfg, parsed."""
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


def lines(text: str) -> list[str]:
    return [line for line in map(str.strip, text.splitlines()) if line and not line.startswith("#")]


def requirements(metadata: configparser.ConfigParser) -> list[Requirement]:
    texts = (metadata["options"]["install_requires"], *metadata["options.extras_require"].values())
    return [Requirement(line) for text in texts for line in lines(text)]


def pins() -> dict[str, str]:
    pairs = (line.split("==") for line in lines((ROOT / "constraints.txt").read_text(encoding="utf-8")))
    return {canonicalize_name(name): version for name, version in pairs}


def packages_on_disk(folder: str, package: str) -> set[str]:
    return {
        ".".join((package, *initial.parent.relative_to(ROOT / folder).parts))
        for initial in (ROOT / folder).rglob("__init__.py")
        if "migrations" not in initial.parts
    }


def test_exactly_the_packages_of_the_checkout_are_listed(metadata: configparser.ConfigParser) -> None:
    code = packages_on_disk("rewards", "rewards") | packages_on_disk("api", "rewards.api")
    data = {"rewards.rules", "rewards.schemas"}

    assert set(lines(metadata["options"]["packages"])) == code | data


def test_every_pin_is_one_exact_version() -> None:
    for line in lines((ROOT / "constraints.txt").read_text(encoding="utf-8")):
        assert re.fullmatch(r"[\w.-]+==[\w.]+", line), line


def test_every_requirement_is_pinned_at_a_version_it_allows(metadata: configparser.ConfigParser) -> None:
    versions = pins()

    for requirement in requirements(metadata):
        pinned = versions.get(canonicalize_name(requirement.name))
        assert pinned is not None, f"constraints.txt does not pin {requirement.name}"
        assert requirement.specifier.contains(pinned), f"{requirement} is pinned at {pinned}"
