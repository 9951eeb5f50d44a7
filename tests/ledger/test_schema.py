"""Migrations: up, down and up again, and no difference to the tables."""

from __future__ import annotations

import threading
from collections.abc import Callable

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, Engine, inspect

from rewards.ledger import Ledger, current_revision, events, is_current, migrate
from rewards.ledger.schema import downgrade, newest_revision
from rewards.ledger.tables import metadata

from .books import a_busy_week


def tables(engine: Engine) -> set[str]:
    return set(inspect(engine).get_table_names()) - {"alembic_version"}


def test_up_down_and_up_again(empty_url: str, opened: Callable[[str], Engine]) -> None:
    engine = opened(empty_url)
    assert current_revision(engine) is None
    assert not is_current(engine)
    migrate(engine)
    assert current_revision(engine) == newest_revision()
    assert is_current(engine)
    assert tables(engine) == set(metadata.tables)
    downgrade(engine, "base")
    assert tables(engine) == set()
    migrate(engine)
    with Ledger(engine).write() as tx:
        a_busy_week(tx)


def test_the_migrations_make_exactly_these_tables(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_keys_are_those_of_the_tables(engine: Engine) -> None:
    # Nor does it compare primary keys.
    inspector = inspect(engine)
    for table in metadata.tables.values():
        made = inspector.get_pk_constraint(table.name)["constrained_columns"]
        assert made == [column.name for column in table.primary_key.columns]


def test_checks_are_those_of_the_tables(engine: Engine) -> None:
    # Alembic does not compare check constraints.
    inspector = inspect(engine)
    for table in metadata.tables.values():
        made = {check["name"] for check in inspector.get_check_constraints(table.name)}
        declared = {str(c.name) for c in table.constraints if isinstance(c, CheckConstraint)}
        assert made == declared


def test_migrating_a_current_database_changes_nothing(ledger: Ledger, engine: Engine) -> None:
    with ledger.write() as tx:
        a_busy_week(tx)
    migrate(engine)
    with ledger.read() as tx:
        assert events.next_seq(tx) == 10


def test_several_processes_may_start_together(empty_url: str, opened: Callable[[str], Engine]) -> None:
    engine = opened(empty_url)
    failures: list[BaseException] = []

    def start() -> None:
        try:
            migrate(opened(empty_url))
        except BaseException as error:
            failures.append(error)

    migrate(engine, "base")  # so that the threads find the database's file
    threads = [threading.Thread(target=start) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(getattr(f, "code", None) == "ledger.busy" for f in failures)
    assert len(failures) < 2
    assert is_current(engine)
