"""What an action is, and what it may see and do.

An action is the compiled value of a rule's action key. On an event it works with single integers
(`EventContext`), at a day close with one int64 column a member (`CloseContext`). It changes nothing but
through its context, which books transfers.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple, NoReturn, Protocol

import numpy as np
from numpy.typing import NDArray

from rewards.network import Forest
from rewards.plan.amounts import Amount, Share
from rewards.plan.conditions import Condition
from rewards.plan.events import Event
from rewards.plan.fields import Field
from rewards.plan.measures import Flow
from rewards.plan.model import Asset, Plan, Pool, Rule

Column = NDArray[np.int64]


class Plain(NamedTuple):
    """That an action moves a quantity of an asset, free to use, to the buyer of an order or into a pool.

    Nothing is moved where the quantity is not above zero.
    """

    asset: Asset
    source: int
    """PLATFORM, or ISSUANCE, which has no more than what the asset's supply leaves."""
    target: int
    """The pool's holder, or 0 for the buyer."""
    amount: Share
    """The quantity; or what it is worth at the price before the order, then of what `worth_of` says."""
    worth_of: str = ""
    """The id of a rule further up whose outcome is contributed for it, or empty."""


class Action:
    """Base of all actions; subclasses are frozen dataclasses of compiled parameters and override what they can do."""

    @property
    def outcome_scale(self) -> int:
        """Decimals of what `rules.ID.amount` and `source: ID` give for a rule with this action."""
        return self.outcome_asset.scale if self.outcome_asset else 0

    @property
    def outcome_asset(self) -> Asset | None:
        """The asset that outcome is counted in; None when it is not an asset's amount."""
        return None

    # What the checks of a plan ask of a rule, to see how its rules go together.

    @property
    def gives(self) -> tuple[Asset, ...]:
        """The assets that members receive, free to use."""
        return () if self.outcome_asset is None else (self.outcome_asset,)

    @property
    def takes(self) -> tuple[Asset, ...]:
        """The assets that members must have before anything can happen."""
        return ()

    @property
    def locks(self) -> tuple[Asset, ...]:
        """The assets it grants into locked lots."""
        return ()

    @property
    def releases(self) -> tuple[Asset, ...]:
        """The assets whose locked lots it releases."""
        return ()

    @property
    def fills(self) -> tuple[Pool, ...]:
        """The pools it puts currency into."""
        return ()

    @property
    def flows(self) -> tuple[Flow, ...]:
        """What has been given before that it looks at (`less_paid`); the platform keeps count of it."""
        return ()

    @property
    def claim(self) -> tuple[str, ...] | None:
        """What requests it serves, if any: two rules of one claim would both serve the same request."""
        return None

    @property
    def watches(self) -> tuple[Asset, Asset] | None:
        """For a rule on `price.rises`: the priced asset and the quota whose ratio says when a member is due."""
        return None

    @property
    def plain(self) -> Plain | None:
        """Its effect on an order in short, where it is no more than `Plain` can say; `on_event` has the same effect."""
        return None

    def on_event(self, context: EventContext) -> None:
        """Have the effect on one event."""
        raise TypeError(f"{type(self).__name__} has no effect on events")

    def on_close(self, context: CloseContext) -> None:
        """Have the effect at a day close.

        On `level.reached` an action has its effect on events as well as at closes, where the members it happens to are
        those who are `selected`.
        """
        raise TypeError(f"{type(self).__name__} has no effect at a day close")

    def explain(self, facts: Facts) -> list[Step]:
        """How the quantity of one transfer came about, from what is still on record."""
        return []


class Step(NamedTuple):
    """One line of an explanation, in English and Chinese; `depth` 1 for what adds up to the line above it."""

    en: str
    zh: str
    depth: int = 0


class Facts(Protocol):
    """What is on record about one transfer of a rule, for explaining it. Quantities in smallest units."""

    plan: Plan
    rule: Rule
    day: date
    member: int
    """Ordinal of the member concerned, or 0."""
    quantity: int
    details: Mapping[str, object]
    """What the rule stated when it ran."""

    def value(self, field: Field) -> Any:
        """A field's value as it was. Raises KeyError when it is not known any more."""
        ...

    def outcome(self, rule_id: str) -> Column:
        """What a rule moved to each member in the same day close."""
        ...

    def sponsors(self) -> Column:
        """Index of each member's sponsor, or −1."""
        ...

    def levels(self, ladder: str) -> Column:
        """The level each member held in that close, as an index or −1."""
        ...

    def name(self, index: int) -> str:
        """The id of a member by index (ordinal − 1)."""
        ...


class Lots(Protocol):
    """The open lots of one asset as columns, sorted by member and, for each member, oldest first (all int64[k])."""

    owner: Column
    """Member index (ordinal − 1)."""
    day: Column
    """Business day of the order, as `date.toordinal()`."""
    basis: Column
    """Smallest units of the currency."""
    granted: Column
    remaining: Column
    """Both in smallest units of the asset."""


class EventContext(Protocol):
    """An event being interpreted for one rule. Quantities are smallest units; members are ordinals, 0 means nobody."""

    plan: Plan
    rule: Rule
    day: date

    @property
    def event(self) -> Event:
        """What has happened."""
        ...

    def value(self, field: Field) -> Any:
        """The value of a field."""
        ...

    def person(self, role: str) -> int:
        """The buyer, sponsor or member the event is about."""
        ...

    def balance(self, asset: Asset, holder: int) -> int:
        """What a holder has available and may spend on the day: not what is past its last day."""
        ...

    def pool_balance(self, pool: Pool) -> int:
        """What is in a pool."""
        ...

    def quantity(self, amount: Amount, member: int) -> int:
        """The quantity of an amount for a member, less (never below 0) what the rule has paid if it is `less_paid`."""
        ...

    def give(self, asset: Asset, member: int, quantity: int) -> int:
        """Issue a quantity to a member as far as caps allow; returns how much."""
        ...

    def give_lot(self, asset: Asset, member: int, quantity: int, basis: int) -> int:
        """Issue a quantity into a new locked lot of a member as far as caps allow; returns how much."""
        ...

    def fund(self, pool: Pool, quantity: int) -> int:
        """Move currency from the platform into a pool as far as caps allow; returns how much."""
        ...

    def take(self, asset: Asset, member: int, quantity: int) -> int:
        """Use up at most a quantity of what a member has available; returns how much. It counts as spent."""
        ...

    def give_tag(self, tag: str, member: int, first: int, last: int) -> None:
        """Let a member carry a tag on the days (`date.toordinal()`) from `first` to `last`, and no less than before."""
        ...

    def parent(self, tree: str, member: int) -> int:
        """The member directly above in a tree (empty name: the sponsor tree), or 0."""
        ...

    def level(self, ladder: str, member: int) -> int:
        """The level a member holds, as an index or −1."""
        ...

    def holds(self, condition: Condition, member: int) -> bool:
        """Whether a condition on members (`Place.MEMBER`) holds of a member."""
        ...

    def move(self, asset: Asset, source: int, target: int, quantity: int) -> None:
        """Move a quantity (nothing when zero) from holder to holder; a debt of the target's is paid off first."""
        ...

    def circulation(self, asset: Asset) -> int:
        """Units issued less units burned."""
        ...

    def issued(self, asset: Asset) -> int:
        """Units ever issued."""
        ...

    def price(self, asset: Asset) -> tuple[int, int]:
        """The unit price now: smallest units of currency per smallest unit of the asset, as a ratio of two integers."""
        ...

    def price_before(self, asset: Asset) -> tuple[int, int]:
        """The unit price before this event."""
        ...

    def outcome(self, rule_id: str) -> int:
        """What an earlier rule has moved in this event."""
        ...

    def report(self, quantity: int, **details: object) -> None:
        """State what this rule has moved, with what explains it (texts and integers only)."""
        ...

    def refuse(self, code: str, pointer: str | None = None, **parameters: object) -> NoReturn:
        """Refuse the whole event. Raises rewards.errors.Refused."""
        ...


class CloseContext(Protocol):
    """A day close being interpreted for one rule.

    Columns are indexed by member ordinal − 1, amounts are in smallest units.
    """

    plan: Plan
    rule: Rule
    day: date
    size: int
    """How many members there are."""

    def value(self, field: Field) -> Any:
        """A field's column, or its single value for fields of the day."""
        ...

    def selected(self) -> NDArray[np.bool_]:
        """Which members fulfil the rule's condition."""
        ...

    def balance(self, asset: Asset) -> Column:
        """What each member had available at the end of the day."""
        ...

    def spendable(self, asset: Asset) -> Column:
        """What of it may be taken now (less when a later day has used some already, or some is past its last day)."""
        ...

    def lots(self, asset: Asset) -> Lots:
        """The lots of an asset that existed at the end of the day."""
        ...

    def lot_values(self, lots: Lots) -> Any:
        """Values of `lot.…`, `member.…` and `day.…` fields, a lot each."""
        ...

    def level(self, ladder: str) -> Column:
        """Each member's level of a held ladder, as an index or −1."""
        ...

    def pool_balance(self, pool: Pool) -> int:
        """What is in a pool."""
        ...

    def fund(self, pool: Pool, quantity: int) -> int:
        """Move currency from the platform into a pool as far as caps allow; returns how much.

        A negative quantity moves back, which is no matter of caps.
        """
        ...

    def pay_from_pool(self, pool: Pool, asset: Asset, quantity: Column) -> Column:
        """Pay each member a quantity of the currency asset out of a pool as far as caps allow; returns how much."""
        ...

    def issue(self, asset: Asset, quantity: Column) -> Column:
        """Issue a quantity to each member as far as caps allow; returns how much."""
        ...

    def issue_lots(self, asset: Asset, quantity: Column, basis: Column) -> Column:
        """Issue a quantity into a new locked lot of each member as far as caps allow; returns how much."""
        ...

    def give_tag(self, tag: str, members: NDArray[np.bool_], first: int, last: int) -> None:
        """Let members carry a tag on the days (`date.toordinal()`) from `first` to `last`, and no less than before."""
        ...

    def burn(self, asset: Asset, quantity: Column) -> None:
        """Take a quantity from each member's available balance; it counts as spent."""
        ...

    def quantity(self, amount: Amount) -> Column:
        """The quantity of an amount for each member, less (never below 0) what the rule has paid if `less_paid`."""
        ...

    def holds(self, condition: Condition) -> NDArray[np.bool_]:
        """Of which members a condition on members (`Place.MEMBER`) holds."""
        ...

    def forest(self, tree: str) -> Forest:
        """A tree (empty name: the sponsor tree), with all the questions that can be asked of it."""
        ...

    def total(self, part: int) -> int:
        """What a number adds up to for all members that comes to `part` for those the columns are of."""
        ...

    def release(self, asset: Asset, quantity: Column) -> None:
        """Release a quantity from each lot (int64[lots], the order of `lots`) to its member."""
        ...

    def take_back(self, asset: Asset, quantity: Column, *, lock_again: bool) -> Column:
        """Take a quantity back from each member, into their own lots or for good; what they lack becomes a debt."""
        ...

    def outcome(self, rule_id: str) -> Column:
        """What an earlier rule has moved to each member in this close, less what refunds have taken back of it."""
        ...

    def report(self, quantity: Column, **details: object) -> None:
        """State what this rule has moved to each member, or put into a pool (to all), with what explains it."""
        ...
