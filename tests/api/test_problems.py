"""What the interface says when it refuses: whole problem documents, in both languages."""

from __future__ import annotations

import io
import json
import logging

import pytest
from flask import Flask
from rewards.api.problems import STATUS, problem_of
from rewards.api.schemas_requests import LONGEST_SOURCE
from rewards.api.texts import TITLES

from rewards.errors import RewardsError
from rewards.ledger import StoreUnavailable
from rewards.messages import catalogue
from rewards.services import orders, reports
from rewards.services.plans import PlanRejected
from rewards.settings import read_settings

from .shop import Caller, order

ORDER = order("order-1", "anna", "100")
ID = "4f1c-of-the-caller"
WITH_ID = {"X-Request-ID": ID}
LIMITS = read_settings()


def refusal(caller: Caller, body: object) -> list[tuple[str, str]]:
    """Pointers and codes of what is wrong with an order."""
    problem = caller.refused(422, "POST", "/v1/orders", json=body)
    return [(fault["pointer"], fault["code"]) for fault in problem["errors"]]


def test_a_problem_in_full(visitor: Caller) -> None:
    wrong = {**ORDER, "total": 100, "totl": "1"}
    problem = visitor.refused(422, "POST", "/v1/orders", json=wrong, headers=WITH_ID)
    detail = 'amounts are texts, because JSON numbers lose digits; write it in quotes, such as "12.50"'
    assert problem == {
        "type": "/problems/http.invalid",
        "title": "The request is refused",
        "status": 422,
        "detail": "2 place(s) in the request are wrong; errors says which and why",
        "errors": [
            {"pointer": "/total", "code": "http.number-as-text", "detail": detail},
            {
                "pointer": "/totl",
                "code": "http.unknown-field-suggest",
                "detail": 'nothing of this name is known here; did you mean "total"?',
            },
        ],
        "request_id": ID,
    }


def test_the_same_problem_in_chinese(shared_app: Flask, secrets: dict[str, str]) -> None:
    zh = Caller(shared_app, secrets["operator"], "zh-CN,zh;q=0.9,en;q=0.5")
    answer = zh("POST", "/v1/orders", json={**ORDER, "total": 100})
    assert answer.headers["Content-Language"] == "zh"
    assert "Accept-Language" in answer.headers["Vary"]
    problem = json.loads(answer.data)
    assert (problem["title"], problem["detail"]) == ("请求被拒绝", "请求中有 1 处错误；详见 errors")
    assert problem["errors"][0]["detail"] == '金额须为文本，因为 JSON 数字会丢失精度；请加引号，例如 "12.50"'
    assert "请求被拒绝".encode() in answer.data


@pytest.mark.parametrize("wanted", ["en", "de", "", "*", "en-GB,zh;q=0.2", "zh;q=0", "nonsense;;q=x"])
def test_other_languages_are_answered_in_english(shared_app: Flask, secrets: dict[str, str], wanted: str) -> None:
    answer = Caller(shared_app, secrets["operator"], wanted)("GET", "/nowhere")
    assert answer.headers["Content-Language"] == "en"
    assert answer.json["title"] == "Not found"


@pytest.mark.parametrize("number", [100, 100.5, -1, 0, 1e300])
@pytest.mark.parametrize("place", ["total", "points", "lines"])
def test_an_amount_is_never_a_json_number(visitor: Caller, place: str, number: float) -> None:
    amounts: dict[str, tuple[dict[str, object], str]] = {
        "total": ({"total": number}, "/total"),
        "points": (
            {"points": [{"plan": "appreciating-token", "asset": "credit", "quantity": number}]},
            "/points/0/quantity",
        ),
        "lines": ({"lines": [{"amount": "1"}, {"amount": number}]}, "/lines/1/amount"),
    }
    change, pointer = amounts[place]
    assert refusal(visitor, {**ORDER, **change}) == [(pointer, "http.number-as-text")]


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"total": "1,000"}, "/total", "amount.malformed"),
        ({"total": "1e3"}, "/total", "amount.malformed"),
        ({"total": " 1"}, "/total", "amount.malformed"),
        ({"total": "١"}, "/total", "amount.malformed"),
        ({"total": "1\n"}, "/total", "amount.malformed"),
        ({"total": ""}, "/total", "amount.malformed"),
        ({"total": True}, "/total", "http.not-text"),
        ({"total": None}, "/total", "http.null"),
        ({"total": "-1"}, "/total", "http.amount-negative"),
        ({"total": "1.001"}, "/total", "amount.too-fine"),
        ({"total": "9" * 30}, "/total", "amount.too-large"),
        ({"paid_at": "2026-04-01T10:00:00"}, "/paid_at", "http.no-offset"),
        ({"paid_at": "2026-04-01"}, "/paid_at", "http.bad-moment"),
        ({"paid_at": "2026-04-31T10:00:00Z"}, "/paid_at", "http.bad-moment"),
        ({"paid_at": "0001-01-01T00:00:00+08:00"}, "/paid_at", "http.bad-moment"),
        ({"paid_at": 1775008800}, "/paid_at", "http.not-text"),
        ({"paid_at": "2027-04-01T10:00:00Z"}, "/paid_at", "order.in-future"),
        ({"id": "a/b"}, "/id", "http.text-characters"),
        ({"id": "a\n"}, "/id", "http.text-characters"),
        ({"member": "nobody"}, "/member", "member.unknown"),
        ({"lines": {}}, "/lines", "http.not-list"),
        ({"lines": ["tea"]}, "/lines/0", "http.not-object"),
        ({"lines": [{}]}, "/lines/0/amount", "http.required"),
        ({"lines": [{"amount": "1", "quantity": "2.5"}]}, "/lines/0/quantity", "http.not-whole"),
        ({"lines": [{"amount": "1", "quantity": 2.0}]}, "/lines/0/quantity", "http.not-whole"),
        ({"lines": [{"amount": "1", "quantity": True}]}, "/lines/0/quantity", "http.not-whole"),
        ({"lines": [{"amount": "1", "amuont": "1"}]}, "/lines/0/amuont", "http.unknown-field-suggest"),
        ({"lines": [{"amount": "1"}] * 501}, "/lines", "http.too-many-entries"),
        ({"attributes": []}, "/attributes", "http.not-object"),
        ({"attributes": {"a/b~": 1}}, "/attributes/a~1b~0", "http.not-text"),
        ({"attributes": {"": "x"}}, "/attributes/", "http.text-length"),
        ({"attributes": {str(n): "" for n in range(51)}}, "/attributes", "http.too-many-entries"),
        ({"attributes": {"a": "\x00"}}, "/attributes/a", "http.text-characters"),
    ],
)
def test_a_wrong_value_is_refused_at_its_place(
    visitor: Caller, change: dict[str, object], pointer: str, code: str
) -> None:
    assert refusal(visitor, {**ORDER, **change}) == [(pointer, code)]


def test_all_that_is_wrong_is_told_at_once(visitor: Caller) -> None:
    found = refusal(visitor, {"id": "", "total": 1, "points": [{}], "x": 1})
    assert found == [
        ("/id", "http.text-length"),
        ("/member", "http.required"),
        ("/total", "http.number-as-text"),
        ("/paid_at", "http.required"),
        ("/points/0/plan", "http.required"),
        ("/points/0/asset", "http.required"),
        ("/points/0/quantity", "http.required"),
        ("/x", "http.unknown-field"),
    ]


@pytest.mark.parametrize("body", [[], "text", 7, None])
def test_a_body_that_is_no_object(visitor: Caller, body: object) -> None:
    answer = visitor("POST", "/v1/orders", data=json.dumps(body), content_type="application/json")
    assert answer.status_code == 422
    assert [(fault["pointer"], fault["code"]) for fault in answer.json["errors"]] == [("", "http.not-object")]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "http.malformed-json"),
        (b"{", "http.malformed-json"),
        (b"{'id': 1}", "http.malformed-json"),
        (b'{"id": "a", "id": "b"}', "http.duplicate-key"),
        (b'{"total": NaN}', "http.unreadable-json"),
        (b'{"id": "\xff"}', "http.unreadable-json"),
        (b"[" * 100_000, "http.unreadable-json"),
        (b'{"total": ' + b"9" * 10_000 + b"}", "http.unreadable-json"),
        ("\ufeff{}".encode(), "http.malformed-json"),
    ],
)
def test_a_body_that_is_no_json(visitor: Caller, body: bytes, code: str) -> None:
    problem = visitor.refused(400, "POST", "/v1/orders", data=body, content_type="application/json")
    assert problem["type"] == f"/problems/{code}"


def test_where_the_json_breaks_off(visitor: Caller) -> None:
    problem = visitor.refused(400, "POST", "/v1/orders", data=b'{\n "id": }', content_type="application/json")
    assert "line 2, column 8" in problem["detail"]


def test_half_a_surrogate_pair_is_refused_and_can_be_told(visitor: Caller) -> None:
    body = b'{"id": "\\ud800", "\\ud800": 1, "member": "a", "total": "1", "paid_at": "2026-04-01T10:00:00Z"}'
    problem = visitor.refused(422, "POST", "/v1/orders", data=body, content_type="application/json")
    assert [(fault["pointer"], fault["code"]) for fault in problem["errors"]] == [
        ("/id", "http.text-characters"), ("/\ud800", "http.unknown-field"),
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
@pytest.mark.parametrize("path", ["/v1/orders", "/v1/orders/batch", "/v1/plans/check", "/v1/plans"])
def test_another_content_type_is_refused(visitor: Caller, path: str, kind: str) -> None:
    problem = visitor.refused(415, "POST", path, data=b"{}", content_type=kind)
    assert problem["type"] == "/problems/http.wrong-type"
    assert "application/" in problem["detail"]


def test_a_content_type_may_name_its_encoding(visitor: Caller) -> None:
    answer = visitor("POST", "/v1/orders", data=b"{}", content_type="application/json; charset=utf-8")
    assert answer.status_code == 422


def test_a_large_body_is_refused(visitor: Caller) -> None:
    body = json.dumps({**ORDER, "attributes": {"a": "x" * 1_100_000}}).encode()
    problem = visitor.refused(413, "POST", "/v1/orders", data=body, content_type="application/json")
    assert problem["type"] == "/problems/http.too-large"
    assert str(LIMITS.most_body_bytes) in problem["detail"]


@pytest.mark.parametrize(
    ("path", "kind", "limit"),
    [
        ("/v1/orders", "application/json", LIMITS.most_body_bytes),
        ("/v1/orders/batch", "application/x-ndjson", LIMITS.most_batch_bytes),
        ("/v1/plans/check", "text/yaml", LONGEST_SOURCE),
    ],
)
def test_a_large_body_in_chunks_is_refused_and_never_cut(visitor: Caller, path: str, kind: str, limit: int) -> None:
    def chunked(size: int) -> dict[str, object]:
        return {
            "input_stream": io.BytesIO(b" " * size),
            "content_type": kind,
            "headers": {"Transfer-Encoding": "chunked"},
            "environ_overrides": {"wsgi.input_terminated": True},
        }

    problem = visitor.refused(413, "POST", path, **chunked(limit + 1))
    assert problem["type"] == "/problems/http.too-large"
    assert visitor("POST", path, **chunked(limit - 1)).status_code != 413


def test_there_is_nothing_there(shared_app: Flask) -> None:
    problem = Caller(shared_app).refused(404, "GET", "/v2/members", headers=WITH_ID)
    assert problem == {
        "type": "/problems/http.not-found",
        "title": "Not found",
        "status": 404,
        "detail": "there is nothing at /v2/members; see /v1/docs for what there is",
        "errors": [],
        "request_id": ID,
    }


def test_the_method_is_not_allowed(shared_app: Flask) -> None:
    answer = Caller(shared_app)("DELETE", "/v1/members")
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}
    assert answer.json["detail"] == "DELETE is not allowed at /v1/members; allowed are: GET, HEAD, OPTIONS, POST"


def test_a_key_is_needed(shared_app: Flask) -> None:
    problem = Caller(shared_app).refused(401, "GET", "/v1/members")
    assert problem["type"] == "/problems/http.no-key"
    problem = Caller(shared_app, "made.up").refused(401, "GET", "/v1/members")
    assert problem["type"] == "/problems/http.unknown-key"


def test_a_role_is_not_enough(shared_app: Flask, secrets: dict[str, str]) -> None:
    problem = Caller(shared_app, secrets["auditor"]).refused(403, "POST", "/v1/orders", json=ORDER)
    assert problem["detail"] == (
        "a key of the role auditor may not do this; a key of one of these roles is needed: client, operator"
    )


def test_the_database_is_not_available(visitor: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: object) -> None:
        raise StoreUnavailable("ledger.busy")

    monkeypatch.setattr(reports, "pools", busy)
    answer = visitor("GET", "/v1/pools")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert answer.json["type"] == "/problems/ledger.busy"


def test_an_error_of_ours_tells_nothing_of_the_inside(
    visitor: Caller, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("a secret")

    monkeypatch.setattr(orders, "take_order", fail)
    with caplog.at_level(logging.ERROR):
        problem = visitor.refused(500, "POST", "/v1/orders", json=ORDER, headers=WITH_ID)
    assert (problem["type"], problem["request_id"]) == ("/problems/http.internal", ID)
    assert "secret" not in json.dumps(problem)
    (line,) = [record.msg for record in caplog.records if record.name == "rewards.api"]
    assert (line["event"], line["request_id"], line["exc_info"][0]) == ("failed", ID, ZeroDivisionError)


def test_an_error_no_caller_can_mend_is_ours_and_logged(
    visitor: Caller, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RewardsError("platform.version-unreadable", plan="p", version="v")

    monkeypatch.setattr(reports, "pools", fail)
    with caplog.at_level(logging.ERROR):
        assert visitor.refused(500, "GET", "/v1/pools")["type"] == "/problems/platform.version-unreadable"
    assert caplog.records[-1].msg["code"] == "platform.version-unreadable"


def test_every_status_has_a_title_of_its_own() -> None:
    assert len({catalogue()[code].en for code in TITLES.values()}) == len(TITLES)
    assert {status for _, status in STATUS} <= set(TITLES)


def test_every_kind_of_error_has_a_status(shared_app: Flask) -> None:
    with shared_app.test_request_context("/v1/plans", method="POST"):
        found = [
            problem_of(PlanRejected([]) if kind is PlanRejected else kind("ledger.busy")).status for kind, _ in STATUS
        ]
    assert found == [status for _, status in STATUS] == [503, 422, 422, 404, 409, 422]


def test_a_type_leads_to_its_texts(shared_app: Flask) -> None:
    anyone = Caller(shared_app)
    shown = anyone.get("/problems/ledger.busy")
    assert shown["type"] == "/problems/ledger.busy"
    assert set(shown["detail"]) == {"en", "zh"}
    assert anyone.refused(404, "GET", "/problems/nonsense")["type"] == "/problems/http.not-found"


def test_answers_are_kept_out_of_shared_caches(visitor: Caller) -> None:
    answer = visitor("GET", "/v1/members")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
