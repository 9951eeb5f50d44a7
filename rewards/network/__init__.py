"""A tree of members as arrays: sums over downlines and legs, the awards that travel up it, and where they came from.

A tree is `parent`, int64[n]: for each member the index (join ordinal less one) of the member directly above, or -1.
Members are in the order they joined; whoever is above may have joined later. In place of the column every function
takes a `Forest` made from it, which knows the tree's order already and has the functions as methods.

Amounts are int64[n] in smallest units and may be negative. Every function checks the tree and the lengths of its
columns (ValueError), works in 64 bits where that is safe and in Python integers where it is not, and raises
OverflowError rather than return a number a ledger column cannot hold.
"""

from rewards.network.awards import differential_award, same_level_award
from rewards.network.explain import (
    DifferentialSource,
    GenerationSource,
    SameLevelSource,
    differential_sources,
    generation_sources,
    same_level_sources,
)
from rewards.network.forest import Forest
from rewards.network.legs import (
    legs_capped,
    legs_largest,
    legs_others,
    legs_reaching,
    legs_smallest,
    named_leg,
)
from rewards.network.order import Flags, Tree, tree_order
from rewards.network.tree import (
    depths,
    downline_sums,
    generation_counts,
    generations_sum,
    nearest_upline_at_least,
    team_sums,
)
from rewards.network.walks import generation_award

__all__ = [
    "DifferentialSource",
    "Flags",
    "Forest",
    "GenerationSource",
    "SameLevelSource",
    "Tree",
    "depths",
    "differential_award",
    "differential_sources",
    "downline_sums",
    "generation_award",
    "generation_counts",
    "generation_sources",
    "generations_sum",
    "legs_capped",
    "legs_largest",
    "legs_others",
    "legs_reaching",
    "legs_smallest",
    "named_leg",
    "nearest_upline_at_least",
    "same_level_award",
    "same_level_sources",
    "team_sums",
    "tree_order",
]
