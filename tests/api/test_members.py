"""Members through HTTP: adding them, and reading long lists page by page."""

from __future__ import annotations

import re
from typing import Any

import pytest

from .shop import Caller, order


def test_a_member_is_added_once(client: Caller) -> None:
    body = {"id": "dora", "phone": "138 0013 8003", "sponsor": "carl"}
    added = client.post("/v1/members", body)
    assert added == {
        "id": "dora",
        "phone": "+8613800138003",
        "sponsor": "carl",
        "merchant": False,
        "joined_at": "2026-04-10T04:00:00+00:00",
        "levels": [],
        "birthday": None,
    }
    assert client.post("/v1/members", body, status=200) == added
    assert client.get("/v1/members/dora") == added


def test_optional_fields_may_be_null(client: Caller) -> None:
    added = client.post("/v1/members", {"id": "dora", "phone": None, "sponsor": None, "merchant": True})
    assert (added["phone"], added["sponsor"], added["merchant"]) == (None, None, True)


@pytest.mark.parametrize(
    ("body", "status", "pointer", "code"),
    [
        ({"id": "dora", "phone": "+86 138 0013 8000"}, 409, "/phone", "ledger.phone-taken"),
        ({"id": "anna", "phone": "+8613800138009"}, 409, "/id", "event.conflict"),
        ({"id": "dora", "phone": "12"}, 422, "/phone", "member.bad-phone"),
        ({"id": "dora", "sponsor": "nobody"}, 422, "/sponsor", "member.sponsor-unknown"),
        ({"id": "", "phone": ""}, 422, "/id", "http.text-length"),
        ({"id": "a b"}, 422, "/id", "http.text-characters"),
        ({"id": "dora", "merchant": "yes"}, 422, "/merchant", "http.not-flag"),
        ({"id": 7}, 422, "/id", "http.not-text"),
        ({"id": None}, 422, "/id", "http.null"),
        ({}, 422, "/id", "http.required"),
    ],
)
def test_a_member_is_refused(client: Caller, body: dict[str, object], status: int, pointer: str, code: str) -> None:
    problem = client.refused(status, "POST", "/v1/members", json=body)
    assert (problem["errors"][0]["pointer"], problem["errors"][0]["code"]) == (pointer, code)


def test_levels_are_shown_with_their_titles(operator: Caller) -> None:
    operator.post("/v1/orders", order("order-1", "carl", "60000"))
    operator.post("/v1/days/2026-04-01/close", None)
    levels = operator.get("/v1/members/bert")["levels"]
    assert levels == [
        {
            "plan": "locked-points",
            "ladder": "star",
            "level": "star-1",
            "title": {"en": "1 star", "zh": "一星"},
            "since": "2026-04-01",
            "through": None,
            "highest": "star-1",
        }
    ]


def pages(caller: Caller, path: str, limit: int) -> list[list[Any]]:
    """All pages of a list, by the addresses of the Link header."""
    found = []
    address: str | None = f"{path}?limit={limit}"
    while address:
        answer = caller("GET", address)
        assert answer.status_code == 200, answer.text
        found.append(answer.json["items"])
        link = answer.headers.get("Link")
        assert (link is None) == (answer.json["next"] is None)
        matched = re.fullmatch(r'<(.*)>; rel="next"', link) if link else None
        address = matched.group(1) if matched else None
    return found


def test_members_page_by_page(client: Caller) -> None:
    read = pages(client, "/v1/members", 3)
    assert [[member["id"] for member in page] for page in read] == [["anna", "bert", "carl"], ["teahouse"]]


def test_a_page_that_ends_with_the_list_is_the_last(client: Caller) -> None:
    assert [len(page) for page in pages(client, "/v1/members", 4)] == [4]


def test_a_statement_page_by_page_while_it_grows(client: Caller) -> None:
    for number in range(3):
        client.post("/v1/orders", order(f"order-{number}", "anna", "3000"))
    whole = client.get("/v1/members/anna/statement", limit=200)["items"]
    assert len(whole) == 9
    first = client.get("/v1/members/anna/statement", limit=4)
    client.post("/v1/orders", order("order-3", "anna", "3000"))
    rest = client.get("/v1/members/anna/statement", limit=200, before=first["next"])["items"]
    assert first["items"] + rest == whole
    assert [len(page) for page in pages(client, "/v1/members/anna/statement", 5)] == [5, 5, 2]


def test_lots_and_prices_page_by_page(client: Caller) -> None:
    for number in range(3):
        client.post("/v1/orders", order(f"order-{number}", "anna", "3000"))
    lots = pages(client, "/v1/members/anna/lots", 2)
    assert [[lot["order"] for lot in page] for page in lots] == [["order-0", "order-1"], ["order-2"]]
    prices = pages(client, "/v1/prices/token", 2)
    assert [len(page) for page in prices] == [2, 1]


def test_the_link_keeps_the_other_parameters(client: Caller) -> None:
    for number in range(2):
        client.post("/v1/orders", order(f"order-{number}", "anna", "3000"))
    answer = client("GET", "/v1/prices/token?plan=appreciating-token&limit=1")
    assert answer.headers["Link"].startswith("</v1/prices/token?plan=appreciating-token&limit=1&before=")


@pytest.mark.parametrize(
    ("path", "parameter", "code"),
    [
        ("/v1/members?limit=0", "limit", "http.not-whole"),
        ("/v1/members?limit=201", "limit", "http.not-whole"),
        ("/v1/members?limit=ten", "limit", "http.not-whole"),
        ("/v1/members?limit=1.0", "limit", "http.not-whole"),
        ("/v1/members?after=", "after", "http.text-length"),
        ("/v1/members?befor=anna", "befor", "http.unknown-field"),
        ("/v1/members?aftr=anna", "aftr", "http.unknown-field-suggest"),
        ("/v1/members/anna/statement?before=x", "before", "page.bad-cursor"),
        ("/v1/members/anna/lots?after=x", "after", "page.bad-cursor"),
        ("/v1/prices/token?before=x", "before", "page.bad-cursor"),
        ("/v1/members/anna?verbose=1", "verbose", "http.unknown-field"),
    ],
)
def test_a_parameter_is_refused_by_name(visitor: Caller, path: str, parameter: str, code: str) -> None:
    problem = visitor.refused(422, "GET", path)
    (fault,) = problem["errors"]
    assert (fault["parameter"], fault["code"]) == (parameter, code)
    assert "pointer" not in fault
