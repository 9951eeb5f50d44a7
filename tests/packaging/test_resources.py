"""The shipped rule files and schemas are found wherever rewards is."""

from __future__ import annotations

from pathlib import Path

import pytest

from rewards import resources
from rewards.errors import NotFound


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty package directory that rewards believes to be its own."""
    directory = tmp_path.resolve() / "rewards"
    directory.mkdir()
    monkeypatch.setattr(resources, "__file__", str(directory / "resources.py"))
    return directory


def test_the_checkout_has_plans_and_schemas() -> None:
    assert list(resources.rules_directory().glob("*.yaml"))
    assert list(resources.schemas_directory().glob("*.schema.json"))


def test_an_installation_has_them_inside_the_package(package: Path) -> None:
    (package / "rules").mkdir()
    (package / "schemas").mkdir()
    (package.parent / "rules").mkdir()

    assert resources.rules_directory() == package / "rules"
    assert resources.schemas_directory() == package / "schemas"


def test_a_checkout_has_them_beside_the_package(package: Path) -> None:
    (package.parent / "rules").mkdir()
    (package.parent / "schemas").mkdir()

    assert resources.rules_directory() == package.parent / "rules"
    assert resources.schemas_directory() == package.parent / "schemas"


def test_a_damaged_installation_says_what_is_missing_and_what_to_do(package: Path) -> None:
    with pytest.raises(NotFound) as caught:
        resources.schemas_directory()

    english, chinese = caught.value.text("en"), caught.value.text("zh")
    assert english == f"{package} was installed without its directory schemas; install rewards again"
    assert chinese == f"{package} 安装不完整，缺少目录 schemas；请重新安装 rewards"
