"""Two readers of exports that know nothing of the platform: beancount's own, and a strict one of hledger's journals.

The second knows only what an export may contain, and refuses everything else.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from beancount import loader
from beancount.core import data

Balances = dict[str, Decimal]
"""What each account holds; every account has one commodity only."""


def read_beancount(text: str) -> tuple[Balances, list[str]]:
    """What bean-check adds up, and what it finds wrong."""
    entries, errors, _ = loader.load_string(text)
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for entry in entries:
        if isinstance(entry, data.Transaction):
            for posting in entry.postings:
                sums[posting.account] += posting.units.number
    return dict(sums), [error.message for error in errors]


SYMBOL = r'"([A-Z][A-Z0-9.-]*)"'
NUMBER = r"(-?[0-9]+(?:\.[0-9]+)?)"
ACCOUNT = r"([A-Z][A-Za-z]*(?::[A-Z0-9][A-Za-z0-9-]*)+)"
COMMODITY_LINE = re.compile(rf"commodity 1000\.([0-9]*) {SYMBOL}")
ACCOUNT_LINE = re.compile(rf"account {ACCOUNT}")
HEAD = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}) \*(?: \([0-9]+\))? [^;|\"]+(?:\| [^;|\"]+)?(?:  ; version:v[0-9]+)?")
POSTING = re.compile(rf"  {ACCOUNT}  {NUMBER} {SYMBOL}(?: = {NUMBER} {SYMBOL})?")


@dataclass
class Journal:
    """What a journal says; `balances` at its end."""

    scales: dict[str, int] = field(default_factory=dict)
    accounts: set[str] = field(default_factory=set)
    balances: Balances = field(default_factory=dict)
    claims: int = 0


def read_hledger(text: str) -> Journal:
    """Read a journal of ours; AssertionError for anything hledger would refuse, or that an export never writes."""
    journal, head, body = Journal(), [], []
    for paragraph in text.split("\n\n"):
        lines = [line for line in paragraph.splitlines() if line]
        if lines and HEAD.fullmatch(lines[0]):
            body.append(lines)
        else:
            head += [line for line in lines if not line.startswith(";")]
    assert head.pop(0) == "decimal-mark ."
    for line in head:
        _declare(journal, line)
    # hledger takes transactions in the order of days, those of one day as they stand in the file.
    for lines in sorted(body, key=lambda lines: date.fromisoformat(lines[0][:10])):
        _take(journal, lines)
    return journal


def _declare(journal: Journal, line: str) -> None:
    commodity, account = COMMODITY_LINE.fullmatch(line), ACCOUNT_LINE.fullmatch(line)
    assert commodity or account, line
    if commodity:
        assert commodity[2] not in journal.scales, line
        journal.scales[commodity[2]] = len(commodity[1])
    if account:
        assert account[1] not in journal.accounts, line
        journal.accounts.add(account[1])


def _take(journal: Journal, lines: list[str]) -> None:
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for account, quantity, symbol, claimed in _postings(lines[1:]):
        assert account in journal.accounts, account
        assert len(quantity.partition(".")[2]) <= journal.scales[symbol], (quantity, symbol)
        sums[symbol] += Decimal(quantity)
        journal.balances[account] = journal.balances.get(account, Decimal(0)) + Decimal(quantity)
        if claimed is not None:
            assert journal.balances[account] == Decimal(claimed), account
            journal.claims += 1
    assert not any(sums.values()), lines[0]


def _postings(lines: list[str]) -> Iterator[tuple[str, str, str, str | None]]:
    for line in lines:
        if line.startswith("  ; "):
            continue
        match = POSTING.fullmatch(line)
        assert match, line
        account, quantity, symbol, claimed, claimed_symbol = match.groups()
        assert claimed is None or claimed_symbol == symbol, line
        yield account, quantity, symbol, claimed
