"""The log: a line for each request, with its id, and nothing that says whom it was about."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError

from rewards.errors import NotFound
from rewards.logs import configure_logging, hidden, kind_of, logger, traceback_of
from rewards.services import members
from rewards.settings import read_settings

from .shop import Caller, order

PHONE = "+8613912345678"
NAME = "张三丰"
Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """What the log says, as JSON lines; the logging of the test run is put back afterwards."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    written = io.StringIO()
    configure_logging(replace(read_settings(), log_format="json", log_level="debug"), written)
    yield written
    logging.captureWarnings(False)
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def lines(stream: io.StringIO) -> Lines:
    return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_request_leaves_one_line(operator: Caller, lines: Lines) -> None:
    operator.get("/v1/members/anna")
    (line,) = lines()

    assert list(line)[:5] == ["timestamp", "level", "logger", "event", "request_id"]
    assert {name: line[name] for name in ("level", "event", "method", "route", "status", "role")} == {
        "level": "info", "event": "request", "method": "GET", "route": "/v1/members/<member>", "status": 200,
        "role": "operator",
    }  # fmt: skip
    assert line["ms"] >= 0
    assert operator.key is not None
    assert line["key"] == operator.key.partition(".")[0]
    assert operator.key.partition(".")[2] not in json.dumps(line)


def test_a_refusal_has_its_code(operator: Caller, lines: Lines) -> None:
    operator("GET", "/v1/members/nobody")

    assert [(line["status"], line["problem"]) for line in lines()] == [(404, "member.unknown")]


def test_nothing_personal_is_logged(app: Flask, operator: Caller, anna: Caller, stream: io.StringIO) -> None:
    """Names and numbers in the path, the query, the body and headers, of requests that succeed and that do not."""
    member = {"id": "zhang.sanfeng", "phone": PHONE, "sponsor": "anna"}
    bought = order("order-zhang", "zhang.sanfeng", "98123.45", attributes={"name": NAME})
    assert operator("POST", "/v1/members", json=member).status_code == 201
    assert operator("POST", "/v1/orders", json=bought).status_code == 201
    assert operator("POST", "/v1/orders", json={**bought, "total": "54321.98"}).status_code == 409
    for path in (f"/v1/members/{PHONE}", f"/v1/{NAME}/{PHONE}", "/v1/members/zhang.sanfeng/balances"):
        operator("GET", path, query_string={"after": PHONE}, headers={"User-Agent": f"phone of {PHONE}"})
    operator("DELETE", f"/v1/members/{PHONE}")
    operator("POST", "/v1/members", data=f'{{"id": {NAME}'.encode(), content_type="application/json")
    anna("GET", "/v1/members/anna")
    said = stream.getvalue()

    assert len(said.splitlines()) == 9
    for word in ("zhang", "13912345", NAME, "%E5", "\\u5f20", "98123.45", "54321.98", "anna"):
        assert word not in said, word
    assert '"key"' not in said.splitlines()[-1], "a member's key is a name, too"


def test_an_error_is_logged_with_its_place_and_without_its_message(
    operator: Caller, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        try:
            raise KeyError(PHONE)
        except KeyError as error:
            raise IntegrityError("INSERT", {"phone": PHONE}, ValueError(f"Key (phone)=({PHONE})")) from error

    monkeypatch.setattr(members, "add_member", fail)
    problem = operator.refused(500, "POST", "/v1/members", json={"id": "dora", "phone": PHONE})
    failed, request = lines()

    assert (failed["level"], failed["event"], failed["route"]) == ("error", "failed", "/v1/members")
    assert failed["request_id"] == request["request_id"] == problem["request_id"]
    assert "test_logs.py" in failed["exception"]
    assert "KeyError" in failed["exception"]
    assert "sqlalchemy.exc.IntegrityError" in failed["exception"]
    assert "13912345" not in json.dumps([failed, request, problem])


@pytest.mark.parametrize("given", ["0a1b2c3d", "4f1c.of-the_caller", "A" * 64])
def test_an_id_the_caller_gave_is_kept(operator: Caller, lines: Lines, given: str) -> None:
    answer = operator("GET", "/v1/members/nobody", headers={"X-Request-ID": given})

    assert answer.headers["X-Request-ID"] == answer.json["request_id"] == lines()[0]["request_id"] == given


@pytest.mark.parametrize(
    "given", ["", "short", "A" * 65, PHONE, 'a"quoted"id', "with a space", "中文中文中文中文", "-12345678"]
)
def test_an_id_that_is_not_well_formed_is_replaced(operator: Caller, lines: Lines, given: str) -> None:
    answer = operator("GET", "/v1/pools", headers={"X-Request-ID": given.encode().decode("latin-1")})

    made = answer.headers["X-Request-ID"]
    assert len(made) == 32
    assert lines()[0]["request_id"] == made


def test_every_request_has_an_id_of_its_own(operator: Caller) -> None:
    assert len({operator("GET", path).headers["X-Request-ID"] for path in ("/livez", "/nowhere", "/v1/pools")}) == 3


def test_probes_are_only_logged_where_everything_is(operator: Caller, stream: io.StringIO) -> None:
    operator("GET", "/livez")
    assert json.loads(stream.getvalue())["level"] == "debug"


def test_lines_of_libraries_are_lines_as_others_without_what_they_fill_in(lines: Lines) -> None:
    library = logging.getLogger("some.library")
    library.warning("connection %s of %d lost", PHONE, 7)
    library.warning(f"Invalid request from ip=10.0.0.1: {PHONE}")
    try:
        raise ValueError(PHONE)
    except ValueError:
        library.exception("Error handling request %s", f"/v1/members/{PHONE}")
    first, second, third = lines()

    assert (first["event"], first["logger"], first["level"]) == ("connection … of 7 lost", "some.library", "warning")
    assert second["event"] == "Invalid request …"
    assert third["event"] == "Error handling request …"
    assert third["exception"].endswith("ValueError")
    assert "13912345" not in json.dumps([first, second, third])


@pytest.mark.parametrize(
    ("template", "arguments", "shown"),
    [
        ("all is well", (), "all is well"),
        ("%d of %d", (1, 2), "1 of 2"),
        ("%(name)s is gone", {"name": NAME}, "…"),
        ("%s", (NAME, NAME), "…"),
        (ValueError(NAME), (), "ValueError"),
    ],
)
def test_what_is_kept_of_a_librarys_text(template: object, arguments: object, shown: str) -> None:
    assert hidden(template, arguments) == shown


def test_kinds_of_errors_say_their_code() -> None:
    assert kind_of(NotFound("member.unknown", id=NAME)) == "rewards.errors.NotFound (member.unknown)"
    assert kind_of(FileNotFoundError(2, "no such file", NAME)) == "FileNotFoundError (2)"


def test_a_traceback_goes_back_to_the_first_error() -> None:
    try:
        try:
            raise KeyError(NAME)
        except KeyError:
            raise ValueError(NAME)  # noqa: B904
    except ValueError as error:
        said = traceback_of(error)

    assert said.index("KeyError") < said.index("and while that was handled:") < said.index("raise ValueError")
    assert NAME not in said


def test_people_read_text(capsys: pytest.CaptureFixture[str], stream: io.StringIO) -> None:
    written = io.StringIO()
    configure_logging(replace(read_settings(), log_format="text"), written)
    logger("rewards.api").info("request", route="/v1/pools", status=200)

    assert "request" in written.getvalue()
    assert "route=/v1/pools" in written.getvalue()
    assert not written.getvalue().startswith("{")


def test_less_is_logged_where_less_is_wanted(operator: Caller, stream: io.StringIO) -> None:
    written = io.StringIO()
    configure_logging(replace(read_settings(), log_format="json", log_level="error"), written)
    operator.get("/v1/pools")

    assert written.getvalue() == ""
