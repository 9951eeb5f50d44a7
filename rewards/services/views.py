"""What the platform tells its callers. Quantities and money are decimal texts with the asset's full scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Generic, TypeVar

Item = TypeVar("Item")


@dataclass(frozen=True)
class Page(Generic[Item]):
    """A page of a list; `next` is the cursor of the page after it, None on the last one."""

    items: Sequence[Item]
    next: str | None


@dataclass(frozen=True)
class MemberView:
    """A member."""

    id: str
    phone: str | None
    sponsor: str | None
    merchant: bool
    joined_at: datetime
    levels: Sequence[LevelView]
    birthday: date | None = None


@dataclass(frozen=True)
class LevelView:
    """The level a member holds of one ladder of one plan, and the highest they ever held."""

    plan: str
    ladder: str
    level: str
    title: Mapping[str, str]
    since: date
    through: date | None
    """The last day on which it holds without being confirmed again; None for one that never ends."""
    highest: str


@dataclass(frozen=True)
class TagView:
    """That a member carries a tag from one business day to another, both included; None for no end."""

    tag: str
    title: Mapping[str, str]
    since: date
    through: date | None


@dataclass(frozen=True)
class PlaceView:
    """Where a member stands in a tree: below whom (None: nobody), on which leg, and since when (None: ever)."""

    tree: str
    member: str
    under: str | None
    leg: str | None
    since: date | None


@dataclass(frozen=True)
class ChildView:
    """A member directly below another, and on which leg."""

    member: str
    leg: str | None


@dataclass(frozen=True)
class PlacePage(Page[ChildView]):
    """A page of those directly below a member, in the order in which they joined, and where the member stands."""

    tree: str
    member: str
    under: str | None
    leg: str | None
    since: date | None


@dataclass(frozen=True)
class MeasureView:
    """What a measure of one plan comes to now for a member; `value` is a decimal text."""

    plan: str
    measure: str
    title: Mapping[str, str]
    value: str


@dataclass(frozen=True)
class NoticeView:
    """That a member was told of units of an asset which are good to `last_day` only."""

    plan: str
    asset: str
    title: Mapping[str, str]
    quantity: str
    last_day: date
    day: date
    """The business day at whose close they were told."""


@dataclass(frozen=True)
class ParameterView:
    """The value a parameter of a plan was declared to have for a period, such as 2026, 2026-Q3, 2026-11 or 2026-W47."""

    plan: str
    parameter: str
    period: str
    value: str
    repeated: bool = False


@dataclass(frozen=True)
class BalanceView:
    """What a member has of one asset; `debt` is what a refund left owing."""

    plan: str
    asset: str
    title: Mapping[str, str]
    available: str
    locked: str
    debt: str
    value: str | None
    """What the available quantity is worth in the plan's currency, rounded down; None where it has no value."""


@dataclass(frozen=True)
class LotView:
    """One lot of a member's."""

    id: str
    plan: str
    asset: str
    order: str
    day: date
    basis: str
    granted: str
    remaining: str
    released: str


@dataclass(frozen=True)
class AccountView:
    """One side of a transfer: a member's id, a pool's name or one of issuance, platform, treasury, burned."""

    holder: str
    kind: str
    """member, pool or platform."""
    compartment: str


@dataclass(frozen=True)
class TransferView:
    """One transfer: which rule of which version moved how much of what from where to where."""

    id: str
    plan: str
    version: str
    rule: str
    asset: str
    quantity: str
    source: AccountView
    target: AccountView
    lot: str | None


@dataclass(frozen=True)
class StatementLine:
    """A transfer as one member sees it: `change` is signed; a release shows as a change of both compartments."""

    transfer: str
    kind: str
    """The event's kind: order, redemption, conversion, payment, adjustment, refund or close."""
    event: str
    day: date
    plan: str
    version: str
    rule: str
    title: Mapping[str, str]
    asset: str
    compartment: str
    change: str
    counterpart: str


@dataclass(frozen=True)
class NetworkView:
    """What a member's downline has ordered, split into cash and points, for each plan and in all."""

    member: str
    direct: int
    """Members sponsored directly."""
    downline: int
    """Members in the whole downline."""
    totals: Sequence[NetworkTotal]


@dataclass(frozen=True)
class NetworkTotal:
    """Orders of the whole downline (the member's own not counted) under one plan, and the member's own beside them."""

    plan: str
    orders: int
    cash: str
    points: str
    own_orders: int
    own_cash: str
    own_points: str


@dataclass(frozen=True)
class BookedView:
    """How one plan has booked an event."""

    plan: str
    version: str
    day: date
    transfers: Sequence[TransferView]


@dataclass(frozen=True)
class EventView:
    """An event on record and what it has moved; `repeated` when this very request had been taken before."""

    kind: str
    id: str
    sequence: int
    member: str
    booked: Sequence[BookedView]
    repeated: bool


@dataclass(frozen=True)
class ClosedView:
    """A day one plan has closed. `moved` is what each rule has moved in all, a text a rule and asset."""

    plan: str
    version: str
    day: date
    sequence: int
    transfers: int
    moved: Sequence[MovedView]
    waiting: Sequence[WaitingView]
    """Rules that should have run and wait for a parameter to be declared."""
    repeated: bool


@dataclass(frozen=True)
class WaitingView:
    """A rule that waits until a parameter is declared for a period."""

    rule: str
    parameter: str
    period: str


@dataclass(frozen=True)
class MovedView:
    """What one rule has moved of one asset in one day close."""

    rule: str
    asset: str
    quantity: str
    transfers: int


@dataclass(frozen=True)
class DayView:
    """A business day under one plan: what was sold, and the close if there was one."""

    plan: str
    day: date
    status: str
    """open or closed."""
    orders: int
    cash: str
    points: str
    closed: ClosedView | None


@dataclass(frozen=True)
class PoolView:
    """What is in a pool, and all that ever went in and out."""

    plan: str
    pool: str
    title: Mapping[str, str]
    balance: str
    paid_in: str
    paid_out: str


@dataclass(frozen=True)
class PriceView:
    """A unit price: exact as numerator/denominator, and rounded half up for display.

    The exact price is in whole currency units a whole unit.
    """

    plan: str
    asset: str
    day: date
    event: int
    numerator: str
    denominator: str
    display: str


@dataclass(frozen=True)
class VersionView:
    """A version of a plan: named by its content hash, in force from a business day on."""

    plan: str
    version: str
    from_day: date
    title: Mapping[str, str]
    source: str


@dataclass(frozen=True)
class PlanView:
    """A plan and the version in force today (None before its first day)."""

    plan: str
    title: Mapping[str, str]
    version: str | None
    from_day: date | None
    next_day: date
    """The first business day that is not closed."""
