"""What everybody has: according to the models, and on the books."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select

from rewards.ledger import Ledger, balances, lots
from rewards.ledger.tables import book, lot, plan
from tests.stateful.models import LockedPoints, PlainPlan, Token

Standing = dict[tuple[Any, ...], int]
"""Accounts (plan, asset, compartment, holder) that are not empty, in smallest units, and how many of each lot."""


def expected(models: Iterable[PlainPlan]) -> Standing:
    """According to the models."""
    found: Counter[tuple[Any, ...]] = Counter()
    for model in models:
        for compartment, amounts in (("available", model.has), ("debt", model.owes)):
            for (member, asset), quantity in amounts.items():
                found[model.name, asset, compartment, member] = quantity
        if isinstance(model, LockedPoints):
            for each in model.lots:
                found["locked", "points", "locked", each["member"]] += each["left"]
                found["lot", each["member"], each["day"], each["basis"], each["granted"], each["left"]] += 1
        if isinstance(model, Token):
            found["token", "cash", "available", "pool"] = model.pool
            found["token", "token", "available", "circulation"] = model.circulation
    return {account: quantity for account, quantity in found.items() if quantity}


def stored(ledger: Ledger, names: Sequence[str]) -> Standing:
    """On the books; `names` are those of the members, in the order in which they joined."""
    found: Counter[tuple[Any, ...]] = Counter()
    books = select(book.c.id, plan.c.name, book.c.asset, book.c.compartment).join(plan)
    with ledger.read() as tx:
        named = {id: of for id, *of in tx.execute(books)}
        for book_id, holder, amount in balances.every(tx):
            of = named[book_id]
            if holder > 0:
                found[*of, names[holder - 1]] += amount
            elif of == ["token", "token", "available"]:  # what was issued (an overdraft) less what was burned
                found[*of, "circulation"] -= amount
            elif holder <= -100:
                found[*of, "pool"] += amount
        for each in lots.by_ids(tx, tx.scalars(select(lot.c.id)).all()):
            found["lot", names[each.member - 1], each.day, each.basis, each.granted, each.remaining] += 1
    return {account: amount for account, amount in found.items() if amount}


def differing(found: Standing, wanted: Standing) -> str:
    """Where they differ, as a text."""
    return "\n".join(
        f"{account}: {found.get(account, 0)} on the books instead of {wanted.get(account, 0)}"
        for account in {**found, **wanted}
        if found.get(account) != wanted.get(account)
    )
