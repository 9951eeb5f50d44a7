"""The catalogue of a plan in memory: what members claim, and what they give back."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple

from rewards.errors import InvalidRequest, NotFound, Refused
from rewards.interpreter.claiming import limit_left, next_vouchers, stock_left
from rewards.interpreter.facts import MemberFacts
from rewards.interpreter.given import Given
from rewards.interpreter.memory import undo_of
from rewards.interpreter.outcome import Outcome
from rewards.interpreter.refund import Undo
from rewards.interpreter.state import Voucher
from rewards.plan.catalogue import Reward
from rewards.plan.events import Claim, ClaimCancelled, Event
from rewards.plan.model import Plan


class TakenClaim(NamedTuple):
    """A claim, the business day it was booked to, and the codes it was given."""

    claim: Claim
    day: date
    codes: tuple[str, ...]
    undo: Undo
    """What it did."""


class CatalogueWorld(Given):
    """The part of a world that deals with rewards."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self.claims: dict[str, TakenClaim] = {}
        """The claims that were taken, by id; those taken back too."""
        self.cancelled: set[str] = set()
        """The ids of claims that were taken back."""

    @abstractmethod
    def happen(self, event: Event, day: date, undo: Undo | None = None) -> Outcome | None:
        """Interpret an event booked to a day, or to the first open one."""

    @abstractmethod
    def _open(self, day: date) -> date: ...

    @abstractmethod
    def _next_id(self) -> str: ...

    @abstractmethod
    def _at(self, day: date, clock: str | None = None) -> datetime: ...

    def codes(self, reward: str, codes: Iterable[str]) -> None:
        """Load voucher codes of a reward; until some are loaded, none are given out and none are missed.

        Raises NotFound, and InvalidRequest for a code that is there already.
        """
        name = self._reward(reward).name
        loaded = self.source.codes.setdefault(name, [])
        known = {voucher.code for voucher in loaded}
        for code in codes:
            if code in known:
                raise InvalidRequest("world.code-twice", reward=reward, voucher=code)
            known.add(code)
            loaded.append(Voucher(len(loaded) + 1, code))

    def claim(self, member: str, reward: str, count: int = 1, *, on: str, id: str | None = None) -> Outcome | None:
        """A member claims so many pieces of a reward. Raises NotFound, Refused."""
        day = self._open(date.fromisoformat(on))
        name, ordinal = self._reward(reward).name, self.ordinal(member)
        event = Claim(id or self._next_id(), ordinal, name, count, self._at(day))
        outcome = self.happen(event, day)
        assert outcome is not None
        codes = tuple(each.code for each in outcome.vouchers)
        self.claims[event.id] = TakenClaim(event, day, codes, undo_of(outcome))
        return outcome

    def cancel(self, claim: str, *, on: str) -> Outcome | None:
        """A claim, by its id, is taken back. Raises NotFound, Refused."""
        taken = self.claims.get(claim)
        if taken is None:
            raise NotFound("world.unknown-claim", claim=claim)
        if claim in self.cancelled:
            raise Refused("claim.cancelled-already", claim=claim)
        day = max(self._open(date.fromisoformat(on)), taken.day)
        event = ClaimCancelled(self._next_id(), taken.claim, taken.day, self._at(day))
        outcome = self.happen(event, day, taken.undo)
        self.cancelled.add(claim)
        return outcome

    def stock(self, reward: str) -> int | None:
        """How many pieces of a reward are left; None for no limit, or while no codes are loaded. Raises NotFound."""
        found = self._reward(reward)
        if not found.codes:
            return stock_left(self.state, found)
        left = next_vouchers(self.state, found, len(self.source.codes.get(found.name, ())))
        return None if left is None else len(left)

    def limit(self, member: str, reward: str, *, on: str) -> int | None:
        """How many pieces a member may still have on a day; None for no limit. Raises NotFound."""
        day = date.fromisoformat(on)
        facts = MemberFacts(self.state, self.plan.on(day), day)
        return limit_left(facts, self._reward(reward), self.ordinal(member))

    def _reward(self, name: str) -> Reward:
        if name not in self.plan.rewards:
            raise NotFound("world.unknown-reward", reward=name, known=", ".join(self.plan.rewards) or "–")
        return self.plan.rewards[name]
