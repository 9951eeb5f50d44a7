"""One event may give several members tags, and a member several: rules give them.

Revision: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
REASON = "its rows are history and stay as they are; put a mistake right by a new event"


def upgrade() -> None:
    change_key("event_seq", "member", "name")


def downgrade() -> None:
    # Refused by the database where an event has given more than one tag, which the older release could not read.
    change_key("event_seq")


def change_key(*columns: str) -> None:
    """Give the table another primary key; SQLite can only do so by copying it."""
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint("tag_pkey", "tag", type_="primary")
        op.create_primary_key("tag_pkey", "tag", list(columns))
        return
    op.drop_index("tag_member", "tag")
    op.rename_table("tag", "tag_before")
    op.create_table(
        "tag",
        sa.Column("event_seq", BIG, autoincrement=False, nullable=False),
        sa.Column("member", BIG, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("first_day", sa.Integer(), nullable=False),
        sa.Column("last_day", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["event_seq"], ["event.seq"], name=op.f("tag_event_seq_fkey")),
        sa.ForeignKeyConstraint(["member"], ["member.ordinal"], name=op.f("tag_member_fkey")),
        sa.PrimaryKeyConstraint(*columns, name=op.f("tag_pkey")),
    )
    op.execute(
        "INSERT INTO tag (event_seq, member, name, first_day, last_day)"
        " SELECT event_seq, member, name, first_day, last_day FROM tag_before"
    )
    op.drop_table("tag_before")
    op.create_index("tag_member", "tag", ["member", "name"], unique=False)
    for change in ("update", "delete"):
        op.execute(
            f"CREATE TRIGGER tag_no_{change} BEFORE {change.upper()} ON tag"
            f" BEGIN SELECT RAISE(ABORT, 'table tag is append-only: {REASON}'); END"
        )
