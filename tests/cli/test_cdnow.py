"""Reading CDNOW's orders out of a wheel: ids, sponsors, moments and amounts come from fixed rules."""

from __future__ import annotations

import zipfile
from collections import Counter
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.cli.cdnow import FILE, member_id, members_of, read_cdnow, sponsor_of
from rewards.errors import InvalidRequest

CUSTOMERS = 23_570

LINES = (
    " customer_id  date number_of_cds  dollar_value",
    " 00001 19970103  1   11.77",
    " 00002 19970101  1   12.00",
    " 00002 19970101  1   12.00",
    " 00004 19970103  2    0.00",
)
"""A file of the same form: the second and third lines are the same, the fourth cost nothing."""


def wheel_of(folder: Path, name: str = FILE) -> Path:
    path = folder / "small.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, "\r\n".join(LINES) + "\r\n")
    return path


def test_orders_come_as_they_were_paid_and_are_named_by_their_line(tmp_path: Path) -> None:
    orders = read_cdnow(wheel_of(tmp_path))

    assert [(order.request.id, order.request.member, order.request.total) for order in orders] == [
        ("cdnow-000002", "cdnow-00002", "12.00"),
        ("cdnow-000003", "cdnow-00002", "12.00"),
        ("cdnow-000001", "cdnow-00001", "11.77"),
        ("cdnow-000004", "cdnow-00004", "0.00"),
    ]


def test_an_order_is_paid_at_noon_in_shanghai(tmp_path: Path) -> None:
    orders = read_cdnow(wheel_of(tmp_path))

    assert orders[0].request.paid_at == datetime(1997, 1, 1, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert orders[0].request.attributes == {"discs": "1"}


def test_amounts_are_multiplied(tmp_path: Path) -> None:
    orders = read_cdnow(wheel_of(tmp_path), 100)

    assert [order.request.total for order in orders] == ["1200.00", "1200.00", "1177.00", "0.00"]


def test_members_come_sponsors_first(tmp_path: Path) -> None:
    members = members_of(read_cdnow(wheel_of(tmp_path)))

    assert [(member.id, member.sponsor) for member in members] == [
        ("cdnow-00001", None),
        ("cdnow-00002", "cdnow-00001"),
        ("cdnow-00004", "cdnow-00001"),
    ]


def test_what_is_no_wheel_of_that_package_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.whl").write_text("not a wheel", encoding="utf-8")

    with pytest.raises(InvalidRequest, match="cannot be opened as a wheel"):
        read_cdnow(tmp_path / "text.whl")
    with pytest.raises(InvalidRequest, match="does not contain"):
        read_cdnow(wheel_of(tmp_path, "other.txt"))


@given(st.integers(2, 10**6))
def test_a_sponsor_is_an_earlier_customer(customer: int) -> None:
    assert 1 <= sponsor_of(customer) < customer


def test_the_tree_is_one_and_has_long_and_wide_branches() -> None:
    generation = [0, 0]
    for customer in range(2, CUSTOMERS + 1):
        generation.append(generation[sponsor_of(customer)] + 1)
    width = Counter(sponsor_of(customer) for customer in range(2, CUSTOMERS + 1))

    assert sponsor_of(1) == 0
    assert max(generation) > 100  # lines of a hundred generations
    assert sum(direct >= 100 for direct in width.values()) >= 20  # two dozen with hundreds of their own
    assert (
        sum(direct == 0 for direct in (width[n] for n in range(1, CUSTOMERS + 1))) > CUSTOMERS // 2
    )  # most bring nobody
    assert member_id(CUSTOMERS) == "cdnow-23570"
