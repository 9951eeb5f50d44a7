"""Columns that a day close asks for only under plans that look at them: cells, and days in members' lives."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import BigInteger, Connection, Select, cast, func, select

from rewards.actions.base import Column
from rewards.interpreter.cell_columns import CellColumns
from rewards.ledger import bulk, tallies
from rewards.ledger.tables import member
from rewards.plan.model import Plan

_ABOUT_PEOPLE = re.compile(r"joined|birthday|anniversary|membership_year|\.years|\\")
"""What a rule file says where anything in it depends on such days; a backslash may hide any word."""
_QUARTER_HOUR = 900
"""Seconds; no time zone differs from UTC by anything finer, nor changes in between."""


@dataclass
class StoredCells:
    """The tally's cells as stored; `tx` is the unit that reads them."""

    tx: Connection
    plan_id: int

    def columns(self, name: str, first: int, last: int) -> CellColumns:
        """The cells of a name on days `first` to `last` of all members, 0 included; empty ones left out."""
        return CellColumns(*tallies.columns(self.tx, self.plan_id, name, first, last))


def looks_at_people(plan: Plan) -> bool:
    """Whether anything in a plan may depend on when members joined or were born: then these columns are worth reading.

    Its text tells: fields, triggers and windows that look at them have a word of theirs in their names.
    """
    return _ABOUT_PEOPLE.search(plan.source) is not None


def days_of_joining(tx: Connection, zone: ZoneInfo) -> Column:
    """The day each member joined in a time zone, `date.toordinal()`; int64[members]."""
    seconds = bulk.read(tx, _seconds(tx).order_by(member.c.ordinal))[0]
    # Members join in far fewer different quarters of an hour than there are members.
    quarters, which = np.unique(seconds // _QUARTER_HOUR, return_inverse=True)
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    days = [
        (epoch + timedelta(seconds=each * _QUARTER_HOUR)).astimezone(zone).toordinal() for each in quarters.tolist()
    ]
    return np.array(days, dtype=np.int64)[which]


def _seconds(tx: Connection) -> Select[int]:
    """Seconds since 1970 at which each member joined."""
    if tx.dialect.name == "sqlite":
        return select(cast(func.strftime("%s", member.c.joined_at), BigInteger))
    return select(cast(func.floor(func.extract("epoch", member.c.joined_at)), BigInteger))


def days_of_birth(tx: Connection) -> Column:
    """Each member's birthday, `date.toordinal()`, 0 when unknown; int64[members]."""
    return bulk.read(tx, select(func.coalesce(member.c.birthday, 0)).order_by(member.c.ordinal))[0]
