"""Claiming rewards of a plan's catalogue, and taking a claim back (specification, rewards).

What has been claimed of a reward is in cells (see `claimed`), of each member and of all together, on the day of the
claim. A claim that is taken back gives all of its price back and leaves its cells; voucher codes are each given out
once, and those of such a claim are not given out again, because somebody has seen them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import zip_longest
from typing import Protocol

from rewards.errors import Refused
from rewards.interpreter.expiring import Came, spendable
from rewards.interpreter.facts import MemberFacts
from rewards.interpreter.measuring import anchor
from rewards.interpreter.outcome import Outcome
from rewards.interpreter.refund import Refunding, Undo, given_up, take_or_owe
from rewards.interpreter.state import CLAIM_RULE, State, Voucher
from rewards.interpreter.tally import EVERYBODY, LAST_DAY, Cell
from rewards.money import format_amount
from rewards.plan.catalogue import Reward
from rewards.plan.events import Claim, ClaimCancelled
from rewards.plan.measures import FlowKind
from rewards.plan.model import BURNED, ISSUANCE, Asset, Plan
from rewards.plan.windows import FOR_EVER


def claimed(reward: str) -> str:
    """The name of the cells with how many pieces of a reward were claimed; amount and entries both say how many."""
    return f"claimed:{reward}"


class Claiming(Protocol):
    """As much of an event on its way as claims need."""

    plan: Plan
    state: State
    day: date
    result: Outcome

    @property
    def facts(self) -> MemberFacts:
        """What is true of members."""
        ...

    def move(self, asset: Asset, source: int, target: int, quantity: int) -> None:
        """Move a quantity between available balances; a debt of the target's is paid off."""
        ...

    def give_back(self, asset: Asset, member: int, whole: int, part: range, drawn: Sequence[Cell]) -> None:
        """Give back a part of the `whole` that a member gave up and that was drawn from these cells."""
        ...

    def count_flow(
        self, kind: FlowKind, asset: Asset, rule: int, member: int, day: int, quantity: int, entries: int
    ) -> None:
        """Count units as earned or spent on a day, where something looks at them."""
        ...

    def add_cell(self, cell: Cell) -> None:
        """Add to a cell."""
        ...


class Cancelling(Claiming, Refunding, Protocol):
    """As much of an event on its way as taking a claim back needs: also what taking an order back does."""


# --- what there is ----------------------------------------------------------------------------------------------------


def stock_left(state: State, reward: Reward) -> int | None:
    """How many pieces of a reward without codes are left; None for no limit. Below 0 where a version lowered it."""
    if reward.stock is None:
        return None
    return reward.stock - _claimed(state, reward, EVERYBODY, FOR_EVER, LAST_DAY)


def limit_left(facts: MemberFacts, reward: Reward, member: int) -> int | None:
    """How many pieces a member may still have on the day of the facts; None for no limit."""
    if reward.most is None:
        return None
    first, last = reward.window.bounds(facts.day, anchor(facts, reward.window, member))
    return max(reward.most - _claimed(facts.state, reward, member, first, last), 0)


def next_vouchers(state: State, reward: Reward, count: int) -> list[Voucher] | None:
    """The next codes to be given out, as many as there are of `count`; None where nobody checks."""
    found = state.source.vouchers(reward.name, state.given_out.get(reward.name, 0), count)
    return None if found is None else list(found)


def _claimed(state: State, reward: Reward, member: int, first: int, last: int) -> int:
    return sum(cell.amount for cell in state.tally.cells(claimed(reward.name), member, first, last))


# --- whether a member may have it -------------------------------------------------------------------------------------


def why_not(facts: MemberFacts, reward: Reward, member: int, count: int) -> Refused | None:
    """Why a member cannot have so many pieces on the day of the facts, or None when they can."""
    refused = _not_now(facts.day, reward)
    if refused is None and reward.when is not None and not facts.holds(reward.when, member):
        refused = Refused("reward.not-eligible", reward=reward.name)
    refused = refused or _sold_out(facts.state, reward, count) or _above_limit(facts, reward, member, count)
    return refused or _too_dear(facts, reward, member, count)


def why_nobody(facts: MemberFacts, reward: Reward) -> Refused | None:
    """Why nobody at all can have a piece on the day of the facts, or None when somebody may."""
    return _not_now(facts.day, reward) or _sold_out(facts.state, reward, 1)


def _not_now(day: date, reward: Reward) -> Refused | None:
    if reward.first <= day.toordinal() <= reward.last:
        return None
    first, last = _written(reward.first, FOR_EVER), _written(reward.last, LAST_DAY)
    return Refused("reward.not-now", reward=reward.name, first=first, last=last)


def _sold_out(state: State, reward: Reward, count: int) -> Refused | None:
    left = _pieces_left(state, reward, count)
    if left is None or count <= left:
        return None
    return Refused("reward.sold-out", pointer="/count", reward=reward.name, left=max(left, 0), wanted=count)


def _above_limit(facts: MemberFacts, reward: Reward, member: int, count: int) -> Refused | None:
    left = limit_left(facts, reward, member)
    if left is None or count <= left:
        return None
    return Refused("reward.limit", pointer="/count", reward=reward.name, most=reward.most, left=left)


def _pieces_left(state: State, reward: Reward, count: int) -> int | None:
    """How many pieces there are, or, of codes, whether there are as many as wanted."""
    if not reward.codes:
        return stock_left(state, reward)
    vouchers = next_vouchers(state, reward, count)
    return None if vouchers is None else len(vouchers)


def _too_dear(facts: MemberFacts, reward: Reward, member: int, count: int) -> Refused | None:
    for name, units in reward.price.items():
        asset = facts.plan.assets[name]
        have = spendable(facts, asset, member)
        if units * count > have:
            shown = {"have": format_amount(have, asset.scale), "wanted": format_amount(units * count, asset.scale)}
            return Refused("request.balance-too-small", pointer="/count", asset=name, **shown)
    return None


def _written(day: int, open_end: int) -> str:
    return "…" if day == open_end else date.fromordinal(day).isoformat()


# --- the two events ---------------------------------------------------------------------------------------------------


def take_claim(run: Claiming, event: Claim) -> None:
    """Let a member have what they claim: the price is used up, what it gives issued. Raises Refused if they cannot."""
    reward = run.plan.rewards.get(event.reward)
    if reward is None:
        known = ", ".join(run.plan.rewards) or "–"
        raise Refused("reward.unknown", reward=event.reward, known=known)
    refusal = why_not(run.facts, reward, event.member, event.count)
    if refusal is not None:
        raise refusal
    for name, units in reward.price.items():
        run.move(run.plan.assets[name], event.member, BURNED, units * event.count)
    for name, units in reward.gives.items():
        run.move(run.plan.assets[name], ISSUANCE, event.member, units * event.count)
    _count(run, event, run.day, event.count)
    if reward.codes:
        vouchers = next_vouchers(run.state, reward, event.count) or []
        run.result.vouchers += vouchers
        if vouchers:
            run.state.given_out[reward.name] = vouchers[-1].id


def cancel_claim(run: Cancelling, event: ClaimCancelled, undo: Undo) -> None:
    """Take a claim back under the version it was booked under: give its price back and let its pieces be there again.

    Units that expire return to where they were drawn from, as those do that a refund gives back. What it gave is taken,
    and what of it has been spent is owed, as after a refund.
    """
    claim, spent_on = event.claim, event.claim_day.toordinal()
    for index, (transfer, following) in enumerate(zip_longest(undo.transfers, undo.transfers[1:])):
        asset, _ = run.plan.books[transfer.source_book]
        quantity, units = transfer.quantity, undo.units.get(index, ())
        if transfer.rule != CLAIM_RULE:
            continue
        if transfer.source == ISSUANCE:
            take_or_owe(run, asset, claim.member, quantity, [Came(int(c.label), c.day, c.amount) for c in units])
        elif given_up(run.plan, transfer, following):
            run.give_back(asset, claim.member, quantity, range(quantity), units)
            run.count_flow(FlowKind.SPENT, asset, CLAIM_RULE, claim.member, spent_on, -quantity, -1)
    _count(run, claim, event.claim_day, -claim.count)


def _count(run: Claiming, claim: Claim, day: date, count: int) -> None:
    for member in (claim.member, EVERYBODY):
        run.add_cell(Cell(claimed(claim.reward), member, day.toordinal(), "", count, count))


def take_vouchers_back(state: State, event: Claim, outcome: Outcome) -> None:
    """Let the codes that a claim was given be the next again, as if it had never happened."""
    if outcome.vouchers:
        state.given_out[event.reward] = outcome.vouchers[0].id - 1
