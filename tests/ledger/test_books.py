"""What is put on the books can be asked for: members, plans, events, lots, sales, levels, prices, closes."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from rewards.errors import Conflict
from rewards.ledger import (
    Ledger,
    balances,
    close_columns,
    closes,
    events,
    levels,
    lots,
    members,
    plans,
    prices,
    sales,
    transfers,
)

from .books import (
    ADA,
    BEN,
    CLEO,
    MONDAY,
    NOON,
    RULES,
    SPECS,
    TUESDAY,
    WEDNESDAY,
    a_busy_week,
    a_member,
    an_event,
    close,
    column,
    open_shop,
)  # fmt: skip


def test_members_are_found_by_every_name_they_have(ledger: Ledger) -> None:
    with ledger.write() as tx:
        open_shop(tx)
        ada = members.by_id(tx, "ada")
        assert ada == members.Member(ADA, "ada", "+8613800000001", None, False, NOON, 2)
        assert members.by_ordinal(tx, ADA) == ada
        assert members.by_ordinals(tx, [ADA, 9]) == {ADA: ada}
        assert members.roles(tx, [ADA, CLEO, 9]) == {ADA: (0, False), CLEO: (BEN, True)}
        assert members.by_id(tx, "dora") is members.by_ordinal(tx, 9) is None
        assert members.ordinals(tx, ["cleo", "dora", "ada"]) == {"cleo": CLEO, "ada": ADA}
        assert members.send_named(tx, ["cleo", "dora"])() == ({"cleo": CLEO}, {CLEO: (BEN, True)})
        assert members.send_named(tx, [])() == ({}, {})
        assert members.sponsors(tx).tolist() == [-1, 0, 1]
        assert members.count(tx) == 3
        assert [m.id for m in members.page(tx, after=1, limit=1)] == ["ben"]
        assert members.sponsored(tx, [ADA, CLEO]) == {ADA: [BEN], CLEO: []}


def test_an_id_and_a_phone_number_belong_to_one_member(ledger: Ledger) -> None:
    with ledger.write() as tx:
        open_shop(tx)
        for taken, code in (
            ([a_member(4, "ada")], "ledger.member-exists"),
            ([a_member(4, "dora", phone="+8613800000002")], "ledger.phone-taken"),
            ([a_member(4, "dora"), a_member(5, "dora")], "ledger.member-exists"),
            ([a_member(4, "dora", phone="1"), a_member(5, "edo", phone="1")], "ledger.phone-taken"),
        ):
            with pytest.raises(Conflict) as caught:
                members.add(tx, taken)
            assert caught.value.code == code
        with pytest.raises(ValueError, match="continue at 4"):
            members.add(tx, [a_member(5, "edo")])


def test_a_sponsor_joined_before(ledger: Ledger) -> None:
    with pytest.raises(IntegrityError), ledger.write() as tx:
        open_shop(tx)
        members.add(tx, [a_member(4, "dora", sponsor=4)])


def test_a_version_finds_its_books_and_pools_again(ledger: Ledger) -> None:
    with ledger.write() as tx:
        first = open_shop(tx).version
        second = plans.add_version(
            tx, "orchard", digest="e" * 64, from_day=WEDNESDAY, source="", rules=["grant"],
            books=[*SPECS, plans.BookSpec("credit", "available", 0)], pools=["backing", "dividends"],
        )  # fmt: skip
        other = plans.add_version(
            tx, "meadow", digest="f" * 64, from_day=MONDAY, source="", rules=[], pools=["backing"]
        )
        assert list(first.rules) == list(RULES)
        assert first.books.items() < second.books.items()
        assert set(first.rules.values()).isdisjoint(second.rules.values())
        assert second.pools == {"backing": -100, "dividends": -101}
        assert other.pools == {"backing": -102}
        assert other.plan_id != second.plan_id == first.plan_id
        assert plans.by_id(tx, second.id) == second
        assert plans.by_id(tx, 99) is None
        assert plans.books(tx)[first.books["token", "available"]].priced


def test_versions_are_in_the_order_of_their_first_days_and_then_of_activation(ledger: Ledger) -> None:
    def add(digest: str, day: date) -> int:
        return plans.add_version(tx, "orchard", digest=digest * 64, from_day=day, source="", rules=[]).id

    with ledger.write() as tx:
        monday, wednesday, replaced = add("a", MONDAY), add("b", WEDNESDAY), add("c", WEDNESDAY)
        assert wednesday != replaced
        assert [v.id for v in plans.versions(tx, "orchard")] == [monday, wednesday, replaced]
        assert plans.versions(tx, "meadow") == []


def test_a_version_is_put_on_record_once_and_keeps_its_books_properties(ledger: Ledger) -> None:
    with ledger.write() as tx:
        open_shop(tx)
        with pytest.raises(Conflict) as caught:
            plans.add_version(tx, "orchard", digest="d" * 64, from_day=MONDAY, source="", rules=[])
        assert caught.value.code == "ledger.version-exists"
        with pytest.raises(Conflict) as caught:
            plans.add_version(
                tx, "orchard", digest="e" * 64, from_day=MONDAY, source="", rules=[],
                books=[plans.BookSpec("cash", "available", 4)],
            )  # fmt: skip
        assert "scale 2" in str(caught.value)


def test_events_are_found_by_the_clients_own_id(ledger: Ledger) -> None:
    with ledger.write() as tx:
        a_busy_week(tx)
        order = events.find(tx, "order.paid", "o-2")
        assert order is not None
        assert (order.seq, order.member) == (6, BEN)
        assert events.find(tx, "redemption", "o-2") is None
        assert set(events.find_many(tx, "order.paid", ["o-1", "o-2", "o-3"])) == {"o-1", "o-2"}
        assert events.send_known(tx, "order.paid", ["o-2", "o-3"])() == {"o-2": (6, order.fingerprint)}
        assert events.send_known(tx, "order.paid", [])() == {}
        assert events.by_seq(tx, 6) == order
        assert events.by_seq(tx, 99) is None
        assert [e.seq for e in events.page(tx, after=7, limit=5)] == [8, 9]
        assert events.bookings(tx, 6)[0].day == MONDAY


def test_the_version_of_a_plans_last_event_is_told_whatever_its_day(ledger: Ledger) -> None:
    with ledger.write() as tx:
        shop = open_shop(tx)
        first = shop.version
        second = plans.add_version(
            tx, "orchard", digest="e" * 64, from_day=TUESDAY, source="", rules=RULES, books=SPECS, activated_seq=1
        )  # fmt: skip
        other = plans.add_version(tx, "vineyard", digest="f" * 64, from_day=MONDAY, source="", rules=[], books=[])
        assert events.last_version(tx, first.plan_id) is None
        for number, (version, day) in enumerate(
            [(first, MONDAY), (second, WEDNESDAY), (first, MONDAY), (second, TUESDAY), (other, TUESDAY)]
        ):
            seq = events.next_seq(tx)
            events.add(tx, [an_event(seq, "order.paid", f"v-{number}")])
            events.book(tx, [events.Booking(seq, version.plan_id, version.id, day, "{}")])
            assert events.last_version(tx, version.plan_id) == version.id
        assert events.last_version(tx, first.plan_id) == second.id


def test_the_calendar_tells_the_newest_version_and_the_last_closed_days(ledger: Ledger) -> None:
    with ledger.write() as tx:
        assert closes.send_calendar(tx)() == (None, {})
        shop = a_busy_week(tx)
        newest = plans.Newest(shop.version.id, "d" * 64, MONDAY)
        assert closes.send_calendar(tx)() == (newest, {shop.version.plan_id: TUESDAY})
        other = plans.add_version(tx, "vineyard", digest="f" * 64, from_day=TUESDAY, source="", rules=[], books=[])
        found = closes.send_calendar(tx)()
        assert found == (plans.Newest(other.id, "f" * 64, TUESDAY), {shop.version.plan_id: TUESDAY})


def test_an_event_happens_once_and_in_turn(ledger: Ledger) -> None:
    with ledger.write() as tx:
        events.add(tx, [an_event(1, "note", "a")])
        with pytest.raises(ValueError, match="continue at 2"):
            events.add(tx, [an_event(3, "note", "b")])
    with pytest.raises(IntegrityError), ledger.write() as tx:
        events.add(tx, [an_event(2, "note", "a")])


def test_a_canonical_payload_is_one_text_whatever_the_order() -> None:
    assert events.canonical({"b": [1, None, True], "a": "中"}) == '{"a":"中","b":[1,null,true]}'
    with pytest.raises(TypeError, match="decimal string"):
        events.canonical({"a": [{"b": 1.5}]})


@given(st.dictionaries(st.text(), st.integers() | st.text() | st.none()))
def test_a_fingerprint_does_not_depend_on_the_order_of_keys(payload: dict[str, object]) -> None:
    backwards = dict(reversed(payload.items()))
    assert events.fingerprint(events.canonical(payload)) == events.fingerprint(events.canonical(backwards))


def test_lots_left_are_read_oldest_first(ledger: Ledger) -> None:
    with ledger.write() as tx:
        shop = a_busy_week(tx)
        book = shop.book("points", "locked")
        older = lots.Lot(3, book, BEN, 6, 1, date(2026, 3, 1), 1, 5, 5)
        spent = lots.Lot(4, book, ADA, 6, 1, MONDAY, 1, 5, 0, TUESDAY)
        assert lots.next_id(tx) == 3
        lots.add(tx, [older, spent])
        columns = lots.open_columns(tx, book, close_columns.of_lots(tx, 4))
        assert columns.id.tolist() == [1, 3, 2]
        assert columns.member.tolist() == [ADA, BEN, BEN]
        assert columns.day.tolist() == [MONDAY.toordinal(), older.day.toordinal(), MONDAY.toordinal()]
        assert columns.remaining.tolist() == [900_000 - 3600, 5, 2_700_000 - 10_800]
        assert columns.granted.tolist() == [900_000, 5, 2_700_000]
        assert columns.basis.tolist() == [300_000, 1, 900_000]
        assert [one.id for one in lots.page(tx, ADA)] == [1, 4]
        assert [one.id for one in lots.page(tx, ADA, after=1)] == [4]
        assert [one.id for one in lots.of_events(tx, [6])] == [2, 3, 4]
        assert lots.by_ids(tx, [4]) == [spent]
        with pytest.raises(LookupError):
            lots.set_remaining(tx, column([1, 99]), column([1, 1]), column([0, 0]))


def test_balances_are_read_by_account_and_by_book(ledger: Ledger) -> None:
    with ledger.write() as tx:
        shop = a_busy_week(tx)
        cash = shop.book("cash")
        assert balances.get(tx, [cash], [ADA, BEN, -100, -2]) == {
            (cash, ADA): 900,
            (cash, -100): 3_600_00 - 900,
            (cash, -2): -3_600_00,
        }
        whole = balances.of_book(tx, cash, CLEO)
        assert whole.members.tolist() == [900, 0, 0]
        assert whole.others == {-100: 3_600_00 - 900, -2: -3_600_00}
        assert list(balances.every(tx, [cash])) == [
            (cash, -100, 3_600_00 - 900),
            (cash, -2, -3_600_00),
            (cash, ADA, 900),
        ]


def test_running_totals_are_the_sum_of_sales(ledger: Ledger) -> None:
    with ledger.write() as tx:
        shop = a_busy_week(tx)
        plan = shop.version.plan_id
        refund = shop.happens("refund", "o-1/1", WEDNESDAY, member=ADA)
        sales.add(tx, [sales.Sale(refund, plan, ADA, WEDNESDAY, -1_000_00, -5, 0)])
        assert sales.totals(tx, plan, [ADA, BEN, CLEO]) == {
            ADA: sales.Totals(2_000_00, -5, 1),
            BEN: sales.Totals(9_000_00, 0, 1),
        }
        columns = sales.total_columns(tx, plan)
        assert [c.tolist() for c in columns] == [[ADA, BEN], [2_000_00, 9_000_00], [-5, 0], [1, 1]]
        assert [c.tolist() for c in sales.day_columns(tx, plan, MONDAY)] == [
            [1, 2],
            [300_000, 900_000],
            [0, 0],
            [1, 1],
        ]
        assert sales.of_event(tx, refund)[0].cash == -1_000_00


def test_the_newest_level_is_in_force(ledger: Ledger) -> None:
    with ledger.write() as tx:
        shop = a_busy_week(tx)
        plan = shop.version.plan_id
        close(shop, WEDNESDAY, {ADA: (1, 36_00)})
        current = levels.current(tx, plan, "team")
        assert {member: each.level for member, each in current.items()} == {ADA: "level-4", BEN: "level-3"}
        assert levels.current(tx, plan, "team", [BEN, CLEO]) == {BEN: current[BEN]}
        assert levels.current(tx, plan, "membership") == {}
        assert [(one.level, one.day) for one in levels.history(tx, ADA)] == [
            ("level-4", WEDNESDAY),
            ("level-3", TUESDAY),
        ]


def test_prices_are_read_newest_first(ledger: Ledger) -> None:
    with ledger.write() as tx:
        plan = a_busy_week(tx).version.plan_id
        last = prices.last(tx, plan, "token")
        assert last == prices.Price(plan, "token", 9, WEDNESDAY, 31, 21)
        assert [p.event_seq for p in prices.page(tx, plan, "token")] == [9, 5]
        assert [p.event_seq for p in prices.page(tx, plan, "token", before=9)] == [5]
        assert prices.last(tx, plan, "cash") is None


def test_who_is_due_is_found_by_the_lowest_floor(ledger: Ledger) -> None:
    with ledger.write() as tx:
        book = open_shop(tx).book("token")
        prices.set_triggers(tx, book, {ADA: 30, BEN: 20, CLEO: 20})
        assert prices.triggers_after(tx, book, None, 2) == [(20, BEN), (20, CLEO)]
        assert prices.triggers_after(tx, book, (20, BEN), 9) == [(20, CLEO), (30, ADA)]
        prices.set_triggers(tx, book, {BEN: 40})
        prices.drop_triggers(tx, book, [CLEO])
        assert prices.triggers_after(tx, book, None, 9) == [(30, ADA), (40, BEN)]


def test_a_day_is_closed_once(ledger: Ledger) -> None:
    with ledger.write() as tx:
        plan = a_busy_week(tx).version.plan_id
        assert closes.last_day(tx, plan) == TUESDAY
        assert closes.last_day(tx, 99) is None
        assert closes.find(tx, plan, MONDAY) == closes.ClosedDay(plan, MONDAY, 7, "{}")
        assert closes.find(tx, plan, WEDNESDAY) is None
        assert [one.day for one in closes.page(tx, plan)] == [TUESDAY, MONDAY]
        assert [one.day for one in closes.page(tx, plan, before=TUESDAY)] == [MONDAY]
    with pytest.raises(IntegrityError), ledger.write() as tx:
        closes.add(tx, closes.ClosedDay(plan, MONDAY, 8, "{}"))


def test_what_later_events_booked_is_summed_by_day_and_account(ledger: Ledger) -> None:
    with ledger.write() as tx:
        shop = a_busy_week(tx)
        plan, cash, token = shop.version.plan_id, shop.book("cash"), shop.book("token")
        later, sold = transfers.later_activity(tx, plan, TUESDAY)
        day = WEDNESDAY.toordinal()
        assert list(zip(*(c.tolist() for c in later), strict=True)) == [
            (day, token, -4, 1000),
            (day, token, ADA, -1000),
            (day, cash, -100, -900),
            (day, cash, ADA, 900),
        ]
        assert sold.day.size == 0
        everything, sold = transfers.later_activity(tx, plan, date(2026, 3, 1))
        # The close of Tuesday is left out, its event's transfers with it.
        assert set(everything.day.tolist()) == {MONDAY.toordinal(), day}
        assert list(zip(*(c.tolist() for c in sold), strict=True)) == [
            (MONDAY.toordinal(), ADA, 3_000_00, 0, 1),
            (MONDAY.toordinal(), BEN, 9_000_00, 0, 1),
        ]


def test_another_plans_transfers_of_the_same_event_are_not_mixed_in(ledger: Ledger) -> None:
    with ledger.write() as tx:
        shop = a_busy_week(tx)
        other = plans.add_version(
            tx, "meadow", digest="f" * 64, from_day=MONDAY, source="", rules=["gift"],
            books=[plans.BookSpec("cash", "available", 2)],
        )  # fmt: skip
        seq = shop.happens("gift", "g-1", WEDNESDAY, shop.move("spend", "cash", -2, CLEO, 7))
        book = other.books["cash", "available"]
        events.book(tx, [events.Booking(seq, other.plan_id, other.id, WEDNESDAY, "{}")])
        transfers.add(tx, [transfers.Transfer(seq, CLEO, 2, other.rules["gift"], book, -2, book, CLEO, 11)])
        later, _ = transfers.later_activity(tx, other.plan_id, MONDAY)
        assert [c.tolist() for c in later] == [[WEDNESDAY.toordinal()] * 2, [book] * 2, [-2, CLEO], [-11, 11]]
        assert [t.amount for t in transfers.of_event(tx, seq)] == [7, 11]
