"""The typed catalogue of fields that conditions, amounts and ladders may name.

A field's name is a dotted path such as `order.cash` or `member.balance.points`. Which fields exist
depends on what the plan declares (its assets and ladders); where one may be used depends on the rule's
trigger. Everything is resolved when the file is loaded, so an unknown or misplaced field never reaches
the interpreter.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rewards.plan.triggers import CLOSES, Trigger


class Kind(enum.Enum):
    """What values a field has."""

    AMOUNT = "amount"
    """A quantity of the currency or of an asset, in smallest units."""
    NUMBER = "number"
    TEXT = "text"
    FLAG = "true or false"
    LEVEL = "level"
    """Index of a level of a ladder; -1 for none."""
    DATE = "date"
    """A day, as `date.toordinal()`."""
    TIME = "time of day"
    """Minutes since midnight in the plan's time zone."""


class Place(enum.Enum):
    """Where in the file a field is named; decides which are meaningful."""

    ORDER_RULE = "a rule on order.paid"
    REFUND_RULE = "a rule on order.refunded"
    EVENT_RULE = "a rule on a declared event"
    MEMBER_RULE = "a rule on member.joined, level.reached or tag.given"
    REQUEST_RULE = "a rule on redeem, convert or pay"
    PRICE_RULE = "a rule on price.rises"
    CLOSE_RULE = "a rule on a close"
    RELEASE = "a release"
    LINE = "a condition on order lines"
    MEMBER = "a condition on members"
    """Of a level, an upline, or the members a measure counts; `member` is the one looked at."""
    LADDER = "a ladder's measure"
    APPLIES_TO = "applies_to"


PLACE_OF = {
    Trigger.ORDER_PAID: Place.ORDER_RULE,
    Trigger.ORDER_REFUNDED: Place.REFUND_RULE,
    Trigger.REDEEM: Place.REQUEST_RULE,
    Trigger.CONVERT: Place.REQUEST_RULE,
    Trigger.PAY: Place.REQUEST_RULE,
    Trigger.PRICE_RISES: Place.PRICE_RULE,
    Trigger.DECLARED: Place.EVENT_RULE,
    Trigger.MEMBER_JOINED: Place.MEMBER_RULE,
    Trigger.LEVEL_REACHED: Place.MEMBER_RULE,
    Trigger.TAG_GIVEN: Place.MEMBER_RULE,
    **dict.fromkeys(CLOSES, Place.CLOSE_RULE),
}


@dataclass(frozen=True)
class Field:
    """One resolved field: `root.attribute` and, if it has one, its argument (an asset, a ladder, an attribute).

    `scale` is the number of decimals of its smallest unit (0 for numbers); `ladder` names the ladder of a level.
    """

    name: str
    root: str
    attribute: str
    argument: str
    kind: Kind
    scale: int = 0
    ladder: str = ""

    @property
    def numeric(self) -> bool:
        """Whether it can be compared by size and multiplied."""
        return self.kind in (Kind.AMOUNT, Kind.NUMBER)


WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

RULES_ABOUT_ORDERS = frozenset({Place.ORDER_RULE, Place.REFUND_RULE})
"""The rules that have an order, with its buyer and sponsor, before them."""

_ORDER_PLACES = RULES_ABOUT_ORDERS | {Place.APPLIES_TO}
_LEVEL_PLACES = RULES_ABOUT_ORDERS | frozenset({Place.REQUEST_RULE, Place.CLOSE_RULE, Place.RELEASE})
_PERSON_PLACES: Mapping[str, frozenset[Place]] = {
    "buyer": RULES_ABOUT_ORDERS,
    "sponsor": RULES_ABOUT_ORDERS,
    "member": frozenset({Place.REQUEST_RULE, Place.CLOSE_RULE, Place.RELEASE}),
}
OUTCOME_PLACES = RULES_ABOUT_ORDERS | frozenset({Place.REQUEST_RULE, Place.CLOSE_RULE})
"""Where `rules.ID.amount` may be used."""
_MEASURED = frozenset({Place.LADDER})
_ORDERS = _ORDER_PLACES | _MEASURED

Catalogue = Mapping[str, tuple[Field, frozenset[Place]]]

ATTRIBUTE = re.compile(r"(order|line)\.attributes\.([A-Za-z][A-Za-z0-9_-]{0,63})", re.ASCII)


def _field(name: str, kind: Kind, scale: int = 0, *, ladder: str = "") -> Field:
    root, attribute, *rest = name.split(".")
    return Field(name, root, attribute, ".".join(rest), kind, scale, ladder)


def build_catalogue(
    asset_scales: Mapping[str, int], ladders: Mapping[str, bool], currency_scale: int
) -> dict[str, tuple[Field, frozenset[Place]]]:
    """All fields of a plan with the places they may be used in.

    `asset_scales` maps each asset to its scale, `ladders` each ladder to whether members hold its levels
    (else it classifies orders). Attributes of orders and lines are free and resolved by
    `resolve_attribute`.
    """
    entries = (
        *_order_fields(ladders, currency_scale),
        *_person_fields(asset_scales, ladders, currency_scale),
        *_day_and_lot_fields(currency_scale),
    )
    return {field.name: (field, places) for field, places in entries}


def _order_fields(ladders: Mapping[str, bool], scale: int) -> Iterator[tuple[Field, frozenset[Place]]]:
    yield _field("order.cash", Kind.AMOUNT, scale), _ORDERS
    yield _field("order.total", Kind.AMOUNT, scale), _ORDERS
    yield _field("order.points", Kind.AMOUNT, scale), _ORDER_PLACES
    yield _field("order.lines", Kind.NUMBER), _ORDER_PLACES
    for ladder, held in ladders.items():
        if not held:
            yield _field(f"order.level.{ladder}", Kind.LEVEL, ladder=ladder), RULES_ABOUT_ORDERS
    yield _field("refund.amount", Kind.AMOUNT, scale), frozenset({Place.REFUND_RULE})
    line = frozenset({Place.LINE})
    yield _field("line.amount", Kind.AMOUNT, scale), line
    yield _field("line.quantity", Kind.NUMBER), line
    yield _field("line.sku", Kind.TEXT), line
    yield _field("line.category", Kind.TEXT), line


def _person_fields(
    assets: Mapping[str, int], ladders: Mapping[str, bool], scale: int
) -> Iterator[tuple[Field, frozenset[Place]]]:
    for person, places in _PERSON_PLACES.items():
        measured = places | _MEASURED if person == "member" else places
        yield _field(f"{person}.sales", Kind.AMOUNT, scale), measured
        yield _field(f"{person}.orders", Kind.NUMBER), measured
        merchant = places | {Place.PRICE_RULE} if person == "member" else places
        yield _field(f"{person}.merchant", Kind.FLAG), merchant
        for asset, asset_scale in assets.items():
            yield _field(f"{person}.balance.{asset}", Kind.AMOUNT, asset_scale), measured
        for ladder, held in ladders.items():
            if held:
                yield _field(f"{person}.level.{ladder}", Kind.LEVEL, ladder=ladder), places
    yield _field("sponsor.exists", Kind.FLAG), RULES_ABOUT_ORDERS
    yield _field("team.sales", Kind.AMOUNT, scale), _MEASURED


def _day_and_lot_fields(scale: int) -> Iterator[tuple[Field, frozenset[Place]]]:
    yield _field("day.weekday", Kind.TEXT), _LEVEL_PLACES
    yield _field("day.month", Kind.NUMBER), _LEVEL_PLACES
    yield _field("day.of_month", Kind.NUMBER), _LEVEL_PLACES
    yield _field("day.sales", Kind.AMOUNT, scale), frozenset({Place.CLOSE_RULE})
    release = frozenset({Place.RELEASE})
    yield _field("lot.basis", Kind.AMOUNT, scale), release
    yield _field("lot.age", Kind.NUMBER), release


def resolve_attribute(name: str) -> tuple[Field, frozenset[Place]] | None:
    """A free attribute of an order or a line (`order.attributes.channel`), always a text; None for other names."""
    match = ATTRIBUTE.fullmatch(name)
    if not match:
        return None
    root, argument = match.groups()
    places = _ORDER_PLACES if root == "order" else frozenset({Place.LINE})
    return Field(name, root, "attributes", argument, Kind.TEXT), places
