"""What there was in a world before its first event: balances, lots, levels, tags, and what had been counted."""

from __future__ import annotations

from datetime import date, timedelta

from rewards.errors import InvalidRequest, NotFound
from rewards.interpreter.memory import Memory
from rewards.interpreter.state import ADJUSTMENT_RULE, LAST_DAY, Lot, Purchases, Standing, TagSpan
from rewards.interpreter.tally import EVERYBODY, Cell, good_until
from rewards.money import parse_amount
from rewards.plan.measures import Aggregate, Measure, Members, Stream
from rewards.plan.model import BURNED, ISSUANCE, PLATFORM, TREASURY, Asset, Compartment, Pool
from rewards.plan.windows import FOR_EVER


class Given(Memory):
    """A memory that can be told what there was before the first event, by names and decimal texts."""

    def ordinal(self, name: str) -> int:
        """The ordinal of a member. Raises NotFound."""
        if name not in self.members:
            raise NotFound("world.unknown-member", member=name)
        return self.members[name]

    def name(self, ordinal: int) -> str:
        """The name of a member."""
        return list(self.members)[ordinal - 1]

    def give(self, member: str, asset: str, quantity: str, *, on: str | None = None) -> None:
        """Let a member have units of an asset; of one that expires, units that came on a day, else good for ever."""
        of, owner, units = self._asset(asset), self.ordinal(member), self._units(asset, quantity)
        self._put(of, Compartment.AVAILABLE, owner, units)
        if of.expiry is not None and on is not None:
            came = date.fromisoformat(on)
            level = self.state.standing(of.expiry.ladder, owner).level if of.expiry.ladder else -1
            last = of.expiry.last_day(came, level)
            self.state.tally.add(Cell(good_until(asset), owner, last, str(came.toordinal()), units, 0))

    def give_lot(self, member: str, asset: str, quantity: str, *, basis: str, day: str) -> None:
        """Let a member have a locked lot of a business day; `basis` is what its base release is computed of."""
        of, owner = self._asset(asset), self.ordinal(member)
        units, worth = self._units(asset, quantity), parse_amount(basis, self.plan.currency_scale)
        ordinal = date.fromisoformat(day).toordinal()
        book = of.locked_book
        self.lots.append(Lot(book, owner, ADJUSTMENT_RULE, ordinal, worth, units, units, len(self.lots) + 1))
        self._put(of, Compartment.LOCKED, owner, units)

    def give_debt(self, member: str, asset: str, quantity: str) -> None:
        """Let a member owe units of an asset."""
        of = self._asset(asset)
        self._put(of, Compartment.DEBT, self.ordinal(member), self._units(asset, quantity))

    def fill_pool(self, name: str, quantity: str) -> None:
        """Let there be money in a pool."""
        pool, currency = self._pool(name)
        self._put(currency, Compartment.AVAILABLE, pool.holder, self._units(currency.name, quantity))

    def fill_treasury(self, asset: str, quantity: str) -> None:
        """Let the treasury hold units of an asset."""
        self._put(self._asset(asset), Compartment.AVAILABLE, TREASURY, self._units(asset, quantity))

    def give_level(
        self, member: str, ladder: str, level: str, *, since: str | None = None, until: str | None = None
    ) -> None:
        """Let a member hold a level, to a day or for ever. Raises NotFound when the plan has no such level."""
        found = self.plan.ladders[ladder].index_of(level) if ladder in self.plan.ladders else -1
        if found < 0:
            raise NotFound("world.unknown-level", ladder=ladder, level=level)
        first = date.fromisoformat(since).toordinal() if since else FOR_EVER
        last = date.fromisoformat(until).toordinal() if until else LAST_DAY
        self.state.standings[ladder, self.ordinal(member)] = Standing(found, found, first, last)

    def give_tag(self, member: str, tag: str, *, first: str | None = None, until: str | None = None) -> None:
        """Let a member carry a tag, from one day to another, or without beginning or end. Raises NotFound."""
        if tag not in self.plan.tags:
            raise NotFound("world.unknown-tag", tag=tag, known=", ".join(self.plan.tags) or "–")
        begins = date.fromisoformat(first).toordinal() if first else FOR_EVER
        ends = date.fromisoformat(until).toordinal() if until else LAST_DAY
        self.source.tagged[self.ordinal(member)][tag] = (TagSpan(begins, ends),)

    def give_sales(self, member: str, cash: str, orders: int = 1) -> None:
        """Let a member have bought for so much cash, in so many orders."""
        spent = parse_amount(cash, self.plan.currency_scale)
        self.state.bought[self.ordinal(member)] = Purchases(spent, 0, orders)

    def give_measure(self, member: str, measure: str, quantity: str, *, on: str) -> None:
        """Let so much have been counted about a member on a day (where days are counted: on so many up to it).

        Raises NotFound, and InvalidRequest for a measure of what members are now.
        """
        of = self._measure(measure)
        units, last = parse_amount(quantity, of.scale), date.fromisoformat(on)
        if isinstance(of.source, Members):
            raise InvalidRequest("world.measure-of-members", measure=measure)
        key = of.source.key if isinstance(of.source, Stream) else of.source[0].key
        owners = [self.ordinal(member)] + [EVERYBODY] * (key in self.plan.total_keys)
        for owner in owners:
            for day, label, amount, entries in _entries(of, units, last):
                self.state.tally.add(Cell(key, owner, day.toordinal(), label, amount, entries))

    def _measure(self, name: str) -> Measure:
        if name not in self.plan.measures:
            raise NotFound("world.unknown-measure", measure=name, known=", ".join(self.plan.measures) or "–")
        return self.plan.measures[name]

    def _asset(self, name: str) -> Asset:
        if name not in self.plan.assets:
            raise NotFound("world.unknown-asset", asset=name, known=", ".join(self.plan.assets))
        return self.plan.assets[name]

    def _units(self, asset: str, quantity: str) -> int:
        return parse_amount(quantity, self._asset(asset).scale)

    def _pool(self, name: str) -> tuple[Pool, Asset]:
        currency = self.plan.currency_asset
        if name not in self.plan.pools or currency is None:
            raise NotFound("world.unknown-pool", pool=name, known=", ".join(self.plan.pools))
        return self.plan.pools[name], currency

    def _put(self, asset: Asset, compartment: Compartment, holder: int, units: int) -> None:
        """Add to an account what another has less of: the platform of money, the issuance of all else."""
        giver = PLATFORM if asset.currency else ISSUANCE
        book = asset.book(compartment)
        given_from = book if compartment is Compartment.DEBT else asset.free_book
        self.state.books[book][holder] += units
        self.state.books[given_from][giver] -= units
        for priced in self.plan.priced_assets:
            pool, currency = self._pool(priced.priced.pool) if priced.priced else (None, None)
            circulation = self.state.issued(priced) - self.state.balance(priced.free_book, BURNED)
            backing = self.state.balance(currency.free_book, pool.holder) if pool and currency else 0
            if circulation and backing:
                self.state.prices[priced.name] = (backing, circulation)
        for _, queue in self.queues.values():
            if holder > 0:
                queue.touch(holder)


def _entries(measure: Measure, units: int, last: date) -> list[tuple[date, str, int, int]]:
    """Cells (day, label, amount, entries) by which a measure comes to be worth so much."""
    if measure.aggregate is Aggregate.DAYS:
        return [(last - timedelta(days=back), "", 0, 1) for back in range(units)]
    if measure.aggregate is Aggregate.DISTINCT:
        return [(last, f"given-{number}", 0, 1) for number in range(1, units + 1)]
    if measure.aggregate is Aggregate.COUNT:
        return [(last, "", 0, units)]
    by_value = isinstance(measure.source, Stream) and measure.source.by_value
    return [(last, str(units) if by_value else "", units, 1)]
