"""An independent audit: beancount, which knows nothing of the platform, reads an export and adds everything up anew."""

from __future__ import annotations

import gc
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from beancount import loader
from beancount.core import data
from beancount.ops.validation import HARDCORE_VALIDATIONS
from rewards.api import create_app
from sqlalchemy import select

from rewards.ledger import balances
from rewards.ledger.tables import member
from rewards.services.export import export_books
from rewards.services.keys import create_key
from rewards.services.platform import Platform

Balances = dict[str, Decimal]
Period = tuple[date | None, date | None]


def months(first: date, last: date) -> Iterator[Period]:
    """The months from one day to another."""
    while first <= last:
        following = (first.replace(day=1) + timedelta(days=31)).replace(day=1)
        yield first, min(last, following - timedelta(days=1))
        first = following


def audit(platform: Platform, folder: Path, periods: list[Period], every: int) -> int:
    """Have every period checked as `bean-check` does, and compare what members then have; returns how many postings.

    With what the ledger has stored, for all members; with what the API answers, for each `every`-th of them.
    """
    postings, sums = 0, Balances()
    for first, last in periods:
        file = folder / "books.beancount"
        with file.open("w", encoding="utf-8") as text:
            postings += export_books(platform, text.write, "beancount", first=first, last=last).postings
        sums = add_up(file)
        file.unlink()
    of_members = {account: held for account, held in sums.items() if account.startswith("Assets:Members:") and held}
    assert of_members == stored(platform)
    asked = answered(platform, every)
    assert asked == {account: of_members.get(account, Decimal(0)) for account in asked}
    return postings


def add_up(file: Path) -> Balances:
    """What every account comes to in a file that bean-check accepts."""
    loader.initialize(use_cache=False)  # every file is read, none remembered
    gc.disable()  # hundreds of thousands of objects that all stay: looking through them takes longer than reading
    try:
        entries, errors, _ = loader.load_file(str(file), extra_validations=HARDCORE_VALIDATIONS)
    finally:
        gc.enable()
    assert [error.message for error in errors] == []
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for entry in entries:
        if isinstance(entry, data.Transaction):
            for posting in entry.postings:
                sums[posting.account] += posting.units.number
    return dict(sums)


def name(ordinal: int, *parts: str) -> str:
    """A member's account."""
    return ":".join(("Assets:Members", f"M{ordinal:08d}", *(part.capitalize() for part in parts)))


def stored(platform: Platform) -> Balances:
    """Everything that members have, as the ledger keeps it."""
    found = Balances()
    with platform.ledger.read() as tx:
        ordinals = list(tx.scalars(select(member.c.ordinal)))
        for plan, bindings in platform.calendar(tx).bindings.items():
            places = dict(zip(bindings[-1].books, bindings[-1].plan.books, strict=True))
            for (book, ordinal), units in balances.get(tx, bindings[-1].books, ordinals).items():
                asset, compartment = places[book]
                if units:
                    found[name(ordinal, plan, asset.name, compartment.value)] = Decimal(units).scaleb(-asset.scale)
    return found


def answered(platform: Platform, every: int) -> Balances:
    """Everything that each `every`-th member has, as the API tells it."""
    client = create_app(platform).test_client()
    headers = {"X-API-Key": create_key(platform, "auditor", "audit")}
    with platform.ledger.read() as tx:
        ids = list(tx.execute(select(member.c.ordinal, member.c.id).order_by(member.c.ordinal)))
    found = Balances()
    for ordinal, id in ids[::every]:
        answer = client.get(f"/v1/members/{id}/balances", headers=headers)
        assert answer.status_code == 200
        for held in answer.get_json()["items"]:
            for part in ("available", "locked", "debt"):
                found[name(ordinal, held["plan"], held["asset"], part)] = Decimal(held[part])
    return found
