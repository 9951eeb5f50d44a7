"""seal, verify --chain, replay and balance --as-of, on two orders of the plan with locked points."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from .conftest import Run

pytestmark = pytest.mark.usefixtures("sold")

Json = Callable[..., Any]


def behind_the_books(folder: Path, *statements: str) -> None:
    with closing(sqlite3.connect(folder / "rewards.db")) as books, books:
        for statement in statements:
            books.execute(statement)


def test_sealing_tells_where_the_chain_ends(run: Run, run_json: Json) -> None:
    events = run_json("seal")
    assert events["sealed"] == events["event"] > 0
    again = run("seal").stdout
    assert again.startswith("0 events sealed")
    assert f"{events['event']}:{events['hash']}" in again
    assert "已封存 0 个事件" in run("seal", "--language", "zh").stdout

    whole = run_json("verify", "--chain")
    assert whole == {"event": events["event"], "hash": events["hash"], "unsealed": 0, "broken": None}
    assert f"the chain ends at {events['event']}:{events['hash']}" in run("verify", "--chain").stdout


def test_closing_seals_and_orders_wait(run: Run, run_json: Json, folder: Path) -> None:
    assert "later events are not sealed yet" in run("verify", "--chain").stdout
    run("close", "2025-01-01", "--through", "2025-01-03")
    assert run_json("verify", "--chain")["unsealed"] == 0


def test_a_row_that_was_edited_is_named(run: Run, run_json: Json, folder: Path) -> None:
    seq = run_json("close", "2025-01-01", "--through", "2025-01-02")[-1]["sequence"]
    with pytest.raises(sqlite3.IntegrityError, match="table transfer is append-only"):
        behind_the_books(folder, "UPDATE transfer SET amount = 1")
    other = f"UPDATE close_part SET moved = zeroblob(4) WHERE event_seq = {seq}"
    with pytest.raises(sqlite3.IntegrityError, match="table close_part is append-only"):
        behind_the_books(folder, other)
    behind_the_books(folder, "DROP TRIGGER close_part_no_update", other)

    named = f"table close_part: the row event_seq {seq}, part 0 of event {seq} is not as it was sealed"
    assert named in run("verify", "--chain", exit_code=1).stdout
    assert "与封存时不同" in run("verify", "--chain", "--language", "zh", exit_code=1).stdout
    assert named in run_json("verify", "--chain", exit_code=1)["broken"]["en"]
    printed = run("verify", "--no-replay", exit_code=1).stdout
    assert "✗ 10." in printed
    assert f"what the close {seq} has moved for part 0 of the members cannot be read" in printed


def test_an_end_that_was_noted_is_compared(run: Run, run_json: Json, folder: Path) -> None:
    end = run_json("seal")
    noted = f"{end['event']}:{end['hash']}"
    run("verify", "--chain", "--anchor", noted)
    other = f"{end['event']}:{'0' * 64}"
    assert "made anew or cut short" in run("verify", "--chain", "--anchor", other, exit_code=1).stdout
    assert "EVENT:HASH" in run("verify", "--chain", "--anchor", "5", exit_code=2).output
    assert "--anchor goes with --chain" in run("verify", "--anchor", noted, exit_code=2).output


def test_a_replay_rebuilds_what_is_stored(run: Run, run_json: Json) -> None:
    run("close", "2025-01-01", "--through", "2025-01-03")
    assert "exactly as stored" in run("replay").stdout
    assert run_json("replay", "--plan", "locked-points") == []
    run("replay", "--plan", "orchard", exit_code=1)


def test_what_is_stored_otherwise_is_named(run: Run, run_json: Json, folder: Path) -> None:
    run("close", "2025-01-01", "--through", "2025-01-02")
    # The first number of the column is ann's: 36.01 instead of 36.00.
    behind_the_books(
        folder,
        "UPDATE close_balance SET amounts = CAST(X'110e000000000000' || substr(amounts, 9) AS BLOB) "
        "WHERE substr(amounts, 1, 8) = X'100e000000000000'",
    )

    (found,) = run_json("replay", exit_code=1)
    assert found == {
        "table": "balance",
        "place": "locked-points/points/available/ann",
        "stored": "36.01",
        "rebuilt": "36.00",
        "message": "account locked-points/points/available/ann: stored is 36.01, rebuilt is 36.00",
    }
    printed = run("replay", exit_code=1).stdout
    assert "locked-points/points/available/ann" in printed
    assert "what the events rebuild: 1" in printed


def test_an_event_that_cannot_be_taken_again_is_told(run: Run, run_json: Json, folder: Path) -> None:
    behind_the_books(
        folder,
        "INSERT INTO event SELECT (SELECT max(seq) + 1 FROM event), 'order', 'no such id!', member, occurred_at, "
        "recorded_at, payload, fingerprint, NULL FROM event WHERE kind = 'order' LIMIT 1",
    )
    assert "cannot be taken again" in run("replay", exit_code=1).stdout
    (found,) = run_json("replay", exit_code=1)
    assert (found["table"], found["stored"], found["rebuilt"]) == ("event", "order no such id!", "–")


def test_a_past_balance_is_told_from_history(run: Run, run_json: Json) -> None:
    run("close", "2025-01-01", "--through", "2025-01-03")

    def held(*words: str) -> tuple[str, str]:
        (one,) = run_json("balance", "ann", *words)["balances"]
        return one["available"], one["locked"]

    # 3,000 × 2.5 granted; 36 released on the second day, 36 and a share of 54 on the third.
    assert held("--as-of", "2025-01-01") == ("0.00", "7500.00")
    assert held("--as-of", "2025-01-02") == ("36.00", "7464.00")
    assert held("--as-of", "2025-01-03") == held() == ("126.00", "7374.00")
    assert run_json("balance", "ann", "--as-of", "2024-12-31")["balances"] == []
    assert "at the close of 2025-01-02" in run("balance", "ann", "--as-of", "2025-01-02").stdout
    assert "has not begun" in run("balance", "ann", "--as-of", "9999-01-01", exit_code=1).output
    run("balance", "ann", "--as-of", "yesterday", exit_code=2)
