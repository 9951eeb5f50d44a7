"""How many requests a key may make in a minute."""

from __future__ import annotations

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from rewards.api import limits
from rewards.api.limits import MINUTE_NS, SECOND_NS, Limiter

from .shop import Caller, under


class Clock:
    """A clock that stands still until it is moved."""

    now = 5 * SECOND_NS

    def __call__(self) -> int:
        return self.now


def test_a_minutes_requests_may_be_made_at_once_and_come_back_one_by_one() -> None:
    clock = Clock()
    limiter = Limiter(clock)

    assert [limiter.wait("a", 3) for _ in range(5)] == [0, 0, 0, 20, 20]
    clock.now += 19 * SECOND_NS
    assert limiter.wait("a", 3) == 1
    clock.now += SECOND_NS
    assert [limiter.wait("a", 3) for _ in range(2)] == [0, 20]
    clock.now += 10 * MINUTE_NS
    assert [limiter.wait("a", 3) for _ in range(4)] == [0, 0, 0, 20]


def test_each_key_has_its_own_and_none_is_without_a_limit() -> None:
    limiter = Limiter(Clock())

    assert [limiter.wait("a", 1), limiter.wait("b", 1), limiter.wait("a", 1)] == [0, 0, 60]
    assert [limiter.wait("c", 0) for _ in range(9)] == [0] * 9


def test_keys_that_have_all_their_requests_back_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SWEPT_FROM", 10)
    clock = Clock()
    limiter = Limiter(clock)
    for number in range(1000):
        clock.now += MINUTE_NS
        assert limiter.wait(str(number), 1) == 0

    assert len(limiter._full_at) <= 10


@given(rate=st.integers(1, 200), steps=st.lists(st.integers(0, 3 * SECOND_NS), max_size=300))
def test_no_minute_sees_more_than_twice_the_rate_and_whoever_waits_may(rate: int, steps: list[int]) -> None:
    clock = Clock()
    limiter = Limiter(clock)
    allowed: list[int] = []
    for step in steps:
        clock.now += step
        seconds = limiter.wait("a", rate)
        if seconds == 0:
            allowed.append(clock.now)
    for moment in allowed:
        assert sum(moment <= each < moment + MINUTE_NS for each in allowed) <= 2 * rate
    seconds = limiter.wait("a", rate)
    if seconds:
        clock.now += seconds * SECOND_NS
        assert limiter.wait("a", rate) == 0


def test_a_key_that_asks_too_often_is_told_when_to_come_back(app: Flask, secrets: dict[str, str]) -> None:
    limited = under(app, member_rate=2)
    anna, bert = Caller(limited, secrets["anna"]), Caller(limited, secrets["bert"])
    for _ in range(2):
        anna.get("/v1/members/anna/balances")
    problem = anna.refused(429, "GET", "/v1/members/anna/balances")

    assert problem["type"] == "/problems/http.too-many-requests"
    assert problem["title"] == "Too many requests"
    assert "more than 2 requests in a minute; try again in 30 s" in problem["detail"]
    assert anna("GET", "/v1/members/anna").headers["Retry-After"] == "30"
    bert.get("/v1/members/bert/balances")


def test_it_is_told_in_chinese(app: Flask, secrets: dict[str, str]) -> None:
    anna = Caller(under(app, member_rate=1), secrets["anna"], "zh")
    anna.get("/v1/members/anna")

    assert anna.refused(429, "GET", "/v1/members/anna")["title"] == "请求过于频繁"


def test_other_roles_have_a_limit_of_their_own(app: Flask, secrets: dict[str, str]) -> None:
    limited = under(app, rate=1, member_rate=0)
    operator, anna = Caller(limited, secrets["operator"]), Caller(limited, secrets["anna"])
    for _ in range(5):
        anna.get("/v1/members/anna")
    operator.get("/v1/pools")

    operator.refused(429, "GET", "/v1/pools")
    # Whoever only asks whether the service is well needs no key, and has no limit.
    assert [Caller(limited)("GET", "/readyz").status_code for _ in range(3)] == [200] * 3


def test_a_body_may_be_as_long_as_is_set(app: Flask, secrets: dict[str, str]) -> None:
    client = Caller(under(app, most_body_bytes=2048), secrets["client"])
    body = b'{"id": "carl"' + b" " * 2048 + b"}"
    problem = client.refused(413, "POST", "/v1/members", data=body, content_type="application/json")

    assert "2048 bytes" in problem["detail"]


@pytest.mark.parametrize("limit", [0, 201, 10**9])
def test_a_page_has_a_bound(visitor: Caller, limit: int) -> None:
    problem = visitor.refused(422, "GET", "/v1/members", query_string={"limit": limit})

    assert [(fault["parameter"], fault["code"]) for fault in problem["errors"]] == [("limit", "http.not-whole")]
