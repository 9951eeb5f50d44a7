"""How entries are written for beancount and for hledger. Both texts say the same, line for line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, Protocol

from rewards.money import format_amount
from rewards.services.export_names import Commodity


class Posting(NamedTuple):
    """What an account gains (negative: loses), as a decimal text of the commodity."""

    account: str
    quantity: str
    commodity: str


@dataclass(frozen=True)
class Entry:
    """A transaction: postings by rule, each rule's adding up to nothing. Plan and texts are plain already."""

    day: date
    plan: str
    text: str
    groups: Sequence[tuple[str, Sequence[Posting]]]
    seq: int | None = None
    version_id: int | None = None


class Format(Protocol):
    """One program's text."""

    def head(self, lines: Iterable[str], commodities: Sequence[Commodity], day: date) -> str:
        """The beginning of the file: what is in it, and what its commodities are."""
        ...

    def open(self, account: str, commodity: str, day: date) -> str:
        """That an account exists, and what it holds."""
        ...

    def entry(self, entry: Entry) -> str:
        """A transaction."""
        ...

    def claims(self, claims: Sequence[Posting], day: date) -> str:
        """What accounts must hold when `day` begins, to the last unit; here `quantity` is what is held."""
        ...


class Beancount:
    """The text `bean-check` reads (versions 2 and 3)."""

    def head(self, lines: Iterable[str], commodities: Sequence[Commodity], day: date) -> str:
        """Comments, then a directive a commodity."""
        texts = [f"; {line}".rstrip() for line in lines]
        texts += ["", 'option "title" "rewards"', ""]
        texts += [f"{day} commodity {name}" for name in dict.fromkeys(each.symbol for each in commodities)]
        return "\n".join(texts) + "\n\n"

    def open(self, account: str, commodity: str, day: date) -> str:
        """One directive."""
        return f"{day} open {account} {commodity}\n"

    def entry(self, entry: Entry) -> str:
        """The event as a link, the version as a tag, the rules as comments."""
        marks = "" if entry.seq is None else f" ^event-{entry.seq}"
        marks += "" if entry.version_id is None else f" #v{entry.version_id}"
        head = f'\n{entry.day} * "{entry.plan}" "{entry.text}"{marks}\n'
        return head + _postings(entry.groups, "{0}  {1} {2}")

    def claims(self, claims: Sequence[Posting], day: date) -> str:
        """A directive an account; `~ 0` because the program would otherwise overlook a difference of one unit."""
        return "".join(f"{day} balance {each.account}  {each.quantity} ~ 0 {each.commodity}\n" for each in claims)


class Hledger:
    """The text `hledger check` reads."""

    def head(self, lines: Iterable[str], commodities: Sequence[Commodity], day: date) -> str:
        """Comments, then the sign that begins decimals, then a directive a commodity."""
        scales: dict[str, int] = {}
        for each in commodities:
            scales[each.symbol] = max(each.scale, scales.get(each.symbol, 0))
        texts = [f"; {line}".rstrip() for line in lines] + ["", "decimal-mark .", ""]
        # Without decimals the sign must stand there all the same.
        texts += [
            f"commodity {format_amount(10 ** (3 + scale), scale) if scale else '1000.'} {_quoted(name)}"
            for name, scale in scales.items()
        ]
        return "\n".join(texts) + "\n\n"

    def open(self, account: str, commodity: str, day: date) -> str:
        """One directive; it has neither a day nor a commodity."""
        return f"account {account}\n"

    def entry(self, entry: Entry) -> str:
        """The event as the transaction's code, the version as a tag, the rules as comments."""
        code = "" if entry.seq is None else f" ({entry.seq})"
        tag = "" if entry.version_id is None else f"  ; version:v{entry.version_id}"
        head = f"\n{entry.day} *{code} {entry.plan} | {entry.text}{tag}\n"
        return head + _postings(entry.groups, '{0}  {1} "{2}"')

    def claims(self, claims: Sequence[Posting], day: date) -> str:
        """A transaction that moves nothing and asserts what each account holds."""
        head = f"\n{day} * balances\n"
        return head + "".join(
            f"  {each.account}  0 {_quoted(each.commodity)} = {each.quantity} {_quoted(each.commodity)}\n"
            for each in claims
        )


def _postings(groups: Sequence[tuple[str, Sequence[Posting]]], line: str) -> str:
    several = len(groups) > 1
    parts = []
    for rule, postings in groups:
        if several:
            parts.append(f"  ; {rule}\n")
        parts += ["  " + line.format(*each) + "\n" for each in postings]
    return "".join(parts)


def _quoted(commodity: str) -> str:
    """With digits or signs in it, a commodity stands in quotation marks; it may always."""
    return f'"{commodity}"'


FORMATS: dict[str, Format] = {"beancount": Beancount(), "hledger": Hledger()}
"""The formats by name."""
