"""History that stays: seals over events and their effects, and triggers that keep every table of history append-only.

Revision: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# Tables whose rows are only ever added.
APPENDED = (
    "book",
    "booking",
    "cell_name",
    "closed_day",
    "cut",
    "declared_parameter",
    "level",
    "member",
    "notice",
    "participation",
    "placement",
    "plan",
    "plan_version",
    "pool",
    "price",
    "refund",
    "rule",
    "sale",
    "seal",
    "tag",
    "transfer",
)

# Tables whose rows stay and of which these columns stay as they are; what is not named here may change.
KEPT = {
    "claim": ("event_seq", "plan_id", "reward", "member", "pieces"),
    "event": ("seq", "kind", "id", "member", "occurred_at", "recorded_at", "payload", "fingerprint"),
    "lot": ("id", "book_id", "member", "event_seq", "rule_id", "day", "expires_on"),
    "reversal": ("event_seq", "plan_id", "rule", "member", "day", "quantity"),
    "voucher": ("id", "plan_id", "reward", "code"),
}

# Columns that are set once, by what happens later.
SET_ONCE = {"claim": "cancelled_seq", "event": "hash", "reversal": "settled_seq", "voucher": "claim_seq"}

REASON = "its rows are history and stay as they are; put a mistake right by a new event"


def upgrade() -> None:
    op.create_table(
        "seal",
        sa.Column("event_seq", BIG, autoincrement=False, nullable=False),
        sa.Column("form", sa.Integer(), nullable=False),
        sa.Column("marks", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["event_seq"], ["event.seq"], name=op.f("seal_event_seq_fkey")),
        sa.PrimaryKeyConstraint("event_seq", name=op.f("seal_pkey")),
    )
    op.create_table(
        "recounted",
        sa.Column("event_seq", BIG, autoincrement=False, nullable=False),
        sa.Column("plan_id", BIG, autoincrement=False, nullable=False),
        sa.Column("trace", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["event_seq"], ["event.seq"], name=op.f("recounted_event_seq_fkey")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("recounted_plan_id_fkey")),
        sa.PrimaryKeyConstraint("event_seq", "plan_id", name=op.f("recounted_pkey")),
    )
    drop_triggers(("event", "transfer"))
    # A hash made by an older release covers the event only: events are sealed anew, with their effects.
    op.execute("UPDATE event SET hash = NULL WHERE hash IS NOT NULL")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN RAISE EXCEPTION 'table % is append-only: {REASON}', TG_TABLE_NAME; END $$"
        )
    for table in (*APPENDED, *KEPT):
        guard(table)


def guard(table: str) -> None:
    """Let a table refuse that rows are deleted, replaced or changed but for what may change of them."""
    kept = f" OF {', '.join(KEPT[table])}" if table in KEPT else ""
    refuse(table, "update", f"UPDATE{kept}")
    refuse(table, "delete", "DELETE")
    if table in SET_ONCE:
        column = SET_ONCE[table]
        refuse(table, "second", f"UPDATE OF {column}", f"OLD.{column} IS NOT NULL OR NEW.{column} IS NULL")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION append_only()"
        )


def refuse(table: str, name: str, change: str, condition: str = "") -> None:
    """Create a trigger that refuses a change of rows, always or under a condition."""
    when = f"WHEN ({condition}) " if condition else ""
    if op.get_bind().dialect.name == "postgresql":
        body = f"FOR EACH ROW {when}EXECUTE FUNCTION append_only()"
    else:
        body = f"{when}BEGIN SELECT RAISE(ABORT, 'table {table} is append-only: {REASON}'); END"
    op.execute(f"CREATE TRIGGER {table}_no_{name} BEFORE {change} ON {table} {body}")


def drop_triggers(tables: tuple[str, ...]) -> None:
    """Take the triggers off tables, those of this migration and those of the first."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    for table in tables:
        for name in ("update", "delete", "second", "truncate"):
            op.execute(f"DROP TRIGGER IF EXISTS {table}_no_{name}" + (f" ON {table}" if postgresql else ""))


def downgrade() -> None:
    drop_triggers((*APPENDED, *KEPT))
    op.execute("UPDATE event SET hash = NULL WHERE hash IS NOT NULL")
    # What was counted anew was written over the booking before.
    op.execute(
        "UPDATE booking SET trace = (SELECT r.trace FROM recounted AS r"
        " WHERE r.event_seq = booking.event_seq AND r.plan_id = booking.plan_id)"
        " WHERE EXISTS (SELECT 1 FROM recounted AS r"
        " WHERE r.event_seq = booking.event_seq AND r.plan_id = booking.plan_id)"
    )
    op.drop_table("recounted")
    op.drop_table("seal")
    postgresql = op.get_bind().dialect.name == "postgresql"
    if postgresql:
        op.execute(
            "CREATE OR REPLACE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
        )
    for table in ("event", "transfer"):
        guard_as_before(table, postgresql=postgresql)


def guard_as_before(table: str, *, postgresql: bool) -> None:
    """The triggers as the first migration made them."""
    same = "IS NOT DISTINCT FROM" if postgresql else "IS"
    columns = ("seq", "kind", "id", "member", "occurred_at", "recorded_at", "payload", "fingerprint")
    sealed = " AND ".join(
        ("OLD.hash IS NULL AND NEW.hash IS NOT NULL", *(f"NEW.{each} {same} OLD.{each}" for each in columns))
    )
    for change in ("UPDATE", "DELETE"):
        when = f"WHEN (NOT ({sealed})) " if (table, change) == ("event", "UPDATE") else ""
        if postgresql:
            body = f"FOR EACH ROW {when}EXECUTE FUNCTION append_only()"
        else:
            body = f"{when}BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        op.execute(f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} {body}")
    if postgresql:
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION append_only()"
        )
