"""Dividing a tree of members into parts that a close can be run on by themselves.

A *branch* is a member with all below them. The tree is cut into *pieces*: some branches that hang on one and the same
member, without those that have been cut off further down, so that a branch of any size and a chain of any length come
in pieces. A *part* is some pieces together. What hangs on a piece is always in a part of a lower *layer*, so that parts
can give upward what each of them comes to, and none ever waits for itself; the parts of layer 0 have nothing below.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rewards.columns import Column, compiled
from rewards.network import tree_order

PIECES_A_PART = 8
"""Pieces are about so much smaller than parts, that some of them together come out even."""


@dataclass(frozen=True)
class Split:
    """Which part each member is in, and how the parts stand above one another."""

    part: Column
    """int64[members]: the number of the part, from 0; the highest number is the *trunk*, where there is more than one
    layer."""
    parent: Column
    """int64[members], as it was given."""
    layer: tuple[int, ...]
    """The layer of each part, ascending."""

    @property
    def parts(self) -> int:
        """How many parts there are."""
        return len(self.layer)

    @property
    def cut(self) -> Column:
        """The members (indexes) at the top of a piece that hangs on somebody in another part; int64[k]."""
        placed = np.flatnonzero(self.parent >= 0)
        found: Column = placed[self.part[placed] != self.part[self.parent[placed]]]
        return found

    def members(self, part: int) -> Column:
        """The members (indexes, ascending) of a part."""
        return np.flatnonzero(self.part == part)

    def below(self) -> list[frozenset[int]]:
        """For each part, those in which something hangs on one of its members."""
        pairs = np.unique(np.stack([self.part[self.parent[self.cut]], self.part[self.cut]]), axis=1)
        return [frozenset(pairs[1, pairs[0] == part].tolist()) for part in range(self.parts)]


def split(parent: Column, parts: int) -> Split:
    """Divide a tree (int64[n], −1 for nobody above) into about so many parts of about one size.

    No part has more than n ÷ `parts` members and a piece's, and there are at most `parts` and a few more, however the
    tree is shaped. Raises ValueError when `parts` is less than 1, or for a circle (see `tree_order`).
    """
    if parts < 1:
        raise ValueError(f"{parts} parts; there must be 1 or more")
    size = len(parent)
    if not size:
        return Split(np.zeros(0, dtype=np.int64), parent, (0,))
    order = tree_order(parent)
    most = max(-(-size // parts), 1)
    piece, layer = _pieces(parent, order, max(most // PIECES_A_PART, 1) if parts > 1 else size)
    return _packed(parent, piece, layer, most)


def _pieces(parent: Column, order: Column, target: int) -> tuple[Column, Column]:
    """The piece of each member, numbered from 0, and the layer of each piece."""
    size = len(parent)
    group, cut = np.zeros(size, dtype=np.int64), np.zeros(2 * size + 2, dtype=np.int64)
    branches, spine = np.zeros(size + 1, dtype=np.int64), np.zeros(size + 1, dtype=np.int64)
    groups_below = np.full(size + 1, -1, dtype=np.int64), np.full(size + 1, -1, dtype=np.int64)
    _weigh(parent, order, target, branches, spine, groups_below[0], groups_below[1], group, cut)
    piece = np.zeros(size, dtype=np.int64)
    _number(parent, order, group, cut, piece)
    distinct, piece = np.unique(piece, return_inverse=True)
    layer = np.zeros(len(distinct), dtype=np.int64)
    _find_layers(parent, order, piece, layer)
    return piece.astype(np.int64), layer


def _packed(parent: Column, piece: Column, layer: Column, most: int) -> Split:
    """Put pieces of one layer together; and whole layers of pieces where these are small."""
    size = np.bincount(piece, minlength=len(layer)).astype(np.int64)
    weight = np.zeros(int(layer.max()) + 1, dtype=np.int64)
    np.add.at(weight, layer, size)
    part_of = np.zeros(len(layer), dtype=np.int64)
    layers: list[int] = []
    level = 0
    while level < len(weight):
        last, together = level, int(weight[level])
        # The lowest layer stays by itself: it waits for nothing.
        while level > 0 and last + 1 < len(weight) and together + weight[last + 1] <= most:
            last, together = last + 1, together + int(weight[last + 1])
        pieces = np.flatnonzero((layer >= level) & (layer <= last))
        number = max(-(-together // most), 1)
        part_of[pieces] = len(layers) + _spread(size[pieces], number)
        layers += [level] * number
        level = last + 1
    return Split(part_of[piece], parent, tuple(layers))


def _spread(size: Column, parts: int) -> Column:
    """Which of so many parts each piece goes to, so that they come out even: the largest first."""
    filled = np.zeros(parts, dtype=np.int64)
    part = np.zeros(len(size), dtype=np.int64)
    for piece in np.argsort(-size, kind="stable").tolist() if parts > 1 else ():
        part[piece] = filled.argmin()
        filled[part[piece]] += size[piece]
    return part


@compiled
def _weigh(
    parent: Column,
    order: Column,
    target: int,
    branches: Column,
    spine: Column,
    branch_group: Column,
    spine_group: Column,
    group: Column,
    cut: Column,
) -> None:
    """Gather those below each member in groups, and cut a group off before it is too large.

    Whole branches are gathered apart from those of which something has been cut off, the spine: all of a member's
    branches are cut off as soon as some are, so that little stays above. `branches` and `spine` hold the weights below
    each member, `branch_group` and `spine_group` the groups being filled, −1 for none; their last entries are those of
    nobody. `group` is the group of each member, and `cut` is 1 for groups that are cut off.
    """
    groups = 0
    for place in range(len(order) - 1, -1, -1):
        member = order[place]
        above = parent[member]
        below = spine_group[member] >= 0
        if branch_group[member] >= 0 and (below or branches[member] >= target or spine[member] > 0):
            cut[branch_group[member]] = 1
            below = True
        if not below and spine[member] == 0:
            own = branches[member] + 1
            if branch_group[above] >= 0 and branches[above] + own > target:
                cut[branch_group[above]] = 1
                branch_group[above], branches[above] = -1, 0
                spine[above] = max(spine[above], 1)
            if branch_group[above] < 0:
                branch_group[above] = groups
                groups += 1
            branches[above] += own
            group[member] = branch_group[above]
            continue
        own = spine[member] + 1
        if own > target and spine_group[member] >= 0:
            cut[spine_group[member]] = 1
            own = 1
        if spine_group[above] >= 0 and spine[above] + own > target:
            cut[spine_group[above]] = 1
            spine_group[above], spine[above] = -1, 0
        if spine_group[above] < 0:
            spine_group[above] = groups
            groups += 1
        spine[above] += own
        group[member] = spine_group[above]
    for last in (branch_group[-1], spine_group[-1]):
        if last >= 0:
            cut[last] = 1


@compiled
def _number(parent: Column, order: Column, group: Column, cut: Column, piece: Column) -> None:
    for place in range(len(order)):
        member = order[place]
        above = parent[member]
        piece[member] = group[member] if cut[group[member]] == 1 or above < 0 else piece[above]


@compiled
def _find_layers(parent: Column, order: Column, piece: Column, layer: Column) -> None:
    for place in range(len(order) - 1, -1, -1):
        member = order[place]
        above = parent[member]
        if above >= 0 and piece[above] != piece[member] and layer[piece[above]] <= layer[piece[member]]:
            layer[piece[above]] = layer[piece[member]] + 1
