"""Migrations: up, down and up again, and no difference to the tables."""

from __future__ import annotations

import threading
from collections.abc import Callable

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, Connection, Engine, MetaData, Table, inspect, text

from rewards.ledger import (
    Ledger,
    balances,
    current_revision,
    events,
    history,
    is_current,
    lots,
    members,
    migrate,
    promises,
)
from rewards.ledger.schema import downgrade, newest_revision
from rewards.ledger.statements import statement
from rewards.ledger.tables import metadata

from .books import ADA, BEN, TUESDAY, WEDNESDAY, a_busy_week, close


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


def test_what_closes_have_written_as_columns_goes_down_as_rows_and_is_found_again(
    ledger: Ledger, engine: Engine
) -> None:
    with ledger.write() as tx:
        shop = a_busy_week(tx)
        # Ada spends some of what a close has released, and half of the order that her lot comes from is refunded.
        points = shop.book("points")
        shop.happens("payment", "p-1", WEDNESDAY, shop.move("spend", "points", ADA, BEN, 20_00))
        [lot] = lots.by_ids(tx, [1])
        shop.happens(
            "refund",
            "r-2",
            WEDNESDAY,
            shop.move("grant", "points", ADA, -4, 100, origin="locked", target="locked", lot=1),
        )
        lots.set_terms(tx, [lot._replace(remaining=lot.remaining - 100)])
        close(shop, WEDNESDAY, {ADA: (1, 18_00)})
    told = everything(ledger, points)
    downgrade(engine, "0007")
    with engine.connect() as connection:
        moved = connection.execute(text("SELECT member, number, amount, lot_id FROM transfer WHERE rule_id = 3"))
        assert [tuple(row) for row in moved] == [(ADA, 1, 36_00, 1), (BEN, 1, 108_00, 2), (ADA, 1, 18_00, 1)]
        held = connection.execute(text("SELECT amount FROM balance WHERE book_id = 2 AND holder IN (1, 2) ORDER BY 1"))
        assert [amount for (amount,) in held] == [34_00, 128_00]
        left = connection.execute(text("SELECT remaining FROM lot WHERE id = 1")).scalar_one()
        assert left == 9000_00 - 36_00 - 18_00 - 1_00
    migrate(engine)
    assert everything(ledger, points) == told


def everything(ledger: Ledger, book: int) -> tuple[object, ...]:
    with ledger.read() as tx:
        assert promises.verify(tx) == []
        return (
            list(balances.every(tx)),
            lots.by_ids(tx, [1, 2])[0].remaining,
            [each for member in (ADA, BEN) for each in statement(tx, member)],
            history.balances_at(tx, ADA, TUESDAY)[book, ADA],
        )


def test_a_database_of_the_first_migration_is_brought_up_without_loss(
    ledger: Ledger, engine: Engine, empty_url: str, opened: Callable[[str], Engine]
) -> None:
    with ledger.write() as tx:
        a_busy_week(tx)
    downgrade(engine, "0007")  # there closes write rows, as in the first
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
