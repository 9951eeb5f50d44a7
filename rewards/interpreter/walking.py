"""Walking a tree member by member, as events need it: down by generations, and up."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from rewards.interpreter.state import Source


class HasChildren(Protocol):
    """As much of a source as looking down needs."""

    def children(self, tree: str, member: int, day: int) -> Sequence[tuple[int, str]]:
        """The members directly below at the end of a day, by ordinal, each with the name of its leg (or empty)."""
        ...


@dataclass(frozen=True)
class Pruned:
    """A source without some members, and so without all below them."""

    source: HasChildren
    left_out: Callable[[int], bool]

    def children(self, tree: str, member: int, day: int) -> Sequence[tuple[int, str]]:
        """The members directly below that are not left out."""
        return [each for each in self.source.children(tree, member, day) if not self.left_out(each[0])]


def generations(source: HasChildren, tree: str, members: Sequence[int], day: int) -> Iterator[list[int]]:
    """The generations below some members, one after the other, as the tree was at the end of a day.

    A generation without anybody ends it. A tree is as deep as it likes: nothing here calls itself.
    """
    below = [child for member in members for child, _ in source.children(tree, member, day)]
    while below:
        yield below
        below = [child for member in below for child, _ in source.children(tree, member, day)]


def downline(source: HasChildren, tree: str, member: int, day: int) -> Iterator[int]:
    """Everybody below a member."""
    for generation in generations(source, tree, [member], day):
        yield from generation


def uplines(source: Source, tree: str, member: int, day: int, most: int | None = None) -> Iterator[int]:
    """Those above a member, the nearest first, `most` of them or all."""
    above = source.parent(tree, member, day)
    while above and (most is None or most > 0):
        yield above
        most = None if most is None else most - 1
        above = source.parent(tree, above, day)
