"""Exports: another program reads them, adds up the same balances, and notices when ours are others."""

from __future__ import annotations

import random
import shutil
import subprocess
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from rewards.errors import InvalidRequest, NotFound
from rewards.ledger.tables import balance
from rewards.money import parse_amount
from rewards.services import export, holdings, members
from rewards.services.export import export_books
from rewards.services.refunds import refund
from rewards.services.requests import MemberRequest, RefundRequest

from .plain_text import Balances, read_beancount, read_hledger
from .shop import CASHBACK, MONDAY, STAMPS, THURSDAY, TUESDAY, WEDNESDAY, Shop, refused, shipped

HLEDGER = shutil.which("hledger")
PHONE = "+8613800138000"


def text_of(shop: Shop, format: str = "beancount", **asked: Any) -> str:
    pieces: list[str] = []
    export_books(shop.platform, pieces.append, format, **asked)
    return "".join(pieces)


def sums_of(text: str) -> Balances:
    """What bean-check adds up of a text it accepts."""
    sums, errors = read_beancount(text)
    assert errors == []
    return sums


def api_balances(shop: Shop) -> Balances:
    """What members have, by the names of their accounts."""
    found = {}
    for number, each in enumerate(members.list_members(shop.platform, None, 200).items, start=1):
        for held in holdings.balances_of(shop.platform, each.id):
            for part in ("available", "locked", "debt"):
                tail = ":".join(name.capitalize() for name in (held.plan, held.asset, part))
                found[f"Assets:Members:M{number:08d}:{tail}"] = Decimal(getattr(held, part))
    return found


def of_members(sums: Balances) -> Balances:
    return {account: amount for account, amount in sums.items() if account.startswith("Assets:Members:")}


def used(balances: Balances) -> Balances:
    return {account: amount for account, amount in balances.items() if amount}


def tell_phones(shop: Shop) -> None:
    """Anna goes by her telephone number; Bert was sponsored by her."""
    members.add_member(shop.platform, MemberRequest(PHONE[1:], PHONE, None))
    members.add_member(shop.platform, MemberRequest("bert", None, PHONE[1:]))


@pytest.fixture
def bought(small_shop: Shop) -> Shop:
    """Two orders under a plan that gives a tenth back."""
    small_shop.activate(CASHBACK)
    tell_phones(small_shop)
    small_shop.buy("o-1", PHONE[1:], "100.50")
    small_shop.buy("o-2", "bert", "30", TUESDAY)
    return small_shop


def version(shop: Shop) -> str:
    with shop.platform.ledger.read() as tx:
        return shop.platform.calendar(tx).bindings["cashback"][0].version.digest


def test_the_text_for_beancount(bought: Shop) -> None:
    assert (
        text_of(bought)
        == f"""\
; The books from 2026-03-02 to 2026-03-03. What an account holds is positive; nothing is rounded.
; Assets:Members:M00000042 is the member who joined as number 42. Dates are business days.
;
; v1 = version {version(bought)} of cashback, from 2026-03-02
;
; COINS.P1 = coins of cashback, 2 decimals

option "title" "rewards"

2026-03-02 commodity COINS.P1

2026-03-02 open Liabilities:Issuance:Cashback:Coins:Available COINS.P1
2026-03-02 open Assets:Members:M00000001:Cashback:Coins:Available COINS.P1
2026-03-02 open Assets:Members:M00000002:Cashback:Coins:Available COINS.P1

2026-03-02 * "cashback" "order o-1: back" ^event-4 #v1
  Liabilities:Issuance:Cashback:Coins:Available  -10.05 COINS.P1
  Assets:Members:M00000001:Cashback:Coins:Available  10.05 COINS.P1

2026-03-03 * "cashback" "order o-2: back" ^event-5 #v1
  Liabilities:Issuance:Cashback:Coins:Available  -3.00 COINS.P1
  Assets:Members:M00000002:Cashback:Coins:Available  3.00 COINS.P1

2026-03-04 balance Liabilities:Issuance:Cashback:Coins:Available  -13.05 ~ 0 COINS.P1
2026-03-04 balance Assets:Members:M00000001:Cashback:Coins:Available  10.05 ~ 0 COINS.P1
2026-03-04 balance Assets:Members:M00000002:Cashback:Coins:Available  3.00 ~ 0 COINS.P1
"""
    )


def test_the_text_for_hledger(bought: Shop) -> None:
    assert (
        text_of(bought, "hledger").partition("decimals\n\n")[2]
        == """\
decimal-mark .

commodity 1000.00 "COINS.P1"

account Liabilities:Issuance:Cashback:Coins:Available
account Assets:Members:M00000001:Cashback:Coins:Available
account Assets:Members:M00000002:Cashback:Coins:Available

2026-03-02 * (4) cashback | order o-1: back  ; version:v1
  Liabilities:Issuance:Cashback:Coins:Available  -10.05 "COINS.P1"
  Assets:Members:M00000001:Cashback:Coins:Available  10.05 "COINS.P1"

2026-03-03 * (5) cashback | order o-2: back  ; version:v1
  Liabilities:Issuance:Cashback:Coins:Available  -3.00 "COINS.P1"
  Assets:Members:M00000002:Cashback:Coins:Available  3.00 "COINS.P1"


2026-03-04 * balances
  Liabilities:Issuance:Cashback:Coins:Available  0 "COINS.P1" = -13.05 "COINS.P1"
  Assets:Members:M00000001:Cashback:Coins:Available  0 "COINS.P1" = 10.05 "COINS.P1"
  Assets:Members:M00000002:Cashback:Coins:Available  0 "COINS.P1" = 3.00 "COINS.P1"
"""
    )


def live(shop: Shop) -> None:
    """A few weeks under three plans: points that are locked, coins that are spent and owed, stamps without decimals."""
    for source in (shipped("locked-points"), CASHBACK, STAMPS):
        shop.activate(source)
    tell_phones(shop)
    shop.line("carl", "dora", "emil")
    chance, people = random.Random(7), (PHONE[1:], "bert", "carl", "dora", "emil")
    for day in range(12):
        today = MONDAY + timedelta(days=day)
        for number in range(4):
            total = str(chance.choice([30, 3000, 12_345, 60_000]))
            shop.buy(f"o-{day}-{number}", chance.choice(people), total, today)
        shop.close(today)
    tomorrow = MONDAY + timedelta(days=12)
    coins = shop.has("dora", "coins")
    shop.buy("spent", "dora", str(Decimal(coins) * 2), tomorrow, coins=coins)
    # Coins that are spent cannot be taken back: dora owes them.
    for day in range(12):
        for number in range(4):
            if shop.holding("dora", "coins").debt == "0.00":
                refund(shop.platform, RefundRequest(f"r-{day}-{number}", f"o-{day}-{number}"))
    shop.buy("late", "emil", "500", MONDAY)


@pytest.fixture(scope="module")
def lived(still_shop: Shop) -> Shop:
    """Those weeks, for all tests that only read."""
    live(still_shop)
    return still_shop


def test_the_other_program_has_every_balance_of_every_member(shop: Shop) -> None:
    live(shop)

    text = text_of(shop)

    assert used(of_members(sums_of(text))) == used(api_balances(shop))
    assert any(account.endswith(":Debt") and amount for account, amount in sums_of(text).items())
    assert any(account.endswith(":Locked") and amount for account, amount in sums_of(text).items())


def test_both_programs_add_up_the_same(lived: Shop, tmp_path: Path) -> None:
    journal = text_of(lived, "hledger")

    read = read_hledger(journal)

    assert used(read.balances) == used(sums_of(text_of(lived)))
    assert read.claims == len(read.accounts)
    assert read.scales["STAMPS.P3"] == 0
    if HLEDGER:
        (tmp_path / "books.journal").write_text(journal, encoding="utf-8")
        subprocess.run([HLEDGER, "check", "--strict", "--file", "books.journal"], check=True, cwd=tmp_path)


def test_nothing_in_it_tells_who_a_member_is(lived: Shop) -> None:
    for format in ("beancount", "hledger"):
        text = text_of(lived, format)
        assert text.isascii()
        assert not [word for word in (PHONE[1:], "bert", "carl", "dora", "emil") if word in text]


def test_the_same_books_give_the_same_text(bought: Shop) -> None:
    assert text_of(bought) == text_of(bought)


@pytest.mark.parametrize("units", [1, -1])
def test_one_unit_more_or_less_is_noticed(altered_shop: Shop, units: int) -> None:
    altered_shop.activate(CASHBACK)
    altered_shop.join("anna")
    altered_shop.buy("o-1", "anna", "100")
    altered = update(balance).where(balance.c.holder == 1).values(amount=balance.c.amount + units)
    with altered_shop.platform.ledger.write() as tx:
        tx.execute(altered)

    _, errors = read_beancount(text_of(altered_shop))

    assert len(errors) == 1
    assert errors[0].startswith("Balance failed for 'Assets:Members:M00000001:Cashback:Coins:Available'")
    with pytest.raises(AssertionError, match="M00000001"):
        read_hledger(text_of(altered_shop, "hledger"))


def test_a_period_begins_with_what_was_there_and_ends_with_what_is(lived: Shop) -> None:
    days = [MONDAY + timedelta(days=day) for day in range(0, 16, 4)]
    whole = sums_of(text_of(lived))

    for start, after in pairwise(days):
        last = after - timedelta(days=1)
        part = text_of(lived, first=start, last=last)
        from_the_beginning = text_of(lived, last=last)
        assert used(sums_of(part)) == used(sums_of(from_the_beginning))
        assert used(read_hledger(text_of(lived, "hledger", first=start, last=last)).balances) == used(sums_of(part))
        assert "carried forward" in part or start == MONDAY
    assert used(sums_of(text_of(lived, first=days[-1]))) == used(whole)


def test_days_that_lie_beyond_the_books(bought: Shop) -> None:
    sums = sums_of(text_of(bought))

    assert used(sums_of(text_of(bought, first=date(2027, 1, 1)))) == used(sums)
    assert sums_of(text_of(bought, last=date(2025, 1, 1))) == {}
    assert text_of(bought, last=date(2025, 1, 1)).count("0.00 ~ 0") == 3


def test_one_plan_alone(lived: Shop) -> None:
    whole = sums_of(text_of(lived))

    parts = [sums_of(text_of(lived, plan=plan)) for plan in ("locked-points", "cashback", "stamps")]

    assert all(parts)
    assert {account: amount for part in parts for account, amount in part.items()} == whole


def test_a_close_is_a_transaction_a_rule_and_a_large_one_several(
    small_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_shop.activate(shipped("locked-points"))
    small_shop.line("anna", "bert", "carl")
    for member in ("anna", "bert", "carl"):
        small_shop.buy(f"o-{member}", member, "3000")
    small_shop.close(MONDAY, TUESDAY)
    whole = text_of(small_shop)
    monkeypatch.setattr(export, "MEMBERS_AN_ENTRY", 2)
    cut = text_of(small_shop)

    assert sums_of(whole) == sums_of(cut)
    assert '"close locked-points:2026-03-03: base"' in whole
    assert '"close locked-points:2026-03-03: sharing"' in whole
    assert '"close locked-points:2026-03-03: base (2)"' not in whole
    assert '"close locked-points:2026-03-03: base (2)"' in cut


def test_several_lots_of_a_member_are_one_posting(small_shop: Shop) -> None:
    small_shop.activate(shipped("locked-points"))
    small_shop.join("anna")
    for number in range(3):
        small_shop.buy(f"o-{number}", "anna", "3000")
    (_, closed) = small_shop.close(MONDAY, TUESDAY)

    text = text_of(small_shop, first=TUESDAY)

    assert closed.transfers == 3
    locked = "Assets:Members:M00000001:Locked-points:Points:Locked"
    assert f"  {locked}  -{Decimal('36.00') * 3} POINTS.P1\n" in text


def test_amounts_are_exact_at_the_scale_of_the_asset(bought: Shop) -> None:
    quantity = text_of(bought).partition("M00000001:Cashback:Coins:Available  ")[2].partition(" ")[0]

    assert parse_amount(quantity, 2) == 1005


def test_books_on_which_nothing_was_booked(small_shop: Shop) -> None:
    assert read_beancount(text_of(small_shop)) == ({}, [])
    small_shop.activate(CASHBACK)
    assert read_beancount(text_of(small_shop)) == ({}, [])


def test_what_is_refused(bought: Shop) -> None:
    assert refused(lambda: text_of(bought, plan="other"), NotFound) == ("plan.unknown", None)
    backwards = refused(lambda: text_of(bought, first=THURSDAY, last=WEDNESDAY), InvalidRequest)
    assert backwards == ("export.backwards", None)
