"""Migrations: up, down and up again, and no difference to the tables."""

from __future__ import annotations

import threading
from collections.abc import Callable

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, Connection, Engine, MetaData, Table, inspect, text

from rewards.ledger import Ledger, current_revision, events, is_current, members, migrate, promises
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


def test_a_database_of_the_first_migration_is_brought_up_without_loss(
    ledger: Ledger, empty_url: str, opened: Callable[[str], Engine]
) -> None:
    with ledger.write() as tx:
        a_busy_week(tx)
    old = opened(empty_url)
    migrate(old, "0001")
    first = MetaData()
    first.reflect(old)
    in_order = [table for table in first.sorted_tables if table.name != "alembic_version"]
    with ledger.read() as tx:
        before = {table.name: rows(tx, table) for table in in_order}
    assert sum(map(len, before.values())) > 40
    with old.begin() as connection:
        for table in in_order:
            names = ", ".join(f":{column.name}" for column in table.columns)
            for row in before[table.name]:
                connection.execute(text(f"INSERT INTO {table.name} VALUES ({names})"), row)
    migrate(old)
    upgraded = Ledger(old)
    with upgraded.read() as tx:
        after = {table.name: rows(tx, table) for table in in_order}
        # Every version has got the rules by which units expire and rewards are paid for.
        new = [rule["name"] for rule in after["rule"] if rule not in before["rule"]]
        assert new == ["#expiry", "#claim"]
        assert {**after, "rule": before["rule"]} == before
        assert promises.verify(tx) == []
        events_on_record = events.next_seq(tx)
    with upgraded.write() as tx:
        assert members.count(tx) == 3
        assert events.next_seq(tx) == events_on_record == 10


def rows(tx: Connection, table: Table) -> list[dict[str, object]]:
    """A table's rows as the driver gives them, in the order of the first columns; seals are made anew by an upgrade."""
    columns = [column.name for column in table.columns]
    found = tx.execute(text(f"SELECT {', '.join(columns)} FROM {table.name} ORDER BY 1, 2")).mappings()
    return [{**row, "hash": None} if table.name == "event" else dict(row) for row in found]


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
