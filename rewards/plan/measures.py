"""Measures: what is counted about a member over a window, and about whom.

A measure is put together from three choices: what is counted (a *stream* of events, a *flow* of an asset, or members as
they are now), over which window, and of whom (the member, those below in a tree, or everybody). All values are whole
numbers: smallest units of the currency or of an asset, or counts.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rewards.plan.conditions import Condition
from rewards.plan.fields import Field
from rewards.plan.triggers import Occasion, Trigger
from rewards.plan.windows import Window


class Aggregate(enum.Enum):
    """How many entries become one number."""

    SUM = "sum"
    COUNT = "count"
    MAX = "max"
    DAYS = "days"
    """On how many days there was an entry."""
    DISTINCT = "distinct"
    """How many different texts there were."""


@dataclass(frozen=True)
class Stream:
    """The events of one kind as entries about the member each is of; its cells carry `key` as their name.

    Measures that count the same share a stream. The key is a canonical text of all the rest, so that another version
    of the plan that counts the same goes on with it, and one that counts otherwise does not.
    """

    key: str
    occasion: Occasion
    value: Field | None
    """What an entry amounts to; None when events are only counted."""
    label: Field | None
    """For DISTINCT: the text that tells entries apart."""
    by_value: bool
    """For MAX: whether the value itself tells entries apart."""
    when: Condition | None


def entries_of(event: str) -> Stream:
    """The stream that only notes when a declared event happened, for windows that begin with the last one."""
    return Stream(f"since:event.{event}", Occasion(Trigger.DECLARED, event), None, None, False, None)


class FlowKind(enum.Enum):
    """Ways in which units of an asset come to a member and go."""

    EARNED = "earned"
    """Given by rules, locked or free, less what refunds have taken back; on the day of what earned it."""
    SPENT = "spent"
    """Given up by the member: payments, requests, exchanges, `take`; less what refunds have given back."""
    EXPIRED = "expired"
    FUNDED = "funded"
    """Currency that rules have put into pools, less what refunds have drawn; kept for everybody together alone."""


@dataclass(frozen=True)
class Flow:
    """What of an asset has come or gone; of one `rule` (its id) alone, or of all when that is empty."""

    kind: FlowKind
    asset: str
    rule: str = ""

    @property
    def key(self) -> str:
        """The name of its cells."""
        return f"{self.kind.value}:{self.asset}:{self.rule}"


@dataclass(frozen=True)
class Members:
    """Members as they are now: counted, or a field of theirs (`member.…`) added up, where a condition holds."""

    value: Field | None
    when: Condition | None


class Whose(enum.Enum):
    """About whom a measure is. All but MEMBER and EVERYBODY look down a tree."""

    MEMBER = "member"
    GENERATIONS = "generations"
    """Those in generations `first` to `last` below."""
    DOWNLINE = "downline"
    TEAM = "team"
    """The member and the downline."""
    LARGEST_LEG = "largest"
    SMALLEST_LEG = "smallest"
    """The smallest of the legs; 0 with less than two."""
    OTHER_LEGS = "all_but_largest"
    CAPPED_LEGS = "capped"
    """The largest total to which no leg gives more than `share` of it."""
    LEGS_REACHING = "count"
    """How many legs come to at least `reaching`."""
    LEG = "leg"
    """The leg of that name, in a tree with named legs."""
    EVERYBODY = "everybody"


@dataclass(frozen=True)
class Of:
    """Whose entries a measure adds up. A leg is one directly below with their own downline."""

    whose: Whose = Whose.MEMBER
    first: int = 1
    last: int = 1
    share_numerator: int = 1
    share_denominator: int = 1
    reaching: int = 0
    """Smallest units of the measure."""
    leg: str = ""
    tree: str = ""
    """The tree that is looked down; empty for the sponsor tree."""


@dataclass(frozen=True)
class Measure:
    """One named measure. `scale` is the number of decimals of its smallest unit (0 for counts)."""

    name: str
    index: int
    title: Mapping[str, str]
    aggregate: Aggregate
    source: Stream | tuple[Flow, ...] | Members
    window: Window
    of: Of
    scale: int
    amount: bool
    """Whether it is a quantity of the currency or of an asset, and no count."""
    without: Condition | None = None
    """Where it looks down a tree: those of whom this holds now are left out, and all below them."""

    @property
    def everybody(self) -> bool:
        """Whether it is one number for the whole plan (`plan.measure.NAME`)."""
        return self.of.whose is Whose.EVERYBODY

    @property
    def root(self) -> str:
        """What a field of it begins with: `plan` where it is of everybody together, or else `member`."""
        return "plan" if self.everybody else "member"

    def fields(self) -> Iterator[Field]:
        """The fields of members, as they are now, that it looks at."""
        if self.without is not None:
            yield from self.without.fields()
        if isinstance(self.source, Members):
            if self.source.value is not None:
                yield self.source.value
            if self.source.when is not None:
                yield from self.source.when.fields()
