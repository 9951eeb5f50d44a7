"""The kinds of effect a rule can have: one module each, and those other packages add.

A package adds an action through the entry point group `rewards.actions`, each entry naming an `ActionKind`:

    [options.entry_points]
    rewards.actions =
        stamp = my_package.stamp:KIND
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import entry_points

from rewards.actions import (
    convert,
    differential,
    distribute,
    exchange,
    exit,
    fund,
    grant,
    pay,
    redeem,
    release,
    share,
    tag,
    take,
)
from rewards.plan.draft import ActionKind, Vocabulary

ENTRY_POINT_GROUP = "rewards.actions"

BUILT_IN: tuple[ActionKind, ...] = (
    fund.KIND,
    grant.KIND,
    redeem.KIND,
    exit.KIND,
    convert.KIND,
    pay.KIND,
    release.KIND,
    share.KIND,
    differential.DIFFERENTIAL,
    differential.SAME_LEVEL,
    distribute.KIND,
    exchange.KIND,
    take.KIND,
    tag.KIND,
)


@cache
def vocabulary() -> Vocabulary:
    """Every action kind, built in and installed, by name.

    Raises ValueError when an installed kind has the name of another, TypeError when an entry point names
    something else.
    """
    kinds = {kind.name: kind for kind in BUILT_IN}
    for entry in entry_points(group=ENTRY_POINT_GROUP):
        kind = entry.load()
        if not isinstance(kind, ActionKind):
            raise TypeError(f"entry point {entry.name} ({entry.value}) is not an ActionKind")
        if kind.name in kinds:
            raise ValueError(f"entry point {entry.name} ({entry.value}): there is an action named {kind.name} already")
        kinds[kind.name] = kind
    return kinds
