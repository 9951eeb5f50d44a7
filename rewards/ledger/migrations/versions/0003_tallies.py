"""Tallies, tags, terms of levels, declared parameters, and what closes tell: what caps have cut off, what expires soon.

Revision: 0003
"""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
DAY = sa.Integer()
FOR_EVER = date.max.toordinal()


def upgrade() -> None:
    op.add_column("member", sa.Column("birthday", DAY, nullable=True))
    # What members hold so far holds for ever; the highest level known is the one they hold.
    remake_levels(
        sa.Column("highest", sa.Text(), nullable=False),
        sa.Column("since", DAY, nullable=False),
        sa.Column("until", DAY, nullable=False),
        kept=f"plan_id, ladder, member, event_seq, day, level, level, day, {FOR_EVER}",
    )
    create_cells()
    create_tags_and_parameters()
    create_cuts_and_notices()
    # Every version names the rules that all plans have; by this one units expire.
    op.execute(
        "INSERT INTO rule (id, version_id, position, name)"
        " SELECT (SELECT MAX(id) FROM rule) + ROW_NUMBER() OVER (ORDER BY version_id),"
        " version_id, MAX(position) + 1, '#expiry' FROM rule GROUP BY version_id"
        " HAVING SUM(CASE WHEN name = '#expiry' THEN 1 ELSE 0 END) = 0"
    )


def downgrade() -> None:
    for table in ("notice", "cut", "declared_parameter", "tag", "cell", "cell_name"):
        op.drop_table(table)
    remake_levels(kept="plan_id, ladder, member, event_seq, day, level")
    op.drop_column("member", "birthday")


def remake_levels(*more: sa.Column[object], kept: str) -> None:
    """Make the table of levels anew with more columns or without them; `kept` selects the new rows from the old."""
    op.execute("CREATE TABLE level_before AS SELECT * FROM level")
    op.drop_table("level")
    op.create_table(
        "level",
        sa.Column("plan_id", BIG, autoincrement=False, nullable=False),
        sa.Column("ladder", sa.Text(), nullable=False),
        sa.Column("member", BIG, autoincrement=False, nullable=False),
        sa.Column("event_seq", BIG, autoincrement=False, nullable=False),
        sa.Column("day", DAY, nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        *more,
        sa.ForeignKeyConstraint(["event_seq"], ["event.seq"], name=op.f("level_event_seq_fkey")),
        sa.ForeignKeyConstraint(["member"], ["member.ordinal"], name=op.f("level_member_fkey")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("level_plan_id_fkey")),
        sa.PrimaryKeyConstraint("plan_id", "ladder", "member", "event_seq", name=op.f("level_pkey")),
        sqlite_with_rowid=False,
    )
    op.execute(f"INSERT INTO level SELECT {kept} FROM level_before")  # noqa: S608 (no value, only columns)
    op.drop_table("level_before")


def create_cells() -> None:
    op.create_table(
        "cell_name",
        sa.Column("id", BIG, nullable=False),
        sa.Column("plan_id", BIG, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("cell_name_plan_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("cell_name_pkey")),
        sa.UniqueConstraint("plan_id", "name", name=op.f("cell_name_plan_id_name_key")),
    )
    op.create_table(
        "cell",
        sa.Column("name_id", BIG, autoincrement=False, nullable=False),
        sa.Column("member", BIG, autoincrement=False, nullable=False),
        sa.Column("day", DAY, autoincrement=False, nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("amount", BIG, nullable=False),
        sa.Column("entries", BIG, nullable=False),
        sa.ForeignKeyConstraint(["name_id"], ["cell_name.id"], name=op.f("cell_name_id_fkey")),
        sa.PrimaryKeyConstraint("name_id", "member", "day", "label", name=op.f("cell_pkey")),
        sqlite_with_rowid=False,
    )
    op.create_index("cell_day", "cell", ["name_id", "day"], unique=False)


def create_tags_and_parameters() -> None:
    op.create_table(
        "tag",
        sa.Column("event_seq", BIG, autoincrement=False, nullable=False),
        sa.Column("member", BIG, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("first_day", DAY, nullable=False),
        sa.Column("last_day", DAY, nullable=True),
        sa.ForeignKeyConstraint(["event_seq"], ["event.seq"], name=op.f("tag_event_seq_fkey")),
        sa.ForeignKeyConstraint(["member"], ["member.ordinal"], name=op.f("tag_member_fkey")),
        sa.PrimaryKeyConstraint("event_seq", name=op.f("tag_pkey")),
    )
    op.create_index("tag_member", "tag", ["member", "name"], unique=False)
    op.create_table(
        "declared_parameter",
        sa.Column("event_seq", BIG, autoincrement=False, nullable=False),
        sa.Column("plan_id", BIG, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("period_day", DAY, nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["event_seq"], ["event.seq"], name=op.f("declared_parameter_event_seq_fkey")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("declared_parameter_plan_id_fkey")),
        sa.PrimaryKeyConstraint("event_seq", name=op.f("declared_parameter_pkey")),
        sa.UniqueConstraint(
            "plan_id", "name", "period_day", name=op.f("declared_parameter_plan_id_name_period_day_key")
        ),
    )


def create_cuts_and_notices() -> None:
    op.create_table(
        "cut",
        sa.Column("event_seq", BIG, autoincrement=False, nullable=False),
        sa.Column("plan_id", BIG, autoincrement=False, nullable=False),
        sa.Column("cap", sa.Text(), nullable=False),
        sa.Column("rule_id", BIG, autoincrement=False, nullable=False),
        sa.Column("member", BIG, autoincrement=False, nullable=False),
        sa.Column("quantity", BIG, nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("cut_positive")),
        sa.ForeignKeyConstraint(["event_seq"], ["event.seq"], name=op.f("cut_event_seq_fkey")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("cut_plan_id_fkey")),
        sa.ForeignKeyConstraint(["rule_id"], ["rule.id"], name=op.f("cut_rule_id_fkey")),
        sa.PrimaryKeyConstraint("event_seq", "plan_id", "cap", "rule_id", "member", name=op.f("cut_pkey")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "notice",
        sa.Column("event_seq", BIG, autoincrement=False, nullable=False),
        sa.Column("plan_id", BIG, autoincrement=False, nullable=False),
        sa.Column("asset", sa.Text(), nullable=False),
        sa.Column("member", BIG, autoincrement=False, nullable=False),
        sa.Column("quantity", BIG, nullable=False),
        sa.Column("last_day", DAY, autoincrement=False, nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("notice_positive")),
        sa.ForeignKeyConstraint(["event_seq"], ["event.seq"], name=op.f("notice_event_seq_fkey")),
        sa.ForeignKeyConstraint(["member"], ["member.ordinal"], name=op.f("notice_member_fkey")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("notice_plan_id_fkey")),
        sa.PrimaryKeyConstraint("event_seq", "plan_id", "asset", "member", "last_day", name=op.f("notice_pkey")),
        sqlite_with_rowid=False,
    )
    op.create_index("notice_member", "notice", ["member", "event_seq"], unique=False)
