"""How use cases work on the books: beside each other where they can, and again where others were in the way."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Collection, Mapping
from functools import wraps
from typing import NamedTuple, ParamSpec, TypeVar

from sqlalchemy import Connection

from rewards.ledger import Contended, direct, events, locks, members
from rewards.services.beside import NeedsAlone
from rewards.services.platform import Calendar, Platform

P = ParamSpec("P")
T = TypeVar("T")

MOST_ATTEMPTS = 10
"""How often a use case is tried that others are in the way of."""
PATIENCE_SECONDS = 30
"""After how long it is not tried again."""
_FIRST_PAUSE_MILLISECONDS = 5


class Asked(NamedTuple):
    """What is asked for requests before all else, together."""

    members: members.Named
    """Whom they name."""
    calendar: Calendar
    known: dict[str, tuple[int, str]]
    """Those that are on record: the event's number and fingerprint, by the client's own id."""


class Unit(NamedTuple):
    """A unit of writing: alone (`held` is None), or beside others with the members it holds."""

    tx: Connection
    held: frozenset[int] | None
    asked: Asked | None = None
    """What was asked already."""

    def calendar(self, platform: Platform) -> Calendar:
        """The plans' versions and closed days as they are now."""
        return self.asked.calendar if self.asked else platform.calendar(self.tx)


def retried(use_case: Callable[P, T]) -> Callable[P, T]:
    """Try a use case again when another unit was in its way: a bounded number of times, after growing pauses.

    Everything a use case does is in one unit of which nothing is left when it fails, so that trying again is safe.
    Raises what the last attempt raises.
    """

    @wraps(use_case)
    def tried(*args: P.args, **kwargs: P.kwargs) -> T:
        begun = time.monotonic()
        for attempt in range(1, MOST_ATTEMPTS):
            try:
                return use_case(*args, **kwargs)
            except Contended:
                if time.monotonic() - begun > PATIENCE_SECONDS:
                    raise
            # At random, so that two that were in each other's way do not meet again.
            time.sleep(random.randrange(_FIRST_PAUSE_MILLISECONDS * 2**attempt) / 1000)  # noqa: S311 (no secret)
        return use_case(*args, **kwargs)

    return tried


def ask(
    platform: Platform, tx: Connection, kind: str, ids: Collection[str], named: Collection[str], *, first: bool = False
) -> Asked:
    """Ask what there is to know of requests by their ids and by those of the members they name.

    In a unit that works beside others the request (one only) and these members, with their sponsors, are held first;
    and before them the books, if that was left to it (`first`).
    """
    with direct.together(tx):
        if first:
            locks.hold_books(tx)
        for id in ids if locks.is_beside(tx) else ():
            locks.hold_request(tx, kind, id)
        people = members.send_named(tx, named)  # ordinals and sponsors never change
        locks.hold_named(tx, named)
        calendar = platform.send_calendar(tx)
        known = events.send_known(tx, kind, ids)
    return Asked(people(), calendar(), known())


def beside(platform: Platform, kind: str, id: str, named: Collection[str], work: Callable[[Unit], T]) -> T:
    """Do the work of one request beside others, holding the members it names by their ids, and their sponsors.

    Ids that nobody has are left to the work to refuse. Where it needs more, or the database has one writer only, it is
    done alone. `work` writes nothing before it has interpreted what there is to interpret. Raises what `work` raises,
    and StoreUnavailable.
    """

    def begun(tx: Connection) -> Unit:
        asked = ask(platform, tx, kind, [id], named, first=True)
        return Unit(tx, _with_sponsors(asked.members.roles) if locks.is_beside(tx) else None, asked)

    return _beside(platform, kind, lambda tx: work(begun(tx)), holding=False)


def beside_of(
    platform: Platform, kind: str, id: str, people: Callable[[Connection], Collection[int]], work: Callable[[Unit], T]
) -> T:
    """As `beside`, but of the members whom `people` finds (ordinals), once the request is held."""

    def begun(tx: Connection) -> Unit:
        if not locks.is_beside(tx):
            return Unit(tx, None)
        locks.hold_request(tx, kind, id)
        held = _with_sponsors(members.roles(tx, people(tx)))
        locks.hold_members(tx, held)
        return Unit(tx, held)

    return _beside(platform, kind, lambda tx: work(begun(tx)))


def _with_sponsors(roles: Mapping[int, tuple[int, bool]]) -> frozenset[int]:
    return frozenset(roles) | {sponsor for sponsor, _ in roles.values() if sponsor}


def _beside(platform: Platform, kind: str, work: Callable[[Connection], T], *, holding: bool = True) -> T:
    if platform.ledger.writes_beside and kind not in platform.needs_alone:
        try:
            with platform.ledger.write_beside(holding=holding) as tx:
                return work(tx)
        except NeedsAlone:
            platform.needs_alone.add(kind)
    with platform.ledger.write(holding=holding) as tx:
        return work(tx)
