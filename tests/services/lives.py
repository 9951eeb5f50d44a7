"""Lives under plans of any kind: whatever the vocabulary knows happens to a shop and to its twin in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from rewards.interpreter.periods import format_period
from rewards.interpreter.world import World
from rewards.plan.events import Line
from rewards.plan.fields import Kind
from rewards.plan.windows import period_start
from rewards.services import catalogue, days, happenings, measures, members, parameters, tagging, trees
from rewards.services.requests import (
    CancellationRequest,
    ClaimRequest,
    DeclarationRequest,
    EventRequest,
    LineRequest,
    MemberRequest,
    OrderRequest,
    PlacementRequest,
    TagRequest,
)

from . import twins
from .shop import MONDAY, Shop, noon
from .test_refunds import Refunding

LONG_AGO = date(2024, 3, 20)
"""The day on which those joined who were there from the first."""
SHOPS, CATEGORIES = ("north", "south", "dealer"), ("coffee", "groceries", "gift-card")

KINDS = ("order", "order", "points", "lines", "lines", "event", "event", "claim", "tag", "join", "place")


@dataclass
class Whole(Refunding):
    """A shop and a world of one plan to which everything may happen."""

    random: Random = field(default_factory=Random)

    @classmethod
    def begin(cls, shop: Shop, source: str, random: Random, size: int = 8, first_day: date = MONDAY) -> Whole:
        """Activate a plan among members who have been there for long, some of them born on known days."""
        name = shop.activate(source, first_day).plan
        with shop.platform.ledger.read() as tx:
            world = World(shop.platform.calendar(tx).bindings[name][0].plan)
        whole = cls(shop, name, world, first_day=first_day, random=random)
        with whole.at(LONG_AGO):
            for index, (sponsor, merchant) in enumerate(twins.random_tree(random, size)):
                by = None if sponsor is None else f"m{sponsor}"
                birthday = random.choice([None, date(1990, 2, 28) + timedelta(days=random.randrange(60))])
                told = birthday.isoformat() if birthday else None
                world.join(f"m{index}", by, merchant=merchant, birthday=told, joined=LONG_AGO.isoformat())
                members.add_member(shop.platform, MemberRequest(f"m{index}", None, by, merchant, birthday))
        return whole

    @contextmanager
    def at(self, day: date) -> Iterator[None]:
        """Something that happens at the noon of a day."""
        now, self.shop.now = self.shop.now, noon(day)
        try:
            yield
        finally:
            self.shop.now = now

    def _happens(self, in_world: Callable[[], object], on_ledger: Callable[[], object]) -> str:
        answer = self._answer(in_world)
        assert self._answer(on_ledger) == answer
        return answer

    def join(self) -> None:
        """Somebody joins today, sponsored by anybody."""
        id, by, day = f"m{len(self.world.members)}", self.random.choice(list(self.world.members)), self.first_open
        with self.at(day):
            self._happens(
                lambda: self.world.join(id, by, on=day.isoformat()),
                lambda: members.add_member(self.shop.platform, MemberRequest(id, None, by)),
            )

    def order_of_lines(self, member: str, on: date) -> None:
        """An order of a few things."""
        wanted = [(self.random.choice(CATEGORIES), self.random.choice([3, 20, 400])) for _ in range(3)]
        total = str(sum(amount for _, amount in wanted))
        about = {"shop": self.random.choice(SHOPS), "channel": self.random.choice(SHOPS)}
        lines = tuple(LineRequest(str(amount), category=category, quantity=2) for category, amount in wanted)
        request = OrderRequest(self.new_id(), member, total, noon(on), lines=lines, attributes=about)
        in_world = [Line(amount * 100, category=category, quantity=2) for category, amount in wanted]
        answer = self._answer(
            lambda: self.world.order(member, total, on=on.isoformat(), lines=in_world, attributes=about, id=request.id)
        )
        self.waiting.append((request, answer))

    def claim(self, member: str) -> None:
        """Somebody claims a reward; some time or other claims are taken back."""
        reward, on, id = self.random.choice(list(self.world.plan.rewards)), self.first_open, self.new_id()
        self._happens(
            lambda: self.world.claim(member, reward, on=on.isoformat(), id=id),
            lambda: catalogue.claim(self.shop.platform, ClaimRequest(id, reward, member, self.plan, at=noon(on))),
        )
        claims = sorted(self.world.claims.keys() - self.world.cancelled)
        if claims and self.random.random() < 0.3:
            claim, back = self.random.choice(claims), CancellationRequest
            self.both(
                lambda: self.world.cancel(claim, on=on.isoformat()),
                lambda id: catalogue.cancel(self.shop.platform, back(id, claim, noon(on))),
            )

    def event(self, member: str, on: date) -> None:
        """Something the plan declares happens."""
        declared = self.random.choice(list(self.world.plan.events.values()))
        choices: dict[Kind, list[str | int | bool]] = {
            Kind.AMOUNT: ["0", "12.50", "480"],
            Kind.NUMBER: [0, 1, 7, 60],
            Kind.TEXT: ["", "north", "west-lake"],
            Kind.FLAG: [True, False],
        }
        fields = {
            name: self.random.choice(["0", "0.125", "60.5"] if each.scale else choices[each.kind])
            for name, each in declared.fields.items()
            if self.random.random() < 0.8
        }
        id = self.new_id()
        request = EventRequest(id, declared.name, member, noon(on), fields)
        self._happens(
            lambda: self.world.event(member, declared.name, fields, on=on.isoformat(), id=id),
            lambda: happenings.take_event(self.shop.platform, request),
        )

    def tag(self, member: str) -> None:
        """A tag is given, for a while or for ever, or taken."""
        tag, day = self.random.choice(list(self.world.plan.tags)), self.first_open
        until = self.random.choice([None, day + timedelta(days=self.random.choice([0, 3, 20]))])
        with self.at(day):
            if self.random.random() < 0.3 and self.world.source.tags(self.world.ordinal(member)).get(tag):
                self.world.untag(member, tag, on=day.isoformat())
                tagging.end_tag(self.shop.platform, member, tag)
            elif not any(each.tag == tag for each in tagging.tags_of(self.shop.platform, member)):
                self._happens(
                    lambda: self.world.tag(member, tag, on=day.isoformat(), until=until.isoformat() if until else None),
                    lambda: tagging.give_tag(self.shop.platform, TagRequest(member, tag, day, until)),
                )

    def place(self, member: str) -> None:
        """A member is placed, or moved, in one of the plan's trees or that of sponsors."""
        tree = self.random.choice([*self.world.plan.trees, "sponsor"])
        under, day = self.random.choice(list(self.world.members)), self.first_open
        legs = self.world.plan.trees[tree].legs if tree in self.world.plan.trees else ()
        leg = self.random.choice(legs) if legs else None
        with self.at(day):
            self._happens(
                lambda: self.world.place(tree, member, under, leg, on=day.isoformat()),
                lambda: trees.place(self.shop.platform, PlacementRequest(member, tree, under, leg, day)),
            )

    def declare(self) -> None:
        """A parameter is declared for a period that has begun."""
        wanted = [each for each in self.world.plan.parameters.values() if each.declared]
        parameter = self.random.choice(wanted)
        assert parameter.declared is not None
        day = self.first_open - timedelta(days=self.random.choice([0, 1, 8]))
        first = period_start(parameter.declared, day)
        period = format_period(parameter.declared, first)
        if self.world.source.declared(parameter.name, first.toordinal()) is None:
            value = self.random.choice(["1%", "2.5%"])
            self.world.declare(parameter.name, period, value)
            request = DeclarationRequest(self.plan, parameter.name, period, value)
            parameters.declare_parameter(self.shop.platform, request)

    def close(self) -> None:
        """Close the first open day of both; where a cap stops it, approve it."""
        day = self.first_open
        answer = self._happens(
            lambda: self.world.close(day), lambda: days.close_day(self.shop.platform, day, self.plan)
        )
        if answer == "cap.stopped":
            caps = list(self.world.plan.caps)
            self.world.close(day, approved=frozenset(caps))
            days.close_day(self.shop.platform, day, self.plan, caps)

    def compare(self) -> None:
        """As of every twin, and what the plan counts, and where members stand."""
        super().compare()
        twins.Twins.compare(self)

    def compare_measures(self) -> None:
        """What each measure comes to now for each member."""
        day = self.first_open
        with self.at(day):
            for member in self.world.members:
                found = {each.measure: each.value for each in measures.measures_of(self.shop.platform, member)}
                assert found == {
                    name: self.world.measure(member, name, on=day.isoformat())
                    for name, each in self.world.plan.measures.items()
                    if not each.everybody
                }

    def live(self, weeks: int) -> None:
        """Let so many weeks pass in which anything may happen."""
        plan, random = self.world.plan, self.random
        for _ in range(weeks):
            for _ in range(random.randrange(12)):
                member, on = random.choice(list(self.world.members)), twins._day(self, random)
                kind = random.choice(KINDS)
                if kind == "points":
                    twins._points_order(self, random)
                elif kind == "order":
                    self.order(member, random.choice(["7", "120", "999", "30000"]), on)
                elif kind == "lines":
                    self.order_of_lines(member, on)
                self.send(lambda: random.choice([1, 2, 7])) if random.random() < 0.4 or kind not in (
                    "order",
                    "points",
                    "lines",
                ) else 0
                if kind == "event" and plan.events:
                    self.event(member, on)
                elif kind == "claim" and plan.rewards:
                    self.claim(member)
                elif kind == "tag" and plan.tags:
                    self.tag(member)
                elif kind == "place" and plan.trees:
                    self.place(member)
                elif kind == "join" and random.random() < 0.3:
                    self.join()
            self.send(lambda: random.choice([1, 3, 9]))
            if any(not asset.currency for asset in plan.assets.values()):
                twins._adjust(self, random)
            for order in random.sample(list(self.world._orders), min(2, len(self.world._orders))):
                self.refund(order, random.choice([1, 33, 50, 100, 101]))
            self.compare()
            for _ in range(7):
                self.close()
            if any(parameter.declared for parameter in plan.parameters.values()):
                self.declare()
            self.compare()
        self.compare_measures()
