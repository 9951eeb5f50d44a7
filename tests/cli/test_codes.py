"""rewards codes: voucher codes from a file, given out by claims."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .conftest import Run

Json = Callable[..., Any]

GIFTS = """\
plan: gifts
title: {en: Gifts, zh: 礼品}
currency: CNY
timezone: Asia/Shanghai
assets:
  points: {scale: 0}
rules:
  - id: points
    on: order.paid
    grant: {asset: points, to: buyer, amount: "1"}
rewards:
  mug: {price: {points: "3"}}
  ticket: {price: {points: "1"}, codes: true}
"""


@pytest.fixture(autouse=True)
def gifts(run: Run, folder: Path) -> None:
    """A database with a plan that has a reward of voucher codes."""
    (folder / "gifts.yaml").write_text(GIFTS, encoding="utf-8")
    run("init")
    run("activate", "gifts.yaml", "--from", "2025-01-01")


def test_codes_are_loaded_one_a_line(run: Run, run_json: Json, folder: Path) -> None:
    (folder / "codes.txt").write_bytes(b"\xef\xbb\xbfA-1\r\n\r\n  A-2 \r\nA-3")
    assert run("codes", "gifts", "ticket", "codes.txt").stdout == (
        "plan gifts: 3 codes of ticket loaded, 3 wait to be given out\n"
    )
    more = run_json("codes", "gifts", "ticket", "-", input=b"A-4\n")
    assert more == {"plan": "gifts", "reward": "ticket", "added": 1, "left": 4}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"A\n\nB\nA\n", "codes.txt, line 4: this code of ticket was loaded before"),
        (b"A\nB C\n", "codes.txt, line 2: a voucher code has 1 to 64 visible characters"),
        (b"A\n\xff\n", "codes.txt, line 2: this is no text in UTF-8"),
        (b"\n", "load 1 to 100000 codes at a time"),
    ],
)
def test_a_wrong_line_is_named_and_nothing_is_loaded(run: Run, folder: Path, content: bytes, said: str) -> None:
    (folder / "codes.txt").write_bytes(content)
    assert said in run("codes", "gifts", "ticket", "codes.txt", exit_code=1).stderr.replace("\n", " ")
    assert "1 wait" in run("codes", "gifts", "ticket", "-", input=b"A\n").stdout


def test_what_has_no_codes(run: Run) -> None:
    assert "codes: true" in run("codes", "gifts", "mug", "-", input=b"A\n", exit_code=1).stderr
    assert "did you mean ticket?" in run("codes", "gifts", "tickets", "-", input=b"A\n", exit_code=1).stderr
    assert "gifts" in run("codes", "gift", "ticket", "-", input=b"A\n", exit_code=1).stderr


def test_a_mistake_as_json_and_in_chinese(run: Run) -> None:
    words = ("codes", "gifts", "ticket", "-")
    found = run(*words, "--format", "json", input=b"A\nA\n", exit_code=1).stderr
    assert '"code": "cli.codes.line"' in found
    assert "第 2 行" in run(*words, "--language", "zh", input=b"A\nA\n", exit_code=1).stderr
