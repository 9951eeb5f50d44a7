"""A tree of members as arrays: sums over downlines and legs, the awards that travel up it, and where they came from.

A tree is `parent`, int64[n]: for each member the index (join ordinal less one) of the member directly above, or -1.
Members are in the order they joined; whoever is above may have joined later. In place of the column every function
takes a `Forest` made from it, which knows the tree's order already and has the functions as methods; it is the forest
that answers then, also one that answers for a part of a tree only.

Amounts are int64[n] in smallest units and may be negative. Every function checks the tree and the lengths of its
columns (ValueError), works in 64 bits where that is safe and in Python integers where it is not, and raises
OverflowError rather than return a number a ledger column cannot hold.
"""

from rewards.network import awards, legs, tree, walks
from rewards.network.explain import (
    DifferentialSource,
    GenerationSource,
    SameLevelSource,
    differential_sources,
    generation_sources,
    same_level_sources,
)
from rewards.network.forest import Forest, asked_of
from rewards.network.order import Flags, Tree, tree_order

depths = asked_of(tree.depths)
downline_sums = asked_of(tree.downline_sums)
generation_counts = asked_of(tree.generation_counts)
generations_sum = asked_of(tree.generations_sum)
nearest_upline_at_least = asked_of(tree.nearest_upline_at_least)
team_sums = asked_of(tree.team_sums)
legs_capped = asked_of(legs.legs_capped)
legs_largest = asked_of(legs.legs_largest)
legs_others = asked_of(legs.legs_others)
legs_reaching = asked_of(legs.legs_reaching)
legs_smallest = asked_of(legs.legs_smallest)
named_leg = asked_of(legs.named_leg)
differential_award = asked_of(awards.differential_award)
same_level_award = asked_of(awards.same_level_award)
generation_award = asked_of(walks.generation_award)

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
