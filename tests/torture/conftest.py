"""Databases to be tortured, as many as wanted, and the process that works on them."""

from __future__ import annotations

import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine

from rewards.settings import SETTINGS
from tests.torture.lives import Fresh, Worker
from tests.torture.script import Script


@contextmanager
def _sqlite(migrated: Path) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rewards.db"
        shutil.copyfile(migrated, path)
        yield f"sqlite:///{path}"


@contextmanager
def _postgres(server: URL, migrated: str) -> Iterator[str]:
    name = f"torture_{uuid.uuid4().hex}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {migrated}")
        yield server.set(database=name).render_as_string(hide_password=False)
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    admin.dispose()


@pytest.fixture(scope="module")
def _sqlite_databases(_migrated_sqlite: Path) -> Fresh:
    return lambda: _sqlite(_migrated_sqlite)


@pytest.fixture(scope="module")
def _postgres_databases(postgres_server: URL, _migrated_postgres: str) -> Fresh:
    return lambda: _postgres(postgres_server, _migrated_postgres)


@pytest.fixture
def fresh(store: str, request: pytest.FixtureRequest) -> Fresh:
    """Gives new databases that are set up and empty."""
    found: Fresh = request.getfixturevalue(f"_{'sqlite' if store == 'sqlite' else 'postgres'}_databases")
    return found


@pytest.fixture(scope="module")
def worker(_sqlite_databases: Fresh, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    """A process that has done a script once, so that the ones it forks find everything loaded."""
    started = Worker(tmp_path_factory.mktemp("worker"))
    with _sqlite_databases() as url:
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
