"""History stays: no table of it lets its rows be changed, deleted, replaced or truncated behind the books' back."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine, Table, func, insert, select
from sqlalchemy.exc import DBAPIError

from rewards.ledger import Ledger, claims, declared, events, notes, placements, refunds, tags, tallies
from rewards.ledger.tables import metadata

from .books import ADA, BEN, MONDAY, NOON, TUESDAY, a_busy_week, an_event, column, seal

APPENDED = {
    *("book", "booking", "cell_name", "closed_day", "cut", "declared_parameter", "level", "member", "notice"),
    *("participation", "placement", "plan", "plan_version", "pool", "price", "refund", "rule", "sale", "seal"),
    *("tag", "transfer", "close_flow", "close_part"),
}
"""Tables whose rows are only ever added."""
STAYING = {
    "claim": ("pieces", "cancelled_seq"),
    "event": ("payload", "hash"),
    "lot": ("day", None),
    "reversal": ("quantity", "settled_seq"),
    "voucher": ("code", "claim_seq"),
}
"""Tables of which some columns may change: one that may not, and the one that is set once."""
CHANGING = {"api_key", "balance", "cell", "close_balance", "close_lot", "exit_trigger", "measure", "recounted"}
"""What is only the sum of history, or no part of it."""

REFUSED = r"is append-only: its rows are history and stay as they are; put a mistake right by a new event"


def a_full_history(ledger: Ledger) -> None:
    """A row in every table of history, all of them sealed."""
    with ledger.write() as tx:
        shop = a_busy_week(tx)
        plan, rule = shop.version.plan_id, shop.version.rules["grant"]
        events.add(tx, [an_event(10, "claim", "c", member=ADA), an_event(11, "refund", "r", member=BEN)])
        claims.add(tx, claims.Claim(10, plan, "mug", ADA, 1))
        claims.add_codes(tx, plan, "mug", ["a", "b"])
        claims.give_codes(tx, [1], 10)
        claims.cancel(tx, 10, 11)
        notes.add_cuts(tx, [notes.Cut(9, plan, "daily", rule, ADA, 4)])
        notes.add_notices(tx, 9, plan, "points", column([ADA]), column([4]), TUESDAY.toordinal())
        declared.add(tx, declared.Declared(10, plan, "rate", MONDAY, "1%"))
        placements.add(tx, [placements.Placement(10, "team", BEN, ADA, "left", MONDAY, True)])
        refunds.add(tx, [refunds.Refund(11, 6, 100)])
        refunds.add_reversals(tx, [refunds.Reversal(11, plan, "base", BEN, MONDAY, 5)])
        refunds.settle(tx, plan, TUESDAY, 11)
        tags.add(tx, [tags.Tag(10, ADA, "vip", MONDAY, None)])
        tallies.add(tx, plan, {tallies.Key("spent", ADA, MONDAY.toordinal(), ""): tallies.Counted(5, 1)})
        seal(tx)


def refused(ledger: Ledger, statement: Any) -> None:
    with pytest.raises(DBAPIError, match=REFUSED), ledger.write() as tx:
        tx.execute(statement) if not isinstance(statement, str) else tx.exec_driver_sql(statement)


def test_every_table_is_either_history_or_may_change() -> None:
    assert {*APPENDED, *STAYING, *CHANGING} == set(metadata.tables)


def test_history_is_neither_changed_nor_deleted_nor_replaced(ledger: Ledger, store: str) -> None:
    a_full_history(ledger)
    for name in (*APPENDED, *STAYING):
        table = metadata.tables[name]
        column = table.c[STAYING[name][0]] if name in STAYING else list(table.c)[-1]
        refused(ledger, table.update().values({column: column}))
        refused(ledger, table.delete())
        refused(ledger, f"TRUNCATE {name} CASCADE" if store == "postgresql" else _replace(table))
        with ledger.read() as tx:
            assert tx.scalar(select(func.count()).select_from(table)) > 0, name


def _replace(table: Table) -> Any:
    return insert(table).from_select(list(table.c.keys()), select(table)).prefix_with("OR REPLACE")


@pytest.mark.parametrize("name", ["claim", "event", "reversal", "voucher"])
def test_what_is_set_once_is_neither_changed_nor_taken_back(ledger: Ledger, name: str) -> None:
    a_full_history(ledger)
    once = STAYING[name][1]
    refused(ledger, f"UPDATE {name} SET {once} = {once} WHERE {once} IS NOT NULL")
    refused(ledger, f"UPDATE {name} SET {once} = NULL WHERE {once} IS NOT NULL")


def test_an_event_takes_its_hash_and_nothing_else(ledger: Ledger) -> None:
    with ledger.write() as tx:
        events.add(tx, [an_event(1, "note", "a")])
    refused(ledger, "UPDATE event SET hash = 'h', kind = 'other'")
    refused(ledger, "UPDATE event SET hash = NULL")
    with ledger.write() as tx:
        tx.exec_driver_sql("UPDATE event SET hash = 'h'")
        assert events.find(tx, "note", "a") == an_event(1, "note", "a")._replace(hash="h", recorded_at=NOON)


def test_what_may_change_still_does(ledger: Ledger, engine: Engine) -> None:
    a_full_history(ledger)
    with engine.begin() as tx:
        for change in ("UPDATE lot SET basis = 1, granted = 9, remaining = 1", "DELETE FROM balance"):
            assert tx.exec_driver_sql(change).rowcount > 0
        assert tx.exec_driver_sql("UPDATE voucher SET claim_seq = 10 WHERE code = 'b'").rowcount == 1
