"""Comparing the books with the books that their events rebuild, table by table, to the last unit."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, Text, collate, select

from rewards.ledger import balances, close_columns
from rewards.ledger.claims import claim, voucher
from rewards.ledger.close_tables import close_lot
from rewards.ledger.declared import declared_parameter
from rewards.ledger.notes import cut, notice
from rewards.ledger.placements import placement
from rewards.ledger.recounted import recounted
from rewards.ledger.refunds import reversal
from rewards.ledger.tables import balance, book, exit_trigger, level, lot, measure, participation, price, rule
from rewards.ledger.tags import tag
from rewards.ledger.tallies import cell, cell_name
from rewards.messages import Message, register
from rewards.money import format_amount
from rewards.services.rendering import Names

MOST_NAMED = 20
"""How many differences of a table are named."""
NOTHING = "–"
"""Stands for a row that is not there."""

_CELLS = cell.join(cell_name, cell_name.c.id == cell.c.name_id)
_CELL = (cell_name.c.plan_id, cell_name.c.name, cell.c.member, cell.c.day, cell.c.label, cell.c.amount, cell.c.entries)
_DRAWN = "drawn"
_LOT = [lot.c[name] for name in ("id", "book_id", "member", "event_seq", "day", "basis", "granted", "expires_on")]
_RULED_CUT = [column for column in cut.columns if column is not cut.c.rule_id]

_LOTS = (
    select(*_LOT, rule.c.version_id, rule.c.name, (lot.c.remaining + lot.c.drawn).label("remaining"))
    .add_columns(close_columns.cell_of(close_lot.c.drawn, lot.c.id).label(_DRAWN))
    .join(rule, rule.c.id == lot.c.rule_id)
    .outerjoin(close_lot, close_lot.c.part == close_columns.part_in_sql(lot.c.id))
)

# Names of cells and rules are compared and not their numbers: those of cells are given in the order in which batches
# have counted, those of rules were shifted where a newer release has added rules that every plan has.
COMPARED: dict[str, tuple[Select[*tuple[Any, ...]], int]] = {
    "balance": (select(balance.c.book_id, balance.c.holder, balance.c.amount), 2),
    "lot": (_LOTS, 1),
    "measure": (select(measure), 2),
    "level": (select(level), 4),
    "price": (select(price), 3),
    "exit_trigger": (select(exit_trigger), 2),
    "reversal": (select(reversal), 4),
    "cell": (select(*_CELL).select_from(_CELLS).where((cell.c.amount != 0) | (cell.c.entries != 0)), 5),
    "tag": (select(tag), 3),
    "placement": (select(placement), 1),
    "declared_parameter": (select(declared_parameter), 1),
    "cut": (
        select(rule.c.version_id, rule.c.name.label("rule"), *_RULED_CUT).join(rule, rule.c.id == cut.c.rule_id),
        6,
    ),
    "notice": (select(notice), 6),
    "participation": (select(participation), 2),
    "recounted": (select(recounted), 2),
    "claim": (select(claim), 1),
    "voucher": (select(voucher), 1),
}
"""What is compared of each table: its rows, in the order of so many first columns."""

register(
    {
        "replay.account": (
            "account {place}: stored is {stored}, rebuilt is {rebuilt}",
            "账户 {place}：存储为 {stored}，重建为 {rebuilt}",
        ),
        "replay.row": (
            "table {table}, {place}: stored is {stored}, rebuilt is {rebuilt}",
            "表 {table}，{place}：存储为 {stored}，重建为 {rebuilt}",
        ),
    }
)

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Difference:
    """What is stored otherwise than the events rebuild it.

    `place` names an account as PLAN/ASSET/COMPARTMENT/HOLDER, a row of another table by its key.
    """

    table: str
    place: str
    stored: str
    rebuilt: str
    message: Message

    @property
    def code(self) -> str:
        """The code of its text."""
        return self.message.code

    def render(self, language: str = "en") -> str:
        """The difference in words, in `language` (`en` or `zh`)."""
        return self.message.render(language)


def compare(tx: Connection, other: Connection, plan_id: int | None = None) -> list[Difference]:
    """What the first books hold otherwise than the second; what holds nothing need not have a row.

    With `plan_id` without what belongs to other plans. At most `MOST_NAMED` differences of each table.
    """
    names = Names(tx)
    return [found for name in COMPARED for found in _differences(tx, other, name, plan_id, names)]


def _differences(tx: Connection, other: Connection, name: str, plan_id: int | None, names: Names) -> list[Difference]:
    wanted, keys = COMPARED[name]
    columns = [name for name in wanted.selected_columns.keys() if name != _DRAWN]  # noqa: SIM118 (no dict)
    found = []
    stored, rebuilt = _rows(tx, name, plan_id), _rows(other, name, plan_id)
    try:
        for key, one, two in _unequal(stored, rebuilt, keys):
            say = _account if name == "balance" else _row(name, columns[:keys], columns[keys:])
            found.append(say(names, key, one, two))
            if len(found) == MOST_NAMED:
                break
    finally:
        stored.close()
        rebuilt.close()
    return found


def _rows(tx: Connection, name: str, plan_id: int | None) -> Generator[Row, None, None]:
    if name == "balance":  # kept in two places
        books = select(book.c.id) if plan_id is None else select(book.c.id).where(book.c.plan_id == plan_id)
        yield from balances.every(tx, tx.scalars(books).all())
        return
    wanted, keys = COMPARED[name]
    postgresql = tx.dialect.name == "postgresql"
    # Both ledgers must put texts in the same order, that of their characters' codes.
    order = [
        collate(column, "C") if postgresql and isinstance(column.type, Text) else column
        for column in list(wanted.selected_columns)[:keys]
    ]
    found = _of_plan(wanted, plan_id).order_by(*order).execution_options(yield_per=10_000)
    with tx.execute(found) as rows:
        for row in rows:
            yield _left(*row) if name == "lot" else tuple(row)


def _left(*row: Any) -> Row:
    """A lot with what it has left now."""
    *stored, remaining, drawn = row
    return (*stored, remaining - close_columns.number(drawn))


def _of_plan(wanted: Select[*Row], plan_id: int | None) -> Select[*Row]:
    """The rows of a plan; all where they are not of any plan."""
    columns = wanted.selected_columns
    if plan_id is not None and "plan_id" in columns:
        return wanted.where(columns["plan_id"] == plan_id)
    if plan_id is not None and "book_id" in columns:
        return wanted.where(columns["book_id"].in_(select(book.c.id).where(book.c.plan_id == plan_id)))
    return wanted


def _unequal(stored: Iterator[Row], rebuilt: Iterator[Row], keys: int) -> Iterator[tuple[Row, Row | None, Row | None]]:
    """Each key whose rows are not the same, with what follows the key in both; None where there is no row."""
    one, two = next(stored, None), next(rebuilt, None)
    while one is not None or two is not None:
        if two is None or (one is not None and one[:keys] < two[:keys]):
            assert one is not None
            yield one[:keys], one[keys:], None
            one = next(stored, None)
        elif one is None or two[:keys] < one[:keys]:
            yield two[:keys], None, two[keys:]
            two = next(rebuilt, None)
        else:
            if one != two:
                yield one[:keys], one[keys:], two[keys:]
            one, two = next(stored, None), next(rebuilt, None)


def _account(names: Names, key: Row, one: Row | None, two: Row | None) -> Difference:
    stored_in, holder = key
    of = names.books[stored_in]
    place = f"{_plan(names, of.plan_id)}/{of.asset}/{of.compartment}/{names.holder(holder)}"
    amounts = [format_amount(row[0] if row else 0, of.scale) for row in (one, two)]
    return _difference("replay.account", "balance", place, *amounts)


def _plan(names: Names, plan_id: int) -> str:
    return next(version.plan for version in names.versions.values() if version.plan_id == plan_id)


def _row(table: str, keys: Sequence[str], others: Sequence[str]) -> Callable[..., Difference]:
    def say(_: Names, key: Row, one: Row | None, two: Row | None) -> Difference:
        # Only what is not the same: the rest would hide it.
        differ = [at for at in range(len(others)) if one is None or two is None or one[at] != two[at]]
        texts = [
            NOTHING if row is None else ", ".join(f"{others[at]} {row[at]}" for at in differ) or "+"
            for row in (one, two)
        ]
        place = ", ".join(f"{name} {value}" for name, value in zip(keys, key, strict=True))
        return _difference("replay.row", table, place, *texts)

    return say


def _difference(code: str, table: str, place: str, stored: str, rebuilt: str) -> Difference:
    parameters: dict[str, object] = {"place": place, "stored": stored, "rebuilt": rebuilt}
    if code == "replay.row":
        parameters["table"] = table
    return Difference(table, place, stored, rebuilt, Message(code, parameters))
