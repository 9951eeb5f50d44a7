"""export: a whole file or none, which the other program's own command accepts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from rewards.services import export
from rewards.services.export_formats import Beancount

from .conftest import Run

pytestmark = pytest.mark.usefixtures("sold")


@pytest.fixture
def closed(sold: None, run: Run) -> None:
    run("close", "2025-01-01", "--through", "2025-01-03")


@pytest.mark.usefixtures("closed")
def test_the_command_that_is_shown_accepts_the_file(run: Run, folder: Path) -> None:
    said = run("export", "--format", "beancount", "-o", "books.beancount").stderr
    bean_check = Path(sys.executable).with_name("bean-check")

    checked = subprocess.run([bean_check, "--no-cache", "books.beancount"], cwd=folder, capture_output=True, text=True)

    assert "bean-check books.beancount" in said
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


@pytest.mark.usefixtures("closed")
def test_without_a_file_the_books_go_to_standard_output_and_nothing_else_does(run: Run, folder: Path) -> None:
    run("export", "--format", "hledger", "-o", "books.journal")

    for words in ((), ("-o", "-")):
        assert run("export", "--format", "hledger", *words).stdout == (folder / "books.journal").read_text()
    assert not (folder / "-").exists()


@pytest.mark.usefixtures("closed")
def test_some_days_of_one_plan(run: Run) -> None:
    days = ("--from", "2025-01-02", "--to", "2025-01-02")
    printed = run("export", "--format", "beancount", "--plan", "locked-points", *days).stdout

    assert "close locked-points:2025-01-02: base" in printed
    assert "carried forward" in printed
    assert "close locked-points:2025-01-03" not in printed
    assert "2025-01-03 balance Assets:Members:M00000001:Locked-points:Points:Available  36.00 ~ 0 POINTS.P1" in printed


def test_half_a_file_is_never_left(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {"books.beancount", *(path.name for path in folder.iterdir())}
    (folder / "books.beancount").write_text("the one before", encoding="utf-8")

    class Breaking(Beancount):
        def claims(self, *_: object) -> str:
            raise RuntimeError("in the middle")

    monkeypatch.setitem(export.FORMATS, "beancount", Breaking())
    with pytest.raises(RuntimeError, match="in the middle"):
        run("export", "--format", "beancount", "-o", "books.beancount")

    assert (folder / "books.beancount").read_text(encoding="utf-8") == "the one before"
    assert {path.name for path in folder.iterdir() if not path.name.startswith("rewards.db-")} == {
        name for name in before if not name.startswith("rewards.db-")
    }


def test_what_is_no_ordinary_file_is_written_to_and_stays(run: Run) -> None:
    run("export", "--format", "beancount", "-o", "/dev/null")

    assert not Path("/dev/null").is_file()


@pytest.mark.parametrize(
    ("words", "exit_code", "said"),
    [
        (("--plan", "other"), 1, 'there is no plan "other"; known are: locked-points'),
        (
            ("--from", "2025-01-02", "--to", "2025-01-01"),
            1,
            "the last day 2025-01-01 is before the first day 2025-01-02",
        ),
        (("--from", "yesterday"), 2, '"yesterday" is not a day'),
        (("-o", "nowhere/books.beancount"), 1, "cannot be written (No such file or directory)"),
        (("--format", "ledger"), 2, "'ledger' is not one of 'beancount', 'hledger'"),
    ],
)
def test_what_is_refused(run: Run, words: tuple[str, ...], exit_code: int, said: str) -> None:
    assert said in run("export", "--format", "beancount", *words, exit_code=exit_code).output
