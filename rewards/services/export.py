"""The books as plain-text accounting, so that a program that knows nothing of this one can check them.

Every booking becomes transactions, and the balances that this platform has stored become claims that the other
program compares with what it has added up itself. Nothing is held but a page of bookings and the entry in hand. The
same books give the same text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from sqlalchemy import Connection, select

from rewards.errors import InvalidRequest, NotFound
from rewards.ledger import bulk, plans
from rewards.ledger.tables import pool
from rewards.messages import register
from rewards.money import format_amount
from rewards.plan.events import Joined
from rewards.services import export_reading as reading
from rewards.services.closing_record import KIND as CLOSE
from rewards.services.export_formats import FORMATS, Entry, Format, Posting
from rewards.services.export_names import BookNames, plain, unknown
from rewards.services.platform import Platform

MEMBERS_AN_ENTRY = 1000
"""An event that concerns more members is written as several entries: a close may concern all there are."""

Nets = dict[int, dict[tuple[int, int], int]]
"""By rule: what each account (book, holder) gains, in smallest units."""

register(
    {
        "export.backwards": (
            "the last day {last} is before the first day {first}; write the earlier one first",
            "末日 {last} 早于首日 {first}；请先写较早的日期",
        ),
    }
)


@dataclass
class Exported:
    """What an export has written. `first` and `last` are its business days, None where nothing was ever booked."""

    format: str
    first: date | None = None
    last: date | None = None
    accounts: int = 0
    transactions: int = 0
    postings: int = 0


def export_books(
    platform: Platform,
    write: Callable[[str], object],
    format: str,
    *,
    plan: str | None = None,
    first: date | None = None,
    last: date | None = None,
) -> Exported:
    """Write the books of all plans (or of one) in `format` (`beancount` or `hledger`), a piece of text at a time.

    From the business day `first` to `last`, both included; left out, from the first day to the last on which anything
    was booked. Balances from before are carried forward. One consistent view of the books, however long it takes.
    Raises NotFound for an unknown plan, InvalidRequest for days in the wrong order, Conflict when the books name a
    book, a rule or a pool that they do not have.
    """
    if first and last and last < first:
        raise InvalidRequest("export.backwards", first=first, last=last)
    with platform.ledger.read() as tx:
        return _Export(platform, tx, write, format, plan, first, last).run()


class _Export:
    """One export under way."""

    def __init__(
        self,
        platform: Platform,
        tx: Connection,
        write: Callable[[str], object],
        format: str,
        plan: str | None,
        first: date | None,
        last: date | None,
    ) -> None:
        self.tx, self.write, self.format = tx, write, FORMATS[format]
        self.versions = [each for each in plans.versions(tx) if plan in (None, each.plan)]
        if plan is not None and not self.versions:
            known = ", ".join(dict.fromkeys(each.plan for each in plans.versions(tx))) or "–"
            raise NotFound("plan.unknown", plan=plan, known=known)
        self.plan_ids = sorted({each.plan_id for each in self.versions})
        self.names = _names(platform, tx, self.versions)
        self.rules = {number: name for each in self.versions for name, number in each.rules.items()}
        self.booked_days = reading.days(tx, self.plan_ids)
        self.asked = first, last
        self.done = Exported(format)

    def run(self) -> Exported:
        """Write it all."""
        if self.booked_days is None:
            self.write("; nothing has been booked\n")
            return self.done
        first, last = self._days(*self.booked_days)
        self.done.first, self.done.last = first, last
        self.write(self.format.head(self._explanation(first, last), list(self.names.listed()), first))
        self._open(first)
        if self.asked[0] is not None:
            self._carry_forward(first)
        plan_of = {number: each.plan_id for number, each in plans.books(self.tx).items()}
        for event, moved in reading.booked(self.tx, self.plan_ids, plan_of, first, last):
            self._book(event, moved)
        self._claim(last)
        return self.done

    def _days(self, earliest: date, latest: date) -> tuple[date, date]:
        """The days asked for; one that is left out is never on the wrong side of the other, which may lie anywhere."""
        first, last = self.asked
        if first is not None:
            return first, last or max(first, latest)
        return (earliest, latest) if last is None else (min(earliest, last), last)

    def _explanation(self, first: date, last: date) -> Iterator[str]:
        yield f"The books from {first} to {last}. What an account holds is positive; nothing is rounded."
        yield "Assets:Members:M00000042 is the member who joined as number 42. Dates are business days."
        yield ""
        for version in self.versions:
            yield f"v{version.id} = version {version.digest} of {plain(version.plan)}, from {version.from_day}"
        yield ""
        for each in self.names.listed():
            yield f"{each.symbol} = {plain(each.asset)} of {plain(each.plan)}, {each.scale} decimals"

    def _open(self, day: date) -> None:
        for each in reading.accounts(self.tx, self.plan_ids, None):
            account = self.names.account(each.book, each.holder)
            self.write(self.format.open(account, self.names.commodities[each.book].symbol, day))
            self.done.accounts += 1
        if self.asked[0] is not None:
            for account, book in self._carried.items():
                self.write(self.format.open(account, self.names.commodities[book].symbol, day))

    @cached_property
    def _carried(self) -> dict[str, int]:
        """The accounts against which is carried forward, each with a book of its asset."""
        return {self.names.carried_forward(book): book for book in self.names.books}

    def _carry_forward(self, first: date) -> None:
        """Enter what was there before the first day; a part of the accounts at a time, against one account a book."""
        held = (each for each in reading.before(self.tx, self.plan_ids, first) if each.units)
        for part in bulk.chunks(held, MEMBERS_AN_ENTRY):
            against: dict[str, int] = {}
            for each in part:
                account = self.names.carried_forward(each.book)
                against[account] = against.get(account, 0) - each.units
            postings = [self._posting(each.book, self.names.account(*each[:2]), each.units) for each in part]
            postings += [self._posting(self._carried[account], account, units) for account, units in against.items()]
            self._write(Entry(first, "rewards", "carried forward", [("", postings)]))

    def _book(self, event: reading.Booked, moved: Iterator[reading.Row]) -> None:
        for part, nets in enumerate(_nets(moved), start=1):
            groups = [(self._rule(rule), self._postings(net)) for rule, net in nets.items()]
            # A close is of all members: there a rule at a time reads better than a member at a time.
            for entry in [[each] for each in groups] if event.kind == CLOSE else [groups]:
                self._write(self._entry(event, entry, part))

    def _entry(self, event: reading.Booked, groups: list[tuple[str, list[Posting]]], part: int) -> Entry:
        # Who joins is the event's own id; everybody else's events have ids of their own.
        id = f"#{event.seq}" if event.kind == Joined.kind else event.id
        text = f"{plain(event.kind)} {plain(id)}: {', '.join(rule for rule, _ in groups)}"
        text += f" ({part})" if part > 1 else ""
        plan = plain(self.names.plans[event.plan_id])
        return Entry(event.day, plan, text, groups, event.seq, event.version_id)

    def _rule(self, number: int) -> str:
        if number not in self.rules:
            raise unknown("rule", number)
        return plain(self.rules[number].lstrip("#"))

    def _postings(self, net: dict[tuple[int, int], int]) -> list[Posting]:
        return [self._posting(book, self.names.account(book, holder), units) for (book, holder), units in net.items()]

    def _posting(self, book: int, account: str, units: int) -> Posting:
        commodity = self.names.commodities[book]
        return Posting(account, format_amount(units, commodity.scale), commodity.symbol)

    def _write(self, entry: Entry) -> None:
        self.write(self.format.entry(entry))
        self.done.transactions += 1
        self.done.postings += sum(len(postings) for _, postings in entry.groups)

    def _claim(self, last: date) -> None:
        """Say what the stored balances are at the end of the last day; bookings on later days are taken off."""
        self.write("\n")
        day = None if self.asked[1] is None else last
        held = reading.accounts(self.tx, self.plan_ids, day)
        for part in bulk.chunks(held, MEMBERS_AN_ENTRY):
            claims = [self._posting(each.book, self.names.account(*each[:2]), each.units) for each in part]
            self.write(self.format.claims(claims, last + timedelta(days=1)))
        if self.asked[0] is not None:
            claims = [self._posting(book, account, 0) for account, book in self._carried.items()]
            self.write(self.format.claims(claims, last + timedelta(days=1)))


def _nets(moved: Iterator[reading.Row]) -> Iterator[Nets]:
    """What the transfers of an event come to for each account, by rule, at most so many members at a time."""
    nets: Nets = {}
    members, concerned = 0, None
    for member, rule, from_book, from_holder, to_book, to_holder, units in moved:
        if member != concerned:
            if members == MEMBERS_AN_ENTRY:
                yield nets
                nets, members = {}, 0
            concerned = member
            members += 1
        net = nets.setdefault(rule, {})
        source, target = (from_book, from_holder), (to_book, to_holder)
        net[source] = net.get(source, 0) - units
        net[target] = net.get(target, 0) + units
    if nets:
        yield nets


def _names(platform: Platform, tx: Connection, versions: list[plans.Version]) -> BookNames:
    by_id = {each.plan_id: each.plan for each in versions}
    currencies = {}
    for bindings in platform.calendar(tx).bindings.values():
        latest = bindings[-1]
        if latest.plan.currency_asset is not None:
            currencies[latest.plan_id] = (latest.plan.currency, latest.plan.currency_asset.name)
    return BookNames(
        books={number: each for number, each in plans.books(tx).items() if each.plan_id in by_id},
        plans=by_id,
        pools=dict(tx.execute(select(pool.c.holder, pool.c.name)).all()),
        currencies=currencies,
    )


__all__ = ["FORMATS", "Exported", "Format", "export_books"]
