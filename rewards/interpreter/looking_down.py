"""Whose entries a measure adds up, as columns: sums down a tree, its generations and its legs."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from rewards import network
from rewards.actions.base import Column
from rewards.columns import add_at
from rewards.interpreter.columns import TreeShape
from rewards.plan.measures import Of, Whose
from rewards.plan.model import Plan

Piece = tuple[TreeShape, Column]
"""A tree as it was at the end of some stretch of time, and what each member came to in that time, int64[members]."""


def added_up(pieces: Sequence[Piece], of: Of, plan: Plan) -> Column:
    """What those `of` is about come to together over some stretches of time, for each member, int64[members].

    Raises OverflowError for a sum that does not fit, ValueError where `of` does not look down a tree.
    """
    if of.whose in (Whose.GENERATIONS, Whose.DOWNLINE, Whose.TEAM):
        sums = [_following(shape.forest, own, of) for shape, own in pieces]
        return sums[0] if len(sums) == 1 else np.sum(sums, axis=0, dtype=np.int64)
    if len(pieces) == 1:
        shape, own = pieces[0]
        return _of_legs(shape.forest, own, of, _named(shape), plan)
    return _of_moved_legs(pieces, of, plan)


def _following(parent: network.Tree, own: Column, of: Of) -> Column:
    if of.whose is Whose.GENERATIONS:
        return network.generations_sum(parent, own, of.first, of.last)
    return network.downline_sums(parent, own) if of.whose is Whose.DOWNLINE else network.team_sums(parent, own)


def _named(shape: TreeShape) -> Column:
    return np.full(len(shape.forest), -1, dtype=np.int64) if shape.leg is None else shape.leg


def _of_legs(parent: network.Tree, own: Column, of: Of, leg: Column, plan: Plan) -> Column:
    if of.whose is Whose.LARGEST_LEG:
        return network.legs_largest(parent, own)
    if of.whose is Whose.SMALLEST_LEG:
        return network.legs_smallest(parent, own)
    if of.whose is Whose.OTHER_LEGS:
        return network.legs_others(parent, own)
    if of.whose is Whose.CAPPED_LEGS:
        return network.legs_capped(parent, own, Fraction(of.share_numerator, of.share_denominator))
    if of.whose is Whose.LEGS_REACHING:
        return network.legs_reaching(parent, own, of.reaching)
    if of.whose is Whose.LEG:
        return network.named_leg(parent, leg, own, plan.trees[of.tree].legs.index(of.leg))
    raise ValueError(f"{of.whose.value} does not look down a tree")


def _of_moved_legs(pieces: Sequence[Piece], of: Of, plan: Plan) -> Column:
    """The same where members have moved: who was a leg of whose for some time brings what their team did in that time.

    Every pair of a member and a leg they had becomes an entry directly below the member in a tree of its own.
    """
    size = len(pieces[0][1])
    above, below, legs, totals = [], [], [], []
    for shape, own in pieces:
        placed = np.flatnonzero(shape.parent >= 0)
        above.append(shape.parent[placed])
        below.append(placed)
        legs.append(_named(shape)[placed])
        totals.append(network.team_sums(shape.forest, own)[placed])
    pairs = np.stack([np.concatenate(above), np.concatenate(below), np.concatenate(legs)])
    distinct, where = np.unique(pairs if of.whose is Whose.LEG else pairs[:2], axis=1, return_inverse=True)
    total = np.zeros(distinct.shape[1], dtype=np.int64)
    add_at(total, where, np.concatenate(totals))
    nobody = np.full(size, -1, dtype=np.int64)
    leg = np.append(nobody, distinct[2]) if of.whose is Whose.LEG else nobody
    parent, own = np.append(nobody, distinct[0]), np.append(np.zeros(size, dtype=np.int64), total)
    return _of_legs(parent, own, of, leg, plan)[:size]
