"""The sponsor tree as arrays: sums over downlines, the awards that travel up it, and where they came from.

A tree is `sponsor`, int64[n]: for each member the index of their sponsor, or -1. Indexes are join ordinals
less one, so a sponsor always comes before those they sponsored. Amounts are int64[n] in smallest units and
may be negative. Every public function checks the tree and the lengths of its columns (ValueError), works in
64 bits where that is safe and in Python integers where it is not, and raises OverflowError rather than return
a number a ledger column cannot hold.
"""

from rewards.network.awards import differential_award, generation_award, same_level_award
from rewards.network.explain import (
    DifferentialSource,
    GenerationSource,
    SameLevelSource,
    differential_sources,
    generation_sources,
    same_level_sources,
)
from rewards.network.tree import (
    check_order,
    depths,
    downline_sums,
    generation_counts,
    nearest_upline_at_least,
    subtree_sums,
)

__all__ = [
    "DifferentialSource",
    "GenerationSource",
    "SameLevelSource",
    "check_order",
    "depths",
    "differential_award",
    "differential_sources",
    "downline_sums",
    "generation_award",
    "generation_counts",
    "generation_sources",
    "nearest_upline_at_least",
    "same_level_award",
    "same_level_sources",
    "subtree_sums",
]
