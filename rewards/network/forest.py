"""A tree with all the questions that can be asked of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from rewards.network import awards, explain, legs, tree, walks
from rewards.network.order import OrderedTree, Tree

_Rest = ParamSpec("_Rest")
_Answer = TypeVar("_Answer")


class Forest(OrderedTree):
    """One or more trees of members in any order, made once and asked many times.

    `Forest(parent).legs_largest(own)` is `legs_largest(parent, own)`, but checks the tree and finds its order only
    once. All columns go in and come out in the members' own order.
    """

    depths = tree.depths
    team_sums = tree.team_sums
    downline_sums = tree.downline_sums
    generations_sum = tree.generations_sum
    generation_counts = tree.generation_counts
    nearest_upline_at_least = tree.nearest_upline_at_least

    legs_largest = legs.legs_largest
    legs_smallest = legs.legs_smallest
    legs_others = legs.legs_others
    legs_reaching = legs.legs_reaching
    legs_capped = legs.legs_capped
    named_leg = legs.named_leg

    generation_award = walks.generation_award
    differential_award = awards.differential_award
    same_level_award = awards.same_level_award

    generation_sources = explain.generation_sources
    differential_sources = explain.differential_sources
    same_level_sources = explain.same_level_sources


def asked_of(
    question: Callable[Concatenate[Tree, _Rest], _Answer],
) -> Callable[Concatenate[Tree, _Rest], _Answer]:
    """The question as a function that a `Forest`, where it is given one in place of parents, answers itself."""

    @wraps(question)
    def ask(parent: Tree, /, *given: _Rest.args, **named: _Rest.kwargs) -> _Answer:
        if isinstance(parent, Forest):
            answer: Callable[..., Any] = getattr(parent, question.__name__)
            return answer(*given, **named)  # type: ignore[no-any-return]
        return question(parent, *given, **named)

    return ask
