"""Reading orders from CSV: what a line may look like, and what is said of one that may not."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.cli import csv_file
from rewards.cli.csv_file import MOST_BYTES, BadLine
from rewards.cli.exact import add, multiply
from rewards.cli.orders_csv import OrderFile, OrderLine
from rewards.errors import InvalidRequest
from rewards.services.requests import PointsRequest

HEADER = "id,member,total,paid_at"
GOOD = "o-1,ann,12.50,2025-01-01T12:00:00+08:00"


def read(*lines: str | bytes, **settings: object) -> list[OrderLine | BadLine]:
    raw = b"\n".join(line if isinstance(line, bytes) else line.encode() for line in lines)
    return list(OrderFile(io.BytesIO(raw), **settings))  # type: ignore[arg-type]


def the_bad_line(*lines: str | bytes, **settings: object) -> tuple[int, str | None, str]:
    (bad,) = (line for line in read(*lines, **settings) if isinstance(line, BadLine))
    return bad.number, bad.column, bad.error.code


def test_a_line_is_an_order() -> None:
    (line,) = read(HEADER, GOOD)

    assert isinstance(line, OrderLine)
    assert (line.number, line.request.id, line.request.member, line.request.total) == (2, "o-1", "ann", "12.50")
    assert line.request.paid_at == datetime.fromisoformat("2025-01-01T12:00:00+08:00")
    assert (line.sponsor, line.phone, line.request.points, line.request.attributes) == (None, None, (), {})


def test_columns_may_be_in_any_order_and_there_may_be_more() -> None:
    (line,) = read(
        "paid_at,total,points,attribute.channel,member,id,phone,sponsor,attribute.coupon",
        '2025-01-01T12:00:00+08:00,100,"a/points=1.5 b/credit=2","shop, web",bob,o-2,+8613800138000,ann,',
    )

    assert isinstance(line, OrderLine)
    assert (line.sponsor, line.phone) == ("ann", "+8613800138000")
    assert line.request.points == (PointsRequest("a", "points", "1.5"), PointsRequest("b", "credit", "2"))
    assert line.request.attributes == {"channel": "shop, web"}


def test_amounts_are_multiplied_exactly() -> None:
    (line,) = read(f"{HEADER},points", "o,ann,11.77,2025-01-01T12:00:00Z,a/points=0.001", factor=100)

    assert isinstance(line, OrderLine)
    assert line.request.total == "1177.00"
    assert line.request.points[0].quantity == "0.100"


def test_times_without_an_offset_need_a_time_zone() -> None:
    local = "o-1,ann,12.50,2025-01-01 12:00"

    assert the_bad_line(HEADER, local) == (2, "paid_at", "import.no-offset")
    (line,) = read(HEADER, local, timezone=ZoneInfo("Asia/Shanghai"))
    assert isinstance(line, OrderLine)
    assert line.request.paid_at.utcoffset() == timedelta(hours=8)


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_a_byte_order_mark_blank_lines_and_windows_line_ends_do_no_harm(ends: str) -> None:
    text = "\ufeff" + ends.join([HEADER, GOOD, "", GOOD, ""])

    assert [line.number for line in OrderFile(io.BytesIO(text.encode()))] == [2, 4]


@pytest.mark.parametrize(
    ("header", "code", "named"),
    [
        ("", "import.missing-column", "id"),
        ("id,member,total", "import.missing-column", "paid_at"),
        ("id,member,total,paid_at,sponser", "import.unknown-column", "sponsor"),
        ("id,member,total,paid_at,attribute.", "import.unknown-column", "attribute.NAME"),
        ("id,member,total,paid_at,id", "import.column-twice", "id"),
        ("id;member;total;paid_at", "import.unknown-column", "id"),
        ('"id,member', "import.bad-csv", "quotation marks"),
    ],
)
def test_a_first_line_that_names_no_orders_is_refused(header: str, code: str, named: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read(header, GOOD)

    assert refused.value.code == code
    assert named in refused.value.text("en")


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="empty"):
        OrderFile(io.BytesIO(b""))


@pytest.mark.parametrize(
    ("bad", "column", "code"),
    [
        ("o-1,,12.50,2025-01-01T12:00:00Z", "member", "import.missing-value"),
        ("o-1,ann,,2025-01-01T12:00:00Z", "total", "import.missing-value"),
        ("o-1,ann,twelve,2025-01-01T12:00:00Z", "total", "amount.malformed"),
        ("o-1,ann,1e3,2025-01-01T12:00:00Z", "total", "amount.malformed"),
        ('o-1,ann,"1,000",2025-01-01T12:00:00Z', "total", "amount.malformed"),
        ("o-1,ann,9999999999999999999,2025-01-01T12:00:00Z", "total", "amount.too-large"),
        ("o-1,ann,12.50,yesterday", "paid_at", "import.bad-moment"),
        ("o-1,ann,12.50", None, "import.cells"),
        ("o-1,ann,1,000,2025-01-01T12:00:00Z", None, "import.cells"),
        ('o-1,"ann,12.50,2025-01-01T12:00:00Z', None, "import.bad-csv"),
        ("o-1,张三,12.50,2025-01-01T12:00:00Z".encode("gbk"), None, "import.not-utf8"),
        ("o-1,ann," + "1" * MOST_BYTES, None, "import.long-line"),
        ("o-1,ann," + "1" * (5 * MOST_BYTES), None, "import.long-line"),
    ],
)
def test_a_bad_line_is_named_and_the_others_are_read(bad: str | bytes, column: str | None, code: str) -> None:
    assert the_bad_line(HEADER, GOOD, bad, GOOD) == (3, column, code)
    assert [line.number for line in read(HEADER, GOOD, bad, GOOD)] == [2, 3, 4]


@pytest.mark.parametrize("points", ["5", "points=5", "plan/points", "plan/points=", "plan/points=five"])
def test_points_have_to_name_plan_asset_and_quantity(points: str) -> None:
    number, column, _ = the_bad_line(f"{HEADER},points", f"{GOOD},{points}")

    assert (number, column) == (2, "points")


def test_every_byte_read_is_told() -> None:
    raw = "\n".join([HEADER, GOOD, "x" * (3 * MOST_BYTES), GOOD]).encode()
    told: list[int] = []
    list(OrderFile(io.BytesIO(raw), advance=told.append))

    assert sum(told) == len(raw)


units = st.integers(0, 10**12)
scales = st.integers(0, 6)


@given(amount=units, scale=scales, factor=st.integers(1, 10**6))
def test_multiplying_is_repeated_adding(amount: int, scale: int, factor: int) -> None:
    text = f"{amount // 10**scale}.{amount % 10**scale:0{scale}d}" if scale else str(amount)

    assert int(multiply(text, factor).replace(".", "")) == amount * factor
    assert add(text, multiply(text, factor)) == multiply(text, factor + 1)


@given(texts=st.lists(st.decimals(0, 10**15, places=2), max_size=20))
def test_a_sum_does_not_depend_on_the_order(texts: list[object]) -> None:
    forwards = backwards = "0"
    for text in texts:
        forwards = add(forwards, str(text))
    for text in reversed(texts):
        backwards = add(str(text), backwards)

    assert forwards == backwards


@given(text=st.text(st.characters(codec="utf-8", exclude_characters='"\r\n'), min_size=1))
def test_a_line_without_quotation_marks_has_the_cells_the_csv_reader_finds(text: str) -> None:
    assert csv_file._cells(text) == next(csv.reader([text], strict=True))
