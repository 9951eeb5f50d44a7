"""New databases for tests, as many as wanted: copies of one that is set up, which are removed afterwards."""

from __future__ import annotations

import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import URL

Fresh = Callable[[], AbstractContextManager[str]]
"""Gives the URL of a database that is set up and empty, and removes it afterwards."""


def run_as_admin(server: URL, *statements: str) -> object:
    """Run statements, each a transaction of its own; answers the one value that the last gives, if it gives one."""
    # By the driver alone, as every test with a database does this: an engine takes longer to set up than a database.
    address = server.set(drivername="postgresql").render_as_string(hide_password=False)
    found: object = None
    with psycopg.connect(address, autocommit=True) as connection:
        for statement in statements:
            result = connection.execute(statement.encode())
            row = result.fetchone() if result.description else None
            found = row[0] if row else None
    return found


@contextmanager
def postgres_database(server: URL, template: str | None = None) -> Iterator[URL]:
    """A database of a PostgreSQL server, empty or a copy of another."""
    name = f"rewards_{uuid.uuid4().hex}"
    run_as_admin(server, f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else ""))
    try:
        yield server.set(database=name)
    finally:
        run_as_admin(server, f"DROP DATABASE {name} WITH (FORCE)")


def copies_on_sqlite(migrated: Path) -> Fresh:
    """Copies of a file."""

    @contextmanager
    def fresh() -> Iterator[str]:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "rewards.db"
            shutil.copyfile(migrated, path)
            yield f"sqlite:///{path}"

    return fresh


def copies_on_postgres(server: URL, migrated: str) -> Fresh:
    """Copies of a database of a server."""

    @contextmanager
    def fresh() -> Iterator[str]:
        with postgres_database(server, migrated) as url:
            yield url.render_as_string(hide_password=False)

    return fresh
