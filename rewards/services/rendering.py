"""Stored events and transfers as their views."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from operator import itemgetter

from sqlalchemy import Connection, select

from rewards.ledger import bulk, events, plans, transfers
from rewards.ledger.holders import BURNED, ISSUANCE, PLATFORM, TREASURY
from rewards.ledger.tables import member
from rewards.ledger.transfers import Transfer
from rewards.money import format_amount
from rewards.services.unwritten import Booked, concerns
from rewards.services.views import AccountView, BookedView, EventView, TransferView

PLATFORM_NAMES = {ISSUANCE: "issuance", PLATFORM: "platform", TREASURY: "treasury", BURNED: "burned"}


def transfer_id(transfer: Transfer) -> str:
    """How a transfer is named to callers."""
    return f"{transfer.event_seq}-{transfer.member}-{transfer.number}"


class Names:
    """The names of books, rules, pools and members that rendering needs, read once a unit."""

    def __init__(self, tx: Connection) -> None:
        self._tx = tx
        self._members: dict[int, str] = {}

    @cached_property
    def books(self) -> dict[int, plans.Book]:
        """Every book by id."""
        return plans.books(self._tx)

    @cached_property
    def versions(self) -> dict[int, plans.Version]:
        """Every version by id."""
        return {version.id: version for version in plans.versions(self._tx)}

    @cached_property
    def rules(self) -> dict[int, tuple[plans.Version, str]]:
        """Every rule by id: its version and its name."""
        return {
            rule_id: (version, name) for version in self.versions.values() for name, rule_id in version.rules.items()
        }

    @cached_property
    def pools(self) -> dict[int, str]:
        """Every pool's name by holder."""
        return plans.pools(self._tx)

    def know(self, ordinal: int, id: str) -> None:
        """A member's id that need not be read."""
        self._members[ordinal] = id

    def read_members(self, ordinals: Iterable[int]) -> None:
        """Read the ids of these members, as far as they are not known."""
        for part in bulk.chunks({each for each in ordinals if each > 0 and each not in self._members}):
            rows = self._tx.execute(select(member.c.ordinal, member.c.id).where(member.c.ordinal.in_(part)))
            self._members.update((ordinal, id) for ordinal, id in rows)

    def member(self, ordinal: int) -> str:
        """A member's id."""
        if ordinal not in self._members:
            self.read_members([ordinal])
        return self._members[ordinal]

    def holder(self, holder: int) -> str:
        """The name of a holder, whatever it is."""
        if holder > 0:
            return self.member(holder)
        return PLATFORM_NAMES.get(holder) or self.pools[holder]

    def account(self, book: int, holder: int) -> AccountView:
        """One side of a transfer."""
        return self.side(self.books[book].compartment, holder)

    def side(self, compartment: str, holder: int) -> AccountView:
        """A holder's account in a compartment."""
        kind = "member" if holder > 0 else ("platform" if holder in PLATFORM_NAMES else "pool")
        return AccountView(self.holder(holder), kind, compartment)

    def transfer(self, stored: Transfer) -> TransferView:
        """A transfer."""
        version, rule = self.rules[stored.rule_id]
        book = self.books[stored.from_book]
        return TransferView(
            id=transfer_id(stored),
            plan=version.plan,
            version=version.digest,
            rule=rule.lstrip("#"),
            asset=book.asset,
            quantity=format_amount(stored.amount, book.scale),
            source=self.account(stored.from_book, stored.from_holder),
            target=self.account(stored.to_book, stored.to_holder),
            lot=None if stored.lot_id is None else str(stored.lot_id),
        )


def event_view(tx: Connection, seq: int, *, repeated: bool, names: Names | None = None) -> EventView:
    """An event on record, with what it has moved under each plan."""
    names = names or Names(tx)
    stored = events.by_seq(tx, seq)
    assert stored is not None
    moved = transfers.of_event(tx, seq)
    names.read_members(holder for each in moved for holder in (each.from_holder, each.to_holder))
    booked = []
    for booking in events.bookings(tx, seq):
        version = names.versions[booking.version_id]
        of_plan = [names.transfer(each) for each in moved if names.books[each.from_book].plan_id == booking.plan_id]
        booked.append(BookedView(version.plan, version.digest, booking.day, of_plan))
    return EventView(
        kind=stored.kind,
        id=stored.id,
        sequence=seq,
        member=names.member(stored.member) if stored.member else "",
        booked=booked,
        repeated=repeated,
    )


def booked_view(
    names: Names, kind: str, id: str, seq: int, member_id: str, member: int, booked: Sequence[Booked]
) -> EventView:
    """The view of an event that was just recorded, from what it has moved; equal to what `event_view` reads back."""
    names.know(member, member_id)
    everything = [transfer for one in booked for transfer in one.outcome.transfers]
    names.read_members(holder for each in everything for holder in (each.source, each.target))
    number = 0
    views = []
    for one in booked:
        version = one.binding.version
        views.append(
            (version.plan_id, BookedView(version.plan, version.digest, one.day, _moved(names, seq, one, number)))
        )
        number += len(one.outcome.transfers)
    in_order = [view for _, view in sorted(views, key=itemgetter(0))]
    return EventView(kind, id, seq, member_id, in_order, repeated=False)


def _moved(names: Names, seq: int, one: Booked, before: int) -> list[TransferView]:
    """What a plan has moved, in the order of the transfers' identity, numbered on from those `before`."""
    binding = one.binding
    views = []
    for number, moved in enumerate(one.outcome.transfers, before + 1):
        concerned = concerns(moved)
        source, target = binding.holder(moved.source), binding.holder(moved.target)
        asset, compartment = binding.plan.books[moved.source_book]
        _, into = binding.plan.books[moved.target_book]
        view = TransferView(
            id=f"{seq}-{concerned}-{number}",
            plan=binding.version.plan,
            version=binding.version.digest,
            rule=binding.rule_name(moved.rule).lstrip("#"),
            asset=asset.name,
            quantity=format_amount(moved.quantity, asset.scale),
            source=names.side(compartment.value, source),
            target=names.side(into.value, target),
            lot=str(moved.lot.id) if moved.lot else None,
        )
        views.append(((concerned, number), view))
    return [view for _, view in sorted(views, key=itemgetter(0))]
