"""The tables of the ledger (Core, typed).

Migrations build them; `alembic check` in the tests holds the two together. Amounts are whole numbers of an
asset's smallest unit; business days are `date.toordinal()`; moments are UTC.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Named,
    Table,
    Text,
    TypedColumns,
    UniqueConstraint,
)

from rewards.ledger.columns import BIG, BusinessDay, UtcMoment

metadata = MetaData(
    # Constraints need stable names: a later migration can only change what it can call by name.
    naming_convention={
        "ix": "%(table_name)s_%(column_0_N_name)s",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ck": "%(table_name)s_%(constraint_name)s",
        "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
        "pk": "%(table_name)s_pkey",
    }
)


class PlanColumns(TypedColumns):
    """A plan, by the name its rule file gives it."""

    id = Column(BIG, primary_key=True)
    name = Column(Text, nullable=False, unique=True)


plan = Table("plan", metadata, PlanColumns)


class EventColumns(TypedColumns):
    """What happened; append-only but for the hash, which is set once."""

    # The caller numbers events, under the write lock; a database sequence would leave gaps after rollbacks.
    seq = Column(BIG, primary_key=True, autoincrement=False)
    kind = Column(Text, nullable=False)
    id = Column(Text, nullable=False)
    # Not a foreign key: the event by which a member joins comes before the member's own row.
    member: Named[int | None] = Column(BIG)
    occurred_at: Named[datetime] = Column(UtcMoment, nullable=False)
    recorded_at: Named[datetime] = Column(UtcMoment, nullable=False)
    payload = Column(Text, nullable=False)
    fingerprint = Column(Text, nullable=False)
    hash: Named[str | None] = Column(Text)


event = Table("event", metadata, EventColumns, Index("event_identity", "kind", "id", unique=True))


class PlanVersionColumns(TypedColumns):
    """A published version of a plan, from a business day on."""

    id = Column(BIG, primary_key=True)
    plan_id: Named[int] = Column(BIG, ForeignKey("plan.id"), nullable=False)
    digest = Column(Text, nullable=False)
    from_day: Named[date] = Column(BusinessDay, nullable=False)
    source = Column(Text, nullable=False)
    # Empty for a version that was installed together with an empty ledger.
    activated_seq: Named[int | None] = Column(BIG, ForeignKey("event.seq"))


plan_version = Table("plan_version", metadata, PlanVersionColumns, UniqueConstraint("plan_id", "digest", "from_day"))


class RuleColumns(TypedColumns):
    """A rule of a version, at its position in the rule file."""

    id = Column(BIG, primary_key=True)
    version_id: Named[int] = Column(BIG, ForeignKey("plan_version.id"), nullable=False)
    position: Named[int] = Column(Integer, nullable=False)
    name = Column(Text, nullable=False)


rule = Table("rule", metadata, RuleColumns, UniqueConstraint("version_id", "position"))


class BookColumns(TypedColumns):
    """All accounts of one asset in one compartment of one plan; `scale` is the number of decimals."""

    id = Column(BIG, primary_key=True)
    plan_id: Named[int] = Column(BIG, ForeignKey("plan.id"), nullable=False)
    asset = Column(Text, nullable=False)
    compartment = Column(Text, nullable=False)
    scale: Named[int] = Column(Integer, nullable=False)
    has_lots: Named[bool] = Column(Boolean, nullable=False)
    priced: Named[bool] = Column(Boolean, nullable=False)


book = Table(
    "book",
    metadata,
    BookColumns,
    UniqueConstraint("plan_id", "asset", "compartment"),
    CheckConstraint("compartment IN ('available', 'locked', 'debt')", name="compartment"),
)


class PoolColumns(TypedColumns):
    """The name of a pool; its holder number is -100 or below."""

    holder = Column(BIG, primary_key=True, autoincrement=False)
    plan_id: Named[int] = Column(BIG, ForeignKey("plan.id"), nullable=False)
    name = Column(Text, nullable=False)


pool = Table(
    "pool",
    metadata,
    PoolColumns,
    UniqueConstraint("plan_id", "name"),
    CheckConstraint("holder <= -100", name="holder"),
)


class MemberColumns(TypedColumns):
    """A member; ordinals are dense, in join order."""

    ordinal = Column(BIG, primary_key=True, autoincrement=False)
    id = Column(Text, nullable=False, unique=True)
    phone: Named[str | None] = Column(Text, unique=True)
    sponsor: Named[int | None] = Column(BIG, ForeignKey("member.ordinal"), index=True)
    merchant: Named[bool] = Column(Boolean, nullable=False)
    joined_at: Named[datetime] = Column(UtcMoment, nullable=False)
    event_seq: Named[int] = Column(BIG, ForeignKey("event.seq"), nullable=False)
    birthday: Named[date | None] = Column(BusinessDay)


member = Table(
    "member",
    metadata,
    MemberColumns,
    CheckConstraint("ordinal >= 1", name="ordinal"),
    # The tree is walked as arrays in ordinal order: a sponsor must come before those they sponsored.
    CheckConstraint("sponsor < ordinal", name="sponsor"),
)


class BookingColumns(TypedColumns):
    """That an event took effect in a plan, on which day and under which version."""

    event_seq: Named[int] = Column(BIG, ForeignKey("event.seq"), primary_key=True, autoincrement=False)
    plan_id: Named[int] = Column(BIG, ForeignKey("plan.id"), primary_key=True, autoincrement=False)
    version_id: Named[int] = Column(BIG, ForeignKey("plan_version.id"), nullable=False)
    day: Named[date] = Column(BusinessDay, nullable=False)
    trace = Column(Text, nullable=False)


booking = Table("booking", metadata, BookingColumns, Index("booking_day", "plan_id", "day"))


class ParticipationColumns(TypedColumns):
    """That an event other than a close touched a member."""

    member: Named[int] = Column(BIG, ForeignKey("member.ordinal"), primary_key=True, autoincrement=False)
    event_seq: Named[int] = Column(BIG, ForeignKey("event.seq"), primary_key=True, autoincrement=False)


# Members touched by events other than closes: with it a statement needs no index on `transfer`.
participation = Table("participation", metadata, ParticipationColumns, sqlite_with_rowid=False)


class TransferColumns(TypedColumns):
    """One positive amount moved between two accounts; append-only.

    It has no foreign keys: looking up event, rule, books and lot for each of the millions of rows of a day close would
    cost a third of it. Promises 1 and 9 check the same.
    """

    event_seq: Named[int] = Column(BIG, primary_key=True, autoincrement=False)
    # 0 where no member is concerned.
    member: Named[int] = Column(BIG, primary_key=True, autoincrement=False)
    number: Named[int] = Column(Integer, primary_key=True, autoincrement=False)
    rule_id: Named[int] = Column(BIG, nullable=False)
    from_book: Named[int] = Column(BIG, nullable=False)
    from_holder: Named[int] = Column(BIG, nullable=False)
    to_book: Named[int] = Column(BIG, nullable=False)
    to_holder: Named[int] = Column(BIG, nullable=False)
    amount: Named[int] = Column(BIG, nullable=False)
    lot_id: Named[int | None] = Column(BIG)


# No further index: day closes append millions of rows in key order.
transfer = Table(
    "transfer",
    metadata,
    TransferColumns,
    CheckConstraint("amount > 0", name="amount"),
    sqlite_with_rowid=False,
)


class BalanceColumns(TypedColumns):
    """What an account held when an event wrote it last; what closes have brought since is in `close_balance`."""

    book_id: Named[int] = Column(BIG, ForeignKey("book.id"), primary_key=True, autoincrement=False)
    holder: Named[int] = Column(BIG, primary_key=True, autoincrement=False)
    amount: Named[int] = Column(BIG, nullable=False)
    # What closes had brought to it by then; 0 for accounts that are no member's, which closes write here.
    settled: Named[int] = Column(BIG, nullable=False, server_default="0")


balance = Table(
    "balance",
    metadata,
    BalanceColumns,
    CheckConstraint("amount >= 0 OR holder IN (-1, -2)", name="overdraft"),
    sqlite_with_rowid=False,
)


class LotColumns(TypedColumns):
    """One grant with its own basis, remainder and expiry."""

    id = Column(BIG, primary_key=True, autoincrement=False)
    book_id: Named[int] = Column(BIG, ForeignKey("book.id"), nullable=False)
    member: Named[int] = Column(BIG, ForeignKey("member.ordinal"), nullable=False)
    event_seq: Named[int] = Column(BIG, ForeignKey("event.seq"), nullable=False)
    rule_id: Named[int] = Column(BIG, ForeignKey("rule.id"), nullable=False)
    day: Named[date] = Column(BusinessDay, nullable=False)
    basis: Named[int] = Column(BIG, nullable=False)
    granted: Named[int] = Column(BIG, nullable=False)
    # What it had left when this row was written last; what closes have drawn since is in `close_lot`. 0 as soon as it
    # is used up, whoever has used it up.
    remaining: Named[int] = Column(BIG, nullable=False)
    expires_on: Named[date | None] = Column(BusinessDay)
    # What closes had drawn from it by then.
    drawn: Named[int] = Column(BIG, nullable=False, server_default="0")


lot = Table("lot", metadata, LotColumns, CheckConstraint("remaining >= 0 AND remaining <= granted", name="remaining"))
Index("lot_member", lot.c.member, lot.c.id)
# A refund asks which lots its order granted.
Index("lot_event", lot.c.event_seq)
# In the order a close reads them: oldest lot of each member first, used-up lots left out.
Index(
    "lot_open",
    lot.c.book_id,
    lot.c.member,
    lot.c.day,
    lot.c.id,
    sqlite_where=lot.c.remaining > 0,
    postgresql_where=lot.c.remaining > 0,
)


class SaleColumns(TypedColumns):
    """What an event counts for as sales of a member."""

    event_seq: Named[int] = Column(BIG, ForeignKey("event.seq"), primary_key=True, autoincrement=False)
    plan_id: Named[int] = Column(BIG, ForeignKey("plan.id"), primary_key=True, autoincrement=False)
    member: Named[int] = Column(BIG, ForeignKey("member.ordinal"), nullable=False)
    day: Named[date] = Column(BusinessDay, nullable=False)
    cash: Named[int] = Column(BIG, nullable=False)
    points: Named[int] = Column(BIG, nullable=False)
    # 1 for an order, -1 for what undoes one wholly, 0 for what undoes a part: so that totals are plain sums.
    orders: Named[int] = Column(Integer, nullable=False)


sale = Table("sale", metadata, SaleColumns, Index("sale_day", "plan_id", "day"))


class MeasureColumns(TypedColumns):
    """A member's running totals of `sale`."""

    plan_id: Named[int] = Column(BIG, ForeignKey("plan.id"), primary_key=True, autoincrement=False)
    member: Named[int] = Column(BIG, ForeignKey("member.ordinal"), primary_key=True, autoincrement=False)
    cash: Named[int] = Column(BIG, nullable=False)
    points: Named[int] = Column(BIG, nullable=False)
    orders: Named[int] = Column(BIG, nullable=False)


measure = Table("measure", metadata, MeasureColumns, sqlite_with_rowid=False)


class LevelColumns(TypedColumns):
    """Where a member has come to stand on a ladder; the newest row is in force. The empty text is no level."""

    plan_id: Named[int] = Column(BIG, ForeignKey("plan.id"), primary_key=True, autoincrement=False)
    ladder = Column(Text, primary_key=True)
    member: Named[int] = Column(BIG, ForeignKey("member.ordinal"), primary_key=True, autoincrement=False)
    event_seq: Named[int] = Column(BIG, ForeignKey("event.seq"), primary_key=True, autoincrement=False)
    day: Named[date] = Column(BusinessDay, nullable=False)
    level = Column(Text, nullable=False)
    # The highest level ever held.
    highest = Column(Text, nullable=False)
    # The day the level was reached, and the last one on which it holds without being confirmed again.
    since: Named[date] = Column(BusinessDay, nullable=False)
    until: Named[date] = Column(BusinessDay, nullable=False)


level = Table("level", metadata, LevelColumns, sqlite_with_rowid=False)


class PriceColumns(TypedColumns):
    """The price of an asset from an event on, as numerator / denominator."""

    plan_id: Named[int] = Column(BIG, ForeignKey("plan.id"), primary_key=True, autoincrement=False)
    asset = Column(Text, primary_key=True)
    event_seq: Named[int] = Column(BIG, ForeignKey("event.seq"), primary_key=True, autoincrement=False)
    day: Named[date] = Column(BusinessDay, nullable=False)
    numerator: Named[int] = Column(BIG, nullable=False)
    denominator: Named[int] = Column(BIG, nullable=False)


price = Table(
    "price", metadata, PriceColumns, CheckConstraint("numerator >= 0 AND denominator > 0", name="ratio"),
    sqlite_with_rowid=False,
)  # fmt: skip


class ExitTriggerColumns(TypedColumns):
    """The whole number the price must reach for a member's exit."""

    book_id: Named[int] = Column(BIG, ForeignKey("book.id"), primary_key=True, autoincrement=False)
    member: Named[int] = Column(BIG, ForeignKey("member.ordinal"), primary_key=True, autoincrement=False)
    floor: Named[int] = Column(BIG, nullable=False)


# The price only rises, so the ordered index finds who is due without looking at all holders.
exit_trigger = Table(
    "exit_trigger", metadata, ExitTriggerColumns, Index("exit_trigger_floor", "book_id", "floor"),
    sqlite_with_rowid=False,
)  # fmt: skip


class ClosedDayColumns(TypedColumns):
    """That a business day of a plan is closed."""

    plan_id: Named[int] = Column(BIG, ForeignKey("plan.id"), primary_key=True, autoincrement=False)
    day: Named[date] = Column(BusinessDay, primary_key=True, autoincrement=False)
    event_seq: Named[int] = Column(BIG, ForeignKey("event.seq"), nullable=False, index=True)
    summary = Column(Text, nullable=False)


closed_day = Table("closed_day", metadata, ClosedDayColumns)


class ApiKeyColumns(TypedColumns):
    """A key of the programming interface; only a hash of its secret."""

    id = Column(BIG, primary_key=True)
    label = Column(Text, nullable=False)
    role = Column(Text, nullable=False)
    member: Named[int | None] = Column(BIG, ForeignKey("member.ordinal"))
    prefix = Column(Text, nullable=False, unique=True)
    hash = Column(Text, nullable=False)
    created_at: Named[datetime] = Column(UtcMoment, nullable=False)
    revoked_at: Named[datetime | None] = Column(UtcMoment)


api_key = Table("api_key", metadata, ApiKeyColumns)
