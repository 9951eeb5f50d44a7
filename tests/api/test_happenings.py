"""Events, tags, parameters, measures and notices over the interface."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from .shop import CLUB, FIRST_DAY, Caller, stay


@pytest.fixture
def club(operator: Caller) -> Caller:
    """An operator of a shop that has the plan of stays as well."""
    operator.post("/v1/plans", {"source": CLUB, "from_day": FIRST_DAY.isoformat()})
    return operator


def put(caller: Caller, path: str, body: object, status: int) -> Any:
    answer = caller("PUT", path, json=body)
    assert answer.status_code == status, answer.text
    return answer.json


def points(caller: Caller, member: str = "anna") -> str:
    found = caller.get(f"/v1/members/{member}/balances")["items"]
    return str(next(each["available"] for each in found if each["plan"] == "club" and each["asset"] == "points"))


def only_fault(problem: Any) -> tuple[str, str]:
    (fault,) = problem["errors"]
    return fault.get("pointer") or fault["parameter"], fault["code"]


# --- events ----------------------------------------------------------------------------------------------------------


def test_an_event_is_taken_under_the_plans_that_declare_it(club: Caller) -> None:
    taken = club.post("/v1/events", stay("stay-1", "anna", nights=2, spend="640.00", hotel="west-lake", suite=True))
    assert [each["plan"] for each in taken["booked"]] == ["club"]
    assert (taken["kind"], taken["member"], taken["repeated"]) == ("event", "anna", False)
    assert points(club) == "64.00"
    assert club.get("/v1/events/stay-1") == taken


def test_an_event_has_one_effect_however_it_is_written(club: Caller) -> None:
    club.post("/v1/events", stay("stay-1", "anna", spend="640.00"))
    again = club.post("/v1/events", stay("stay-1", "anna", spend="640"), status=200)
    assert again["repeated"] is True
    assert points(club) == "64.00"
    assert only_fault(club.refused(409, "POST", "/v1/events", json=stay("stay-1", "anna", spend="641"))) == (
        "/id",
        "event.conflict",
    )


@pytest.mark.parametrize(
    ("fields", "pointer", "code", "said"),
    [
        ({"nights": "2"}, "/fields/nights", "event.field-number", "whole number"),
        ({"nights": -1}, "/fields/nights", "event.field-number", "from 0"),
        ({"nights": True}, "/fields/nights", "event.field-number", "whole number"),
        ({"spend": 640}, "/fields/spend", "event.field-amount", "decimal text"),
        ({"spend": "-1"}, "/fields/spend", "event.field-amount", "zero or more"),
        ({"spend": "1.001"}, "/fields/spend", "amount.too-fine", "decimals"),
        ({"hotel": 7}, "/fields/hotel", "event.field-text", "a text"),
        ({"suite": "yes"}, "/fields/suite", "event.field-flag", "true or false"),
        ({"night": 2}, "/fields/night", "event.no-field-suggest", "nights"),
        ({"zzz": 2}, "/fields/zzz", "event.no-field", "nights, spend, hotel, suite"),
        ({"nights": 1.5}, "/fields/nights", "http.not-simple", "whole number"),
        ({"nights": None}, "/fields/nights", "http.not-simple", "whole number"),
    ],
)
def test_a_field_that_is_wrong_is_named(
    club: Caller, fields: dict[str, object], pointer: str, code: str, said: str
) -> None:
    problem = club.refused(422, "POST", "/v1/events", json=stay("stay-1", "anna", **fields))
    assert only_fault(problem) == (pointer, code)
    assert said in problem["errors"][0]["detail"]
    assert club("GET", "/v1/events/stay-1").status_code == 404


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"event": "stays"}, "/event", "event.not-declared-suggest"),
        ({"event": "flight"}, "/event", "event.not-declared"),
        ({"member": "nobody"}, "/member", "member.unknown"),
        ({"at": "2026-05-01T11:00:00+08:00"}, "/at", "order.in-future"),
        ({"id": "a b"}, "/id", "http.text-characters"),
    ],
)
def test_an_event_that_cannot_be_taken_says_why(
    club: Caller, changes: dict[str, object], pointer: str, code: str
) -> None:
    body = {**stay("stay-1", "anna"), **changes}
    assert only_fault(club.refused(422, "POST", "/v1/events", json=body)) == (pointer, code)


def test_without_a_plan_that_declares_it_no_event_is_taken(operator: Caller) -> None:
    problem = operator.refused(422, "POST", "/v1/events", json=stay("stay-1", "anna"))
    assert only_fault(problem) == ("/event", "event.not-declared")


# --- members ---------------------------------------------------------------------------------------------------------


def test_joining_is_an_event_of_its_own(club: Caller) -> None:
    added = club.post("/v1/members", {"id": "dora", "birthday": "1990-02-28"})
    assert added["birthday"] == "1990-02-28"
    assert points(club, "dora") == "3.00"
    assert club.post("/v1/members", {"id": "dora", "birthday": "1990-02-28"}, status=200) == added
    assert only_fault(club.refused(409, "POST", "/v1/members", json={"id": "dora"})) == ("/id", "event.conflict")
    assert points(club, "dora") == "3.00"


def test_nobody_was_born_tomorrow(operator: Caller) -> None:
    problem = operator.refused(422, "POST", "/v1/members", json={"id": "dora", "birthday": "2026-04-12"})
    assert only_fault(problem) == ("/birthday", "member.unborn")


def test_levels_say_since_and_until_when(club: Caller) -> None:
    club.post("/v1/events", stay("stay-1", "anna", nights=2))
    (level,) = club.get("/v1/members/anna")["levels"]
    assert (level["level"], level["highest"]) == ("silver", "silver")
    assert (level["since"], level["through"]) == ("2026-04-01", "2027-03-31")


def test_measures_are_told_as_texts(club: Caller) -> None:
    club.post("/v1/events", stay("stay-1", "anna", nights=2))
    (found,) = club.get("/v1/members/anna/measures")["items"]
    assert (found["plan"], found["measure"], found["value"]) == ("club", "nights", "2")
    assert found["title"] == {"en": "Nights", "zh": "间夜"}


# --- tags ------------------------------------------------------------------------------------------------------------


def test_a_tag_lifts_to_its_level_while_it_lasts(club: Caller) -> None:
    given = put(club, "/v1/members/anna/tags/vip", {"through": "2026-04-30"}, 201)
    assert given == {
        "tag": "vip",
        "title": {"en": "VIP", "zh": "贵宾"},
        "from": "2026-04-10",
        "through": "2026-04-30",
    }
    (level,) = club.get("/v1/members/anna")["levels"]
    assert (level["level"], level["through"]) == ("silver", "2026-04-30")
    ended = club("DELETE", "/v1/members/anna/tags/vip")
    assert ended.json["through"] == "2026-04-09"
    assert club.get("/v1/members/anna")["levels"] == []
    assert club.get("/v1/members/anna/tags")["items"] == []


def test_the_same_days_again_change_nothing(club: Caller) -> None:
    path = "/v1/members/anna/tags/vip"
    first = put(club, path, {"from": "2026-04-01"}, 201)
    assert put(club, path, {"from": "2026-04-01"}, 200) == first
    assert put(club, path, {}, 200) == first
    put(club, path, {"from": "2026-04-05"}, 201)
    assert club.get("/v1/members/anna/tags")["items"] == [{**first, "from": "2026-04-05"}]


def test_an_id_of_a_tag_stands_for_one_request(club: Caller) -> None:
    path = "/v1/members/anna/tags/vip"
    put(club, path, {"from": "2026-04-01", "id": "offer-7"}, 201)
    put(club, path, {"from": "2026-04-01", "id": "offer-7"}, 200)
    problem = club.refused(409, "PUT", path, json={"from": "2026-04-02", "id": "offer-7"})
    assert only_fault(problem) == ("/id", "event.conflict")


def test_a_tag_ends_on_a_day_that_is_named(club: Caller) -> None:
    put(club, "/v1/members/anna/tags/vip", {"from": "2026-04-01"}, 201)
    ended = club("DELETE", "/v1/members/anna/tags/vip", query_string={"on": "2026-04-20"})
    assert (ended.json["from"], ended.json["through"]) == ("2026-04-01", "2026-04-19")
    later = club("DELETE", "/v1/members/anna/tags/vip", query_string={"on": "2026-04-25"})
    assert later.json == ended.json


def test_wrong_tags_say_what_is_wrong(club: Caller) -> None:
    days = {"from": "2026-04-05", "through": "2026-04-04"}
    problem = club.refused(422, "PUT", "/v1/members/anna/tags/vip", json=days)
    assert only_fault(problem) == ("/through", "tag.ends-first")
    assert club.refused(404, "PUT", "/v1/members/anna/tags/vipp", json={})["type"].endswith("tag.unknown-suggest")
    assert club.refused(404, "PUT", "/v1/members/nobody/tags/vip", json={})["type"].endswith("member.unknown")
    assert club.refused(404, "DELETE", "/v1/members/anna/tags/vip")["type"].endswith("tag.not-carried")


# --- parameters and closes -------------------------------------------------------------------------------------------


def close(caller: Caller, day: int, status: int = 201, **body: object) -> Any:
    answer = caller("POST", f"/v1/days/2026-04-{day:02}/close", query_string={"plan": "club"}, json=body or None)
    assert answer.status_code == status, answer.text
    return answer.json


def test_a_rule_waits_for_its_parameter_and_then_runs(club: Caller) -> None:
    club.post("/v1/adjustments", adjustment("100"))
    for day in range(1, 5):
        assert close(club, day)["items"][0]["waiting"] == []
    (closed,) = close(club, 5)["items"]
    assert closed["waiting"] == [{"rule": "dividend", "parameter": "dividend", "period": "2026-W14"}]
    path = "/v1/plans/club/parameters/dividend"
    declared = put(club, path, {"period": "2026-W14", "value": "10%"}, 201)
    assert declared == {
        "plan": "club",
        "parameter": "dividend",
        "period": "2026-W14",
        "value": "10%",
        "repeated": False,
    }
    assert put(club, path, {"period": "2026-W14", "value": "10%"}, 200)["repeated"] is True
    assert club.get("/v1/plans/club/parameters")["items"] == [declared]
    problem = club.refused(409, "PUT", path, json={"period": "2026-W14", "value": "11%"})
    assert only_fault(problem) == ("/value", "parameter.declared")
    (closed,) = close(club, 6)["items"]
    assert [each["quantity"] for each in closed["moved"] if each["rule"] == "dividend"] == ["10.00"]


def adjustment(quantity: str) -> dict[str, object]:
    named = {"member": "anna", "plan": "club", "asset": "points", "quantity": quantity, "reason": "a test"}
    return {"id": "by-hand", "at": "2026-04-04T12:00:00+08:00", **named}


@pytest.mark.parametrize(
    ("parameter", "body", "place", "code"),
    [
        ("dividends", {"period": "2026-W14", "value": "1%"}, "parameter", "parameter.unknown-suggest"),
        ("other", {"period": "2026-W14", "value": "1%"}, "parameter", "parameter.unknown"),
        ("dividend", {"period": "2026-04", "value": "1%"}, "/period", "parameter.bad-period"),
        ("dividend", {"period": "2026-W54", "value": "1%"}, "/period", "parameter.bad-period"),
        ("dividend", {"period": "2026-W14", "value": "much"}, "/value", "parameter.bad-value"),
    ],
)
def test_a_wrong_declaration_is_named(
    club: Caller, parameter: str, body: dict[str, str], place: str, code: str
) -> None:
    problem = club.refused(422, "PUT", f"/v1/plans/club/parameters/{parameter}", json=body)
    assert only_fault(problem) == (place, code)


def test_a_close_above_a_budget_waits_for_approval(club: Caller) -> None:
    club.post("/v1/events", stay("stay-1", "anna", nights=6))
    stopped = close(club, 1, status=422)
    assert stopped["type"].endswith("cap.stopped")
    assert club.get("/v1/days/2026-04-01")["items"][-1]["status"] == "open"
    unknown = close(club, 1, status=422, approve=["budgets"])
    assert only_fault(unknown) == ("/approve/0", "day.no-cap")
    (closed,) = close(club, 1, approve=["budget"])["items"]
    assert closed["transfers"] == 1
    assert points(club) == "6.00"


def test_members_are_told_of_what_expires(club: Caller) -> None:
    club.post("/v1/events", stay("stay-1", "anna", spend="50"))
    close(club, 1)
    (notice,) = club.get("/v1/members/anna/notices")["items"]
    assert (notice["asset"], notice["quantity"], notice["last_day"]) == ("points", "5.00", "2026-04-03")
    assert notice["day"] == "2026-04-01"
    close(club, 2)
    close(club, 3)
    assert points(club) == "0.00"


def test_what_has_expired_stands_in_the_statement(club: Caller) -> None:
    club.post("/v1/events", stay("stay-1", "anna", spend="50"))
    for day in (1, 2, 3):
        close(club, day)
    newest = club.get("/v1/members/anna/statement")["items"][0]
    assert (newest["rule"], newest["change"]) == ("expiry", "-5.00")
    assert newest["title"]["en"] == "Expired"
    explained = club.get(f"/v1/transfers/{newest['transfer']}")
    assert explained["steps"]


def test_a_member_sees_only_their_own(app: Flask, club: Caller, secrets: dict[str, str]) -> None:
    anna = Caller(app, secrets["anna"])
    for what in ("measures", "notices", "tags"):
        assert anna.get(f"/v1/members/anna/{what}")["items"] is not None
        assert anna("GET", f"/v1/members/bert/{what}").status_code == 403
