"""A shop on every database, and one for tests of what no database can change."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from rewards.ledger import Ledger, open_engine

from .shop import Shop


@pytest.fixture
def shop(ledger: Ledger) -> Iterator[Shop]:
    """A shop without plans or members; every promise is kept when a test is done with it."""
    opened = Shop.on(ledger)
    yield opened
    opened.check()


@pytest.fixture
def small_shop(_migrated_sqlite: Path, tmp_path: Path) -> Iterator[Shop]:
    """The same on SQLite only."""
    path = tmp_path / "small.db"
    shutil.copyfile(_migrated_sqlite, path)
    engine = open_engine(f"sqlite:///{path}", durable=False)
    opened = Shop.on(Ledger(engine))
    yield opened
    opened.check()
    engine.dispose()
