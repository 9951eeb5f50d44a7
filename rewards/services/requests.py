"""What callers ask of the platform. Quantities and money are decimal texts ("12.50"), moments aware datetimes.

The platform parses texts with the scale of the asset they are of; a text that is no exact amount is refused with a
pointer to its field (`/total`, `/lines/0/amount`, …).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True)
class MemberRequest:
    """A member to add; `id` is the caller's own and may not be reused, `phone` is in any usual writing."""

    id: str
    phone: str | None = None
    sponsor: str | None = None
    merchant: bool = False
    birthday: date | None = None


@dataclass(frozen=True)
class EventRequest:
    """An event of a kind that plans declare. Amounts among the fields are texts, numbers int, flags bool."""

    id: str
    event: str
    member: str
    at: datetime
    fields: Mapping[str, str | int | bool] = field(default_factory=dict)


@dataclass(frozen=True)
class TagRequest:
    """A member carries a tag from one business day (today when left out) to another (or for ever), both included."""

    member: str
    tag: str
    since: date | None = None
    through: date | None = None
    id: str | None = None
    """Only for callers who want to know whether it was this very request that was taken."""


@dataclass(frozen=True)
class PlacementRequest:
    """A member stands below another in a tree (one that plans declare, or `sponsor`), on a leg if its legs have names.

    From a business day on: today, or the first open day after it, when left out.
    """

    member: str
    tree: str
    under: str
    leg: str | None = None
    since: date | None = None
    id: str | None = None
    """Only for callers who want to know whether it was this very request that was taken."""


@dataclass(frozen=True)
class DeclarationRequest:
    """The value of a plan's parameter, as a rule file would write it, for a period such as 2026 or 2026-Q3."""

    plan: str
    parameter: str
    period: str
    value: str


@dataclass(frozen=True)
class PointsRequest:
    """A quantity of a plan's asset that pays part of an order."""

    plan: str
    asset: str
    quantity: str


@dataclass(frozen=True)
class LineRequest:
    """One line of an order; `amount` is the price of the whole line."""

    amount: str
    sku: str = ""
    category: str = ""
    quantity: int = 1
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, init=False)
class OrderRequest:
    """A paid order; `total` is cash and points together."""

    id: str
    member: str
    total: str
    paid_at: datetime
    points: tuple[PointsRequest, ...] = ()
    lines: tuple[LineRequest, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)

    def __init__(
        self,
        id: str,
        member: str,
        total: str,
        paid_at: datetime,
        points: tuple[PointsRequest, ...] = (),
        lines: tuple[LineRequest, ...] = (),
        attributes: Mapping[str, str] | None = None,
    ) -> None:
        # written out, as of rewards.plan.events.OrderPaid: there is one for every order
        own = self.__dict__
        own["id"], own["member"], own["total"], own["paid_at"] = id, member, total, paid_at
        own["points"], own["lines"], own["attributes"] = points, lines, {} if attributes is None else attributes


@dataclass(frozen=True)
class RefundRequest:
    """An order (by its id) is taken back: `amount` of its total, or all that is left when no amount is named."""

    id: str
    order: str = ""
    amount: str | None = None
    at: datetime | None = None


@dataclass(frozen=True)
class RedemptionRequest:
    """A member gives units of a priced asset back for cash. `at` is now when left out (here and below)."""

    id: str
    member: str
    plan: str
    asset: str
    quantity: str
    at: datetime | None = None


@dataclass(frozen=True)
class ConversionRequest:
    """A member turns a quantity of `source` into `target` of equal value."""

    id: str
    member: str
    plan: str
    source: str
    target: str
    quantity: str
    at: datetime | None = None


@dataclass(frozen=True)
class PaymentRequest:
    """A member pays another with an asset."""

    id: str
    member: str
    payee: str
    plan: str
    asset: str
    quantity: str
    at: datetime | None = None


@dataclass(frozen=True)
class ClaimRequest:
    """A member claims `count` pieces of a reward; the plan is only needed where several have a reward of that name."""

    id: str
    reward: str
    member: str
    plan: str | None = None
    count: int = 1
    at: datetime | None = None


@dataclass(frozen=True)
class CancellationRequest:
    """A claim (by its id) is taken back as a whole."""

    id: str
    claim: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class CodesRequest:
    """Voucher codes of a reward to load; the plan is only needed where several have a reward of that name."""

    reward: str
    codes: tuple[str, ...]
    plan: str | None = None


@dataclass(frozen=True)
class AdjustmentRequest:
    """An operator adds (or, with a minus sign, takes) a quantity by hand; the reason stays on record.

    With `locked_basis` (a money text) the quantity is added as a locked lot with that basis.
    """

    id: str
    member: str
    plan: str
    asset: str
    quantity: str
    reason: str
    locked_basis: str | None = None
    at: datetime | None = None
