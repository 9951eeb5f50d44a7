"""Caps and budgets, compiled: the most that some rules may give a member, or everybody together, in a window."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from rewards.plan.amounts import Amount
from rewards.plan.measures import Flow
from rewards.plan.windows import Window


class Excess(enum.Enum):
    """What happens to what is above a cap."""

    BY_ORDER = "by_order"
    """Rules are served in the file's order; a rule that would exceed the cap is cut for all its receivers alike."""
    PRO_RATA = "pro_rata"
    """At a close: all the rules are cut alike."""
    STOP = "stop"
    """At a close: nothing is paid; the close is refused until somebody approves it."""


@dataclass(frozen=True)
class Cap:
    """The most (`most`, smallest units) that `rules` may give within `window`.

    What they give may be of several assets, whose smallest units count alike: all have `scale` decimals.
    """

    name: str
    index: int
    title: Mapping[str, str]
    rules: tuple[str, ...]
    flows: tuple[Flow, ...]
    """What counts against it: what each of the rules gives of its asset, or puts into its pool."""
    scale: int
    everybody: bool
    """Whether it is for all members together (a budget), and not for each."""
    window: Window
    most: Amount
    excess: Excess

    @property
    def assets(self) -> tuple[str, ...]:
        """The assets (by name) that the rules give."""
        return tuple(dict.fromkeys(flow.asset for flow in self.flows))
