"""The rewards catalogue: claims, and voucher codes.

Revision: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "claim",
        sa.Column("event_seq", BIG, autoincrement=False, nullable=False),
        sa.Column("plan_id", BIG, nullable=False),
        sa.Column("reward", sa.Text(), nullable=False),
        sa.Column("member", BIG, nullable=False),
        sa.Column("pieces", BIG, nullable=False),
        sa.Column("cancelled_seq", BIG, nullable=True),
        sa.CheckConstraint("pieces > 0", name=op.f("claim_positive")),
        sa.ForeignKeyConstraint(["event_seq"], ["event.seq"], name=op.f("claim_event_seq_fkey")),
        sa.ForeignKeyConstraint(["cancelled_seq"], ["event.seq"], name=op.f("claim_cancelled_seq_fkey")),
        sa.ForeignKeyConstraint(["member"], ["member.ordinal"], name=op.f("claim_member_fkey")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("claim_plan_id_fkey")),
        sa.PrimaryKeyConstraint("event_seq", name=op.f("claim_pkey")),
    )
    op.create_table(
        "voucher",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("plan_id", BIG, nullable=False),
        sa.Column("reward", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("claim_seq", BIG, nullable=True),
        sa.ForeignKeyConstraint(["claim_seq"], ["event.seq"], name=op.f("voucher_claim_seq_fkey")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("voucher_plan_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("voucher_pkey")),
        sa.UniqueConstraint("plan_id", "reward", "code", name=op.f("voucher_plan_id_reward_code_key")),
    )
    op.create_index(
        "voucher_left",
        "voucher",
        ["plan_id", "reward", "id"],
        unique=False,
        sqlite_where=sa.text("claim_seq IS NULL"),
        postgresql_where=sa.text("claim_seq IS NULL"),
    )
    op.create_index("voucher_claim_seq", "voucher", ["claim_seq"], unique=False)
    # Every version names the rules that all plans have; by this one rewards are paid for.
    op.execute(
        "INSERT INTO rule (id, version_id, position, name)"
        " SELECT (SELECT MAX(id) FROM rule) + ROW_NUMBER() OVER (ORDER BY version_id),"
        " version_id, MAX(position) + 1, '#claim' FROM rule GROUP BY version_id"
        " HAVING SUM(CASE WHEN name = '#claim' THEN 1 ELSE 0 END) = 0"
    )


def downgrade() -> None:
    op.drop_table("voucher")
    op.drop_table("claim")
