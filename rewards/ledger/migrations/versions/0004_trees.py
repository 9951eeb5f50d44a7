"""Trees: under whom members were placed, and moved.

Revision: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "placement",
        sa.Column("event_seq", BIG, autoincrement=False, nullable=False),
        sa.Column("tree", sa.Text(), nullable=False),
        sa.Column("member", BIG, nullable=False),
        sa.Column("parent", BIG, nullable=False),
        sa.Column("leg", sa.Text(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("from_start", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["event_seq"], ["event.seq"], name=op.f("placement_event_seq_fkey")),
        sa.ForeignKeyConstraint(["member"], ["member.ordinal"], name=op.f("placement_member_fkey")),
        sa.ForeignKeyConstraint(["parent"], ["member.ordinal"], name=op.f("placement_parent_fkey")),
        sa.PrimaryKeyConstraint("event_seq", name=op.f("placement_pkey")),
    )
    op.create_index("placement_member", "placement", ["tree", "member"], unique=False)
    op.create_index("placement_parent", "placement", ["tree", "parent"], unique=False)
    op.create_index("placement_day", "placement", ["tree", "day"], unique=False)


def downgrade() -> None:
    op.drop_table("placement")
