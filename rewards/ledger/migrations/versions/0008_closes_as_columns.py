"""Day closes write columns: what they move, and what they bring to accounts and draw from lots.

What closes have moved before stays as it is, rows among the others; only what is closed from now on is kept so.

Revision: 0008
"""

# Statements are put together from names written here, never from values.
# ruff: noqa: S608

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
REASON = "its rows are history and stay as they are; put a mistake right by a new event"
APPENDED = ("close_flow", "close_part")
TRANSFER = (
    *("event_seq", "member", "number", "rule_id", "from_book", "from_holder", "to_book", "to_holder", "amount"),
    "lot_id",
)
PACKED = {"close_part": "moved", "close_balance": "amounts", "close_lot": "drawn"}


def upgrade() -> None:
    op.add_column("balance", sa.Column("settled", BIG, nullable=False, server_default="0"))
    op.add_column("lot", sa.Column("drawn", BIG, nullable=False, server_default="0"))
    numbers = ("rule_id", "from_book", "from_holder", "to_book", "to_holder")
    op.create_table(
        "close_flow",
        sa.Column("event_seq", BIG, autoincrement=False, nullable=False),
        sa.Column("flow", sa.Integer(), autoincrement=False, nullable=False),
        *(sa.Column(name, BIG, nullable=False) for name in numbers),
        sa.ForeignKeyConstraint(["event_seq"], ["event.seq"], name=op.f("close_flow_event_seq_fkey")),
        sa.PrimaryKeyConstraint("event_seq", "flow", name=op.f("close_flow_pkey")),
    )
    op.create_table(
        "close_part",
        sa.Column("event_seq", BIG, autoincrement=False, nullable=False),
        sa.Column("part", BIG, autoincrement=False, nullable=False),
        sa.Column("moved", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["event_seq"], ["event.seq"], name=op.f("close_part_event_seq_fkey")),
        sa.PrimaryKeyConstraint("event_seq", "part", name=op.f("close_part_pkey")),
    )
    op.create_table(
        "close_balance",
        sa.Column("book_id", BIG, autoincrement=False, nullable=False),
        sa.Column("part", BIG, autoincrement=False, nullable=False),
        sa.Column("amounts", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["book_id"], ["book.id"], name=op.f("close_balance_book_id_fkey")),
        sa.PrimaryKeyConstraint("book_id", "part", name=op.f("close_balance_pkey")),
    )
    op.create_table(
        "close_lot",
        sa.Column("part", BIG, autoincrement=False, nullable=False),
        sa.Column("drawn", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("part", name=op.f("close_lot_pkey")),
    )
    if postgresql():
        for table, column in PACKED.items():
            # Uncompressed, so that a few bytes out of the middle are read alone.
            op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET STORAGE EXTERNAL")
    for table in APPENDED:
        guard(table)


def postgresql() -> bool:
    """Whether the database is PostgreSQL."""
    return op.get_bind().dialect.name == "postgresql"


def guard(table: str) -> None:
    """Let a table refuse that rows are changed or deleted."""
    for change in ("update", "delete"):
        if postgresql():
            body = "FOR EACH ROW EXECUTE FUNCTION append_only()"
        else:
            body = f"BEGIN SELECT RAISE(ABORT, 'table {table} is append-only: {REASON}'); END"
        op.execute(f"CREATE TRIGGER {table}_no_{change} BEFORE {change.upper()} ON {table} {body}")
    if postgresql():
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION append_only()"
        )


def downgrade() -> None:
    unpack_transfers()
    unpack_balances()
    unpack_lots()
    for table in ("close_lot", "close_balance", "close_part", "close_flow"):
        op.drop_table(table)
    drop_column("lot", "drawn")
    drop_column("balance", "settled")


def drop_column(table: str, column: str) -> None:
    """Take a column off a table; both stores can do it in place."""
    op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")


def unpack_transfers() -> None:
    """Write what closes have moved as rows of `transfer`."""
    connection = op.get_bind()
    flows = {
        (seq, flow): tuple(of_flow)
        for seq, flow, *of_flow in connection.exec_driver_sql(
            "SELECT event_seq, flow, rule_id, from_book, from_holder, to_book, to_holder FROM close_flow"
        )
    }
    parts = connection.exec_driver_sql("SELECT event_seq, moved FROM close_part ORDER BY event_seq, part").all()
    for seq, moved in parts:
        member_before, number, rows = None, 0, []
        for member, flow, amount, lot in zip(*unpacked(bytes(moved)), strict=True):
            number = number + 1 if member == member_before else 1
            member_before = member
            rule, from_book, from_holder, to_book, to_holder = flows[seq, flow]
            holders = (from_book, from_holder or member, to_book, to_holder or member)
            rows.append((seq, member, number, rule, *holders, amount, lot or None))
        insert("transfer", TRANSFER, rows)


def unpacked(data: bytes) -> list[list[int]]:
    """The columns of a part: the number of rows, then of each column bytes a number, the least, and what is above."""
    rows, at, found = int.from_bytes(data[:4], "little"), 4, []
    while at < len(data):
        width, least = data[at], int.from_bytes(data[at + 1 : at + 9], "little", signed=True)
        at += 9
        pieces = (data[at + width * row : at + width * (row + 1)] for row in range(rows))
        found.append([least + int.from_bytes(piece, "little") for piece in pieces])
        at += width * rows
    return found


def numbers_of(table: str, column: str, *keys: str) -> list[Any]:
    """The numbers that are not 0 of packed columns: the other keys, the position from 1 on, the number."""
    found = []
    for *key, part, data in op.get_bind().exec_driver_sql(f"SELECT {', '.join((*keys, 'part', column))} FROM {table}"):
        for place in range(len(data) // 8):
            value = int.from_bytes(bytes(data)[8 * place : 8 * place + 8], "little", signed=True)
            if value:
                found.append((*key, part * (len(data) // 8) + place + 1, value))
    return found


def unpack_balances() -> None:
    """Put what closes have brought into the rows of `balance`."""
    brought = {(book, holder): amount for book, holder, amount in numbers_of("close_balance", "amounts", "book_id")}
    stored = op.get_bind().exec_driver_sql("SELECT book_id, holder, amount, settled FROM balance WHERE holder > 0")
    changed = []
    for book, holder, amount, settled in stored.all():
        change = brought.pop((book, holder), 0) - settled
        if change:
            changed.append((amount + change, book, holder))
    if changed:
        sign = "%s" if postgresql() else "?"
        op.get_bind().exec_driver_sql(
            f"UPDATE balance SET amount = {sign} WHERE book_id = {sign} AND holder = {sign}", changed
        )
    insert("balance", ("book_id", "holder", "amount"), [(*account, amount) for account, amount in brought.items()])


def unpack_lots() -> None:
    """Put what closes have drawn into the rows of `lot`."""
    drawn = dict(numbers_of("close_lot", "drawn"))
    stored = op.get_bind().exec_driver_sql("SELECT id, remaining, drawn FROM lot").all()
    changed = [(left + before - drawn.get(lot, 0), lot) for lot, left, before in stored if drawn.get(lot, 0) != before]
    if changed:
        sign = "%s" if postgresql() else "?"
        op.get_bind().exec_driver_sql(f"UPDATE lot SET remaining = {sign} WHERE id = {sign}", changed)


def insert(table: str, names: tuple[str, ...], rows: list[Any]) -> None:
    """Append rows, values in the order of the columns named."""
    if rows:
        one = ", ".join(["%s" if postgresql() else "?"] * len(names))
        op.get_bind().exec_driver_sql(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({one})", rows)
