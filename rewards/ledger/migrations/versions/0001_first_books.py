"""The first books: every table, and the triggers that keep events and transfers append-only.

Revision: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Spelt out here and not imported: what this migration does must not change when the tables of today do.
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
DAY = sa.Integer()
MOMENT = sa.DateTime(timezone=True)

# In the order they can be dropped in: what refers to a table before that table.
TABLES = (
    "transfer",
    "lot",
    "sale",
    "rule",
    "participation",
    "measure",
    "level",
    "exit_trigger",
    "booking",
    "balance",
    "api_key",
    "price",
    "pool",
    "plan_version",
    "member",
    "closed_day",
    "book",
    "plan",
    "event",
)

# The one change an event may see: its hash, once.
SEALED = (
    "OLD.hash IS NULL AND NEW.hash IS NOT NULL AND NEW.seq = OLD.seq"
    " AND NEW.kind = OLD.kind AND NEW.id = OLD.id"
    " AND NEW.member {same} OLD.member"
    " AND NEW.occurred_at = OLD.occurred_at AND NEW.recorded_at = OLD.recorded_at"
    " AND NEW.payload = OLD.payload AND NEW.fingerprint = OLD.fingerprint"
)


def upgrade() -> None:
    create_tables()
    if op.get_bind().dialect.name == "sqlite":
        append_only_on_sqlite()
    else:
        append_only_on_postgresql()


def append_only_on_sqlite() -> None:
    for table in ("event", "transfer"):
        unless = f"WHEN NOT ({SEALED.format(same='IS')})" if table == "event" else ""
        for change, condition in (("UPDATE", unless), ("DELETE", "")):
            op.execute(
                f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} {condition}"
                f" BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )


def append_only_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    for table in ("event", "transfer"):
        unless = f"WHEN (NOT ({SEALED.format(same='IS NOT DISTINCT FROM')}))" if table == "event" else ""
        for change, condition in (("UPDATE", unless), ("DELETE", "")):
            op.execute(
                f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table}"
                f" FOR EACH ROW {condition} EXECUTE FUNCTION append_only()"
            )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION append_only()"
        )


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION append_only()")


def create_tables() -> None:
    op.create_table(
        "event",
        sa.Column("seq", BIG, autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("member", BIG, nullable=True),
        sa.Column("occurred_at", MOMENT, nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("event_pkey")),
    )
    op.create_index("event_identity", "event", ["kind", "id"], unique=True)
    op.create_table(
        "plan",
        sa.Column("id", BIG, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("plan_pkey")),
        sa.UniqueConstraint("name", name=op.f("plan_name_key")),
    )
    op.create_table(
        "book",
        sa.Column("id", BIG, nullable=False),
        sa.Column("plan_id", BIG, nullable=False),
        sa.Column("asset", sa.Text(), nullable=False),
        sa.Column("compartment", sa.Text(), nullable=False),
        sa.Column("scale", sa.Integer(), nullable=False),
        sa.Column("has_lots", sa.Boolean(), nullable=False),
        sa.Column("priced", sa.Boolean(), nullable=False),
        sa.CheckConstraint("compartment IN ('available', 'locked', 'debt')", name=op.f("book_compartment")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("book_plan_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("book_pkey")),
        sa.UniqueConstraint("plan_id", "asset", "compartment", name=op.f("book_plan_id_asset_compartment_key")),
    )
    op.create_table(
        "closed_day",
        sa.Column("plan_id", BIG, autoincrement=False, nullable=False),
        sa.Column("day", DAY, autoincrement=False, nullable=False),
        sa.Column("event_seq", BIG, nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["event_seq"], ["event.seq"], name=op.f("closed_day_event_seq_fkey")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("closed_day_plan_id_fkey")),
        sa.PrimaryKeyConstraint("plan_id", "day", name=op.f("closed_day_pkey")),
    )
    op.create_index(op.f("closed_day_event_seq"), "closed_day", ["event_seq"], unique=False)
    op.create_table(
        "member",
        sa.Column("ordinal", BIG, autoincrement=False, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("sponsor", BIG, nullable=True),
        sa.Column("merchant", sa.Boolean(), nullable=False),
        sa.Column("joined_at", MOMENT, nullable=False),
        sa.Column("event_seq", BIG, nullable=False),
        sa.CheckConstraint("ordinal >= 1", name=op.f("member_ordinal")),
        sa.CheckConstraint("sponsor < ordinal", name=op.f("member_sponsor")),
        sa.ForeignKeyConstraint(["event_seq"], ["event.seq"], name=op.f("member_event_seq_fkey")),
        sa.ForeignKeyConstraint(["sponsor"], ["member.ordinal"], name=op.f("member_sponsor_fkey")),
        sa.PrimaryKeyConstraint("ordinal", name=op.f("member_pkey")),
        sa.UniqueConstraint("id", name=op.f("member_id_key")),
        sa.UniqueConstraint("phone", name=op.f("member_phone_key")),
    )
    op.create_index(op.f("member_sponsor"), "member", ["sponsor"], unique=False)
    op.create_table(
        "plan_version",
        sa.Column("id", BIG, nullable=False),
        sa.Column("plan_id", BIG, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("from_day", DAY, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("activated_seq", BIG, nullable=True),
        sa.ForeignKeyConstraint(["activated_seq"], ["event.seq"], name=op.f("plan_version_activated_seq_fkey")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("plan_version_plan_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("plan_version_pkey")),
        sa.UniqueConstraint("plan_id", "digest", "from_day", name=op.f("plan_version_plan_id_digest_from_day_key")),
    )
    op.create_table(
        "pool",
        sa.Column("holder", BIG, autoincrement=False, nullable=False),
        sa.Column("plan_id", BIG, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.CheckConstraint("holder <= -100", name=op.f("pool_holder")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("pool_plan_id_fkey")),
        sa.PrimaryKeyConstraint("holder", name=op.f("pool_pkey")),
        sa.UniqueConstraint("plan_id", "name", name=op.f("pool_plan_id_name_key")),
    )
    op.create_table(
        "price",
        sa.Column("plan_id", BIG, autoincrement=False, nullable=False),
        sa.Column("asset", sa.Text(), nullable=False),
        sa.Column("event_seq", BIG, autoincrement=False, nullable=False),
        sa.Column("day", DAY, nullable=False),
        sa.Column("numerator", BIG, nullable=False),
        sa.Column("denominator", BIG, nullable=False),
        sa.CheckConstraint("numerator >= 0 AND denominator > 0", name=op.f("price_ratio")),
        sa.ForeignKeyConstraint(["event_seq"], ["event.seq"], name=op.f("price_event_seq_fkey")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("price_plan_id_fkey")),
        sa.PrimaryKeyConstraint("plan_id", "asset", "event_seq", name=op.f("price_pkey")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "api_key",
        sa.Column("id", BIG, nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("member", BIG, nullable=True),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["member"], ["member.ordinal"], name=op.f("api_key_member_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("api_key_pkey")),
        sa.UniqueConstraint("prefix", name=op.f("api_key_prefix_key")),
    )
    op.create_table(
        "balance",
        sa.Column("book_id", BIG, autoincrement=False, nullable=False),
        sa.Column("holder", BIG, autoincrement=False, nullable=False),
        sa.Column("amount", BIG, nullable=False),
        sa.CheckConstraint("amount >= 0 OR holder IN (-1, -2)", name=op.f("balance_overdraft")),
        sa.ForeignKeyConstraint(["book_id"], ["book.id"], name=op.f("balance_book_id_fkey")),
        sa.PrimaryKeyConstraint("book_id", "holder", name=op.f("balance_pkey")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "booking",
        sa.Column("event_seq", BIG, autoincrement=False, nullable=False),
        sa.Column("plan_id", BIG, autoincrement=False, nullable=False),
        sa.Column("version_id", BIG, nullable=False),
        sa.Column("day", DAY, nullable=False),
        sa.Column("trace", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["event_seq"], ["event.seq"], name=op.f("booking_event_seq_fkey")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("booking_plan_id_fkey")),
        sa.ForeignKeyConstraint(["version_id"], ["plan_version.id"], name=op.f("booking_version_id_fkey")),
        sa.PrimaryKeyConstraint("event_seq", "plan_id", name=op.f("booking_pkey")),
    )
    op.create_index("booking_day", "booking", ["plan_id", "day"], unique=False)
    op.create_table(
        "exit_trigger",
        sa.Column("book_id", BIG, autoincrement=False, nullable=False),
        sa.Column("member", BIG, autoincrement=False, nullable=False),
        sa.Column("floor", BIG, nullable=False),
        sa.ForeignKeyConstraint(["book_id"], ["book.id"], name=op.f("exit_trigger_book_id_fkey")),
        sa.ForeignKeyConstraint(["member"], ["member.ordinal"], name=op.f("exit_trigger_member_fkey")),
        sa.PrimaryKeyConstraint("book_id", "member", name=op.f("exit_trigger_pkey")),
        sqlite_with_rowid=False,
    )
    op.create_index("exit_trigger_floor", "exit_trigger", ["book_id", "floor"], unique=False)
    op.create_table(
        "level",
        sa.Column("plan_id", BIG, autoincrement=False, nullable=False),
        sa.Column("ladder", sa.Text(), nullable=False),
        sa.Column("member", BIG, autoincrement=False, nullable=False),
        sa.Column("event_seq", BIG, autoincrement=False, nullable=False),
        sa.Column("day", DAY, nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["event_seq"], ["event.seq"], name=op.f("level_event_seq_fkey")),
        sa.ForeignKeyConstraint(["member"], ["member.ordinal"], name=op.f("level_member_fkey")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("level_plan_id_fkey")),
        sa.PrimaryKeyConstraint("plan_id", "ladder", "member", "event_seq", name=op.f("level_pkey")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "measure",
        sa.Column("plan_id", BIG, autoincrement=False, nullable=False),
        sa.Column("member", BIG, autoincrement=False, nullable=False),
        sa.Column("cash", BIG, nullable=False),
        sa.Column("points", BIG, nullable=False),
        sa.Column("orders", BIG, nullable=False),
        sa.ForeignKeyConstraint(["member"], ["member.ordinal"], name=op.f("measure_member_fkey")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("measure_plan_id_fkey")),
        sa.PrimaryKeyConstraint("plan_id", "member", name=op.f("measure_pkey")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "participation",
        sa.Column("member", BIG, autoincrement=False, nullable=False),
        sa.Column("event_seq", BIG, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["event_seq"], ["event.seq"], name=op.f("participation_event_seq_fkey")),
        sa.ForeignKeyConstraint(["member"], ["member.ordinal"], name=op.f("participation_member_fkey")),
        sa.PrimaryKeyConstraint("member", "event_seq", name=op.f("participation_pkey")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "rule",
        sa.Column("id", BIG, nullable=False),
        sa.Column("version_id", BIG, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["plan_version.id"], name=op.f("rule_version_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("rule_pkey")),
        sa.UniqueConstraint("version_id", "position", name=op.f("rule_version_id_position_key")),
    )
    op.create_table(
        "sale",
        sa.Column("event_seq", BIG, autoincrement=False, nullable=False),
        sa.Column("plan_id", BIG, autoincrement=False, nullable=False),
        sa.Column("member", BIG, nullable=False),
        sa.Column("day", DAY, nullable=False),
        sa.Column("cash", BIG, nullable=False),
        sa.Column("points", BIG, nullable=False),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["event_seq"], ["event.seq"], name=op.f("sale_event_seq_fkey")),
        sa.ForeignKeyConstraint(["member"], ["member.ordinal"], name=op.f("sale_member_fkey")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("sale_plan_id_fkey")),
        sa.PrimaryKeyConstraint("event_seq", "plan_id", name=op.f("sale_pkey")),
    )
    op.create_index("sale_day", "sale", ["plan_id", "day"], unique=False)
    op.create_table(
        "lot",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("book_id", BIG, nullable=False),
        sa.Column("member", BIG, nullable=False),
        sa.Column("event_seq", BIG, nullable=False),
        sa.Column("rule_id", BIG, nullable=False),
        sa.Column("day", DAY, nullable=False),
        sa.Column("basis", BIG, nullable=False),
        sa.Column("granted", BIG, nullable=False),
        sa.Column("remaining", BIG, nullable=False),
        sa.Column("expires_on", DAY, nullable=True),
        sa.CheckConstraint("remaining >= 0 AND remaining <= granted", name=op.f("lot_remaining")),
        sa.ForeignKeyConstraint(["book_id"], ["book.id"], name=op.f("lot_book_id_fkey")),
        sa.ForeignKeyConstraint(["event_seq"], ["event.seq"], name=op.f("lot_event_seq_fkey")),
        sa.ForeignKeyConstraint(["member"], ["member.ordinal"], name=op.f("lot_member_fkey")),
        sa.ForeignKeyConstraint(["rule_id"], ["rule.id"], name=op.f("lot_rule_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("lot_pkey")),
    )
    op.create_index("lot_event", "lot", ["event_seq"], unique=False)
    op.create_index("lot_member", "lot", ["member", "id"], unique=False)
    op.create_index(
        "lot_open",
        "lot",
        ["book_id", "member", "day", "id"],
        unique=False,
        sqlite_where=sa.text("remaining > 0"),
        postgresql_where=sa.text("remaining > 0"),
    )
    op.create_table(
        "transfer",
        sa.Column("event_seq", BIG, autoincrement=False, nullable=False),
        sa.Column("member", BIG, autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("rule_id", BIG, nullable=False),
        sa.Column("from_book", BIG, nullable=False),
        sa.Column("from_holder", BIG, nullable=False),
        sa.Column("to_book", BIG, nullable=False),
        sa.Column("to_holder", BIG, nullable=False),
        sa.Column("amount", BIG, nullable=False),
        sa.Column("lot_id", BIG, nullable=True),
        sa.CheckConstraint("amount > 0", name=op.f("transfer_amount")),
        sa.PrimaryKeyConstraint("event_seq", "member", "number", name=op.f("transfer_pkey")),
        sqlite_with_rowid=False,
    )
