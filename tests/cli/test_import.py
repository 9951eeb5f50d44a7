"""`rewards import`: good lines are taken, bad ones reported, and an interrupted import taken up again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from rewards.cli import importing
from rewards.cli.importing import Importer
from rewards.cli.orders_csv import OrderFile
from rewards.ledger import StoreUnavailable
from rewards.services.members import member
from rewards.services.platform import Platform

from .conftest import Json, Run, Write, locked_of, rows_of, stopping_after, writer

pytestmark = pytest.mark.usefixtures("shop")

HEADER = "id,member,total,paid_at,sponsor,phone"
PAID = "2025-01-01T12:00:00+08:00"


@pytest.fixture
def write(folder: Path) -> Write:
    return writer(folder, "orders.csv", HEADER)


def order(number: int, who: str = "ann", total: str = "3000", more: str = ",") -> str:
    return f"o-{number},{who},{total},{PAID},{more}"


def test_orders_are_taken_and_summed_up(write: Write, run: Run, run_json: Json) -> None:
    path = write(order(1), order(2, "bob", "9000.50", "ann,"))
    told = run_json("import", path, "--create-members")

    assert (told["taken"], told["repeated"], told["rejected"], told["members_added"]) == (2, 0, 0, 2)
    assert told["total"] == told["total_taken"] == "12000.50"
    assert run_json("balance", "bob")["member"]["sponsor"] == "ann"
    assert locked_of(run_json, "ann") == "7500.00"


def test_amounts_can_be_multiplied(write: Write, run_json: Json) -> None:
    path = write(order(1, total="30.00"))

    assert run_json("import", path, "--create-members", "--multiply-amounts", "100")["total"] == "3000.00"
    assert locked_of(run_json, "ann") == "7500.00"


def test_importing_twice_changes_nothing(write: Write, run: Run, run_json: Json) -> None:
    path = write(order(1), order(2, "bob", more="ann,"))
    run("import", path, "--create-members")
    told = run_json("import", path, "--create-members")

    assert (told["taken"], told["repeated"], told["rejected"], told["members_added"]) == (0, 2, 0, 0)
    assert (told["total_taken"], told["total_repeated"], told["total"]) == ("0", "6000", "6000")
    assert locked_of(run_json, "ann") == "7500.00"


def test_members_are_added_only_when_asked_for(write: Write, run: Run) -> None:
    refused = run("import", write(order(1)), exit_code=1)

    assert "line 2, column member" in refused.stderr
    assert "ann" in refused.stderr


BAD = (
    order(1),
    order(2, total="lots"),
    order(3, who="no blanks"),
    order(4, total="-1"),
    order(5, who="bob", more="bob,"),
    order(6, who="cal", more=",12"),
    order(1, total="4000"),
    order(7),
)
EXPECTED = [
    (3, "total", "amount.malformed"),
    (4, "member", "member.bad-id"),
    (5, "total", "order.negative"),
    (6, "sponsor", "member.sponsor-unknown"),
    (7, "phone", "member.bad-phone"),
    (8, "id", "event.conflict"),
]


def test_bad_lines_are_reported_and_the_rest_goes_on(write: Write, run_json: Json) -> None:
    told = run_json("import", write(*BAD), "--create-members", exit_code=1)

    assert (told["taken"], told["rejected"], told["members_added"]) == (2, len(EXPECTED), 1)
    assert [(bad["line"], bad["column"], bad["code"]) for bad in told["rejections"]] == EXPECTED
    assert told["total"] == "6000"


def test_each_bad_line_is_named_on_stderr(write: Write, run: Run) -> None:
    english = run("import", write(*BAD), "--create-members", exit_code=1)
    for line, column, _ in EXPECTED:
        assert f"line {line}, column {column}: " in english.stderr
    assert "rejected" in english.stdout

    chinese = run("import", write(*BAD), "--create-members", "--language", "zh", exit_code=1)
    assert "第 3 行，total 列：" in chinese.stderr
    assert "被拒绝" in chinese.stdout


def test_rejected_lines_can_be_corrected_and_imported(write: Write, run: Run, run_json: Json, folder: Path) -> None:
    run("import", write(*BAD), "--create-members", "--rejected", "bad.csv", exit_code=1)
    rows = rows_of(folder / "bad.csv")
    assert [(int(row["rejected.line"]), row["rejected.column"]) for row in rows] == [
        (line, column) for line, column, _ in EXPECTED
    ]

    corrected = (folder / "bad.csv").read_text(encoding="utf-8").replace("lots", "5000").splitlines()
    (folder / "good.csv").write_text("\n".join(corrected[:2]) + "\n", encoding="utf-8")
    assert run_json("import", "good.csv")["total_taken"] == "5000"


def test_a_rejected_line_that_is_no_csv_keeps_its_text(write: Write, run: Run, folder: Path) -> None:
    run("import", write('o-1,"ann'), "--rejected", "bad.csv", exit_code=1)

    (row,) = rows_of(folder / "bad.csv")
    assert row["id"] == 'o-1,"ann'


def test_rejected_lines_are_not_written_over_the_orders(write: Write, run: Run) -> None:
    path = write(order(1))
    before = path.read_bytes()

    assert "name another" in run("import", path, "--rejected", "./orders.csv", exit_code=2).stderr
    assert path.read_bytes() == before


def test_orders_come_from_standard_input_too(run_json: Json) -> None:
    told = run_json("import", "-", "--create-members", input=f"{HEADER}\n{order(1)}\n".encode())

    assert told["taken"] == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("missing.csv",), "missing.csv"),
        (("orders.csv", "--multiply-amounts", "0"), "0 is not in the range"),
        (("orders.csv", "--multiply-amounts", "1.5"), "'1.5' is not a valid integer"),
        (("orders.csv", "--timezone", "Mars/Olympus"), 'there is no time zone "Mars/Olympus"'),
    ],
)
def test_wrong_usage_ends_with_2(words: Sequence[str], told: str, write: Write, run: Run) -> None:
    write(order(1))

    assert told in run("import", *words, "--create-members", exit_code=2).stderr
    assert "ann" in run("balance", "ann", exit_code=1).stderr  # nobody was added


def test_a_file_without_the_columns_is_refused(run: Run) -> None:
    assert "paid_at" in run("import", "-", input=b"id,member,total\n", exit_code=1).stderr


def test_a_sponsor_who_is_no_member_yet_is_added_first(write: Write, run: Run, run_json: Json) -> None:
    run("import", write(order(1, "bob", more="ann,")), "--create-members")

    assert run_json("balance", "ann")["member"]["sponsor"] is None
    assert run_json("balance", "bob")["member"]["sponsor"] == "ann"


def test_who_is_a_member_already_keeps_the_sponsor(write: Write, run: Run, run_json: Json) -> None:
    run("import", write(order(1), order(2, "bob", more="ann,")), "--create-members")
    run("import", write(order(3, "bob", more="cal,"), order(4, "cal")), "--create-members")

    assert run_json("balance", "bob")["member"]["sponsor"] == "ann"


def lines(count: int) -> list[str]:
    """Orders of a few members, everybody but the first sponsored by the first."""
    return [order(n, f"m-{n % 7}", f"{1000 + n}", "m-0," if n % 7 else ",") for n in range(count)]


@pytest.mark.parametrize(
    ("stop", "exit_code"), [(KeyboardInterrupt(), 130), (StoreUnavailable("ledger.busy"), 3)], ids=["ctrl-c", "store"]
)
def test_an_interrupted_import_is_taken_up_again(
    stop: BaseException, exit_code: int, write: Write, run: Run, run_json: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(*lines(2500))
    stopped_take = stopping_after(2, stop, importing.import_orders)
    with monkeypatch.context() as patch:
        patch.setattr(importing, "import_orders", stopped_take)
        stopped = run("import", path, "--create-members", exit_code=exit_code)
    assert "Import the same file again" in stopped.stderr
    assert "2000" in stopped.stdout

    told = run_json("import", path, "--create-members")
    assert (told["repeated"], told["taken"], told["rejected"]) == (2000, 500, 0)
    assert told["total"] == str(sum(1000 + n for n in range(2500)))


@pytest.mark.parametrize("batch", [1, 3, 100])
def test_the_size_of_a_batch_makes_no_difference(batch: int, write: Write, folder: Path) -> None:
    platform = Platform.open()
    try:
        importer = Importer(platform, create_members=True, batch=batch)
        done: list[int] = []
        with write(*lines(20)).open("rb") as file:
            tally = importer.run(OrderFile(file), done.append)
        assert (tally.taken, tally.members, sum(done)) == (20, 7, 20)
        assert member(platform, "m-3").sponsor == "m-0"
    finally:
        platform.close()


def test_a_busy_database_while_adding_members_stops_the_import(
    write: Write, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(_platform: Platform, _requests: object) -> list[bool]:
        raise StoreUnavailable("ledger.busy")

    monkeypatch.setattr(importing, "add_members", busy)
    stopped = run("import", write(order(1)), "--create-members", exit_code=3)

    assert "the database is busy" in stopped.stderr
    assert "ann" in run("balance", "ann", exit_code=1).stderr  # nobody was added


def test_a_member_whom_another_import_adds_at_the_same_moment_is_no_error(
    write: Write, run_json: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    def add_elsewhere_first(platform: Platform, requests: Sequence[Any]) -> list[bool]:
        importing.add_member(platform, importing.MemberRequest("ann", phone="+8613800138000"))
        return original(platform, requests)

    original = importing.add_members
    monkeypatch.setattr(importing, "add_members", add_elsewhere_first)
    told = run_json("import", write(order(1)), "--create-members")

    assert (told["taken"], told["rejected"], told["members_added"]) == (1, 0, 0)


def test_a_declared_attribute_that_cannot_be_read_is_told_by_its_column(folder: Path, run: Run, run_json: Json) -> None:
    (folder / "volume.yaml").write_text(
        "plan: volume\ntitle: {en: Volume, zh: 业绩}\ncurrency: CNY\ntimezone: Asia/Shanghai\n"
        "assets: {coins: {scale: 2}}\nattributes: {order: {pv: amount}}\nrules:\n"
        "  - {id: v, on: order.paid, grant: {asset: coins, to: buyer, amount: {rate: '1', of: order.attributes.pv}}}\n",
        encoding="utf-8",
    )
    run("activate", "volume.yaml", "--from", "2025-01-01")
    (folder / "orders.csv").write_text(
        f"id,member,total,paid_at,attribute.pv\no-1,ann,10,{PAID},0.5\no-2,ann,10,{PAID},much\n", encoding="utf-8"
    )
    told = run_json("import", "orders.csv", "--create-members", exit_code=1)
    assert told["taken"] == 1
    assert [(bad["line"], bad["column"], bad["code"]) for bad in told["rejections"]] == [
        (3, "attribute.pv", "order.attribute-amount")
    ]
