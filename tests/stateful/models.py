"""What plans come to, in plain dictionaries and fractions: obvious, slow, and written from the specification.

Money and units are whole numbers of smallest units (cents; millionths of a token), days are dates, members are names.
Where the specification leaves room, the decision that fills it (docs/decisions) is named. A model never refuses half a
request: `refusal` is asked first, then the request happens.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta
from fractions import Fraction
from math import ceil, floor
from typing import Any

Numbers = dict[str, Any]
"""The numbers of one version of a plan; the rule file is written with the very same ones (`plans.py`)."""
Order = dict[str, Any]
"""id, member, total, cash, `points` (plan to cents), and `refunded`, which grows."""


def charged(quantity: int, before: int, after: int, total: int) -> int:
    """What a refund takes of a quantity, rounded up over all refunds of the order together (decision 13)."""
    return ceil(Fraction(quantity * after, total)) - ceil(Fraction(quantity * before, total))


def returned(quantity: int, before: int, after: int, total: int) -> int:
    """What a refund gives back of a quantity, rounded down over all refunds of the order together (decision 13)."""
    return floor(Fraction(quantity * after, total)) - floor(Fraction(quantity * before, total))


class PlainPlan:
    """What all plans have: versions, days, and what members have and owe.

    `sponsors` has everybody in the order in which they joined; it is shared with whoever lets them join.
    """

    name = ""
    paying = ""
    """The asset that may pay part of an order."""

    def __init__(self, sponsors: dict[str, str | None], first: date, numbers: Numbers) -> None:
        self.sponsors = sponsors
        self.versions = [(first, numbers)]
        self.first_open = first
        self.has: Counter[tuple[str, str]] = Counter()
        self.owes: Counter[tuple[str, str]] = Counter()
        self.orders: dict[str, dict[str, Any]] = {}
        """What each order did, by its id."""

    # --- versions and days -------------------------------------------------------------------------------------------

    def numbers(self, day: date) -> Numbers:
        """The version in force on a day."""
        return [numbers for first, numbers in self.versions if first <= day][-1]

    def booked(self, day: date) -> date:
        """The day something that happens on `day` belongs to: the first open one when that is closed."""
        return max(day, self.first_open)

    def close(self) -> None:
        """Close the first open day."""
        self.first_open += timedelta(days=1)

    # --- accounts ----------------------------------------------------------------------------------------------------

    def receive(self, member: str, asset: str, quantity: int) -> int:
        """Let a member have more, who pays debts first; returns what went into debts."""
        paid = min(quantity, self.owes[member, asset])
        self.owes[member, asset] -= paid
        self.has[member, asset] += quantity - paid
        return paid

    def take_or_owe(self, member: str, asset: str, quantity: int) -> int:
        """Take from a member what they have, and let them owe the rest; returns what was taken."""
        taken = min(quantity, self.has[member, asset])
        self.has[member, asset] -= taken
        self.owes[member, asset] += quantity - taken
        return taken

    # --- orders ------------------------------------------------------------------------------------------------------

    def refusal(self, order: Order, day: date) -> str | None:
        """Why an order cannot be paid with the points it wants to be paid with."""
        points = order["points"].get(self.name, 0)
        if points > self.has[order["member"], self.paying]:
            return "request.balance-too-small"
        if points and sum(order["points"].values()) > self.numbers(self.booked(day))["up_to"] * order["total"]:
            return "request.too-many-points"
        return None

    def take(self, order: Order, day: date) -> None:
        """An order is paid."""
        booked = self.booked(day)
        done = {"day": booked, "numbers": self.numbers(booked), "points": order["points"].get(self.name, 0)}
        self.orders[order["id"]] = done
        self.has[order["member"], self.paying] -= done["points"]
        self.grant(order, done)

    def refund(self, order: Order, amount: int, day: date) -> None:
        """So much of an order's total is taken back."""
        done, before, after = self.orders[order["id"]], order["refunded"], order["refunded"] + amount
        if done["points"]:
            back = returned(done["points"], before, after, order["total"])
            self.receive(order["member"], self.paying, back)
        self.undo(order, done, before, after, max(self.booked(day), done["day"]))

    def grant(self, order: Order, done: dict[str, Any]) -> None:
        """What the order causes beside its payment, noted in `done`."""
        raise NotImplementedError

    def undo(self, order: Order, done: dict[str, Any], before: int, after: int, day: date) -> None:
        """Take that back in proportion, the refund being booked to `day`."""
        raise NotImplementedError


class Cashback(PlainPlan):
    """Coins for buyer and sponsor, a rate of the cash each, which pay for orders and may be given away."""

    name, paying = "cashback", "coins"

    def grant(self, order: Order, done: dict[str, Any]) -> None:
        sponsor = self.sponsors[order["member"]]
        rates = {order["member"]: done["numbers"]["buyer"]}
        if sponsor:
            rates[sponsor] = done["numbers"]["sponsor"]
        done["granted"] = {member: floor(rate * order["cash"]) for member, rate in rates.items()}
        for member, quantity in done["granted"].items():
            self.receive(member, "coins", quantity)

    def undo(self, order: Order, done: dict[str, Any], before: int, after: int, day: date) -> None:
        for member, quantity in done["granted"].items():
            self.take_or_owe(member, "coins", charged(quantity, before, after, order["total"]))

    def gift_refusal(self, giver: str, taker: str, quantity: int) -> str | None:
        """Why coins cannot be given."""
        if giver == taker:
            return "request.pay-oneself"
        return "request.balance-too-small" if quantity > self.has[giver, "coins"] else None

    def gift(self, giver: str, taker: str, quantity: int) -> None:
        """Coins change hands."""
        self.has[giver, "coins"] -= quantity
        self.receive(taker, "coins", quantity)


class Token(PlainPlan):
    """The appreciating token (specification 1): a pool, units in circulation, and a price that is their exact ratio."""

    name = "token"

    def __init__(self, sponsors: dict[str, str | None], first: date, numbers: Numbers) -> None:
        super().__init__(sponsors, first, numbers)
        self.pool = 0
        self.circulation = 0
        self._last = Fraction(100, 10**6)
        """Cents a millionth of a token: the issue price is 1 yuan."""

    @property
    def price(self) -> Fraction:
        """Pool by circulation; while there is no circulation, the last price."""
        if self.circulation:
            self._last = Fraction(self.pool, self.circulation)
        return self._last

    def _units(self, member: str, quantity: int) -> None:
        self.circulation += quantity - self.receive(member, "token", quantity)

    def _sell(self, member: str, quantity: int, fee: Fraction) -> Fraction:
        """Burn units and pay for them, rounded down once, less the fee (decision 11); returns the gross."""
        gross = quantity * self.price
        self.has[member, "token"] -= quantity
        self.circulation -= quantity
        self.pool -= floor(gross * (1 - fee))
        self.has[member, "cash"] += floor(gross * (1 - fee))
        return gross

    def grant(self, order: Order, done: dict[str, Any]) -> None:
        numbers, price = done["numbers"], self.price
        done["funded"] = floor(numbers["contribution"] * order["cash"])
        done["units"] = floor(numbers["grant"] * done["funded"] / price)
        done["quota"] = floor(numbers["quota"] * order["cash"])
        self.pool += done["funded"]
        self._units(order["member"], done["units"])
        self.receive(order["member"], "quota", done["quota"])
        self._exits(numbers)

    def undo(self, order: Order, done: dict[str, Any], before: int, after: int, day: date) -> None:
        price, part = self.price, (before, after, order["total"])
        taken = self.take_or_owe(order["member"], "token", charged(done["units"], *part))
        self.circulation -= taken
        self.take_or_owe(order["member"], "quota", charged(done["quota"], *part))
        # At most what the returned units are worth at the present price, or the price would fall.
        self.pool -= min(returned(done["funded"], *part), self.pool, floor(taken * price))
        self._exits(done["numbers"])

    def redeem_refusal(self, member: str, quantity: int) -> str | None:
        """Why units cannot be redeemed."""
        return "request.balance-too-small" if quantity > self.has[member, "token"] else None

    def redeem(self, member: str, quantity: int, day: date) -> None:
        """Units are sold back to the platform."""
        numbers = self.numbers(self.booked(day))
        self._sell(member, quantity, numbers["fee"])
        self._exits(numbers)

    def _exits(self, numbers: Numbers) -> None:
        """Holdings worth their owners' quota are sold, until nobody is due.

        The lowest trigger first, in the steps of 2⁻³² in which the index keeps them, then who joined first
        (decision 9).
        """
        while due := [
            ((self.has[member, "quota"] << 32) // units, place, member)
            for place, member in enumerate(self.sponsors)
            if (units := self.has[member, "token"]) and units * self.price >= self.has[member, "quota"]
        ]:
            member = min(due)[2]
            gross = self._sell(member, self.has[member, "token"], numbers["fee"])
            self.has[member, "quota"] -= min(ceil(gross), self.has[member, "quota"])
        self._last = self.price


class LockedPoints(PlainPlan):
    """Locked points with sponsor acceleration (specification 3)."""

    name, paying = "locked", "points"

    def __init__(self, sponsors: dict[str, str | None], first: date, numbers: Numbers) -> None:
        super().__init__(sponsors, first, numbers)
        self.lots: list[dict[str, Any]] = []
        """Oldest first: order, member, day, basis, granted, left, `released` by the base release."""
        self.sales: list[tuple[date, str, int]] = []
        self.reversals: list[tuple[date, str, int]] = []
        """Negative releases that wait for the close of their day."""
        self.stars: dict[str, int] = {}
        """The place in the list of stars of those who have one."""

    def grant(self, order: Order, done: dict[str, Any]) -> None:
        multiplier = Fraction(0)
        for least, of_level in done["numbers"]["membership"]:
            if order["cash"] >= least:
                multiplier = of_level
        granted = done["granted"] = floor(multiplier * order["cash"])
        if granted:
            lot = {"order": order["id"], "member": order["member"], "day": done["day"], "basis": order["cash"]}
            self.lots.append({**lot, "granted": granted, "left": granted, "released": 0})
            self.lots.sort(key=lambda each: each["day"])
        self.sales.append((done["day"], order["member"], order["cash"]))

    def undo(self, order: Order, done: dict[str, Any], before: int, after: int, day: date) -> None:
        total, member = order["total"], order["member"]
        for lot in self.lots:
            if lot["order"] == order["id"]:
                kept = Fraction(total - after, total - before)
                lot["basis"] = floor(lot["basis"] * kept)
                if not done["numbers"]["keep"]:
                    left = floor(lot["released"] * kept)
                    self.reversals.append((day, member, lot["released"] - left))
                    lot["released"] = left
                back = charged(done["granted"], before, after, total)
                from_lot = lot["left"] * back // lot["granted"] if back else 0
                lot["granted"] -= back
                lot["left"] -= from_lot
                self.take_or_owe(member, "points", back - from_lot)
        self.sales.append((day, member, -returned(order["cash"], before, after, total)))

    # --- the close ---------------------------------------------------------------------------------------------------

    def close(self) -> None:
        day = self.first_open
        numbers = self.numbers(day)
        self._rise(day, numbers)
        base = self._release(day, numbers)
        for when, member, quantity in self.reversals:
            if when <= day:
                base[member] -= quantity
        self.reversals = [each for each in self.reversals if each[0] > day]
        for award in (self._sharing, self._team, self._same_level):
            # All earned before anybody draws on it: an exact sum of products, rounded once.
            for member, earned in award(base, numbers).items():
                self._accelerate(member, floor(earned), day, numbers)
        super().close()

    def _uplines(self, member: str) -> list[str]:
        above, found = self.sponsors[member], []
        while above:
            found.append(above)
            above = self.sponsors[above]
        return found

    def _rise(self, day: date, numbers: Numbers) -> None:
        """Stars by the sales of the whole downline up to the end of the day. They never fall."""
        team: Counter[str] = Counter()
        for when, member, cash in self.sales:
            if when <= day:
                team.update(dict.fromkeys(self._uplines(member), cash))
        for member in self.sponsors:
            for star, (least, _) in enumerate(numbers["stars"]):
                if team[member] >= least:
                    self.stars[member] = max(star, self._star(member, numbers))

    def _star(self, member: str, numbers: Numbers) -> int:
        """The star a member has, −1 for none: one that the present version does not have any more is none."""
        star = self.stars.get(member, -1)
        return star if star < len(numbers["stars"]) else -1

    def _started(self, day: date, numbers: Numbers) -> list[dict[str, Any]]:
        return [lot for lot in self.lots if lot["day"] + timedelta(days=numbers["start_after_days"]) <= day]

    def _release(self, day: date, numbers: Numbers) -> Counter[str]:
        """The base release: a rate of each lot's basis, at most what it has left."""
        base: Counter[str] = Counter()
        for lot in self._started(day, numbers):
            quantity = min(floor(numbers["base"] * lot["basis"]), lot["left"])
            lot["left"] -= quantity
            lot["released"] += quantity
            base[lot["member"]] += quantity
            self.receive(lot["member"], "points", quantity)
        return base

    def _sharing(self, base: Counter[str], numbers: Numbers) -> dict[str, Fraction]:
        earned: dict[str, Fraction] = defaultdict(Fraction)
        for member, quantity in base.items():
            for rate, upline in zip(numbers["generations"], self._uplines(member), strict=False):
                earned[upline] += rate * quantity
        return earned

    def _team(self, base: Counter[str], numbers: Numbers) -> dict[str, Fraction]:
        """The own rate less the highest rate already met below; the releasing member does not count (decision 5)."""
        earned: dict[str, Fraction] = defaultdict(Fraction)
        for member, quantity in base.items():
            highest = Fraction(0)
            for upline in self._uplines(member):
                star = self._star(upline, numbers)
                rate = numbers["stars"][star][1] if star >= 0 else Fraction(0)
                earned[upline] += max(rate - highest, Fraction(0)) * quantity
                highest = max(rate, highest)
        return earned

    def _same_level(self, base: Counter[str], numbers: Numbers) -> dict[str, Fraction]:
        """The nearest upline of at least a member's star, if of that very star, earns of the member's downline."""
        earned: dict[str, Fraction] = defaultdict(Fraction)
        for member in self.stars:
            star = self._star(member, numbers)
            above = (each for each in self._uplines(member) if self._star(each, numbers) >= star)
            nearest = next(above, None) if star >= 0 else None
            if nearest is not None and self._star(nearest, numbers) == star:
                downline = sum(quantity for below, quantity in base.items() if member in self._uplines(below))
                earned[nearest] += numbers["same_level"] * downline
        return earned

    def _accelerate(self, member: str, earned: int, day: date, numbers: Numbers) -> None:
        """Release what was earned from the earner's own lots, oldest first; what is below zero goes back into them."""
        for lot in self._started(day, numbers):
            if lot["member"] == member and earned > 0:
                quantity = min(earned, lot["left"])
                lot["left"] -= quantity
                earned -= quantity
                self.receive(member, "points", quantity)
        for lot in reversed(self.lots):  # newest first, and at most what they have released (decision 13)
            if lot["member"] == member and earned < 0:
                quantity = min(-earned, lot["granted"] - lot["left"])
                lot["left"] += quantity
                earned += quantity
                self.take_or_owe(member, "points", quantity)
