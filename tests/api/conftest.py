"""Applications on a shop's database: a fresh one for each test, and one for tests that change nothing."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from rewards.api import create_app

from rewards.services.platform import Platform

from .shop import NOW, Caller, open_shop

Callers = Callable[..., Caller]


@pytest.fixture(scope="session")
def opened_shop(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """The database of a shop that has just opened, and its keys."""
    path = tmp_path_factory.mktemp("shop") / "shop.db"
    platform = Platform.open(f"sqlite:///{path}", create=True, durable=False, clock=lambda: NOW)
    secrets = open_shop(platform)
    platform.close()
    return path, secrets


def _app(opened_shop: tuple[Path, dict[str, str]], folder: Path) -> Iterator[Flask]:
    copied = folder / "copied.db"
    shutil.copyfile(opened_shop[0], copied)
    platform = Platform.open(f"sqlite:///{copied}", durable=False, clock=lambda: NOW)
    yield create_app(platform)
    platform.close()


@pytest.fixture
def app(opened_shop: tuple[Path, dict[str, str]], tmp_path: Path) -> Iterator[Flask]:
    """The application on a shop of the test's own."""
    yield from _app(opened_shop, tmp_path)


@pytest.fixture(scope="module")
def shared_app(opened_shop: tuple[Path, dict[str, str]], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application on a shop that all tests of a module look at."""
    yield from _app(opened_shop, tmp_path_factory.mktemp("shared"))


@pytest.fixture(scope="session")
def secrets(opened_shop: tuple[Path, dict[str, str]]) -> dict[str, str]:
    """The keys, by role or member."""
    return opened_shop[1]


@pytest.fixture
def operator(app: Flask, secrets: dict[str, str]) -> Caller:
    """An operator of the test's own shop."""
    return Caller(app, secrets["operator"])


@pytest.fixture
def client(app: Flask, secrets: dict[str, str]) -> Caller:
    """The shop's software."""
    return Caller(app, secrets["client"])


@pytest.fixture
def anna(app: Flask, secrets: dict[str, str]) -> Caller:
    """A member with their own key."""
    return Caller(app, secrets["anna"])


@pytest.fixture
def bert(app: Flask, secrets: dict[str, str]) -> Caller:
    """The member whom anna sponsored, with their own key."""
    return Caller(app, secrets["bert"])


@pytest.fixture
def visitor(shared_app: Flask, secrets: dict[str, str]) -> Caller:
    """An operator who only makes requests that change nothing."""
    return Caller(shared_app, secrets["operator"])
