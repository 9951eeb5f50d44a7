"""The ledger as the source of an interpreter's working state; reads what a batch will need in few queries."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import date
from functools import partial

from sqlalchemy import Connection

from rewards.interpreter.placements import children_on, span_on
from rewards.interpreter.state import (
    LAST_DAY,
    NO_STANDING,
    ExitEntry,
    Person,
    Purchases,
    Standing,
    TagSpan,
    Voucher,
)
from rewards.interpreter.tally import EVERYBODY, Cell
from rewards.ledger import balances, claims, declared, direct, levels, members, prices, sales, tags, tallies
from rewards.ledger.direct import Later
from rewards.plan.ladder import Ladder
from rewards.plan.model import Asset
from rewards.plan.windows import FOR_EVER
from rewards.services.accounts import Accounts
from rewards.services.binding import Binding, Looked
from rewards.services.counting import earliest_day
from rewards.services.stored_trees import StoredTree

NEVER = date.min
"""Stored as the day since which somebody stands on a ladder who has not reached a level of it, but been given one."""
_MOST_AHEAD = 5000
"""For how many members at once those below them are read."""


@dataclass
class News:
    """What the events of a batch have made true of members and is not written yet, and what else is known of them."""

    joined: dict[int, members.Member] = field(default_factory=dict)
    below: dict[int, list[int]] = field(default_factory=dict)
    """By sponsor, those who have just joined."""
    tags: dict[int, dict[str, TagSpan]] = field(default_factory=dict)
    roles: dict[int, tuple[int, bool]] = field(default_factory=dict)
    """What was read already: sponsors (0: none), and who is a merchant."""

    def join(self, member: members.Member) -> None:
        """Somebody has joined."""
        self.joined[member.ordinal] = member
        if member.sponsor:
            self.below.setdefault(member.sponsor, []).append(member.ordinal)


class LedgerSource:
    """One plan's balances and facts as stored, read inside one unit."""

    _platform_ahead = True
    """Whether the platform's accounts may be read ahead."""

    def __init__(self, tx: Connection, binding: Binding, news: News | None = None) -> None:
        self._tx = tx
        self._binding = binding
        self._news = news or News()
        self._accounts = Accounts(tx, binding, platform_ahead=self._platform_ahead)
        self._unmet: list[int] = []
        """Members read ahead of whose sponsors nobody has taken note yet."""
        self._later: set[int] = set()
        """Sponsors of those read ahead, about whom nothing is read yet."""
        self._people: dict[int, Person] = {}
        self._purchases: dict[int, Purchases] = {}
        self._standings: dict[tuple[str, int], Standing] = {}
        self._cells: dict[tuple[str, int], tuple[int, list[Cell]]] = {}
        """By name and member: from which day on they were read, and what there is."""
        self._exits: dict[tuple[int, int], list[ExitEntry]] = {}
        """The first holdings by exit key of a book, so many; those that change meanwhile whoever exits knows of."""
        self._tags: dict[int, dict[str, TagSpan]] = {}
        self._children: dict[int, list[int]] = {}
        self._ahead: set[int] = set()
        """Members met as somebody's children whose own were not asked for yet."""
        self._trees: dict[str, StoredTree] = {}
        self._declared: dict[tuple[str, int], str] | None = None

    # --- read ahead ------------------------------------------------------------------------------------------------

    def prefetch(self, members: Collection[int], looked: Looked | None = None) -> None:
        """Read what events of one kind have looked at so far of these members, and of the platform's accounts.

        What they come to look at besides is added to `looked`, and read of all these members once one is asked about.
        About their sponsors it is read as soon as one of them is asked for: many plans never do.
        """
        accounts = self._accounts
        if looked is not None:
            accounts.looked = looked
        people = self.ahead([each for each in members if each not in accounts.members])
        self._unmet += people
        wanted = accounts.ahead(people)
        if accounts.looked.purchases:
            wanted.append(partial(self._send_purchases, people))
        ladders = accounts.looked.ladders & self._binding.plan.ladders.keys()
        wanted += [partial(self._send_standings, ladder, people) for ladder in ladders]
        wanted += [partial(self._send_exits, *each) for each in accounts.looked.exits - self._exits.keys()]
        with direct.together(self._tx) if len(wanted) > 1 else nullcontext():
            answers = [send() for send in wanted]
        for answer in answers:
            answer()

    def ahead(self, people: Collection[int]) -> list[int]:
        """Of these members those about whom things are read ahead."""
        return list(people)

    def fill(self, known: Sequence[dict[int, int]]) -> None:
        """Put what was read ahead of accounts into the books that somebody knows, where there is nothing yet."""
        self._accounts.fill(known)

    @property
    def settled(self) -> dict[balances.Account, int]:
        """What of the balances read day closes have brought, by the ledger's numbers."""
        return self._accounts.settled

    def _meet(self, member: int) -> None:
        """Somebody is asked about: when they are a sponsor of those read ahead, all those are read ahead as well."""
        if member in self._accounts.members:
            return
        if self._unmet:
            below, self._unmet = self._unmet, []
            self._read_people([each for each in below if each not in self._news.roles])
            self._later.update(map(self.sponsor, below))
            self._later -= {0, *self._accounts.members}
        if member in self._later:
            later, self._later = self._later, set()
            self.prefetch(later)

    def _together(self, member: int) -> Collection[int]:
        """All of whom something is read when it is asked of a member."""
        self._meet(member)
        return self._accounts.members if member in self._accounts.members else (member,)

    def _send_purchases(self, wanted: Collection[int]) -> Later[None]:
        missing = [each for each in wanted if each not in self._purchases]
        answer = sales.send_totals(self._tx, self._binding.plan_id, missing)

        def found() -> None:
            totals, nothing = answer(), Purchases()
            self._purchases |= {each: Purchases(*totals[each]) if each in totals else nothing for each in missing}

        return found

    def _send_standings(self, name: str, wanted: Collection[int]) -> Later[None]:
        ladder = self._binding.plan.ladders[name]
        missing = [each for each in wanted if (name, each) not in self._standings]
        answer = levels.send_current(self._tx, self._binding.plan_id, name, missing)

        def found() -> None:
            held = answer()
            for each in missing:
                self._standings[name, each] = standing_of(ladder, held[each]) if each in held else NO_STANDING

        return found

    def prefetch_counts(self, members: Collection[int], day: date) -> None:
        """Read what has been counted of these members, as far back as a window reaches that ends with a day."""
        plan, (counted, expiring) = self._binding.plan, self._binding.cell_names
        if counted:
            self._read_cells(counted, {*members, EVERYBODY}, earliest_day(plan, day))
        if expiring:
            self._read_cells(expiring, members, FOR_EVER)
        if plan.tags:
            self._read_tags(members)

    def _read_people(self, wanted: Collection[int]) -> None:
        missing = {each for each in wanted if each not in self._people}
        joined, news = self._news.joined.keys() & missing, self._news
        self._people.update((each, self._person_of(news.joined[each])) for each in joined)
        missing -= joined
        if self._binding.looks_at_people:
            stored = members.by_ordinals(self._tx, missing)
            self._people.update((each, self._person_of(one)) for each, one in stored.items())
            return
        # The days in their lives are left out: they take long to read.
        met = news.roles.keys() & missing
        roles = members.roles(self._tx, missing - met)
        self._people.update((each, Person(*news.roles[each])) for each in met)
        self._people.update((each, Person(*role)) for each, role in roles.items())

    def _person_of(self, stored: members.Member) -> Person:
        joined = self._binding.plan.business_day(stored.joined_at).toordinal()
        birthday = stored.birthday.toordinal() if stored.birthday else 0
        return Person(stored.sponsor or 0, stored.merchant, joined, birthday)

    def _read_cells(self, names: Collection[str], wanted: Collection[int], first: int) -> None:
        missing = [each for each in wanted if any((name, each) not in self._cells for name in names)] if names else []
        if not missing:
            return
        self._cells.update(((name, each), (first, [])) for name in names for each in missing)
        for key, counted in tallies.of_members(self._tx, self._binding.plan_id, names, missing, first):
            self._cells[key.name, key.member][1].append(Cell(*key, *counted))

    def _read_tags(self, wanted: Collection[int]) -> None:
        missing = [each for each in wanted if each not in self._tags]
        found = tags.of_members(self._tx, missing)
        for each in missing:
            self._tags[each] = {name: span_of(one) for name, one in found.get(each, {}).items()}

    # --- what a state asks -------------------------------------------------------------------------------------------

    def balance(self, book: int, holder: int) -> int:
        """What is on an account."""
        if holder > 0:
            self._meet(holder)
        return self._accounts.balance(book, holder)

    def person(self, member: int) -> Person:
        """What is known of a member."""
        if member not in self._people:
            self._read_people(self._together(member))
        return self._people[member]

    def sponsor(self, member: int) -> int:
        """The ordinal of who sponsored a member when they joined, or 0."""
        met = self._news.roles.get(member)
        return self.person(member).sponsor if met is None else met[0]

    def merchant(self, member: int) -> bool:
        """Whether a member is a merchant."""
        met = self._news.roles.get(member)
        return self.person(member).merchant if met is None else met[1]

    def purchases(self, member: int) -> Purchases:
        """What the member has bought."""
        if member not in self._purchases:
            wanted = self._together(member)
            self._accounts.looked.purchases |= member in self._accounts.members
            self._send_purchases(wanted)()
        return self._purchases[member]

    def forget_purchases(self, members: Collection[int]) -> None:
        """What these members have bought has changed in the ledger."""
        for each in members:
            self._purchases.pop(each, None)

    def standing(self, ladder: str, member: int) -> Standing:
        """Where a member stands on a ladder."""
        if (ladder, member) not in self._standings:
            wanted = self._together(member)
            if member in self._accounts.members:
                self._accounts.looked.ladders.add(ladder)
            self._send_standings(ladder, wanted)()
        return self._standings[ladder, member]

    def cells(self, name: str, member: int, first: int) -> Iterable[Cell]:
        """The tally's cells of a name and member from a day on, empty ones left out."""
        read_from, found = self._cells.get((name, member), (LAST_DAY + 1, []))
        if first >= read_from:
            return [each for each in found if each.day >= first]
        stored = tallies.of_members(self._tx, self._binding.plan_id, [name], [member], first)
        return [Cell(*key, *counted) for key, counted in stored]

    def tags(self, member: int) -> Mapping[str, Sequence[TagSpan]]:
        """The tags a member carries, has carried or will carry; of each the days that were named last."""
        self._read_tags([member])
        in_force = {**self._tags[member], **self._news.tags.get(member, {})}
        return {name: (span,) for name, span in in_force.items()}

    def parent(self, tree: str, member: int, day: int) -> int:
        """The member directly above in a tree (empty name: the sponsor tree) at the end of a day, or 0."""
        record = self._tree(tree)
        if record.in_use:
            return span_on(record, member, day).parent
        return 0 if tree else self.sponsor(member)

    def children(self, tree: str, member: int, day: int) -> Sequence[tuple[int, str]]:
        """The members directly below at the end of a day, by ordinal, each with the name of the leg (or empty)."""
        record = self._tree(tree)
        if record.in_use:
            return children_on(record, member, day)
        return () if tree else [(each, "") for each in self._sponsored(member)]

    def changes(self, tree: str) -> Sequence[int]:
        """The days (ordinals, ascending) on which somebody was given another place in a tree."""
        record = self._tree(tree)
        return record.changes() if record.in_use else ()

    def _tree(self, tree: str) -> StoredTree:
        if tree not in self._trees:
            sponsors = () if tree else (self.sponsor, self._sponsored)
            self._trees[tree] = StoredTree(self._tx, tree, *sponsors)
        return self._trees[tree]

    def _sponsored(self, member: int) -> Sequence[int]:
        if member not in self._children:
            # Whoever asks for one member's children mostly goes on to those of the others of the same generation.
            wanted = {member, *list(self._ahead)[:_MOST_AHEAD]}
            found = members.sponsored(self._tx, wanted)
            self._children.update(found)
            self._ahead -= wanted
            self._ahead.update(child for below in found.values() for child in below if child not in self._children)
        stored = self._children[member]
        new = [each for each in self._news.below.get(member, ()) if not stored or each > stored[-1]]
        return [*stored, *new]

    def size(self) -> int:
        """How many members there are."""
        return max(members.count(self._tx), max(self._news.joined, default=0))

    def declared(self, parameter: str, period: int) -> str | None:
        """What has been declared of a parameter for the period that begins on a day, or None."""
        if self._declared is None:
            stored = declared.of_plan(self._tx, self._binding.plan_id)
            self._declared = {(each.name, each.period_day.toordinal()): each.value for each in stored}
        return self._declared.get((parameter, period))

    def last_price(self, asset: Asset) -> tuple[int, int] | None:
        """The last recorded unit price, None before the first."""
        found = prices.last(self._tx, self._binding.plan_id, asset.name)
        return (found.numerator, found.denominator) if found else None

    def exits(self, asset: Asset, after: ExitEntry | None, limit: int) -> Iterable[ExitEntry]:
        """The next holdings by exit key, ascending."""
        if after is None:
            self._accounts.looked.exits.add((asset.free_book, limit))
            if (asset.free_book, limit) in self._exits:
                return self._exits[asset.free_book, limit]
        rows = prices.triggers_after(self._tx, self._binding.books[asset.free_book], after, limit)
        return [ExitEntry(floor, member) for floor, member in rows]

    def _send_exits(self, book: int, limit: int) -> Later[None]:
        answer = prices.send_first_triggers(self._tx, self._binding.books[book], limit)

        def found() -> None:
            self._exits[book, limit] = [ExitEntry(floor, member) for floor, member in answer()]

        return found

    def vouchers(self, reward: str, after: int, limit: int) -> Sequence[Voucher] | None:
        """The next codes of a reward to be given out whose id is above `after`."""
        found = claims.next_codes(self._tx, self._binding.plan_id, reward, after, limit)
        return [Voucher(each.id, each.code) for each in found]


def standing_of(ladder: Ladder, stored: levels.Level) -> Standing:
    """A stored standing by the indexes of the levels this version of the ladder has."""
    level, highest = ladder.index_of(stored.level), ladder.index_of(stored.highest)
    since = 0 if stored.since == NEVER else stored.since.toordinal()
    return Standing(level, highest, since, stored.until.toordinal())


def level_row(plan_id: int, ladder: Ladder, member: int, seq: int, day: date, standing: Standing) -> levels.Level:
    """A standing as it is stored."""
    level, highest = (ladder.levels[index].name if index >= 0 else "" for index in standing[:2])
    since = date.fromordinal(standing.since) if standing.since else NEVER
    until = date.fromordinal(standing.until)
    return levels.Level(plan_id, ladder.name, member, seq, day, level, highest, since, until)


def span_of(stored: tags.Tag) -> TagSpan:
    """The days on which a stored tag is carried."""
    last = stored.last_day.toordinal() if stored.last_day else LAST_DAY
    return TagSpan(stored.first_day.toordinal(), last)
