"""Refunds: what each has taken back, and the negative releases that wait for the next day close.

Revision: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
DAY = sa.Integer()


def upgrade() -> None:
    op.create_table(
        "refund",
        sa.Column("event_seq", BIG, autoincrement=False, nullable=False),
        sa.Column("order_seq", BIG, nullable=False),
        sa.Column("amount", BIG, nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("refund_positive")),
        sa.ForeignKeyConstraint(["event_seq"], ["event.seq"], name=op.f("refund_event_seq_fkey")),
        sa.ForeignKeyConstraint(["order_seq"], ["event.seq"], name=op.f("refund_order_seq_fkey")),
        sa.PrimaryKeyConstraint("event_seq", name=op.f("refund_pkey")),
    )
    op.create_index("refund_order_seq", "refund", ["order_seq"], unique=False)
    op.create_table(
        "reversal",
        sa.Column("event_seq", BIG, autoincrement=False, nullable=False),
        sa.Column("plan_id", BIG, autoincrement=False, nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("member", BIG, autoincrement=False, nullable=False),
        sa.Column("day", DAY, nullable=False),
        sa.Column("quantity", BIG, nullable=False),
        sa.Column("settled_seq", BIG, nullable=True),
        sa.CheckConstraint("quantity > 0", name=op.f("reversal_positive")),
        sa.ForeignKeyConstraint(["event_seq"], ["event.seq"], name=op.f("reversal_event_seq_fkey")),
        sa.ForeignKeyConstraint(["member"], ["member.ordinal"], name=op.f("reversal_member_fkey")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("reversal_plan_id_fkey")),
        sa.ForeignKeyConstraint(["settled_seq"], ["event.seq"], name=op.f("reversal_settled_seq_fkey")),
        sa.PrimaryKeyConstraint("event_seq", "plan_id", "rule", "member", name=op.f("reversal_pkey")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "reversal_open",
        "reversal",
        ["plan_id", "day"],
        unique=False,
        sqlite_where=sa.text("settled_seq IS NULL"),
        postgresql_where=sa.text("settled_seq IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("reversal")
    op.drop_table("refund")
