"""A shop on every database, and one for tests of what no database can change."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rewards.ledger import Ledger, open_engine
from tests.compiling import each_file_once

from .shop import Shop


@pytest.fixture
def shop(ledger: Ledger) -> Iterator[Shop]:
    """A shop without plans or members; every promise is kept when a test is done with it."""
    opened = Shop.on(ledger)
    yield opened
    opened.check()


@contextmanager
def _small(migrated: Path, folder: Path, *, checked: bool = True) -> Iterator[Shop]:
    path = folder / "small.db"
    shutil.copyfile(migrated, path)
    engine = open_engine(f"sqlite:///{path}", durable=False)
    opened = Shop.on(Ledger(engine))
    yield opened
    if checked:
        opened.check()
    engine.dispose()


@pytest.fixture
def small_shop(_migrated_sqlite: Path, tmp_path: Path) -> Iterator[Shop]:
    """The same on SQLite only."""
    with _small(_migrated_sqlite, tmp_path) as opened:
        yield opened


@pytest.fixture
def altered_shop(_migrated_sqlite: Path, tmp_path: Path) -> Iterator[Shop]:
    """One whose books a test alters behind its back, so that its promises are broken in the end."""
    with _small(_migrated_sqlite, tmp_path, checked=False) as opened:
        yield opened


@pytest.fixture(scope="module")
def still_shop(_migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """One for all tests of a file that are about what changes nothing."""
    with _small(_migrated_sqlite, tmp_path_factory.mktemp("still")) as opened:
        yield opened


@pytest.fixture(scope="session", autouse=True)
def _each_file_compiled_once() -> Iterator[None]:
    with each_file_once():
        yield
