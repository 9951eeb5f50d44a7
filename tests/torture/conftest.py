"""The process that works on databases to be tortured."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rewards.settings import SETTINGS
from tests.databases import copies_on_sqlite
from tests.torture.lives import Worker
from tests.torture.script import Script


@pytest.fixture(scope="module")
def worker(_migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    """A process that has done a script once, so that the ones it forks find everything loaded."""
    started = Worker(tmp_path_factory.mktemp("worker"))
    with copies_on_sqlite(_migrated_sqlite)() as url:
        started.run(url, Script(0), warm=True)
    yield started
    started.stop()


@pytest.fixture(scope="module", autouse=True)
def _settings_as_they_come() -> Iterator[None]:
    """Nothing of the caller's environment reaches the command and the texts of errors."""
    with pytest.MonkeyPatch.context() as patch:
        for name in (*(setting.variable for setting in SETTINGS), "LC_ALL", "LANG"):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture
def public_folder() -> Iterator[Callable[[], Path]]:
    """Makes folders that other users may enter too: pytest's own are closed to them."""
    with tempfile.TemporaryDirectory(prefix="rewards-torture-") as folder:
        Path(folder).chmod(0o755)
        yield lambda: Path(folder)
