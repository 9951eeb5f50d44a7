"""A small population multiplied in the database: every member, event and lot once more for each copy.

A copy's rows are those of the first with numbers moved on and ids of their own, in the order in which the services
would have written them, so that the books keep every promise, replaying the events included. It is done before the
first day is closed: whatever closes leave behind is left by closes.
"""

# Statements are put together from the names of tables and columns; values are bound.

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

from sqlalchemy import Connection, Table, func, select, text

from rewards.ledger.store import open_engine
from rewards.ledger.tables import balance, event, lot, member, metadata

MARK = "c0000-"
"""What the ids of the first copy begin with; those of the others have their own number in it."""
MOST_COPIES = 10_000
_TOGETHER = 20
"""How many copies of a table are one transaction: all in one would need the room twice."""


class Shift(Enum):
    """How a column of a copy differs from the first one's."""

    MEMBER = "moved on by the number of members, where it is a member"
    EVENT = "moved on by the number of events"
    LOT = "moved on by the number of lots"
    TEXT = "with the copy's own mark in it"
    DIGEST = "the digest of the payload"


_EVENT_AND_MEMBER = {"event_seq": Shift.EVENT, "member": Shift.MEMBER}

COPIED: Mapping[str, Mapping[str, Shift]] = {
    "event": {
        "seq": Shift.EVENT,
        "id": Shift.TEXT,
        "member": Shift.MEMBER,
        "payload": Shift.TEXT,
        "fingerprint": Shift.DIGEST,
    },
    "member": {"ordinal": Shift.MEMBER, "id": Shift.TEXT, "sponsor": Shift.MEMBER, "event_seq": Shift.EVENT},
    "booking": {"event_seq": Shift.EVENT, "trace": Shift.TEXT},
    "participation": _EVENT_AND_MEMBER,
    "lot": {"id": Shift.LOT, **_EVENT_AND_MEMBER},
    "transfer": {
        **_EVENT_AND_MEMBER,
        "from_holder": Shift.MEMBER,
        "to_holder": Shift.MEMBER,
        "lot_id": Shift.LOT,
    },
    "sale": _EVENT_AND_MEMBER,
    "measure": {"member": Shift.MEMBER},
    "balance": {"holder": Shift.MEMBER},
}
"""Tables with rows of every copy, in the order they are written; columns not named are the same in all."""

SHARED = frozenset({"plan", "plan_version", "rule", "book", "pool", "cell_name", "api_key"})
"""Tables whose rows belong to all copies alike."""

EMPTY = frozenset(
    {
        *("cell", "claim", "closed_day", "cut", "declared_parameter", "exit_trigger", "level", "notice", "placement"),
        *("price", "recounted", "refund", "reversal", "seal", "tag", "voucher"),
        *("close_balance", "close_flow", "close_lot", "close_part"),
    }
)
"""Tables that have no rows yet: what closes write, and what no order of these plans leaves."""

HISTORY = {"event": "seq", "booking": "event_seq", "participation": "event_seq", "transfer": "event_seq"}
"""Tables of which a close reads only what the open days have left, with the column that tells the event."""


class Sizes(NamedTuple):
    """What the first copy has, and by how much the numbers of the next are moved on."""

    before: int
    """The last event that belongs to all copies: the plan came into force."""
    members: int
    events: int
    lots: int


def check_tables() -> None:
    """Raise RuntimeError when a table or a reference is not known here, so that none is forgotten."""
    known = {*COPIED, *SHARED, *EMPTY}
    new = {table.name for table in metadata.sorted_tables} - known
    if new:
        raise RuntimeError(f"say in {__name__} what is done with these tables: {', '.join(sorted(new))}")
    targets = {member.c.ordinal, event.c.seq, lot.c.id}
    for name, columns in COPIED.items():
        for column in metadata.tables[name].columns:
            if column.name not in columns and any(key.column in targets for key in column.foreign_keys):
                raise RuntimeError(f"say in {__name__} how column {column.name} of table {name} is moved on")


def multiply(url: str, copies: int, kept_from: int | None = None) -> None:
    """Make so many copies of what a database holds, the first one included.

    With `kept_from` the copies between the first and the last have no history (`HISTORY`) before that event of the
    first: what they would be replayed from is missing then, what a close reads is there. Raises RuntimeError when there
    is something in the books that cannot be copied.
    """
    check_tables()
    if not 1 <= copies <= MOST_COPIES:
        raise ValueError(f"{copies} copies; there can be 1 to {MOST_COPIES}")
    engine = open_engine(url, durable=False)
    with engine.connect() as connection, connection.begin():
        _check_empty(connection)
    with engine.connect() as connection:
        _without_references(connection)
        with connection.begin():
            sizes = _sizes(connection)
        for name, shifts in COPIED.items():
            _copy_table(connection, metadata.tables[name], shifts, sizes, copies, kept_from)
        with connection.begin():
            own = balance.c.holder < 0
            connection.execute(balance.update().where(own).values(amount=balance.c.amount * copies))
    engine.dispose()
    settle(url)


def settle(url: str) -> None:
    """Have PostgreSQL look at what was written, as its own upkeep does sooner or later; SQLite has no such thing."""
    engine = open_engine(url)
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM (ANALYZE)")
    engine.dispose()


def _check_empty(connection: Connection) -> None:
    for table in metadata.sorted_tables:
        if table.name in EMPTY and connection.execute(select(table).limit(1)).first() is not None:
            raise RuntimeError(f"table {table.name} has rows, which cannot be copied")


def _without_references(connection: Connection) -> None:
    """Have references not looked up row by row: a copy's point within the copy, like the first one's."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET session_replication_role = replica")
        connection.commit()
        return
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.execute("PRAGMA foreign_keys = OFF")
    driver.create_function("digest_of", 1, lambda given: hashlib.sha256(given.encode()).hexdigest(), deterministic=True)


def _sizes(connection: Connection) -> Sizes:
    first = connection.execute(select(func.min(member.c.event_seq))).scalar_one()
    last = connection.execute(select(func.max(event.c.seq))).scalar_one()
    members = connection.execute(select(func.max(member.c.ordinal))).scalar_one()
    lots = connection.execute(select(func.coalesce(func.max(lot.c.id), 0))).scalar_one()
    return Sizes(first - 1, members, last - first + 1, lots)


def _copy_table(
    connection: Connection,
    table: Table,
    shifts: Mapping[str, Shift],
    sizes: Sizes,
    copies: int,
    kept_from: int | None,
) -> None:
    first, column = f"first_{table.name}", HISTORY.get(table.name)
    own = f"WHERE {column} > {sizes.before}" if column else "WHERE holder > 0" if table is balance else ""
    with connection.begin():
        connection.exec_driver_sql(f"CREATE TEMPORARY TABLE {first} AS SELECT * FROM {table.name} {own}")
    names = ", ".join(each.name for each in table.columns)
    values = ", ".join(_moved(connection, each.name, shifts.get(each.name), sizes) for each in table.columns)
    keys = ", ".join(each.name for each in table.primary_key)
    for start in range(1, copies, _TOGETHER):
        with connection.begin():
            for copy in range(start, min(start + _TOGETHER, copies)):
                kept = f"WHERE {column} >= {kept_from}" if column and kept_from and copy < copies - 1 else ""
                sql = f"INSERT INTO {table.name} ({names}) SELECT {values} FROM {first} {kept} ORDER BY {keys}"
                connection.execute(text(sql), {"copy": copy, "mark": f"c{copy:04}-"})
    with connection.begin():
        connection.exec_driver_sql(f"DROP TABLE {first}")


def _moved(connection: Connection, name: str, shift: Shift | None, sizes: Sizes) -> str:
    """The expression for a column of a copy."""
    steps = {Shift.MEMBER: sizes.members, Shift.EVENT: sizes.events, Shift.LOT: sizes.lots}
    text = f"replace({{}}, '{MARK}', :mark)"
    if shift is None:
        return name
    if shift is Shift.MEMBER:
        return f"CASE WHEN {name} > 0 THEN {name} + :copy * {sizes.members} ELSE {name} END"
    if shift is Shift.TEXT:
        return text.format(name)
    if shift is Shift.DIGEST:
        payload = text.format("payload")
        if connection.dialect.name == "sqlite":
            return f"digest_of({payload})"
        return f"encode(sha256(convert_to({payload}, 'UTF8')), 'hex')"
    return f"{name} + :copy * {steps[shift]}"
