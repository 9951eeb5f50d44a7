"""`rewards import --refunds`: refunds are taken once each, bad lines reported, an interrupted import taken up again."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from pathlib import Path

import pytest

from rewards.cli import importing, orders
from rewards.cli.importing import RefundImporter
from rewards.ledger import StoreUnavailable
from rewards.services import refunds
from rewards.services.platform import Platform
from rewards.services.requests import RefundRequest

from .conftest import Json, Run, Write, locked_of, rows_of, stopping_after, writer

pytestmark = pytest.mark.usefixtures("sold")

# Orders: ann's o-1 of 3,000 (7,500 points) and bob's o-2 of 9,000 (27,000 points).
HEADER = "id,order,amount,at"
AT = "2025-01-03T12:00:00+08:00"


@pytest.fixture
def write(folder: Path) -> Write:
    return writer(folder, "refunds.csv", HEADER)


def test_refunds_are_taken_and_summed_up(write: Write, run_json: Json) -> None:
    path = write(f"r-1,o-1,1000,{AT}", f"r-2,o-2,,{AT}", f"r-3,o-1,500.50,{AT}")

    assert run_json("import", path, "--refunds") == {
        "taken": 3,
        "repeated": 0,
        "rejected": 0,
        "total_taken": "10500.50",  # 1,000 + the whole of 9,000 + 500.50
        "total_repeated": "0",
        "total": "10500.50",
        "rejections": [],
    }
    # 1,499.50 are left of 3,000, at two and a half points each.
    assert (locked_of(run_json, "ann"), locked_of(run_json, "bob")) == ("3748.75", "0.00")


def test_importing_twice_changes_nothing(write: Write, run: Run, run_json: Json) -> None:
    path = write(f"r-1,o-1,1000,{AT}", f"r-2,o-1,,{AT}")
    run("import", path, "--refunds")
    told = run_json("import", path, "--refunds")

    assert (told["taken"], told["repeated"], told["rejected"]) == (0, 2, 0)
    assert (told["total_taken"], told["total_repeated"]) == ("0", "3000.00")
    assert (locked_of(run_json, "ann"), locked_of(run_json, "bob")) == ("0.00", "27000.00")


def test_the_same_line_twice_in_one_file_is_one_refund(write: Write, run_json: Json) -> None:
    told = run_json("import", write(f"r-1,o-1,1000,{AT}", f"r-1,o-1,1000.00,{AT}"), "--refunds")

    assert (told["taken"], told["repeated"], told["total"]) == (1, 1, "2000.00")
    assert locked_of(run_json, "ann") == "5000.00"


def test_a_refund_that_came_over_the_api_is_not_taken_again(write: Write, run_json: Json) -> None:
    """Both are the same use case, and ids are its own: however a refund is sent, it is one."""
    platform = Platform.open()
    refunds.refund(platform, RefundRequest("r-1", "o-1", "1000.00", datetime.fromisoformat(AT)))
    platform.close()
    told = run_json("import", write(f"r-1,o-1,1000,{AT}"), "--refunds")

    assert (told["taken"], told["repeated"]) == (0, 1)
    assert locked_of(run_json, "ann") == "5000.00"


def test_amounts_can_be_multiplied_and_times_be_local(write: Write, run_json: Json) -> None:
    path = write("r-1,o-1,10.00,2025-01-03 12:00")
    told = run_json("import", path, "--refunds", "--multiply-amounts", "100", "--timezone", "Asia/Shanghai")

    assert told["total_taken"] == "1000.00"
    assert locked_of(run_json, "ann") == "5000.00"


BAD = (
    f"r-1,o-1,1000,{AT}",
    f"r-2,o-9,1000,{AT}",
    f"r-3,o-1,2000.01,{AT}",
    f"r-4,o-1,lots,{AT}",
    f"r-5,o-1,0,{AT}",
    f"no blanks,o-1,1,{AT}",
    f"r-1,o-1,999,{AT}",
    f"r-6,,1,{AT}",
    "r-7,o-1,1,",
    "r-8,o-1,1,2999-01-01T00:00:00Z",
    f"r-9,o-1,,{AT}",
    f"r-10,o-1,,{AT}",
)
EXPECTED = [
    (3, "order", "event.unknown"),
    (4, "amount", "refund.too-much"),
    (5, "amount", "amount.malformed"),
    (6, "amount", "request.not-positive"),
    (7, "id", "member.bad-id"),
    (8, "id", "event.conflict"),
    (9, "order", "import.missing-value"),
    (10, "at", "import.missing-value"),
    (11, "at", "order.in-future"),
    (13, "amount", "refund.too-much"),
]


def test_bad_lines_are_reported_and_the_rest_goes_on(write: Write, run_json: Json) -> None:
    told = run_json("import", write(*BAD), "--refunds", exit_code=1)

    assert [(bad["line"], bad["column"], bad["code"]) for bad in told["rejections"]] == EXPECTED
    assert (told["taken"], told["rejected"], told["total"]) == (2, len(EXPECTED), "3000.00")
    assert (locked_of(run_json, "ann"), locked_of(run_json, "bob")) == ("0.00", "27000.00")


def test_each_bad_line_is_named_in_both_languages(write: Write, run: Run) -> None:
    english = run("import", write(*BAD), "--refunds", exit_code=1)
    assert "line 4, column amount: of order o-1 2000.00 of 3000.00 can still be refunded" in english.stderr
    assert [word for word in ("refunds", "taken", "rejected") if word not in english.stdout] == []
    assert "members" not in english.stdout

    chinese = run("import", write(*BAD), "--refunds", "--language", "zh", exit_code=1)
    assert "第 4 行，amount 列：" in chinese.stderr
    assert "退款" in chinese.stdout


def test_rejected_lines_can_be_corrected_and_imported(write: Write, run: Run, run_json: Json, folder: Path) -> None:
    run("import", write(*BAD[:4]), "--refunds", "--rejected", "bad.csv", exit_code=1)
    rows = rows_of(folder / "bad.csv")
    assert [row["id"] for row in rows] == ["r-2", "r-3", "r-4"]

    corrected = (folder / "bad.csv").read_text(encoding="utf-8").replace("lots", "500").replace("o-9", "o-2")
    (folder / "good.csv").write_text(corrected.replace("2000.01", "2000"), encoding="utf-8")
    told = run_json("import", "good.csv", "--refunds", exit_code=1)  # 2,000 + 500 are too much for the 2,000 left
    assert (told["taken"], told["total"]) == (2, "3000.00")
    assert [bad["line"] for bad in told["rejections"]] == [4]


@pytest.mark.parametrize(
    ("header", "code", "named"),
    [
        ("id,order,at", "import.missing-column", "amount"),  # or everything would be taken back
        ("id,order,ammount,at", "import.unknown-column", "amount"),
        ("id,order,amount,at,member", "import.unknown-column", "id, order, amount, at"),
        ("", "import.empty", "id,order,amount,at"),
    ],
)
def test_a_file_without_the_columns_is_refused(header: str, code: str, named: str, run: Run, run_json: Json) -> None:
    refused = run("import", "-", "--refunds", "--format", "json", input=header.encode(), exit_code=1)

    assert f'"code": "{code}"' in refused.stderr
    assert named in refused.stderr
    assert locked_of(run_json, "ann") == "7500.00"


def test_orders_are_no_refunds_and_refunds_no_orders(write: Write, run: Run) -> None:
    assert 'no column "member"' in run("import", "orders.csv", "--refunds", exit_code=1).stderr
    assert 'no column "order"' in run("import", write(f"r-1,o-1,,{AT}"), exit_code=1).stderr


def test_refunds_add_no_members(write: Write, run: Run) -> None:
    assert "leave --create-members out" in run("import", write(), "--refunds", "--create-members", exit_code=2).stderr


@pytest.mark.parametrize(
    ("stop", "exit_code"), [(KeyboardInterrupt(), 130), (StoreUnavailable("ledger.busy"), 3)], ids=["ctrl-c", "store"]
)
def test_an_interrupted_import_is_taken_up_again(
    stop: BaseException, exit_code: int, write: Write, run: Run, run_json: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(*(f"r-{n},o-{1 + n % 2},10,{AT}" for n in range(50)))
    stopped_take = stopping_after(2, stop, importing.import_refunds)
    with monkeypatch.context() as patch:
        patch.setattr(importing, "import_refunds", stopped_take)
        patch.setattr(orders, "RefundImporter", partial(RefundImporter, batch=20))
        stopped = run("import", path, "--refunds", exit_code=exit_code)
    assert "Import the same file again" in stopped.stderr
    assert "400.00" in stopped.stdout

    told = run_json("import", path, "--refunds")
    assert (told["repeated"], told["taken"], told["rejected"], told["total"]) == (40, 10, 0, "500.00")
    # 25 refunds of ten each: 250 of 3,000 at two and a half, and of 9,000 at three points each.
    assert (locked_of(run_json, "ann"), locked_of(run_json, "bob")) == ("6875.00", "26250.00")
