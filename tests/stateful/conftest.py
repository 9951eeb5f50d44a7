"""As many new databases as a run wants, on either store."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from rewards.actions import vocabulary
from rewards.plan.load import load_plan
from rewards.services import plans, platform

Fresh = Callable[[], AbstractContextManager[str]]
"""Gives the URL of a database that is set up and empty, and drops it in the end."""


@pytest.fixture
def fresh(request: pytest.FixtureRequest, store: str, tmp_path: Path) -> Fresh:
    """Gives new databases of the store, one after the other."""
    if store == "sqlite":
        migrated: Path = request.getfixturevalue("_migrated_sqlite")

        @contextmanager
        def on_sqlite() -> Iterator[str]:
            path = tmp_path / f"{uuid.uuid4().hex}.db"
            shutil.copyfile(migrated, path)
            yield f"sqlite:///{path}"
            for each in tmp_path.glob(f"{path.name}*"):
                each.unlink()

        return on_sqlite
    server, template = request.getfixturevalue("postgres_server"), request.getfixturevalue("_migrated_postgres")

    @contextmanager
    def on_postgres() -> Iterator[str]:
        name = f"stateful_{uuid.uuid4().hex}"
        admin = create_engine(server, isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {template}")
            yield server.set(database=name).render_as_string(hide_password=False)
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
        admin.dispose()

    return on_postgres


@pytest.fixture(scope="module", autouse=True)
def _each_version_compiled_once() -> Iterator[None]:
    """Compiling the same text again gives the same plan, only later."""
    with pytest.MonkeyPatch.context() as patch:
        once = cache(lambda source, file: load_plan(source, file, vocabulary()))
        for module in (plans, platform):
            patch.setattr(module, "load_plan", lambda source, file, _: once(source, file))
        yield
