"""Schemas of members, events, days and books as they are shown; they follow `rewards.services.views`."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from .fields import SIGNED


class Shown(Schema):
    """What the platform shows: every field is always there."""

    def on_bind_field(self, field_name: str, field_obj: Any) -> None:
        """Publish each field as required."""
        field_obj.required = True


def amount(**options: Any) -> fields.String:
    """A decimal text as it is shown."""
    return fields.String(metadata={"pattern": SIGNED, "example": "12.50"}, **options)


class Translated(Shown):
    """A title in each language."""

    en = fields.String()
    zh = fields.String()


class Level(Shown):
    """The level a member holds of one ladder of one plan."""

    plan = fields.String()
    ladder = fields.String()
    level = fields.String()
    title = fields.Nested(Translated)
    since = fields.Date()
    through = fields.Date(allow_none=True)
    highest = fields.String()


class Member(Shown):
    """A member."""

    id = fields.String(metadata={"example": "anna"})
    phone = fields.String(allow_none=True, metadata={"example": "+8613800138000"})
    sponsor = fields.String(allow_none=True)
    merchant = fields.Boolean()
    joined_at = fields.DateTime()
    levels = fields.List(fields.Nested(Level))
    birthday = fields.Date(allow_none=True)


class Tag(Shown):
    """That a member carries a tag on these days."""

    tag = fields.String()
    title = fields.Nested(Translated)
    since = fields.Date(data_key="from")
    through = fields.Date(allow_none=True)


class Place(Shown):
    """Where a member stands in a tree: below whom, on which leg, and since when, `null` for ever."""

    tree = fields.String()
    member = fields.String()
    under = fields.String(allow_none=True)
    leg = fields.String(allow_none=True)
    since = fields.Date(data_key="from", allow_none=True)


class Child(Shown):
    """A member directly below another."""

    member = fields.String()
    leg = fields.String(allow_none=True)


class PlacePage(Place):
    """Where a member stands, and a page of those directly below."""

    items = fields.List(fields.Nested(Child))
    next = fields.String(allow_none=True)


class Measure(Shown):
    """What a measure of one plan comes to now for a member."""

    plan = fields.String()
    measure = fields.String()
    title = fields.Nested(Translated)
    value = amount()


class Notice(Shown):
    """That a member was told of units that are good to `last_day` only."""

    plan = fields.String()
    asset = fields.String()
    title = fields.Nested(Translated)
    quantity = amount()
    last_day = fields.Date()
    day = fields.Date()


class Balance(Shown):
    """What a member has of one asset."""

    plan = fields.String()
    asset = fields.String()
    title = fields.Nested(Translated)
    available = amount()
    locked = amount()
    debt = amount()
    value = amount(allow_none=True)


class Lot(Shown):
    """One grant with its own basis and remaining quantity."""

    id = fields.String()
    plan = fields.String()
    asset = fields.String()
    order = fields.String()
    day = fields.Date()
    basis = amount()
    granted = amount()
    remaining = amount()
    released = amount()


class Line(Shown):
    """A transfer as one member sees it; `change` is signed."""

    transfer = fields.String(metadata={"example": "2-1-1"})
    kind = fields.String()
    event = fields.String()
    day = fields.Date()
    plan = fields.String()
    version = fields.String()
    rule = fields.String()
    title = fields.Nested(Translated)
    asset = fields.String()
    compartment = fields.String()
    change = amount()
    counterpart = fields.String()


class Total(Shown):
    """Orders of a downline under one plan, split into cash and points, and the member's own beside them."""

    plan = fields.String()
    orders = fields.Integer()
    cash = amount()
    points = amount()
    own_orders = fields.Integer()
    own_cash = amount()
    own_points = amount()


class Network(Shown):
    """A member's downline."""

    member = fields.String()
    direct = fields.Integer()
    downline = fields.Integer()
    totals = fields.List(fields.Nested(Total))


class Account(Shown):
    """One side of a transfer."""

    holder = fields.String()
    kind = fields.String(metadata={"enum": ["member", "pool", "platform"]})
    compartment = fields.String(metadata={"enum": ["available", "locked", "debt"]})


class Transfer(Shown):
    """How much of what went from where to where, under which rule of which version."""

    id = fields.String(metadata={"example": "2-1-1"})
    plan = fields.String()
    version = fields.String()
    rule = fields.String()
    asset = fields.String()
    quantity = amount()
    source = fields.Nested(Account, data_key="from")
    target = fields.Nested(Account, data_key="to")
    lot = fields.String(allow_none=True)


class Booked(Shown):
    """How one plan has booked an event."""

    plan = fields.String()
    version = fields.String()
    day = fields.Date()
    transfers = fields.List(fields.Nested(Transfer))


class Event(Shown):
    """An event on record and what it has moved."""

    kind = fields.String()
    id = fields.String()
    sequence = fields.Integer()
    member = fields.String()
    booked = fields.List(fields.Nested(Booked))
    repeated = fields.Boolean(metadata={"description": "This very request had been taken before."})


class Moved(Shown):
    """What one rule has moved of one asset in a day close."""

    rule = fields.String()
    asset = fields.String()
    quantity = amount()
    transfers = fields.Integer()


class Waiting(Shown):
    """A rule that waits until a parameter is declared for a period."""

    rule = fields.String()
    parameter = fields.String()
    period = fields.String()


class Closed(Shown):
    """A day one plan has closed."""

    plan = fields.String()
    version = fields.String()
    day = fields.Date()
    sequence = fields.Integer()
    transfers = fields.Integer()
    moved = fields.List(fields.Nested(Moved))
    waiting = fields.List(fields.Nested(Waiting))
    repeated = fields.Boolean()


class DayShown(Shown):
    """A business day under one plan."""

    plan = fields.String()
    day = fields.Date()
    status = fields.String(metadata={"enum": ["open", "closed"]})
    orders = fields.Integer()
    cash = amount()
    points = amount()
    closed = fields.Nested(Closed, allow_none=True)


class Pool(Shown):
    """What is in a pool, and all that ever went in and out."""

    plan = fields.String()
    pool = fields.String()
    title = fields.Nested(Translated)
    balance = amount()
    paid_in = amount()
    paid_out = amount()


class Price(Shown):
    """A unit price: the exact ratio, and rounded for display."""

    plan = fields.String()
    asset = fields.String()
    day = fields.Date()
    event = fields.Integer()
    numerator = fields.String(metadata={"pattern": "^[0-9]+$"})
    denominator = fields.String(metadata={"pattern": "^[0-9]+$"})
    display = amount()
