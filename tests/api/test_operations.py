"""/livez, /readyz and /metrics: what those who run the service ask."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families
from rewards.api.context import platform
from sqlalchemy import event

from rewards.services.platform import Platform

from .shop import FIRST_DAY, Caller, order, under

Numbers = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def numbers(caller: Caller) -> Numbers:
    """Everything /metrics has, by name and labels."""
    answer = caller("GET", "/metrics")
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/plain; version=")
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def change(before: Numbers, after: Numbers, name: str, **labels: str) -> float:
    key = (name, tuple(sorted(labels.items())))
    return after.get(key, 0) - before.get(key, 0)


def database_of(app: Flask) -> Path:
    with app.app_context():
        name = platform().ledger.engine.url.database
    assert name is not None
    return Path(name)


def test_it_lives_without_asking_anybody(app: Flask) -> None:
    asked: list[str] = []
    with app.app_context():
        engine = platform().ledger.engine
    event.listen(engine, "before_cursor_execute", lambda *arguments: asked.append(arguments[2]))
    event.listen(engine, "checkout", lambda *_: asked.append("a connection"))

    assert Caller(app).get("/livez") == {"status": "live"}
    assert asked == []
    assert Caller(app).get("/readyz")["status"] == "ready"
    assert "SELECT 1" in asked


def test_it_is_ready_when_database_migrations_and_plans_are(shared_app: Flask) -> None:
    assert Caller(shared_app).get("/readyz") == {"status": "ready", "checks": ["database", "migrations", "plans"]}


def test_it_may_be_asked_for_ever(app: Flask) -> None:
    """More often than there may be connections."""
    assert [Caller(app).get("/readyz")["status"] for _ in range(30)] == ["ready"] * 30


def test_a_service_without_plans_is_ready_for_its_first(tmp_path: Path) -> None:
    from rewards.api import create_app

    empty = Platform.open(f"sqlite:///{tmp_path / 'empty.db'}", create=True, durable=False)
    assert Caller(create_app(empty)).get("/readyz")["status"] == "ready"
    empty.close()


def older(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE alembic_version SET version_num = '0001'")


def unreadable(connection: sqlite3.Connection) -> None:
    guards = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'plan_version'")
    for (name,) in guards.fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    connection.execute("UPDATE plan_version SET source = 'plan: nonsense', digest = hex(randomblob(32))")


@pytest.mark.parametrize(("spoil", "code"), [(older, "ready.migrations"), (unreadable, "ready.plans")])
def test_it_says_what_keeps_it_from_being_ready(
    app: Flask, spoil: Callable[[sqlite3.Connection], None], code: str
) -> None:
    with closing(sqlite3.connect(database_of(app))) as connection, connection:
        spoil(connection)
    problem = Caller(app).refused(503, "GET", "/readyz")

    assert problem["type"] == "/problems/http.not-ready"
    assert [fault["code"] for fault in problem["errors"]] == [code]
    assert Caller(app)("GET", "/readyz").headers["Retry-After"] == "1"
    assert Caller(app)("GET", "/livez").status_code == 200


def test_a_database_that_is_gone_is_told_without_its_address(app: Flask) -> None:
    with app.app_context():
        platform().close()
    path = database_of(app)
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    path.mkdir()
    problem = Caller(app, language="zh").refused(503, "GET", "/readyz")

    assert "ready.database" in [fault["code"] for fault in problem["errors"]]
    assert "数据库没有响应" in [fault["detail"] for fault in problem["errors"]]
    assert path.name not in str(problem)


def test_requests_are_counted_by_pattern_and_never_by_path(app: Flask, secrets: dict[str, str]) -> None:
    operator = Caller(app, secrets["operator"])
    before = numbers(operator)
    for member in ("anna", "bert", "nobody"):
        operator("GET", f"/v1/members/{member}")
    operator("GET", "/v1/+8613800138000")
    operator("SPILL", "/v1/members")
    after = numbers(operator)

    route = {"route": "/v1/members/<member>", "method": "GET"}
    assert change(before, after, "rewards_requests_total", status="200", **route) == 2
    assert change(before, after, "rewards_requests_total", status="404", **route) == 1
    assert change(before, after, "rewards_request_duration_seconds_count", **route) == 3
    assert change(before, after, "rewards_requests_total", route="none", method="GET", status="404") == 1
    assert change(before, after, "rewards_requests_total", route="none", method="other", status="405") == 1
    assert "13800138000" not in str(after)
    assert "anna" not in str(after)


def test_events_are_counted_once_and_repetitions_beside_them(client: Caller, operator: Caller) -> None:
    before = numbers(operator)
    client.post("/v1/orders", order("order-1", "anna", "100"))
    client.post("/v1/orders", order("order-1", "anna", "100"), 200)
    batch = "\n".join(json.dumps(order(id, who, "1")) for id, who in [("o-2", "bert"), ("o-3", "nobody")])
    client("POST", "/v1/orders/batch", data=batch, content_type="application/x-ndjson")
    client.post("/v1/members", {"id": "dora"})
    after = numbers(operator)

    assert change(before, after, "rewards_events_total", kind="order", repeated="no") == 2
    assert change(before, after, "rewards_events_total", kind="order", repeated="yes") == 1
    assert change(before, after, "rewards_refusals_total", code="member.unknown") == 1
    assert sum(
        change(before, after, name, **dict(labels)) for name, labels in after if name == "rewards_events_total"
    ) == 4  # fmt: skip


def test_closes_are_timed(operator: Caller) -> None:
    before = numbers(operator)
    operator.post(f"/v1/days/{FIRST_DAY}/close", None)
    operator.post(f"/v1/days/{FIRST_DAY}/close", None, 200)
    after = numbers(operator)

    assert change(before, after, "rewards_day_close_duration_seconds_count") == 1
    assert change(before, after, "rewards_day_close_duration_seconds_sum") > 0
    assert change(before, after, "rewards_events_total", kind="close", repeated="no") == 2  # of two plans


def test_refusals_are_counted_by_code(operator: Caller) -> None:
    before = numbers(operator)
    operator("POST", "/v1/orders", json=order("o", "nobody", "1"))
    Caller(operator.app)("GET", "/v1/pools")
    after = numbers(operator)

    assert change(before, after, "rewards_refusals_total", code="http.no-key") == 1
    assert change(before, after, "rewards_refusals_total", code="member.unknown") == 1


def test_errors_of_the_database_are_counted_and_its_connections(app: Flask, operator: Caller) -> None:
    before = numbers(operator)
    with app.app_context(), pytest.raises(Exception, match="no such table"), platform().ledger.read() as tx:
        tx.exec_driver_sql("SELECT * FROM nowhere")
    after = numbers(operator)

    assert change(before, after, "rewards_database_errors_total", kind="OperationalError") == 1
    with app.app_context(), platform().ledger.read():
        used = numbers(operator)
    name = "rewards_database_connections"
    assert change(after, used, name, state="in_use") == 1
    assert change(after, numbers(operator), name, state="in_use") == 0
    assert change({}, after, name, state="open") >= 1


def test_nobody_reads_the_numbers_unless_they_are_open(app: Flask, secrets: dict[str, str]) -> None:
    Caller(app).refused(401, "GET", "/metrics")
    Caller(app, secrets["client"]).refused(403, "GET", "/metrics")

    assert Caller(app, secrets["auditor"])("GET", "/metrics").status_code == 200
    assert Caller(under(app, metrics_open=True))("GET", "/metrics").status_code == 200


def test_every_number_has_a_place_in_the_documentation(operator: Caller) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
    names: set[Any] = {family.name for family in text_string_to_metric_families(operator("GET", "/metrics").text)}

    assert len(names) >= 10
    assert {name for name in names if f"`{name}" not in page} == set()
