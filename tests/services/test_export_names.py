"""Names in exports: whatever something is called, its name is valid for both programs and nobody else's."""

from __future__ import annotations

import re
from urllib.parse import unquote

import regex
from beancount.core.account import ACC_COMP_NAME_RE
from beancount.core.amount import CURRENCY_RE
from hypothesis import example, given
from hypothesis import strategies as st

from rewards.errors import Conflict
from rewards.ledger.plans import Book
from rewards.services.export_names import MOST_SIGNS, BookNames, component, plain, symbol

from .plain_text import ACCOUNT
from .shop import refused

NAMES = st.from_regex(r"[a-z][a-z0-9-]{0,62}", fullmatch=True) | st.text(min_size=1, max_size=64)
NUMBERS = st.integers(1, 99_999)


def uncomponent(part: str) -> str:
    return bytes.fromhex(part[2:]).decode() if part.startswith("0x") else part[0].lower() + part[1:]


@given(NAMES)
@example("积分")
@example("Points")
@example("0x41")
@example("a--")
@example("138 0013 8000")
def test_a_part_of_an_account_is_valid_and_tells_its_name(name: str) -> None:
    part = component(name)

    assert regex.fullmatch(ACC_COMP_NAME_RE, part)
    assert part.isascii()
    assert uncomponent(part) == name


@given(st.text(max_size=64))
@example('"; | #1 \n\\')
def test_a_text_cannot_end_its_line_or_say_anything_else(text: str) -> None:
    safe = plain(text)

    assert re.fullmatch(r"[A-Za-z0-9._:#%-]*", safe)
    assert unquote(safe) == text


@given(NAMES, NUMBERS, NUMBERS)
@example("a-", 1, 1)
@example("a" * 63, 99_999, 99_999)
def test_a_commodity_is_valid(asset: str, plan_id: int, book_id: int) -> None:
    name = symbol(asset, plan_id, book_id)

    assert regex.fullmatch(CURRENCY_RE, name)
    assert re.fullmatch(r"[A-Z][A-Z0-9.-]*[A-Z0-9]", name)
    assert len(name) <= MOST_SIGNS


ASSETS = st.tuples(st.sampled_from(["points", "points-p1", "p" * 30, "p" * 31, "积分", "分", "p1"]), st.integers(1, 3))


@given(st.lists(ASSETS, unique=True))
def test_no_two_assets_share_a_commodity(assets: list[tuple[str, int]]) -> None:
    named = [symbol(asset, plan_id, book_id) for book_id, (asset, plan_id) in enumerate(assets, start=1)]

    assert len(set(named)) == len(named)


def two_plans() -> BookNames:
    """Two plans that both have points and a pool of the same name; the first also keeps yuan."""
    books = [
        Book(1, 1, "points", "available", 2, False, False),
        Book(2, 1, "points", "debt", 2, False, False),
        Book(3, 1, "yuan", "available", 2, False, False),
        Book(4, 2, "points", "available", 0, False, False),
    ]
    return BookNames(
        books={book.id: book for book in books},
        plans={1: "shop", 2: "club"},
        pools={-100: "fund", -101: "fund"},
        currencies={1: ("CNY", "yuan")},
    )


def test_every_asset_of_every_plan_is_a_commodity_and_a_currency_keeps_its_code() -> None:
    assert [tuple(each) for each in two_plans().listed()] == [
        ("POINTS.P1", "shop", "points", 2),
        ("CNY", "shop", "yuan", 2),
        ("POINTS.P2", "club", "points", 0),
    ]


def test_every_account_has_a_name_of_its_own() -> None:
    names = two_plans()
    holders = {1: (-1, -2, -3, -4, -100, 1, 42, 123_456_789), 2: (-1, 42), 3: (42,), 4: (-1, -101, 42)}
    accounts = [names.account(book, holder) for book, each in holders.items() for holder in each]

    assert len(set(accounts)) == len(accounts)
    assert all(re.fullmatch(ACCOUNT, account) for account in accounts)
    assert accounts[:8] == [
        "Liabilities:Issuance:Shop:Points:Available",
        "Liabilities:Platform:Shop:Points:Available",
        "Assets:Treasury:Shop:Points:Available",
        "Expenses:Burned:Shop:Points:Available",
        "Assets:Pools:Fund:Shop:Points:Available",
        "Assets:Members:M00000001:Shop:Points:Available",
        "Assets:Members:M00000042:Shop:Points:Available",
        "Assets:Members:M123456789:Shop:Points:Available",
    ]


def test_what_is_carried_forward_is_one_account_an_asset() -> None:
    names = two_plans()

    assert names.carried_forward(1) == names.carried_forward(2) == "Liabilities:Carried-forward:Shop:Points"
    assert names.carried_forward(4) == "Liabilities:Carried-forward:Club:Points"


def test_what_the_books_do_not_have_is_named() -> None:
    assert refused(lambda: two_plans().account(9, 1), Conflict) == ("export.unknown-book", None)
    assert refused(lambda: two_plans().account(1, -102), Conflict) == ("export.unknown-book", None)
