"""The typed catalogue of fields that conditions, amounts and ladders may name.

A field's name is a dotted path such as `order.cash` or `member.balance.points`. Which fields exist
depends on what the plan declares (its assets, ladders, measures, tags and events); where one may be used depends on the
rule's trigger. Everything is resolved when the file is loaded, so an unknown or misplaced field never reaches
the interpreter.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from rewards.plan.triggers import CLOSES, Occasion, Trigger


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

SAID_BY_ORDERS = frozenset({"cash", "total", "points"})
"""The fields of an order that most rules look at, and that it simply says."""


@dataclass(frozen=True)
class Field:
    """One resolved field: `root.attribute` and, if it has one, its argument (an asset, a ladder, a tag, an attribute).

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

ORDER_PLACES = RULES_ABOUT_ORDERS | {Place.APPLIES_TO}
"""Where there is an order, with its lines."""
_ABOUT_ONE = RULES_ABOUT_ORDERS | {Place.EVENT_RULE, Place.MEMBER_RULE}
"""Where something has happened to one member, who may have a sponsor."""
_DAY_PLACES = _ABOUT_ONE | {Place.REQUEST_RULE, Place.CLOSE_RULE, Place.RELEASE}
_MEMBER_PLACES = _DAY_PLACES | {Place.MEMBER}
_PERSON_PLACES: Mapping[str, frozenset[Place]] = {
    "buyer": RULES_ABOUT_ORDERS,
    "sponsor": _ABOUT_ONE,
    "member": _MEMBER_PLACES,
}
OUTCOME_PLACES = _ABOUT_ONE | {Place.REQUEST_RULE, Place.CLOSE_RULE}
"""Where `rules.ID.amount` may be used."""
_MEASURED = frozenset({Place.LADDER})
_ORDERS = ORDER_PLACES | _MEASURED

Entry = tuple[Field, frozenset[Place]]
Catalogue = Mapping[str, Entry]

ATTRIBUTE_NAME = "[A-Za-z][A-Za-z0-9_-]{0,63}"
ATTRIBUTE = re.compile(rf"(order|line)\.attributes\.({ATTRIBUTE_NAME})", re.ASCII)

RESERVED_EVENT_FIELDS = ("time", "level")
"""What a declared event cannot name a field of its own: `event.time` and `event.level.…` mean something already."""


@dataclass(frozen=True)
class DeclaredField:
    """A field of a declared event, or an attribute of orders or lines, as the plan declares it."""

    name: str
    kind: Kind
    scale: int = 0
    """Of a number: how many decimals it may have. Amounts have those of the currency."""

    def decimals(self, currency_scale: int) -> int:
        """The decimals of its smallest unit, where the currency has `currency_scale`."""
        return currency_scale if self.kind is Kind.AMOUNT else self.scale


@dataclass(frozen=True)
class MeasureField:
    """What the catalogue must know of a measure."""

    scale: int
    amount: bool
    everybody: bool


@dataclass(frozen=True)
class Names:
    """What a plan declares, as far as fields are named after it.

    `assets` has each asset's scale, `events` each event's fields, `attributes` the declared attributes of `order` and
    `line`, `ladders` what each ladder's measure is about: `member`; or `order`, or a declared
    event's field (`event.nights`), and nobody holds its levels.
    """

    currency_scale: int = 2
    assets: Mapping[str, int] = field(default_factory=dict)
    ladders: Mapping[str, str] = field(default_factory=dict)
    measures: Mapping[str, MeasureField] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    pools: tuple[str, ...] = ()
    events: Mapping[str, Mapping[str, DeclaredField]] = field(default_factory=dict)
    attributes: Mapping[str, Mapping[str, DeclaredField]] = field(default_factory=dict)


def _field(name: str, kind: Kind, scale: int = 0, *, ladder: str = "") -> Field:
    root, attribute, *rest = name.split(".")
    return Field(name, root, attribute, ".".join(rest), kind, scale, ladder)


def build_catalogue(names: Names) -> dict[str, Entry]:
    """All fields of a plan with the places they may be used in.

    Attributes of orders and lines that are not declared are resolved by `resolve_attribute`; the fields of a
    declared event exist in rules on that event only (`event_fields`).
    """
    entries = (
        *_order_fields(names),
        *_person_fields(names),
        *_day_and_lot_fields(names.currency_scale),
        *_plan_fields(names),
        *_occasion_fields(names),
    )
    return {field.name: (field, places) for field, places in entries}


def _order_fields(names: Names) -> Iterator[Entry]:
    scale = names.currency_scale
    yield _field("order.cash", Kind.AMOUNT, scale), _ORDERS
    yield _field("order.total", Kind.AMOUNT, scale), _ORDERS
    yield _field("order.points", Kind.AMOUNT, scale), ORDER_PLACES
    yield _field("order.lines", Kind.NUMBER), ORDER_PLACES
    yield _field("order.time", Kind.TIME), ORDER_PLACES
    yield _field("order.number", Kind.NUMBER), RULES_ABOUT_ORDERS
    for ladder, about in names.ladders.items():
        if about == "order":
            yield _field(f"order.level.{ladder}", Kind.LEVEL, ladder=ladder), RULES_ABOUT_ORDERS
    yield _field("refund.amount", Kind.AMOUNT, scale), frozenset({Place.REFUND_RULE})
    line = frozenset({Place.LINE})
    yield _field("line.amount", Kind.AMOUNT, scale), line
    yield _field("line.cash", Kind.AMOUNT, scale), line
    yield _field("line.quantity", Kind.NUMBER), line
    yield _field("line.sku", Kind.TEXT), line
    yield _field("line.category", Kind.TEXT), line
    for name, declared in names.attributes.get("order", {}).items():
        found = _field(f"order.attributes.{name}", declared.kind, declared.decimals(scale))
        yield found, _ORDERS if found.numeric else ORDER_PLACES
    for name, declared in names.attributes.get("line", {}).items():
        yield _field(f"line.attributes.{name}", declared.kind, declared.decimals(scale)), line


def _person_fields(names: Names) -> Iterator[Entry]:
    for person, places in _PERSON_PLACES.items():
        measured = places | _MEASURED if person == "member" else places
        yield _field(f"{person}.sales", Kind.AMOUNT, names.currency_scale), measured
        yield _field(f"{person}.orders", Kind.NUMBER), measured
        merchant = places | {Place.PRICE_RULE} if person == "member" else places
        yield _field(f"{person}.merchant", Kind.FLAG), merchant
        for asset, scale in names.assets.items():
            yield _field(f"{person}.balance.{asset}", Kind.AMOUNT, scale), measured
        for name, measure in names.measures.items():
            if not measure.everybody:
                kind = Kind.AMOUNT if measure.amount else Kind.NUMBER
                yield _field(f"{person}.measure.{name}", kind, measure.scale), measured
        for ladder, about in names.ladders.items():
            if about == "member":
                yield _field(f"{person}.level.{ladder}", Kind.LEVEL, ladder=ladder), places
                yield _field(f"{person}.highest.{ladder}", Kind.LEVEL, ladder=ladder), places
        for tag in names.tags:
            yield _field(f"{person}.tag.{tag}", Kind.FLAG), places
        for attribute in ("days_since_joined", "years"):
            yield _field(f"{person}.{attribute}", Kind.NUMBER), measured
        for attribute in ("birthday", "birthday_month", "anniversary"):
            yield _field(f"{person}.{attribute}", Kind.FLAG), places
    yield _field("sponsor.exists", Kind.FLAG), _ABOUT_ONE
    yield _field("team.sales", Kind.AMOUNT, names.currency_scale), _MEASURED


def _day_and_lot_fields(scale: int) -> Iterator[Entry]:
    yield _field("day.weekday", Kind.TEXT), _MEMBER_PLACES
    yield _field("day.month", Kind.NUMBER), _MEMBER_PLACES
    yield _field("day.of_month", Kind.NUMBER), _MEMBER_PLACES
    yield _field("day.date", Kind.DATE), _MEMBER_PLACES
    yield _field("day.sales", Kind.AMOUNT, scale), frozenset({Place.CLOSE_RULE})
    release = frozenset({Place.RELEASE})
    yield _field("lot.basis", Kind.AMOUNT, scale), release
    yield _field("lot.age", Kind.NUMBER), release
    for attribute in LOT_QUANTITIES:
        yield _field(f"lot.{attribute}", Kind.AMOUNT, scale), release


LOT_QUANTITIES = ("granted", "remaining")
"""Fields of a lot whose scale is that of the asset released, which the reader of a release puts in."""


def _plan_fields(names: Names) -> Iterator[Entry]:
    for name, measure in names.measures.items():
        if measure.everybody:
            kind = Kind.AMOUNT if measure.amount else Kind.NUMBER
            yield _field(f"plan.measure.{name}", kind, measure.scale), _MEMBER_PLACES
    for name in names.pools:
        pool = Field(f"pool.{name}", "pool", "held", name, Kind.AMOUNT, names.currency_scale)
        yield pool, OUTCOME_PLACES | {Place.RELEASE}


def _occasion_fields(names: Names) -> Iterator[Entry]:
    """What only rules on one of the triggers of `Place.MEMBER_RULE` have; see `fits_occasion`."""
    rules = frozenset({Place.MEMBER_RULE})
    for ladder, about in names.ladders.items():
        if about == "member":
            yield _field(f"reached.{ladder}", Kind.LEVEL, ladder=ladder), rules
    yield _field("tag.name", Kind.TEXT), rules


_ONLY_ON = {"reached": Trigger.LEVEL_REACHED, "tag": Trigger.TAG_GIVEN}


def fits_occasion(field_: Field, occasion: Occasion) -> bool:
    """Whether a field, in a place that may have it, exists on this trigger."""
    return field_.root not in _ONLY_ON or _ONLY_ON[field_.root] is occasion.trigger


def event_fields(names: Names, event: str) -> dict[str, Entry]:
    """The fields that rules on a declared event have besides those of the catalogue."""
    rules = frozenset({Place.EVENT_RULE})
    found: dict[str, Entry] = {}
    for name, declared in names.events.get(event, {}).items():
        each = _field(f"event.{name}", declared.kind, declared.decimals(names.currency_scale))
        found[each.name] = each, rules | _MEASURED if each.numeric else rules
    found["event.time"] = _field("event.time", Kind.TIME), rules
    for ladder, about in names.ladders.items():
        if about in found:
            found[f"event.level.{ladder}"] = _field(f"event.level.{ladder}", Kind.LEVEL, ladder=ladder), rules
    return found


def resolve_attribute(name: str) -> Entry | None:
    """An attribute of an order or a line that no plan declares (`order.attributes.channel`); None for other names.

    It is a text. Declared ones are in the catalogue.
    """
    match = ATTRIBUTE.fullmatch(name)
    if not match:
        return None
    root, argument = match.groups()
    places = ORDER_PLACES if root == "order" else frozenset({Place.LINE})
    return Field(name, root, "attributes", argument, Kind.TEXT), places
