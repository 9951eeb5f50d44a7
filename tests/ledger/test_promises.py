"""Each promise is broken behind the ledger's back, and the check that guards it says so."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import Engine

from rewards.ledger import Ledger, promises
from rewards.ledger.packing import pack
from rewards.messages import catalogue

from .books import ADA, BEN, column


def tamper(engine: Engine, table: str, *changes: str) -> None:
    """Change a table with all its constraints, triggers and indexes taken off first."""
    with engine.begin() as connection:
        connection.exec_driver_sql(f"ALTER TABLE {table} RENAME TO guarded_{table}")
        connection.exec_driver_sql(f"CREATE TABLE {table} AS SELECT * FROM guarded_{table}")
        for change in changes:
            literal = r"X'\1'" if engine.dialect.name == "sqlite" else r"decode('\1', 'hex')"
            connection.exec_driver_sql(re.sub(r"BYTES (\w+)", literal, change))


def moved(amount: int, lot: int) -> str:
    """What Tuesday's close has moved, other than it was for Ada."""
    columns = column([ADA, BEN]), column([0, 0]), column([amount, 108_00]), column([lot, 2])
    return f"BYTES {next(pack(columns, column([0]))).hex()}"


def broken(ledger: Ledger, supplies: dict[int, int] | None = None) -> set[tuple[int, str]]:
    with ledger.read() as tx:
        found = promises.verify(tx, supplies)
    for violation in found:
        assert "{" not in violation.text("en") + violation.text("zh")
        assert violation.text("en") != violation.text("zh")
    return {(violation.promise, violation.code.removeprefix("ledger.violation.")) for violation in found}


def test_sound_books_break_no_promise(week: Ledger) -> None:
    assert broken(week) == set()


def test_empty_books_break_no_promise(ledger: Ledger) -> None:
    assert broken(ledger) == set()


ADA_ORDER = "event_seq = 5 AND member = 1"
FUNDED = f"{ADA_ORDER} AND number = 1"
GRANTED = f"{ADA_ORDER} AND number = 2"
AGAIN = "SELECT * FROM closed_day WHERE event_seq = 7"
EVENT_COLUMNS = "seq, kind, id, member, occurred_at, recorded_at, payload, fingerprint, hash"


@pytest.mark.parametrize(
    ("table", "change", "promise", "code"),
    [
        ("transfer", f"UPDATE transfer SET amount = -1 WHERE {FUNDED}", 1, "transfer-not-positive"),
        ("transfer", f"UPDATE transfer SET amount = 0 WHERE {FUNDED}", 1, "transfer-not-positive"),
        ("transfer", f"UPDATE transfer SET to_book = 4 WHERE {GRANTED}", 1, "transfer-mixes-assets"),
        ("transfer", f"UPDATE transfer SET to_book = 99 WHERE {GRANTED}", 1, "transfer-mixes-assets"),
        ("transfer", f"UPDATE transfer SET amount = amount + 1 WHERE {ADA_ORDER}", 1, "balance-differs"),
        ("balance", "UPDATE balance SET amount = amount + 1 WHERE holder = 2", 1, "balance-differs"),
        ("balance", "DELETE FROM balance WHERE holder = 2", 1, "balance-differs"),
        ("measure", "UPDATE measure SET orders = 2 WHERE member = 1", 1, "measure-differs"),
        ("balance", "UPDATE balance SET amount = -1 WHERE holder = 2 AND book_id = 1", 2, "overdrawn"),
        ("lot", "UPDATE lot SET remaining = granted + 3601 WHERE id = 1", 2, "lot-out-of-bounds"),
        ("lot", "UPDATE lot SET remaining = -1 WHERE id = 1", 2, "lot-out-of-bounds"),
        ("lot", "UPDATE lot SET remaining = remaining - 1 WHERE id = 2", 3, "lots-differ"),
        ("lot", "DELETE FROM lot WHERE id = 2", 3, "lots-differ"),
        ("balance", "UPDATE balance SET amount = 99000000000 WHERE holder = -4", 4, "circulation-negative"),
        ("price", "UPDATE price SET numerator = 1 WHERE event_seq = 9", 4, "price-fell"),
        ("price", "UPDATE price SET denominator = 0 WHERE event_seq = 9", 4, "price-malformed"),
        ("balance", "UPDATE balance SET amount = amount - 1 WHERE holder = -100", 5, "pool-differs"),
        ("pool", "DELETE FROM pool", 5, "pool-unknown"),
        ("event", "UPDATE event SET id = 'o-1' WHERE id = 'o-2'", 6, "event-repeated"),
        ("event", "UPDATE event SET payload = '{}' WHERE id = 'o-2'", 6, "fingerprint-differs"),
        ("closed_day", f"INSERT INTO closed_day {AGAIN}", 7, "close-repeated"),
        ("closed_day", "UPDATE closed_day SET day = day + 1 WHERE event_seq = 8", 7, "close-missing"),
        ("closed_day", "UPDATE closed_day SET event_seq = 99 WHERE event_seq = 8", 7, "close-without-event"),
        ("closed_day", "UPDATE closed_day SET event_seq = 5 WHERE event_seq = 8", 7, "close-without-event"),
        ("rule", "UPDATE rule SET version_id = 9", 9, "rule-not-in-version"),
        ("transfer", "UPDATE transfer SET rule_id = 99 WHERE event_seq = 9", 9, "rule-not-in-version"),
        ("booking", "DELETE FROM booking WHERE event_seq = 9", 9, "rule-not-in-version"),
        ("transfer", "UPDATE transfer SET lot_id = 99 WHERE event_seq = 5 AND number = 3", 9, "lot-elsewhere"),
        ("close_part", f"UPDATE close_part SET moved = {moved(0, 1)}", 1, "transfer-not-positive"),
        ("close_part", f"UPDATE close_part SET moved = {moved(3601, 1)}", 1, "balance-differs"),
        ("close_part", f"UPDATE close_part SET moved = {moved(3600, 99)}", 9, "lot-elsewhere"),
        ("close_part", "UPDATE close_part SET moved = BYTES 00", 1, "close-unreadable"),
        ("close_flow", "UPDATE close_flow SET to_book = 4", 1, "flow-mixes-assets"),
        ("close_flow", "UPDATE close_flow SET rule_id = 99", 9, "flow-rule-not-in-version"),
        ("close_balance", "DELETE FROM close_balance WHERE book_id = 2", 1, "balance-differs"),
        ("close_lot", "DELETE FROM close_lot", 3, "lots-differ"),
        ("lot", "UPDATE lot SET remaining = 0, drawn = remaining + drawn WHERE id = 2", 2, "lot-passed-over"),
        ("transfer", "UPDATE transfer SET lot_id = 1 WHERE event_seq = 9 AND number = 1", 9, "lot-elsewhere"),
        ("event", "DELETE FROM event WHERE seq = 3", 10, "ledger.chain.event-missing"),
        ("event", "DELETE FROM event WHERE seq = 1", 10, "ledger.chain.event-missing"),
        ("event", "UPDATE event SET seq = 10 WHERE seq = 9", 10, "ledger.chain.event-missing"),
        ("event", "UPDATE event SET kind = 'gift' WHERE seq = 5", 10, "ledger.chain.row-changed"),
        ("event", "UPDATE event SET hash = NULL WHERE seq = 5", 10, "ledger.chain.hash-missing"),
    ],
)  # fmt: skip
def test_a_broken_promise_is_named(
    week: Ledger, engine: Engine, table: str, change: str, promise: int, code: str
) -> None:
    tamper(engine, table, change)
    assert (promise, code) in broken(week)


def test_an_order_counted_for_nobody_is_found(week: Ledger, engine: Engine) -> None:
    tamper(engine, "measure", "DELETE FROM measure WHERE member = 2")
    assert broken(week) == {(1, "measure-differs")}


def test_more_units_than_the_supply_are_found(week: Ledger) -> None:
    issued = 12_000_00 * 21
    token = 3
    assert broken(week, {token: issued}) == set()
    assert broken(week, {token: issued - 1}) == {(4, "supply-exceeded")}


def test_every_violation_has_been_provoked_here() -> None:
    [marker] = [m for m in test_a_broken_promise_is_named.pytestmark if m.name == "parametrize"]  # type: ignore[attr-defined]
    provoked = {row[3] for row in marker.args[1] if row[2] != 10} | {"supply-exceeded"}
    registered = {c.removeprefix("ledger.violation.") for c in catalogue() if c.startswith("ledger.violation.")}
    assert provoked == registered


def test_a_long_list_is_cut(week: Ledger, engine: Engine) -> None:
    values = ", ".join(f"(1, {holder}, 5, 0)" for holder in range(1000, 1300))
    tamper(engine, "balance", f"INSERT INTO balance (book_id, holder, amount, settled) VALUES {values}")
    with week.read() as tx:
        found = promises.verify(tx)
    assert sum(v.code.endswith("balance-differs") for v in found) == promises.AT_MOST
