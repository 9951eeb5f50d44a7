"""Plans on the books: their versions, each version's rules, and the books and pools they use."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, Select, Table, func, insert, select

from rewards.errors import Conflict
from rewards.ledger.direct import Question
from rewards.ledger.holders import FIRST_POOL
from rewards.ledger.tables import book, plan, plan_version, pool, rule


class BookSpec(NamedTuple):
    """A book a plan needs: all accounts of one asset in one compartment.

    `scale` is the asset's number of decimals.
    """

    asset: str
    compartment: str
    scale: int
    has_lots: bool = False
    priced: bool = False


@dataclass(frozen=True)
class Version:
    """A stored version of a plan: what to book its effects with.

    `rules` are the ids of its rules by name; `books` those of the plan's books by (asset, compartment);
    `pools` the holders of the plan's pools by name. The last two include what only other versions of the plan
    use.
    """

    id: int
    plan_id: int
    plan: str
    digest: str
    from_day: date
    source: str
    activated_seq: int | None
    rules: dict[str, int]
    books: dict[tuple[str, str], int]
    pools: dict[str, int]


def add_version(
    tx: Connection,
    name: str,
    *,
    digest: str,
    from_day: date,
    source: str,
    rules: Sequence[str],
    books: Iterable[BookSpec] = (),
    pools: Iterable[str] = (),
    activated_seq: int | None = None,
) -> Version:
    """Put a version of the plan `name` on record, with the books and pools that are not there yet.

    Raises Conflict when the same version already applies from this day (`ledger.version-exists`) or a book
    exists with other properties (`ledger.book-changed`).
    """
    plan_id = tx.scalar(select(plan.c.id).where(plan.c.name == name))
    if plan_id is None:
        (plan_id,) = _numbers(tx, plan)
        tx.execute(insert(plan).values(id=plan_id, name=name))
    same = select(plan_version.c.id).where(
        plan_version.c.plan_id == plan_id,
        plan_version.c.digest == digest,
        plan_version.c.from_day == from_day,
    )
    if tx.scalar(same) is not None:
        raise Conflict("ledger.version-exists", plan=name, digest=digest[:12], day=from_day)
    (version_id,) = _numbers(tx, plan_version)
    values = {
        "id": version_id,
        "plan_id": plan_id,
        "digest": digest,
        "from_day": from_day,
        "source": source,
        "activated_seq": activated_seq,
    }
    tx.execute(insert(plan_version).values(values))
    for position, (id, rule_name) in enumerate(zip(_numbers(tx, rule, len(rules)), rules, strict=True)):
        tx.execute(insert(rule).values(id=id, version_id=version_id, position=position, name=rule_name))
    for spec in books:
        _ensure_book(tx, name, plan_id, spec)
    for pool_name in pools:
        _ensure_pool(tx, plan_id, pool_name)
    return _load(tx, select(plan_version.c.id).where(plan_version.c.id == version_id))[0]


def _numbers(tx: Connection, table: Table, count: int = 1) -> range:
    """The numbers that follow the last one of a table.

    The database's own would have gaps after units that were rolled back, and a replay has no such units.
    """
    last = tx.execute(select(func.coalesce(func.max(table.c.id), 0))).scalar_one()
    if count and tx.dialect.name == "postgresql":
        # Its own go on behind these, for migrations that add rows.
        tx.execute(select(func.setval(func.pg_get_serial_sequence(table.name, "id"), last + count)))
    return range(last + 1, last + count + 1)


def _ensure_book(tx: Connection, name: str, plan_id: int, spec: BookSpec) -> None:
    place = (book.c.plan_id == plan_id, book.c.asset == spec.asset, book.c.compartment == spec.compartment)
    row = tx.execute(select(book.c.scale, book.c.has_lots, book.c.priced).where(*place)).one_or_none()
    if row is None:
        (id,) = _numbers(tx, book)
        tx.execute(insert(book).values(id=id, plan_id=plan_id, **spec._asdict()))
    elif tuple(row) != (spec.scale, spec.has_lots, spec.priced):
        scale, has_lots, priced = row
        raise Conflict(
            "ledger.book-changed", plan=name, asset=spec.asset, scale=scale, has_lots=has_lots, priced=priced
        )


def _ensure_pool(tx: Connection, plan_id: int, name: str) -> None:
    known = select(pool.c.holder).where(pool.c.plan_id == plan_id, pool.c.name == name)
    if tx.scalar(known) is None:
        last = tx.execute(select(func.coalesce(func.min(pool.c.holder), FIRST_POOL + 1))).scalar_one()
        tx.execute(insert(pool).values(holder=last - 1, plan_id=plan_id, name=name))


def versions(tx: Connection, name: str | None = None) -> list[Version]:
    """All versions (of the plan `name`), by plan, day from which they apply, and order of activation."""
    wanted = select(plan_version.c.id)
    if name is not None:
        wanted = wanted.join(plan, plan.c.id == plan_version.c.plan_id).where(plan.c.name == name)
    return _load(tx, wanted)


class Newest(NamedTuple):
    """What tells the version that was put on record last from any other, one that was rolled back included."""

    id: int
    digest: str
    from_day: date


def newest() -> Select[int, str, date]:
    """Selects the version that was put on record last (see `Newest`)."""
    own = select(plan_version.c.id, plan_version.c.digest, plan_version.c.from_day)
    return own.order_by(plan_version.c.id.desc()).limit(1)


def by_id(tx: Connection, version_id: int) -> Version | None:
    """The version with this id, or None."""
    found = _load(tx, select(plan_version.c.id).where(plan_version.c.id == version_id))
    return found[0] if found else None


_POOLS = Question(lambda keys: select(pool.c.holder, pool.c.name))


def pools(tx: Connection) -> dict[int, str]:
    """The names of all plans' pools, by holder."""
    return dict(_POOLS.ask(tx))


class Book(NamedTuple):
    """A book as stored."""

    id: int
    plan_id: int
    asset: str
    compartment: str
    scale: int
    has_lots: bool
    priced: bool


def books(tx: Connection) -> dict[int, Book]:
    """All books of all plans, by id."""
    statement = select(
        book.c.id,
        book.c.plan_id,
        book.c.asset,
        book.c.compartment,
        book.c.scale,
        book.c.has_lots,
        book.c.priced,
    )
    return {row[0]: Book(*row) for row in tx.execute(statement.order_by(book.c.id))}


def _load(tx: Connection, wanted: Select[int]) -> list[Version]:
    rules: dict[int, dict[str, int]] = {}
    chosen = select(rule.c.version_id, rule.c.name, rule.c.id).where(rule.c.version_id.in_(wanted))
    for version_id, name, rule_id in tx.execute(chosen.order_by(rule.c.version_id, rule.c.position)):
        rules.setdefault(version_id, {})[name] = rule_id
    plan_books: dict[int, dict[tuple[str, str], int]] = {}
    for stored in books(tx).values():
        plan_books.setdefault(stored.plan_id, {})[stored.asset, stored.compartment] = stored.id
    pools: dict[int, dict[str, int]] = {}
    for plan_id, name, holder in tx.execute(select(pool.c.plan_id, pool.c.name, pool.c.holder)):
        pools.setdefault(plan_id, {})[name] = holder
    v = plan_version.c
    rows = tx.execute(
        select(v.id, v.plan_id, plan.c.name, v.digest, v.from_day, v.source, v.activated_seq)
        .join(plan, plan.c.id == v.plan_id)
        .where(v.id.in_(wanted))
        .order_by(v.plan_id, v.from_day, v.id)
    )
    return [Version(*row, rules.get(row[0], {}), plan_books.get(row[1], {}), pools.get(row[1], {})) for row in rows]
