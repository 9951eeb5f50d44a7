"""The state of one part of a plan's members, and what the part sees of everybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NoReturn, cast

import numpy as np
from numpy.typing import NDArray

from rewards.columns import Column
from rewards.distributed.asking import Course, Kind, Question
from rewards.distributed.forest import PartForest
from rewards.distributed.stubs import Stubs
from rewards.errors import Refused
from rewards.interpreter.columns import CloseState, TreeShape
from rewards.interpreter.state import Purchases


@dataclass
class Sight:
    """What a part knows of the others: it asks its course (`Everybody` for sums, `Passage` for what goes up trees)."""

    course: Course[Any]
    members: Column
    """The index among all members of each of the part's, ascending."""
    everywhere: int
    """How many members all parts have together."""
    leads: bool
    above_others: bool
    """Whether members of other parts hang on some of this one."""
    where: str = ""
    """What the close is at; parts that ask the same are at the same."""
    whole: bool = False
    _asked: int = 0
    _texts: dict[int, str] = field(default_factory=dict)

    # --- everybody ---------------------------------------------------------------------------------------------------

    def total(self, part: int) -> int:
        """See Everybody."""
        return cast(int, self._ask(Kind.TOTAL, part))

    def anybody(self, which: NDArray[np.bool_]) -> bool:
        """See Everybody."""
        return bool(self.total(int(which.any())))

    def largest(self, part: tuple[int, ...]) -> tuple[int, ...]:
        """See Everybody."""
        return cast(tuple[int, ...], self._ask(Kind.LARGEST, part))

    def _ask(self, kind: Kind, part: object) -> object:
        self._asked += 1
        question = Question(self._asked, kind, self.where)
        self.course.give(question, part)
        return self.course.answer(question)

    # --- what goes up trees ------------------------------------------------------------------------------------------

    def next(self, question: str) -> int:
        """See Passage."""
        self._asked += 1
        self._texts[self._asked] = f"{self.where}: {question}"
        return self._asked

    def from_below(self, number: int) -> Stubs | None:
        """See Passage."""
        if not self.above_others:
            return None
        found = cast(Stubs, self.course.answer(Question(number, Kind.UPWARD, self._texts[number])))
        at, *rest = found.columns()
        return Stubs(np.searchsorted(self.members, at).astype(np.int64), *rest)

    def upward(self, number: int, stubs: Stubs) -> None:
        """See Passage."""
        self.course.give(Question(number, Kind.UPWARD, self._texts[number]), stubs)


class PartShape(TreeShape):
    """The sponsor tree as far as it lies in a part. Who stands above whom is for the forest alone to know."""

    def __init__(self, forest: PartForest) -> None:
        object.__setattr__(self, "_forest", forest)

    @property
    def forest(self) -> PartForest:
        """The trees of the part, which let what goes on upward go on."""
        return cast(PartForest, self.__dict__["_forest"])

    @property
    def parent(self) -> NoReturn:
        """Raises RuntimeError: who looked at parents themselves would miss those outside the part."""
        raise RuntimeError("a part of a tree has no column of parents; ask its forest")

    def without(self, left_out: NDArray[np.bool_]) -> PartShape:
        """See TreeShape."""
        return PartShape(self.forest.without(left_out))


@dataclass
class PartState(CloseState):
    """The columns of a part's members, moved to the day of the close already. `sponsor` is within the part."""

    sight: Sight = field(kw_only=True)
    hangs: Column = field(kw_only=True)
    """int64[members]: index among all members of a sponsor who is in another part, −1 for the others."""
    sold: Mapping[int, Purchases] = field(default_factory=dict)
    """What everybody has bought on the days that the close looks at."""
    moves: Sequence[int] = ()
    """The days on which sponsors changed."""
    platform_before: Mapping[tuple[int, int], int] = field(default_factory=dict)
    """What the platform's accounts and pools had before the close; `platform` is what the part has moved."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.everybody = self.sight
        self._shape = PartShape(PartForest(self.sponsor, self.hangs, self.sight))

    def shape(self, tree: str, day: int) -> PartShape:
        """See CloseState. Raises Refused for another tree, and for a day before sponsors changed."""
        assert self.day is not None
        if tree:
            raise Refused("distributed.other-tree", tree=tree)
        since = [each for each in self.moves if day < each <= self.day.toordinal()]
        if since:
            raise Refused("distributed.moved", day=date.fromordinal(since[0]).isoformat())
        return self._shape

    def changes(self, tree: str) -> Sequence[int]:
        """See CloseState."""
        return self.moves

    def platform_usable(self, book: int, holder: int) -> int:
        """See CloseState."""
        moved = self.sight.total(self.platform.get((book, holder), 0))
        now = self.platform_before.get((book, holder), 0) + moved
        return min(now, now - self.later_platform[book, holder])

    def day_sales(self, day: date) -> Purchases:
        """See CloseState."""
        return self.sold.get(day.toordinal(), Purchases())
