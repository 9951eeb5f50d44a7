"""Sealing what is on record, and asking whether it is as it was sealed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rewards.errors import RewardsError
from rewards.ledger import StoreUnavailable, chain, locks
from rewards.plan.model import Title
from rewards.services.platform import Platform

AT_ONCE = 100_000
"""How many events are read at once, while nobody has to wait."""
WRITTEN_AT_ONCE = 5_000
"""How many seals are written in one unit, for which others may have to wait."""

Told = Callable[[int], None]
"""Told how many events have been sealed."""


@dataclass(frozen=True)
class SealView:
    """How many events were sealed, and where the chain ends now: note event and hash where nobody can change them."""

    sealed: int
    event: int
    hash: str


@dataclass(frozen=True)
class ChainView:
    """Where the chain of seals ends, how many events wait to be sealed, and what is wrong first, if anything is."""

    event: int
    hash: str
    unsealed: int
    broken: Title | None


def open_events(platform: Platform) -> int:
    """How many events are not sealed yet."""
    with platform.ledger.read() as tx:
        return chain.count_open(tx)


def seal(platform: Platform, told: Told | None = None) -> SealView:
    """Seal all events on record that are not sealed yet. Others may write, and seal, meanwhile.

    Raises RewardsError when the chain is broken where it ends, StoreUnavailable.
    """
    done = 0
    while True:
        with platform.ledger.read() as tx:
            end, seals = chain.next_seals(tx, AT_ONCE)
        if not seals:
            return SealView(done, end.seq, end.hash)
        for first in range(0, len(seals), WRITTEN_AT_ONCE):
            part = seals[first : first + WRITTEN_AT_ONCE]
            with platform.ledger.write_beside() as tx:
                locks.hold_request(tx, "seal", "")
                if not chain.put(tx, end, part):
                    break  # somebody else has sealed meanwhile
            end = chain.Head(part[-1].seq, part[-1].hash)
            done += len(part)
            if told:
                told(done)


def seal_after_close(platform: Platform) -> None:
    """Seal what is on record. What stands in the way is left to the next time: the close is kept in any case."""
    try:
        seal(platform)
    except StoreUnavailable:
        return
    except RewardsError as error:
        if error.code != "ledger.chain.cannot-continue":
            raise


def check_chain(platform: Platform, anchor: tuple[int, str] | None = None, told: Told | None = None) -> ChainView:
    """Read all sealed events and their effects again and name the first row that is not as it was sealed.

    `anchor` is an event's number and its hash, as they were noted before.
    """
    with platform.ledger.read() as tx:
        found = chain.check(tx, chain.Head(*anchor) if anchor else None, told)
        seq, hash = chain.head(tx)
        broken = None if found is None else {"en": found.render("en"), "zh": found.render("zh")}
        return ChainView(seq, hash, chain.count_open(tx), broken)
