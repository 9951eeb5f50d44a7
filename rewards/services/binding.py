"""A compiled plan bound to its place in the ledger: its own numbers of books, holders and rules, and the ledger's."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property

from rewards.interpreter.state import BUILT_IN_RULES
from rewards.interpreter.tally import good_until
from rewards.ledger.plans import BookSpec, Version
from rewards.plan.model import BURNED, ISSUANCE, PLATFORM, TREASURY, Compartment, Plan
from rewards.services.closing_columns import looks_at_people
from rewards.services.counting import cell_names


def book_specs(plan: Plan) -> list[BookSpec]:
    """The books a plan needs."""
    return [
        BookSpec(
            asset=asset.name,
            compartment=compartment.value,
            scale=asset.scale,
            has_lots=asset.lots is not None and compartment is Compartment.LOCKED,
            priced=asset.priced is not None and compartment is Compartment.AVAILABLE,
        )
        for asset, compartment in plan.books
    ]


def rule_names(plan: Plan) -> list[str]:
    """The names of a plan's rules as the ledger keeps them: its own, then those every plan has."""
    return [rule.id for rule in plan.rules] + list(BUILT_IN_RULES.values())


@dataclass
class Looked:
    """What interpreting events of one kind looks at of members read ahead, as far as has been seen.

    That is read ahead the next time, and the rest is not: most plans look at little of what they could.
    """

    books: set[int] = field(default_factory=set)
    """The plan's own numbers of books of whom the accounts of members are looked at,"""
    platform: set[int] = field(default_factory=set)
    """and of those of which the platform's are."""
    ladders: set[str] = field(default_factory=set)
    purchases: bool = False
    exits: set[tuple[int, int]] = field(default_factory=set)
    """The books of whose holdings the first to exit are looked at, and how many of them."""


@dataclass(frozen=True)
class Binding:
    """One version of a plan, compiled, with the ledger's ids for what it names."""

    plan: Plan
    version: Version
    before: Plan | None = None
    """The version in whose place it comes; None for the plan's first."""
    only: bool = False
    """Whether the plan is known to have no other version."""

    @cached_property
    def plan_id(self) -> int:
        """The plan's id in the ledger."""
        return self.version.plan_id

    @cached_property
    def books(self) -> tuple[int, ...]:
        """The ledger's book for each of the plan's own book numbers."""
        return tuple(self.version.books[asset.name, compartment.value] for asset, compartment in self.plan.books)

    @cached_property
    def own_books(self) -> dict[int, int]:
        """The plan's own number of each of its books in the ledger."""
        return {book: own for own, book in enumerate(self.books)}

    @cached_property
    def holders(self) -> dict[int, int]:
        """The ledger's holders for the plan's own numbers of those that are no members.

        Pools are numbered anew in every version, all others are the same.
        """
        pools = {pool.holder: self.version.pools[pool.name] for pool in self.plan.pools.values()}
        return {each: each for each in (ISSUANCE, PLATFORM, TREASURY, BURNED)} | pools

    @cached_property
    def own_holders(self) -> dict[int, int]:
        """The plan's own numbers of holders that are no members by the ledger's."""
        return {holder: own for own, holder in self.holders.items()}

    def holder(self, own: int) -> int:
        """The ledger's holder for the plan's own."""
        return own if own > 0 else self.holders[own]

    def own_holder(self, holder: int) -> int:
        """The plan's own holder for the ledger's."""
        return self.own_holders.get(holder, holder)

    @cached_property
    def looks_at_people(self) -> bool:
        """Whether anything in the plan may depend on when members joined or were born."""
        return looks_at_people(self.plan)

    @cached_property
    def cell_names(self) -> tuple[list[str], list[str]]:
        """The names of the cells that measures, caps and rules look at, and of those of units that expire."""
        return cell_names(self.plan), [good_until(asset.name) for asset in self.plan.assets.values() if asset.expiry]

    @cached_property
    def looked_at(self) -> dict[str, Looked]:
        """By kind of event what interpreting it has looked at so far."""
        return defaultdict(Looked)

    def rule_name(self, index: int) -> str:
        """The name under which the ledger keeps a rule, by its index in the plan (or the number of one all have)."""
        return BUILT_IN_RULES[index] if index < 0 else self.plan.rules[index].id

    def rule_id(self, index: int) -> int:
        """The ledger's id of a rule."""
        return self.version.rules[self.rule_name(index)]

    @cached_property
    def rule_ids(self) -> dict[int, int]:
        """The ledger's rule ids by index, those of every plan included."""
        return {index: self.rule_id(index) for index in (*BUILT_IN_RULES, *range(len(self.plan.rules)))}

    @cached_property
    def new_streams(self) -> frozenset[str]:
        """The keys of the streams that this version counts, or adds up for everybody, and the one before did not."""
        if self.before is None:
            return frozenset()
        totals = self.plan.total_keys - self.before.total_keys
        return frozenset(key for key in self.plan.streams if key not in self.before.streams or key in totals)

    def lot_book(self, asset: str) -> int:
        """The ledger's book of an asset's locked lots."""
        return self.version.books[asset, Compartment.LOCKED.value]
