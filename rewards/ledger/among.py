"""Asking for many keys at once, by a statement that is the same however many they are.

An IN list is written out anew for every number of its values. An array on PostgreSQL, or a JSON text on SQLite, is one
parameter: the statement is put together once for each kind of database, and prepared once.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Connection, Integer, Text, any_, bindparam, func, select

from rewards.ledger.json_texts import compact


def among(dialect: str, column: ColumnElement[Any], parameter: str) -> ColumnElement[bool]:
    """That a column of whole numbers or of texts has one of the values given by `several`; never true of no values."""
    if dialect == "sqlite":
        given = func.json_each(bindparam(parameter, type_=Text())).table_valued("value")
        return column.in_(select(given.c.value))
    kind = BigInteger() if isinstance(column.type, Integer) else Text()
    return column == any_(bindparam(parameter, type_=ARRAY(kind)))


def several(tx: Connection, values: Collection[int] | Collection[str]) -> str | list[Any]:
    """Values as the one parameter that `among` takes on this database."""
    return compact(list(values)) if tx.dialect.name == "sqlite" else list(values)
