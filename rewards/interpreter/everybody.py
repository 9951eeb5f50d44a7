"""What a day close has to know of all members together, whether it sees all of them or only a part.

A close works on columns of members, and almost all it does is done for each member by themselves or up a tree. What is
left are sums over everybody: what a pool is divided by, what a budget for all has left, whether there is anybody at
all to whom something has happened. A close asks `CloseState.everybody` for these and never adds up its own columns for
that purpose; so the same close runs on all members, where the answer is what was asked, and on a part of them, where
it is what all the parts come to.

Every part must ask the same questions in the same order: whether something is asked may depend on what is true of
everybody, and not on the columns alone.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rewards.columns import narrowed


class Everybody(Protocol):
    """All members, as one part of them sees them."""

    @property
    def leads(self) -> bool:
        """Whether this part puts down what is nobody's in particular: what moves between platform and pools."""
        ...

    @property
    def whole(self) -> bool:
        """Whether this part is everybody: what it has moved is all that has moved."""
        ...

    def total(self, part: int) -> int:
        """What a number that each part has of its own members adds up to."""
        ...

    def anybody(self, which: NDArray[np.bool_]) -> bool:
        """Whether something is true of anybody, bool[members of the part]."""
        ...

    def largest(self, part: tuple[int, ...]) -> tuple[int, ...]:
        """The largest of the tuples that the parts have."""
        ...


class Undivided:
    """A close of all members in one piece: it knows everybody."""

    leads = True
    whole = True

    def total(self, part: int) -> int:
        """See Everybody."""
        return part

    def anybody(self, which: NDArray[np.bool_]) -> bool:
        """See Everybody."""
        return bool(which.any())

    def largest(self, part: tuple[int, ...]) -> tuple[int, ...]:
        """See Everybody."""
        return part


def checked_total(everybody: Everybody, part: int) -> int:
    """The total of amounts in smallest units. Raises OverflowError when a ledger column could not hold it."""
    return int(narrowed([everybody.total(part)])[0])
