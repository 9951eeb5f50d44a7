"""All that a database holds, so that it can be compared; and whether every promise about it is kept."""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import select

from rewards.ledger.tables import metadata, plan
from rewards.ledger.tallies import cell, cell_name
from rewards.services import reports, sealing
from rewards.services.platform import Platform

Row = tuple[Any, ...]
Books = dict[str, list[Row]]

# The numbers of cells' names are the one thing that the database gives by itself: one that somebody got who was killed
# is not given again. Nothing else refers to them.
_NAMES = select(cell_name.c.id, plan.c.name, cell_name.c.name).join(plan, plan.c.id == cell_name.c.plan_id)


def books_of(platform: Platform) -> Books:
    """Every row of every table, sorted."""
    with platform.ledger.read() as tx:
        names = {row[0]: tuple(row[1:]) for row in tx.execute(_NAMES)}
        found: Books = {}
        for table in metadata.sorted_tables:
            rows: list[Row] = [tuple(row) for row in tx.execute(select(table))]
            if table in (cell, cell_name):
                rows = [(names[row[0]], *row[1:]) for row in rows]
            found[table.name] = sorted(rows, key=repr)
        return found


def digest(books: Books) -> str:
    """A short name of all this."""
    return hashlib.sha256(repr(sorted(books.items())).encode()).hexdigest()[:16]


def difference(books: Books, others: Books) -> str:
    """The first rows in which books differ, table by table; nothing where they are the same."""
    told = []
    for table, rows in books.items():
        only, missing = set(rows) - set(others[table]), set(others[table]) - set(rows)
        if rows != others[table]:
            told.append(f"{table}: {sorted(only, key=repr)[:3]} instead of {sorted(missing, key=repr)[:3]}")
    return "\n".join(told)


def broken(platform: Platform, *, with_replay: bool) -> list[str]:
    """The promises that are broken, the chain of seals included."""
    told = [
        f"promise {result.promise}: {violation['en']}"
        for result in reports.verify(platform, with_replay=with_replay)
        for violation in result.violations
    ]
    chain = sealing.check_chain(platform)
    return told + ([f"chain: {chain.broken['en']}"] if chain.broken else [])
