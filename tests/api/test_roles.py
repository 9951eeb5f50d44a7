"""Every route as every role and as nobody; the table is the interface's promise, written out by hand."""

from __future__ import annotations

import pytest
from flask import Flask
from rewards.api import create_app
from rewards.api.auth import routes

from rewards.services import keys

from .shop import CLUB, FIRST_DAY, GIFTS, ROLES, Caller, order, stay

EVERYONE = "operator client auditor anna"
READERS = "operator client auditor"
SUBMITTERS = "operator client"
ACTORS = "operator client anna"
ANYBODY = "operator client auditor anna bert"
PUBLIC = "public"

# Whose rights: anna's key opens what is anna's; bert's key never does, and stands for every other member.
ALLOWED = {
    "POST /v1/members": SUBMITTERS,
    "GET /v1/members": READERS,
    "GET /v1/members/anna": EVERYONE,
    "GET /v1/members/anna/balances": EVERYONE,
    "GET /v1/members/anna/statement": EVERYONE,
    "GET /v1/members/anna/lots": EVERYONE,
    "GET /v1/members/anna/network": EVERYONE,
    "PUT /v1/members/anna/trees/sponsor": SUBMITTERS,
    "GET /v1/members/anna/trees/sponsor": EVERYONE,
    "GET /v1/network": READERS,
    "POST /v1/orders": SUBMITTERS,
    "POST /v1/orders/batch": SUBMITTERS,
    "GET /v1/orders/order-1": READERS,
    "POST /v1/orders/order-1/refunds": SUBMITTERS,
    "POST /v1/events": SUBMITTERS,
    "GET /v1/events/stay-1": READERS,
    "GET /v1/members/anna/measures": EVERYONE,
    "GET /v1/members/anna/notices": EVERYONE,
    "GET /v1/members/anna/tags": EVERYONE,
    "PUT /v1/members/anna/tags/vip": SUBMITTERS,
    "DELETE /v1/members/anna/tags/vip": SUBMITTERS,
    "GET /v1/plans/club/parameters": READERS,
    "PUT /v1/plans/club/parameters/dividend": "operator",
    "POST /v1/redemptions": ACTORS,
    "POST /v1/conversions": ACTORS,
    "POST /v1/payments": ACTORS,
    "POST /v1/adjustments": "operator",
    "GET /v1/rewards": ANYBODY,
    "POST /v1/rewards/tv/orders": ACTORS,
    "GET /v1/reward-orders/claim-1": EVERYONE,
    "POST /v1/reward-orders/claim-1/cancellation": SUBMITTERS,
    "POST /v1/rewards/ticket/codes": "operator",
    "POST /v1/days/2026-04-01/close": "operator",
    "GET /v1/days/2026-04-01": READERS,
    "GET /v1/pools": READERS,
    "GET /v1/prices/token": READERS,
    "GET /v1/plans": READERS,
    "GET /v1/plans/locked-points/versions": READERS,
    "POST /v1/plans/check": READERS,
    "POST /v1/plans": "operator",
    "GET /v1/transfers/7-1-2": EVERYONE,
    "GET /v1/explanations/7": READERS,
    "GET /v1/members/anna/explanations/7": EVERYONE,
    "GET /v1/openapi.json": PUBLIC,
    "GET /v1/docs/": PUBLIC,
    "GET /v1/docs/index.css": PUBLIC,
    "GET /problems/http.no-key": PUBLIC,
    "GET /livez": PUBLIC,
    "GET /readyz": PUBLIC,
    "GET /metrics": "operator auditor",
}
# Bodies that name anna as the one who acts, and are otherwise refused by the rules, so that nothing changes.
ACTING = {"id": "x", "member": "anna", "plan": "appreciating-token", "quantity": "0"}
BODIES: dict[str, dict[str, object]] = {
    "POST /v1/redemptions": {**ACTING, "asset": "token"},
    "POST /v1/conversions": {**ACTING, "from": "token", "to": "credit"},
    "POST /v1/payments": {**ACTING, "asset": "credit", "payee": "teahouse"},
    "POST /v1/rewards/tv/orders": {"id": "x", "member": "anna"},
}


@pytest.fixture(scope="module")
def busy_app(shared_app: Flask, secrets: dict[str, str]) -> Flask:
    """A shop with one order and one stay of anna's, who carries a tag."""
    operator = Caller(shared_app, secrets["operator"])
    operator.post("/v1/orders", order("order-1", "anna", "100"))
    operator.post("/v1/plans", {"source": CLUB, "from_day": FIRST_DAY.isoformat()})
    operator.post("/v1/events", stay("stay-1", "anna"))
    operator.post("/v1/plans", {"source": GIFTS, "from_day": FIRST_DAY.isoformat()})
    operator.post("/v1/rewards/ticket/codes", {"codes": ["T-1"]})
    operator.post("/v1/orders", order("order-2", "anna", "100"))
    operator.post("/v1/rewards/mug/orders", {"id": "claim-1", "member": "anna"})
    assert operator("PUT", "/v1/members/anna/tags/vip", json={}).status_code == 201
    return shared_app


def call(app: Flask, key: str | None, route: str) -> int:
    method, path = route.split(" ")
    body = BODIES.get(route, {}) if method in ("POST", "PUT") else None
    status: int = Caller(app, key)(method, path, json=body).status_code
    return status


def test_the_table_names_every_route_and_no_other(busy_app: Flask) -> None:
    adapter = busy_app.url_map.bind("localhost")
    matched = set()
    for route in ALLOWED:
        method, path = route.split(" ")
        endpoint, _ = adapter.match(path, method=method)
        matched |= {(method, rule.rule) for rule in busy_app.url_map.iter_rules(endpoint)}
    assert matched == {(method, rule) for method, rule, _ in routes(busy_app)}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("route", ALLOWED)
def test_a_role_reaches_what_the_table_allows_it(
    busy_app: Flask, secrets: dict[str, str], route: str, role: str
) -> None:
    status = call(busy_app, secrets[role], route)
    if ALLOWED[route] == PUBLIC or role in ALLOWED[route].split():
        assert status not in (401, 403, 404, 405, 500)
    else:
        assert status == 403


@pytest.mark.parametrize("route", ALLOWED)
def test_nobody_reaches_only_the_documentation(busy_app: Flask, route: str) -> None:
    assert (call(busy_app, None, route) == 401) == (ALLOWED[route] != PUBLIC)


@pytest.mark.parametrize("route", [route for route, roles in ALLOWED.items() if roles != PUBLIC])
def test_a_made_up_key_is_nobody(busy_app: Flask, route: str) -> None:
    assert call(busy_app, "0123456789ab.not-a-key", route) == 401


def test_the_roles_are_those_keys_can_have(busy_app: Flask) -> None:
    declared = {role for _, _, access in routes(busy_app) for role in access.roles}
    assert declared == set(keys.ROLES)


def test_a_key_may_come_as_x_api_key(busy_app: Flask, secrets: dict[str, str]) -> None:
    answer = Caller(busy_app)("GET", "/v1/pools", headers={"X-API-Key": secrets["auditor"]})
    assert answer.status_code == 200


@pytest.mark.parametrize("header", ["Basic YTpi", "Bearer", "Bearer  ", "", "Bearer " + "x" * 5000, "Bearer é.è"])
def test_other_authorizations_are_no_key(busy_app: Flask, header: str) -> None:
    answer = Caller(busy_app)("GET", "/v1/pools", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="rewards"'


def test_a_member_may_not_ask_whether_another_exists(busy_app: Flask, secrets: dict[str, str]) -> None:
    anna = Caller(busy_app, secrets["anna"])
    same = {"X-Request-ID": "the-same-for-both"}
    answers = [anna("GET", f"/v1/members/{id}", headers=same).json for id in ("bert", "nobody")]
    assert answers[0] == answers[1]
    assert answers[0]["status"] == 403


def test_a_view_without_roles_keeps_the_application_from_starting(shared_app: Flask) -> None:
    from rewards.api.auth import guard

    unguarded = Flask("unguarded", static_folder=None)
    unguarded.add_url_rule("/open", "open", lambda: "")
    with pytest.raises(RuntimeError, match="the view open declares no roles"):
        guard(unguarded)


def test_the_application_opens_the_database_of_the_environment(
    shared_app: Flask, monkeypatch: pytest.MonkeyPatch, secrets: dict[str, str]
) -> None:
    from rewards.api.context import platform

    with shared_app.app_context():
        url = platform().ledger.engine.url.render_as_string()
    monkeypatch.setenv("REWARDS_DATABASE_URL", url)
    app = create_app()
    assert Caller(app, secrets["auditor"])("GET", "/v1/plans").status_code == 200
    with app.app_context():
        platform().close()
