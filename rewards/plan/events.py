"""What can happen: the events a plan is interpreted on.

Members are ordinals (1, 2, … in the order they joined). Money is in smallest units of the currency, an
asset's quantity in smallest units of that asset. Moments are aware datetimes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any, ClassVar

from rewards.plan.model import Plan
from rewards.plan.triggers import Trigger


@dataclass(frozen=True)
class Line:
    """One line of an order; `amount` is the whole line's price in smallest units of the currency."""

    amount: int
    sku: str = ""
    category: str = ""
    quantity: int = 1
    attributes: Mapping[str, str] = field(default_factory=dict)
    points: int = 0
    """The part of `amount` that was paid with points; see `OrderPaid.paid_lines`."""

    @property
    def cash(self) -> int:
        """The part paid in cash, smallest units of the currency."""
        return self.amount - self.points


@dataclass(frozen=True)
class PointsPayment:
    """The part of an order paid with an asset of one plan (`quantity` in that asset's smallest units)."""

    plan: str
    asset: str
    quantity: int


@dataclass(frozen=True, init=False)
class OrderPaid:
    """A paid order. `points` is what all its points payments are worth, so cash = total − points."""

    trigger: ClassVar[Trigger] = Trigger.ORDER_PAID
    kind: ClassVar[str] = "order"
    id: str
    member: int
    total: int
    paid_at: datetime
    points: int = 0
    payments: tuple[PointsPayment, ...] = ()
    lines: tuple[Line, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    cash: int = field(init=False)
    """The part paid in cash, smallest units of the currency."""

    def __init__(
        self,
        id: str,
        member: int,
        total: int,
        paid_at: datetime,
        points: int = 0,
        payments: tuple[PointsPayment, ...] = (),
        lines: tuple[Line, ...] = (),
        attributes: Mapping[str, str] | None = None,
    ) -> None:
        # written out: there is one for every order, and what is frozen is filled field by field, through a call each
        own = self.__dict__
        own["id"], own["member"], own["total"], own["paid_at"] = id, member, total, paid_at
        own["points"], own["payments"], own["lines"] = points, payments, lines
        own["attributes"] = {} if attributes is None else attributes
        own["cash"] = total - points

    @cached_property
    def paid_lines(self) -> tuple[Line, ...]:
        """The lines with what points have paid of each, in proportion.

        What the first so many lines come to in cash is their amount × cash ÷ total, rounded down; a line's cash is what
        it adds to the lines before it. So lines that add up to the total add up to exactly the cash.
        """
        if not self.points:
            return self.lines
        amount = before = 0
        found: list[Line] = []
        for line in self.lines:
            amount += line.amount
            cash = amount * self.cash // self.total
            found.append(replace(line, points=line.amount - (cash - before)))
            before = cash
        return tuple(found)


@dataclass(frozen=True)
class Redeem:
    """A member gives units of a priced asset back for cash."""

    trigger: ClassVar[Trigger] = Trigger.REDEEM
    kind: ClassVar[str] = "redemption"
    id: str
    member: int
    asset: str
    quantity: int
    at: datetime


@dataclass(frozen=True)
class Convert:
    """A member turns a quantity of one asset into another of equal value."""

    trigger: ClassVar[Trigger] = Trigger.CONVERT
    kind: ClassVar[str] = "conversion"
    id: str
    member: int
    source: str
    target: str
    quantity: int
    at: datetime


@dataclass(frozen=True)
class Pay:
    """A member pays another (a merchant, say) with an asset."""

    trigger: ClassVar[Trigger] = Trigger.PAY
    kind: ClassVar[str] = "payment"
    id: str
    member: int
    payee: int
    asset: str
    quantity: int
    at: datetime


@dataclass(frozen=True)
class Adjust:
    """An operator adds (positive quantity) or takes (negative) units by hand, with a reason that stays on record."""

    kind: ClassVar[str] = "adjustment"
    id: str
    member: int
    asset: str
    quantity: int
    reason: str
    at: datetime
    locked_basis: int | None = None
    """When given, the units are added as a locked lot with this basis (smallest units of the currency)."""


@dataclass(frozen=True)
class OrderRefunded:
    """Part or all of an order is taken back: `amount` of its total, in smallest units of the currency."""

    trigger: ClassVar[Trigger] = Trigger.ORDER_REFUNDED
    kind: ClassVar[str] = "refund"
    id: str
    order: OrderPaid
    order_day: date
    """Business day the order was booked to."""
    amount: int
    refunded_before: int
    """What earlier refunds of the same order have taken back already."""
    at: datetime

    @property
    def member(self) -> int:
        """The buyer's ordinal."""
        return self.order.member


@dataclass(frozen=True)
class Declared:
    """An event of a kind that plans declare. `fields` has a value for each declared field that was sent.

    Amounts are smallest units of the currency; numbers int, texts str, flags bool.
    """

    trigger: ClassVar[Trigger] = Trigger.DECLARED
    kind: ClassVar[str] = "event"
    id: str
    member: int
    name: str
    at: datetime
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Joined:
    """A member has joined."""

    trigger: ClassVar[Trigger] = Trigger.MEMBER_JOINED
    kind: ClassVar[str] = "member"
    id: str
    member: int
    at: datetime


@dataclass(frozen=True)
class TagGiven:
    """A member carries a tag from one business day to another, the last included; None for no end."""

    trigger: ClassVar[Trigger] = Trigger.TAG_GIVEN
    kind: ClassVar[str] = "tag"
    id: str
    member: int
    tag: str
    first_day: date
    last_day: date | None
    at: datetime


@dataclass(frozen=True)
class Placed:
    """A member stands below another in a tree from a business day on. It moves nothing, so no plan interprets it."""

    kind: ClassVar[str] = "placement"
    id: str
    member: int
    tree: str
    """Empty for the sponsor tree."""
    parent: int
    leg: str
    """Empty in a tree whose legs have no names."""
    day: date
    at: datetime


@dataclass(frozen=True)
class Claim:
    """A member has `count` pieces of a reward of one plan's catalogue, and pays their price."""

    kind: ClassVar[str] = "claim"
    id: str
    member: int
    reward: str
    count: int
    at: datetime


@dataclass(frozen=True)
class ClaimCancelled:
    """A claim is taken back as a whole: its price is given back, and the pieces are there for others."""

    kind: ClassVar[str] = "cancellation"
    id: str
    claim: Claim
    claim_day: date
    """Business day the claim was booked to."""
    at: datetime

    @property
    def member(self) -> int:
        """The ordinal of who had claimed."""
        return self.claim.member


Event = (
    OrderPaid | OrderRefunded | Declared | Joined | TagGiven | Redeem | Convert | Pay | Adjust | Claim | ClaimCancelled
)


def points_value(plan: Plan, payment: PointsPayment) -> int:
    """What a points payment is worth, smallest units of the currency, rounded down; 0 for an asset without value."""
    asset = plan.assets.get(payment.asset)
    if asset is None or asset.cash_value is None:
        return 0
    return int(payment.quantity * asset.cash_value * 10**plan.currency_scale / 10**asset.scale)
