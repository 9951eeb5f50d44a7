"""The tree of one part of the members: it takes in what comes up from below it, and says what goes on upward.

Every question is answered by the same function as for a whole tree (`rewards.network`), on the part's own members with
stubs hung on them for what lies below. Where some of the members hang on others outside the part, what they come to
goes on upward as stubs in turn.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NoReturn, Protocol

import numpy as np

from rewards.columns import Column, Numbers, compiled
from rewards.distributed.stubs import Stubs, Sums, chained, difference, no_stubs, spread, sums_by
from rewards.errors import Refused
from rewards.network import Flags, Forest
from rewards.network import awards as award_kernels
from rewards.network import legs as leg_kernels
from rewards.network import tree as tree_kernels
from rewards.network import walks as walk_kernels
from rewards.network.loops import as_amounts


class Passage(Protocol):
    """How a part's trees are connected with those of other parts."""

    def next(self, question: str) -> int:
        """The number of a question that is about to be asked of a tree."""
        ...

    def from_below(self, number: int) -> Stubs | None:
        """What comes up for a question, `at` being indexes in the part; None where nothing lies below the part."""
        ...

    def upward(self, number: int, stubs: Stubs) -> None:
        """Let something go on upward, `at` being indexes among all members."""
        ...

    @property
    def everywhere(self) -> int:
        """How many members all parts have together."""
        ...


@dataclass(frozen=True)
class Grown:
    """The part's tree with stubs hung on it."""

    tree: Forest
    stubs: Stubs | None

    def column(self, own: Column, of_stubs: str, otherwise: int = 0) -> Column:
        """A column of the members, with one of the stubs' behind it (or the same number for all of them)."""
        if self.stubs is None:
            return own
        behind = getattr(self.stubs, of_stubs) if of_stubs else np.full(len(self.stubs), otherwise, dtype=np.int64)
        return np.concatenate([own, behind])


class PartForest(Forest):
    """The trees of one part: members, those above them in the part, and on whom the topmost hang outside it.

    Raises Refused for a question that no part can answer.
    """

    hangs: Column
    """int64[n]: index among all members of the one outside the part on whom each hangs, −1 for the others."""
    passage: Passage

    def __init__(self, parent: Column, hangs: Column, passage: Passage) -> None:
        super().__init__(parent)
        object.__setattr__(self, "hangs", hangs)
        object.__setattr__(self, "passage", passage)

    def without(self, left_out: Flags) -> PartForest:
        """The trees without some members: they stand below nobody, and what is below them with them."""
        return PartForest(np.where(left_out, -1, self.parent), np.where(left_out, -1, self.hangs), self.passage)

    # --- sums -------------------------------------------------------------------------------------------------------

    def team_sums(self, own: Column) -> Column:
        """See `rewards.network.team_sums`."""
        return self._teams("team", tree_kernels.team_sums, own)

    def downline_sums(self, own: Column) -> Column:
        """See `rewards.network.downline_sums`."""
        return self._teams("downline", tree_kernels.downline_sums, own)

    def _teams(self, question: str, answer: Callable[[Forest, Column], Column], own: Column) -> Column:
        number, grown = self._grown(question)
        (own,) = self.checked(own=own)
        own = grown.column(own, "amount")
        if self._goes_on:
            climb = self._climb(grown)
            sums = sums_by(climb.anchor, np.zeros_like(own), grown.tree.place(own=own)[0])
            self.passage.upward(number, chained(climb.at[sums.group], np.zeros_like(sums.key), sums.amount))
        return answer(grown.tree, own)[: len(self)]

    def generations_sum(self, own: Column, first: int, last: int) -> Column:
        """See `rewards.network.generations_sum`."""
        number, grown = self._grown(f"generations {first} to {last}")
        (own,) = self.checked(own=own)
        own = grown.column(own, "amount")
        if self._goes_on:
            climb = self._climb(grown)
            passed = climb.passed(np.ones_like(own))
            # Of what comes from so far down that only the sum of it matters, only that is told.
            passed = np.minimum(passed, max(first - 1, 0)) if last >= self.passage.everywhere else passed
            anchor = np.where(passed < last, climb.anchor, -1)
            sums = sums_by(anchor, passed, grown.tree.place(own=own)[0])
            self.passage.upward(number, chained(climb.at[sums.group], sums.key, sums.amount))
        return tree_kernels.generations_sum(grown.tree, own, first, last)[: len(self)]

    # --- legs -------------------------------------------------------------------------------------------------------

    def legs_largest(self, own: Column) -> Column:
        """See `rewards.network.legs_largest`."""
        return self._legs("largest", leg_kernels.legs_largest, own)

    def legs_smallest(self, own: Column) -> Column:
        """See `rewards.network.legs_smallest`."""
        return self._legs("smallest", leg_kernels.legs_smallest, own)

    def legs_others(self, own: Column) -> Column:
        """See `rewards.network.legs_others`."""
        return self._legs("others", leg_kernels.legs_others, own)

    def legs_reaching(self, own: Column, reaching: int) -> Column:
        """See `rewards.network.legs_reaching`."""
        return self._legs("reaching", leg_kernels.legs_reaching, own, reaching)

    def legs_capped(self, own: Column, share: Fraction) -> Column:
        """See `rewards.network.legs_capped`."""
        return self._legs("capped", leg_kernels.legs_capped, own, share)

    def _legs(self, question: str, answer: Callable[..., Column], own: Column, *given: Any) -> Column:
        number, grown = self._grown(f"legs {question}")
        (own,) = self.checked(own=own)
        own = grown.column(own, "amount")
        if self._goes_on:
            # Each leg by itself, also one that comes to nothing: it is a leg.
            top = np.flatnonzero(self.hangs >= 0)
            team = as_amounts(tree_kernels.team_sums(grown.tree, own))[top]
            self.passage.upward(number, chained(self.hangs[top], np.zeros_like(top), team))
        return answer(grown.tree, own, *given)[: len(self)]

    # --- awards -----------------------------------------------------------------------------------------------------

    def generation_award(
        self,
        source: Column,
        rates: Sequence[Fraction],
        counts: Flags | None = None,
        blocker: Column | None = None,
        own: bool = False,
    ) -> Column:
        """See `rewards.network.generation_award`."""
        number, grown = self._grown("generation award")
        (source,) = self.checked(source=source)
        source, counting = grown.column(source, "amount"), grown.column(self.checked_flags("counts", counts), "counts")
        level = None if blocker is None else grown.column(self.checked(blocker=blocker)[0], "level")
        if self._goes_on:
            climb = self._climb(grown)
            placed, stands = grown.tree.place(source=source, counting=counting)
            passed = climb.passed(stands) + (stands if own else 0)
            highest = np.full(len(placed), -1, dtype=np.int64)
            if level is not None:
                (placed_level,) = grown.tree.place(level=level)
                highest = np.maximum(climb.highest(placed_level), placed_level)
            self._send_award(number, climb, placed, passed, highest, len(rates))
        award = walk_kernels.generation_award(grown.tree, source, rates, counts=counting == 1, blocker=level, own=own)
        return award[: len(self)]

    def _send_award(
        self, number: int, climb: Climb, source: Column, passed: Column, highest: Column, most: int
    ) -> None:
        """Let amounts go on upward with how many generations they have passed (less than `most`), and which level."""
        anchor = np.where(passed < most, climb.anchor, -1)
        sums = sums_by(anchor, passed * (int(highest.max(initial=-1)) + 2) + highest + 1, source)
        levels = int(highest.max(initial=-1)) + 2
        steps, level = sums.key // levels, sums.key % levels - 1
        self.passage.upward(number, chained(climb.at[sums.group], steps, sums.amount, level, level))

    def differential_award(self, source: Column, rates: Sequence[Fraction], level: Column, own: bool = False) -> Column:
        """See `rewards.network.differential_award`."""
        number, grown = self._grown("differential award")
        source, level = self.checked(source=source, level=level)
        award_kernels.check_levels(level, len(rates))
        source, level = grown.column(source, "amount"), grown.column(level, "level")
        if self._goes_on:
            climb = self._climb(grown)
            ascending = sorted({rate for rate in rates if rate > 0})
            rank_of = np.array([*(ascending.index(each) + 1 if each > 0 else 0 for each in rates), 0], dtype=np.int64)
            # Of any levels with one rate it is all the same which an amount has met.
            level_of = np.array([-1, *(list(rates).index(each) for each in ascending)], dtype=np.int64)
            placed, rank = grown.tree.place(source=source, rank=rank_of[level])
            met = climb.highest(rank, lowest=0)
            met = np.maximum(met, rank) if own else met
            sums = sums_by(climb.anchor, met, placed)
            steps = (sums.key > 0).astype(np.int64)
            self.passage.upward(number, chained(climb.at[sums.group], steps, sums.amount, level_of[sums.key]))
        return award_kernels.differential_award(grown.tree, source, rates, level, own=own)[: len(self)]

    def same_level_award(self, source: Column, rate: Fraction, level: Column) -> Column:
        """See `rewards.network.same_level_award`."""
        number, grown = self._grown("same-level award")
        source, level = self.checked(source=source, level=level)
        source, level = grown.column(source, "amount"), grown.column(level, "level")
        if self._goes_on:
            self._send_peers(number, grown, source, level)
        return award_kernels.same_level_award(grown.tree, source, rate, level)[: len(self)]

    def _send_peers(self, number: int, grown: Grown, source: Column, level: Column) -> None:
        """Let the downlines of those go on upward who may have a peer there; and what else there is without them."""
        climb = self._climb(grown)
        placed, stands = grown.tree.place(source=source, level=level)
        waiting = (stands >= 0) & (stands > climb.highest(stands))
        downline = tree_kernels.downline_numbers(grown.tree, placed)
        peers = sums_by(np.where(waiting, climb.anchor, -1), np.maximum(stands, 0), downline)
        whole = spread(len(climb.at), sums_by(climb.anchor, np.zeros_like(placed), placed))
        rest = difference(whole, spread(len(climb.at), peers))
        groups = np.arange(len(climb.at))
        both = Sums(
            np.concatenate([peers.group, groups]),
            np.concatenate([peers.key, np.full(len(groups), -1)]),
            _together(peers.amount, rest),
        )
        steps = (both.key >= 0).astype(np.int64)
        self.passage.upward(number, chained(climb.at[both.group], steps, both.amount, both.key))

    # --- what no part can answer -------------------------------------------------------------------------------------

    def depths(self) -> NoReturn:
        """See `rewards.network.depths`."""
        self._refuse("depths")

    def generation_counts(self, generations: int) -> NoReturn:
        """See `rewards.network.generation_counts`."""
        self._refuse("generation counts")

    def nearest_upline_at_least(self, level: Column) -> NoReturn:
        """See `rewards.network.nearest_upline_at_least`."""
        self._refuse("nearest upline")

    def named_leg(self, leg_index: Column, own: Column, wanted: int) -> NoReturn:
        """See `rewards.network.named_leg`."""
        self._refuse("named leg")

    def _refuse(self, question: str) -> NoReturn:
        raise Refused("distributed.tree-question", question=question)

    # --- on the way -------------------------------------------------------------------------------------------------

    @property
    def _goes_on(self) -> bool:
        return bool((self.hangs >= 0).any())

    def _grown(self, question: str) -> tuple[int, Grown]:
        number = self.passage.next(question)
        stubs = self.passage.from_below(number)
        if not self._goes_on:
            self.passage.upward(number, no_stubs())
        if stubs is None or not len(stubs):
            return number, Grown(self, None)
        above = np.where(stubs.above >= 0, stubs.above + len(self), stubs.at)
        return number, Grown(Forest(np.concatenate([self.parent, above])), stubs)

    def _climb(self, grown: Grown) -> Climb:
        hangs = grown.column(self.hangs, "", -1)
        return Climb.of(grown.tree, hangs)


@dataclass(frozen=True)
class Climb:
    """The way of each place of a grown tree up to where it hangs on somebody outside the part; in the tree's order."""

    upline: Column
    at: Column
    """The members (indexes among all) on whom something hangs, ascending."""
    anchor: Column
    """int64[places]: the index in `at` of the one where the way up ends, −1 where it ends at the top of a tree."""

    @classmethod
    def of(cls, tree: Forest, hangs: Column) -> Climb:
        """The climb in a tree whose members hang so outside it."""
        (hangs,) = tree.place(hangs=hangs)
        at = np.unique(hangs[hangs >= 0])
        anchor = np.where(hangs >= 0, np.searchsorted(at, hangs), -1)
        _carry_down(tree.upline, anchor)
        return cls(tree.upline, at, anchor)

    def passed(self, counting: Column) -> Column:
        """How many who count are above each place, in the part."""
        found = np.zeros_like(counting)
        _count_above(self.upline, counting, found)
        return found

    def highest(self, level: Column, lowest: int = -1) -> Column:
        """The highest level above each place, in the part; `lowest` where nobody is."""
        found = np.full_like(level, lowest)
        _find_highest(self.upline, level, found)
        return found


def _together(one: Numbers, other: Numbers) -> Numbers:
    if isinstance(one, list) or isinstance(other, list):
        return [int(each) for each in [*one, *other]]
    return np.concatenate([one, other])


@compiled
def _carry_down(upline: Column, anchor: Column) -> None:
    for place in range(len(upline)):
        if upline[place] >= 0:
            anchor[place] = anchor[upline[place]]


@compiled
def _count_above(upline: Column, counting: Column, found: Column) -> None:
    for place in range(len(upline)):
        if upline[place] >= 0:
            found[place] = found[upline[place]] + counting[upline[place]]


@compiled
def _find_highest(upline: Column, level: Column, found: Column) -> None:
    for place in range(len(upline)):
        above = upline[place]
        if above >= 0:
            found[place] = max(found[above], level[above])
