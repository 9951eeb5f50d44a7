"""What rules may ask of an event on its way through them: fields, people, prices, and what other rules have moved."""

from __future__ import annotations

from rewards.interpreter.giving import Giving
from rewards.interpreter.values import field_value
from rewards.plan.amounts import Amount
from rewards.plan.conditions import Condition
from rewards.plan.events import Event
from rewards.plan.model import BURNED, Asset, Pool


class Asking(Giving):
    """The part of an event on its way through the rules that answers; see `EventContext`."""

    event: Event
    reached = ("", -1)
    """The ladder and level (index) that rules on level.reached are about."""
    _subject: int
    """The member the rules that run are about."""
    _outcomes: dict[str, int]
    """What rules have moved, by their ids."""
    _prices_seen: dict[str, tuple[int, int]]
    """The price of each priced asset when it was last asked for."""

    value = field_value
    """See EventContext."""

    def person(self, role: str) -> int:
        """See EventContext."""
        if role == "buyer":
            return self.event.member
        return self.parent("", self._subject) if role == "sponsor" else self._subject

    def parent(self, tree: str, member: int) -> int:
        """See EventContext."""
        return self.state.source.parent(tree, member, self.day.toordinal())

    def level(self, ladder: str, member: int) -> int:
        """See EventContext."""
        return self.facts.level(ladder, member)

    def holds(self, condition: Condition, member: int) -> bool:
        """See EventContext."""
        return self.facts.holds(condition, member)

    def quantity(self, amount: Amount, member: int) -> int:
        """See EventContext."""
        quantity = amount.single(self.value)
        return quantity if amount.less_paid is None else self.quantity_less_paid(quantity, amount, member)

    def pool_balance(self, pool: Pool) -> int:
        """See EventContext."""
        currency = self.plan.currency_asset
        assert currency is not None
        return self.state.balance(currency.free_book, pool.holder)

    def issued(self, asset: Asset) -> int:
        """See EventContext."""
        return self.state.issued(asset)

    def circulation(self, asset: Asset) -> int:
        """See EventContext."""
        return self.state.issued(asset) - self.state.balance(asset.free_book, BURNED)

    def price(self, asset: Asset) -> tuple[int, int]:
        """See EventContext."""
        found = self.state.backed_price(asset)
        if found is None:
            # The last unit may have been sold in this very event, at a price the event itself had raised.
            return self._prices_seen.get(asset.name) or self.state.last_price(asset)
        self._prices_seen[asset.name] = found
        return found

    def price_before(self, asset: Asset) -> tuple[int, int]:
        """See EventContext."""
        return self.result.prices_before[asset.name]

    def outcome(self, rule_id: str) -> int:
        """See EventContext."""
        return self._outcomes.get(rule_id, 0)
