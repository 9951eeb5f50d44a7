"""Cells of tallies, tags, declared parameters, cuts and notices, on both stores."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from rewards.ledger import Ledger, declared, members, migrate, notes, tags, tallies
from rewards.ledger.schema import downgrade
from rewards.ledger.tallies import Counted, Key

from .books import ADA, BEN, CLEO, MONDAY, TUESDAY, WEDNESDAY, Shop, a_busy_week, a_member, column, open_shop

DAY = MONDAY.toordinal()


def counted(shop: Shop, *names: str, members: tuple[int, ...] = (0, ADA, BEN), first: int = 1) -> list[tuple[int, ...]]:
    found = tallies.of_members(shop.tx, shop.version.plan_id, names, members, first)
    return [(key.member, key.day - DAY, int(key.label or 0), *sums) for key, sums in found]


def test_cells_are_sums(ledger: Ledger) -> None:
    with ledger.write() as tx:
        shop = open_shop(tx)
        plan = shop.version.plan_id
        tallies.add(tx, plan, {Key("cash", ADA, DAY, ""): Counted(500, 1), Key("cash", BEN, DAY, "7"): Counted(1, 1)})
        tallies.add(tx, plan, {Key("cash", ADA, DAY, ""): Counted(-200, 0), Key("cash", 0, DAY + 1, ""): Counted(9, 3)})
        tallies.add(tx, plan, {Key("visits", ADA, DAY, ""): Counted(0, 2)})
        assert counted(shop, "cash") == [(0, 1, 0, 9, 3), (ADA, 0, 0, 300, 1), (BEN, 0, 7, 1, 1)]
        assert counted(shop, "cash", members=(ADA,)) == [(ADA, 0, 0, 300, 1)]
        assert counted(shop, "cash", first=DAY + 1) == [(0, 1, 0, 9, 3)]
        assert counted(shop, "cash", "visits", members=(ADA,)) == [(ADA, 0, 0, 300, 1), (ADA, 0, 0, 0, 2)]
        assert counted(shop, "never") == []


def test_what_comes_to_nothing_is_left_out(ledger: Ledger) -> None:
    with ledger.write() as tx:
        shop = open_shop(tx)
        plan = shop.version.plan_id
        tallies.add(tx, plan, {Key("cash", ADA, DAY, ""): Counted(500, 1)})
        tallies.add(tx, plan, {Key("cash", ADA, DAY, ""): Counted(-500, -1)})
        assert counted(shop, "cash") == []
        assert tallies.columns(tx, plan, "cash", 1, DAY + 9).member.tolist() == []


def test_columns_are_those_of_a_stretch_of_days(ledger: Ledger) -> None:
    with ledger.write() as tx:
        plan = open_shop(tx).version.plan_id
        member = np.array([0, ADA, ADA, BEN], dtype=np.int64)
        day = np.array([DAY, DAY, DAY + 1, DAY + 1], dtype=np.int64)
        amount, entries = np.array([10, 4, 5, 6], dtype=np.int64), np.array([2, 1, 1, 1], dtype=np.int64)
        label = np.array([0, 1, 1, 2], dtype=np.int64)
        for _ in range(2):
            tallies.add_columns(
                tx, plan, "shops", tallies.Cells(member, day, label, amount, entries, ("", "north", "south"))
            )
        found = tallies.columns(tx, plan, "shops", DAY + 1, DAY + 1)
        assert found.member.tolist() == [ADA, BEN]
        assert [found.texts[each] for each in found.label] == ["north", "south"]
        assert found.amount.tolist() == [10, 12]
        assert found.entries.tolist() == [2, 2]
        assert tallies.columns(tx, plan, "shops", 1, DAY + 9).amount.tolist() == [20, 8, 10, 12]
        assert tallies.columns(tx, plan, "other", 1, DAY + 9).amount.tolist() == []


def test_names_are_each_plans_own_and_can_be_forgotten(ledger: Ledger) -> None:
    with ledger.write() as tx:
        shop = open_shop(tx)
        plan = shop.version.plan_id
        tallies.add(tx, plan, {Key("cash", ADA, DAY, ""): Counted(5, 1), Key("visits", ADA, DAY, ""): Counted(0, 1)})
        assert tallies.of_members(tx, plan + 1, ["cash"], [ADA], 1) == []
        tallies.forget(tx, plan, ["cash", "unheard of"])
        assert counted(shop, "cash", "visits") == [(ADA, 0, 0, 0, 1)]


def test_the_newest_word_on_a_tag_is_in_force(ledger: Ledger) -> None:
    with ledger.write() as tx:
        open_shop(tx)
        tags.add(tx, [tags.Tag(2, ADA, "vip", MONDAY, None), tags.Tag(3, BEN, "vip", TUESDAY, WEDNESDAY)])
        tags.add(tx, [tags.Tag(4, ADA, "vip", MONDAY, TUESDAY)])
        assert tags.of_members(tx, [ADA, CLEO]) == {ADA: {"vip": tags.Tag(4, ADA, "vip", MONDAY, TUESDAY)}}
        columns = tags.columns(tx, "vip")
        assert columns.member.tolist() == [ADA, BEN]
        assert columns.last.tolist() == [TUESDAY.toordinal(), WEDNESDAY.toordinal()]
        assert tags.columns(tx, "gold").member.tolist() == []


def test_a_tag_without_an_end_lasts(ledger: Ledger) -> None:
    with ledger.write() as tx:
        open_shop(tx)
        tags.add(tx, [tags.Tag(2, ADA, "vip", MONDAY, None)])
        assert tags.columns(tx, "vip").last.tolist() == [date.max.toordinal()]


def test_who_carried_a_tag_is_as_was_said_before_an_event(ledger: Ledger) -> None:
    with ledger.write() as tx:
        open_shop(tx)
        tags.add(tx, [tags.Tag(2, ADA, "vip", MONDAY, None), tags.Tag(3, BEN, "vip", TUESDAY, WEDNESDAY)])
        tags.add(tx, [tags.Tag(4, ADA, "vip", MONDAY, TUESDAY)])
        carried = {
            (day, before): tags.carried(tx, "vip", day, before).tolist()
            for day in (MONDAY, WEDNESDAY)
            for before in (2, 4, 5)
        }
    assert carried == {
        (MONDAY, 2): [],
        (MONDAY, 4): [ADA],
        (MONDAY, 5): [ADA],
        (WEDNESDAY, 2): [],
        (WEDNESDAY, 4): [ADA, BEN],
        (WEDNESDAY, 5): [BEN],
    }


def test_a_parameter_has_one_value_a_period(ledger: Ledger) -> None:
    with ledger.write() as tx:
        plan = open_shop(tx).version.plan_id
        later = declared.Declared(2, plan, "dividend", TUESDAY, "2%")
        earlier = declared.Declared(3, plan, "dividend", MONDAY, "1%")
        declared.add(tx, later)
        declared.add(tx, earlier)
        assert declared.of_plan(tx, plan) == [earlier, later]
        assert declared.of_plan(tx, plan + 1) == []
    with pytest.raises(IntegrityError), ledger.write() as tx:
        declared.add(tx, later._replace(event_seq=4, value="3%"))


def test_cuts_of_one_rule_in_one_event_are_added_up(ledger: Ledger) -> None:
    with ledger.write() as tx:
        shop = open_shop(tx)
        rule = shop.version.rules["grant"]
        cut = notes.Cut(2, shop.version.plan_id, "monthly", rule, ADA, 5)
        notes.add_cuts(tx, [cut, cut, cut._replace(member=0, quantity=0)])
        assert notes.cut_totals(tx, 2) == [notes.CutTotal(shop.version.plan_id, "monthly", rule, ADA, 1, 10)]
        assert notes.cuts_of_member(tx, 2, ADA) == notes.cut_totals(tx, 2)
        assert notes.cut_totals(tx, 3) == notes.cuts_of_member(tx, 2, BEN) == []


def test_cuts_are_added_up_over_members_and_those_of_everybody_stand_beside_them(ledger: Ledger) -> None:
    with ledger.write() as tx:
        shop = open_shop(tx)
        rule, plan, most = shop.version.rules["grant"], shop.version.plan_id, 2**63 - 1
        own = [notes.Cut(2, plan, "monthly", rule, member, most) for member in (ADA, BEN)]
        notes.add_cuts(tx, [*own, notes.Cut(2, plan, "monthly", rule, notes.EVERYBODY, 7)])
        together = notes.CutTotal(plan, "monthly", rule, 0, 0, 7)
        assert notes.cut_totals(tx, 2) == [notes.CutTotal(plan, "monthly", rule, 0, 2, 2 * most), together]
        assert notes.cuts_of_member(tx, 2, BEN) == [notes.CutTotal(plan, "monthly", rule, BEN, 1, most), together]


def test_notices_are_paged_newest_first(ledger: Ledger) -> None:
    with ledger.write() as tx:
        plan = open_shop(tx).version.plan_id
        wanted = [
            notes.Notice(3, plan, "points", ADA, 7, WEDNESDAY),
            notes.Notice(2, plan, "points", ADA, 5, MONDAY),
            notes.Notice(2, plan, "token", ADA, 6, MONDAY),
        ]
        for seq, _, asset, member, quantity, last_day in wanted[1:]:
            notes.add_notices(tx, seq, plan, asset, column([member]), column([quantity]), last_day.toordinal())
        notes.add_notices(tx, 3, plan, "points", column([ADA, BEN]), column([7, 7]), WEDNESDAY.toordinal())
        assert notes.notices(tx, ADA) == wanted
        assert notes.notices(tx, ADA, limit=2) == wanted[:2]
        assert notes.notices(tx, ADA, after=(2, 1)) == wanted[2:]


def test_members_may_have_a_birthday(ledger: Ledger) -> None:
    with ledger.write() as tx:
        open_shop(tx)
        dora = a_member(4, "dora")._replace(birthday=date(1990, 2, 28))
        members.add(tx, [dora])
        assert members.by_id(tx, "dora") == dora


def test_levels_on_record_before_last_for_ever(engine: Engine) -> None:
    downgrade(engine, "0002")
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO plan (id, name) VALUES (1, 'orchard')"))
        moment = "'2026-03-02 04:00:00'"
        connection.execute(
            text(
                "INSERT INTO event (seq, kind, id, occurred_at, recorded_at, payload, fingerprint)"
                f" VALUES (1, 'member', 'ada', {moment}, {moment}, '', '')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO member (ordinal, id, merchant, joined_at, event_seq)"
                f" VALUES (1, 'ada', {'false' if engine.dialect.name == 'postgresql' else 0}, {moment}, 1)"
            )
        )
        connection.execute(text(f"INSERT INTO level VALUES (1, 'team', 1, 1, {DAY}, 'gold')"))
    migrate(engine)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT level, highest, since, until FROM level")).all()
        assert rows == [("gold", "gold", DAY, date.max.toordinal())]
    downgrade(engine, "0002")
    with engine.connect() as connection:
        assert connection.execute(text("SELECT level, day FROM level")).all() == [("gold", DAY)]


def test_a_busy_week_has_no_cells(ledger: Ledger) -> None:
    with ledger.write() as tx:
        shop = a_busy_week(tx)
        assert tallies.names(tx, shop.version.plan_id) == {}
