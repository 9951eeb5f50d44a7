"""How use cases work on the books: beside each other where they can, and again where others were in the way."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Collection
from functools import wraps
from typing import NamedTuple, ParamSpec, TypeVar

from sqlalchemy import Connection

from rewards.ledger import Contended, locks, members
from rewards.services.beside import NeedsAlone
from rewards.services.platform import Platform

P = ParamSpec("P")
T = TypeVar("T")

MOST_ATTEMPTS = 10
"""How often a use case is tried that others are in the way of."""
PATIENCE_SECONDS = 30
"""After how long it is not tried again."""
_FIRST_PAUSE_MILLISECONDS = 5


class Unit(NamedTuple):
    """A unit of writing: alone (`held` is None), or beside others with the members it holds."""

    tx: Connection
    held: frozenset[int] | None


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


def beside(
    platform: Platform, kind: str, id: str, people: Callable[[Connection], Collection[int]], work: Callable[[Unit], T]
) -> T:
    """Do the work of one request beside others, holding the members whom `people` finds (ordinals) and their sponsors.

    Where it needs more, or the database has one writer only, alone. `work` writes nothing before it has interpreted
    what there is to interpret. Raises what `people` and `work` raise, and StoreUnavailable.
    """
    if platform.ledger.writes_beside and kind not in platform.needs_alone:
        try:
            with platform.ledger.write_beside() as tx:
                locks.hold_request(tx, kind, id)
                concerned = frozenset(people(tx))
                sponsors = {sponsor for sponsor, _ in members.roles(tx, concerned).values() if sponsor}
                held = concerned | sponsors
                locks.hold_members(tx, held)
                return work(Unit(tx, held))
        except NeedsAlone:
            platform.needs_alone.add(kind)
    with platform.ledger.write() as tx:
        return work(Unit(tx, None))


def named(*ids: str) -> Callable[[Connection], Collection[int]]:
    """Finds the ordinals of members by id; ids that nobody has are left to the work to refuse."""
    return lambda tx: members.ordinals(tx, ids).values()
