"""Asking for many keys at once."""

from __future__ import annotations

import pytest
from sqlalchemy import Column, Connection, Integer, MetaData, Table, Text, insert, select

from rewards.ledger import Ledger
from rewards.ledger.among import among, several

THING = Table("thing", MetaData(), Column("number", Integer, primary_key=True), Column("name", Text))
NAMES = ["plain", "it's", 'a "quote"', "back\\slash", "{1,2}", "名字", "", "NULL"]


def numbers_among(tx: Connection, column: Column[int] | Column[str], values: list[int] | list[str]) -> list[int]:
    wanted = select(THING.c.number).where(among(tx.dialect.name, column, "values")).order_by(THING.c.number)
    return list(tx.scalars(wanted, {"values": several(tx, values)}))


def test_exactly_those_rows_are_found_whose_key_was_asked_for(ledger: Ledger) -> None:
    with ledger.write() as tx:
        THING.create(tx)
        tx.execute(insert(THING), [{"number": number, "name": f"n{number}"} for number in range(5_000)])
        asked = list(range(3, 9_000, 3))
        assert numbers_among(tx, THING.c.number, asked) == list(range(3, 5_000, 3))
        assert numbers_among(tx, THING.c.number, []) == []
        assert numbers_among(tx, THING.c.name, [f"n{number}" for number in asked]) == list(range(3, 5_000, 3))


@pytest.mark.parametrize("name", NAMES)
def test_texts_are_compared_as_they_are(ledger: Ledger, name: str) -> None:
    with ledger.write() as tx:
        THING.create(tx)
        tx.execute(insert(THING), [{"number": number, "name": each} for number, each in enumerate(NAMES)])
        assert numbers_among(tx, THING.c.name, [name]) == [NAMES.index(name)]
