"""What everybody has: according to the models, and on the books."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select

from rewards.ledger import Ledger
from rewards.ledger.tables import balance, book, lot, plan
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
    accounts = select(plan.c.name, book.c.asset, book.c.compartment, balance.c.holder, balance.c.amount)
    lots = select(lot.c.member, lot.c.day, lot.c.basis, lot.c.granted, lot.c.remaining)
    with ledger.read() as tx:
        for *of, holder, amount in tx.execute(accounts.join_from(balance, book).join(plan)):
            if holder > 0:
                found[*of, names[holder - 1]] += amount
            elif of == ["token", "token", "available"]:  # what was issued (an overdraft) less what was burned
                found[*of, "circulation"] -= amount
            elif holder <= -100:
                found[*of, "pool"] += amount
        found.update(("lot", names[member - 1], *rest) for member, *rest in tx.execute(lots))
    return {account: amount for account, amount in found.items() if amount}


def differing(found: Standing, wanted: Standing) -> str:
    """Where they differ, as a text."""
    return "\n".join(
        f"{account}: {found.get(account, 0)} on the books instead of {wanted.get(account, 0)}"
        for account in {**found, **wanted}
        if found.get(account) != wanted.get(account)
    )
