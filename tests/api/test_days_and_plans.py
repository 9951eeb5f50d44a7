"""Business days, plans and their versions through HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from rewards.api import examples

from rewards.resources import rules_directory

from .shop import Caller, order

SOURCE: str = examples.SOURCE["source"]


def test_a_day_is_closed_once(operator: Caller) -> None:
    closed = operator.post("/v1/days/2026-04-01/close", None)["items"]
    assert [(each["plan"], each["day"], each["repeated"]) for each in closed] == [
        ("appreciating-token", "2026-04-01", False),
        ("locked-points", "2026-04-01", False),
    ]
    again = operator.post("/v1/days/2026-04-01/close", None, status=200)["items"]
    assert again == [{**each, "repeated": True} for each in closed]


def test_a_day_of_one_plan_is_closed(operator: Caller) -> None:
    answer = operator("POST", "/v1/days/2026-04-01/close?plan=locked-points")
    assert [each["plan"] for each in answer.json["items"]] == ["locked-points"]
    # One plan is new, the other repeated: something has been closed.
    both = operator.post("/v1/days/2026-04-01/close", None)["items"]
    assert [each["repeated"] for each in both] == [False, True]


def test_what_a_close_has_moved(operator: Caller) -> None:
    operator.post("/v1/orders", order("order-1", "bert", "3000"))
    operator.post("/v1/days/2026-04-01/close", None)
    closed = operator.post("/v1/days/2026-04-02/close", None)["items"][1]
    assert {"rule": "base", "asset": "points", "quantity": "36.00", "transfers": 1} in closed["moved"]


def test_a_day_open_and_closed(operator: Caller) -> None:
    operator.post("/v1/orders", order("order-1", "bert", "3000"))
    operator("POST", "/v1/days/2026-04-01/close?plan=locked-points")
    token, points = operator.get("/v1/days/2026-04-01")["items"]
    assert (token["plan"], token["status"], token["closed"]) == ("appreciating-token", "open", None)
    assert (token["orders"], token["cash"], token["points"]) == (1, "3000.00", "0.00")
    assert (points["status"], points["closed"]["day"]) == ("closed", "2026-04-01")


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v1/days/2026-04-03/close", 409, "day.earlier-open"),
        ("/v1/days/2026-03-31/close", 422, "day.no-plan"),
        ("/v1/days/2026-02-30/close", 422, "http.bad-day"),
        ("/v1/days/today/close", 422, "http.bad-day"),
        ("/v1/days/20260401/close", 422, "http.bad-day"),
        ("/v1/days/1026-04-01/close", 422, "http.bad-day"),
    ],
)
def test_a_day_is_not_closed(visitor: Caller, path: str, status: int, code: str) -> None:
    (fault,) = visitor.refused(status, "POST", path)["errors"]
    assert (fault["parameter"], fault["code"]) == ("date", code)


def test_a_close_of_an_unknown_plan(visitor: Caller) -> None:
    problem = visitor.refused(404, "POST", "/v1/days/2026-04-01/close?plan=x")
    assert problem["type"] == "/problems/plan.unknown"


def test_a_day_that_is_not_over_is_not_closed(operator: Caller) -> None:
    for day in range(1, 10):
        operator.post(f"/v1/days/2026-04-0{day}/close", None)
    problem = operator.refused(422, "POST", "/v1/days/2026-04-10/close")
    assert problem["type"] == "/problems/day.not-over"


def test_plans_and_their_versions(visitor: Caller) -> None:
    listed = visitor.get("/v1/plans")["items"]
    assert [(each["plan"], each["from_day"], each["next_day"]) for each in listed] == [
        ("appreciating-token", "2026-04-01", "2026-04-01"),
        ("locked-points", "2026-04-01", "2026-04-01"),
    ]
    (version,) = visitor.get("/v1/plans/locked-points/versions")["items"]
    assert version["version"] == listed[1]["version"]
    assert version["source"] == (rules_directory() / "locked-points.yaml").read_text("utf-8")
    visitor.refused(404, "GET", "/v1/plans/x/versions")


@pytest.mark.parametrize("kind", ["text/yaml", "application/yaml"])
def test_a_good_file_is_checked(visitor: Caller, kind: str) -> None:
    answer = visitor("POST", "/v1/plans/check", data=SOURCE.encode(), content_type=kind)
    assert answer.json == {"ok": True, "diagnostics": []}


def test_a_good_file_is_checked_as_json(visitor: Caller) -> None:
    assert visitor.post("/v1/plans/check", examples.SOURCE, status=200) == {"ok": True, "diagnostics": []}


def test_all_errors_of_a_file_are_told(visitor: Caller) -> None:
    wrong = SOURCE.replace("scale: 2", "scal: 2").replace("to: buyer", "to: byer")
    checked = visitor.post("/v1/plans/check", {"source": wrong, "file": "wrong.yaml"}, status=200)
    assert not checked["ok"]
    found = checked["diagnostics"]
    assert {each["file"] for each in found} == {"wrong.yaml"}
    assert any(each["pointer"].startswith("/assets/points") and each["line"] == 6 for each in found)
    assert any(each["pointer"] == "/rules/0/grant/to" and each["line"] == 10 for each in found)


def test_what_is_not_text_is_told_by_the_reader(visitor: Caller) -> None:
    answer = visitor("POST", "/v1/plans/check", data=b"plan: \xff", content_type="text/yaml")
    assert answer.status_code == 200
    assert not answer.json["ok"]


def test_a_file_of_ten_megabytes_is_told_by_the_reader(visitor: Caller) -> None:
    answer = visitor("POST", "/v1/plans/check", data=b"#" * 10_000_000, content_type="text/yaml")
    assert [each["code"] for each in answer.json["diagnostics"]] == ["yaml.too-large"]


def test_a_version_is_activated_from_a_day(operator: Caller) -> None:
    version = operator.post("/v1/plans", {"source": SOURCE, "from_day": "2026-04-05"})
    assert (version["plan"], version["from_day"], version["title"]) == (
        "cashback", "2026-04-05", {"en": "Cashback", "zh": "返现"},
    )  # fmt: skip
    (listed,) = [each for each in operator.get("/v1/plans")["items"] if each["plan"] == "cashback"]
    assert (listed["version"], listed["next_day"]) == (version["version"], "2026-04-05")
    later = operator.post(
        "/v1/plans", {"source": SOURCE.replace("1%", "2%"), "from_day": "2026-04-20", "file": "new.yaml"}
    )
    versions = operator.get("/v1/plans/cashback/versions")["items"]
    assert [each["version"] for each in versions] == [version["version"], later["version"]]


def test_a_bad_file_is_not_activated(operator: Caller) -> None:
    wrong = {"source": SOURCE.replace("buyer", "byer"), "from_day": "2026-04-05", "file": "wrong.yaml"}
    problem = operator.refused(422, "POST", "/v1/plans", json=wrong)
    assert problem["type"] == "/problems/plan.rejected"
    assert problem["errors"][0]["pointer"] == "/source"
    (diagnostic,) = problem["diagnostics"]
    assert (diagnostic["file"], diagnostic["line"], diagnostic["severity"]) == ("wrong.yaml", 10, "error")
    operator.refused(404, "GET", "/v1/plans/cashback/versions")


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"from_day": "1.4.2026"}, "/from_day", "http.bad-day"),
        ({"from_day": 20260401}, "/from_day", "http.not-text"),
        ({"source": None}, "/source", "http.null"),
        ({"from": "2026-04-01"}, "/from", "http.unknown-field-suggest"),
    ],
)
def test_an_activation_is_refused_at_its_field(
    visitor: Caller, change: dict[str, object], pointer: str, code: str
) -> None:
    body: dict[str, Any] = {"source": SOURCE, "from_day": "2026-04-05", **change}
    (fault,) = visitor.refused(422, "POST", "/v1/plans", json=body)["errors"]
    assert (fault["pointer"], fault["code"]) == (pointer, code)


def test_a_plan_does_not_change_what_is_closed(operator: Caller) -> None:
    operator.post("/v1/days/2026-04-01/close", None)
    source = (rules_directory() / "locked-points.yaml").read_text("utf-8").replace("1.2%", "1.3%")
    problem = operator.refused(409, "POST", "/v1/plans", json={"source": source, "from_day": "2026-04-01"})
    assert problem["errors"][0]["pointer"] == "/from_day"


def test_prices_of_an_asset_without_one(visitor: Caller) -> None:
    assert visitor.refused(404, "GET", "/v1/prices/points")["type"] == "/problems/asset.no-price"
    assert visitor.get("/v1/prices/token") == {"items": [], "next": None}
