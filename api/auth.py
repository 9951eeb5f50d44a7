"""Who may do what.

Each view declares its roles beside its route; without a declaration the application does not start.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask, current_app, g, request

from rewards.messages import Message
from rewards.services import keys

from .context import limiter, platform, settings
from .problems import Problem

OPERATOR, CLIENT, AUDITOR, MEMBER = "operator", "client", "auditor", "member"
READERS = (OPERATOR, CLIENT, AUDITOR)
SUBMITTERS = (OPERATOR, CLIENT)
MEMBER_PARAMETER = "member"
"""The name of the path parameter that says whose data it is."""

_ATTRIBUTE = "__access__"
_BEARER = "bearer"
_LONGEST_KEY = 300

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Access:
    """Which roles may call a view; `public`: anyone may, without a key."""

    roles: frozenset[str]
    public: bool = False


def allow(*roles: str) -> Callable[[View], View]:
    """Declare the roles that may call a view; goes below the route.

    A member's key reaches a view with the path parameter `member` only for that member; in a view without
    one, the view itself asks `own_only`.
    """
    return _declare(Access(frozenset(roles)))


def public(view: View) -> View:
    """Declare that anyone may call a view."""
    return _declare(Access(frozenset(), public=True))(view)


def _declare(access: Access) -> Callable[[View], View]:
    def declare(view: View) -> View:
        setattr(view, _ATTRIBUTE, access)
        return view

    return declare


def access_of(app: Flask, endpoint: str) -> Access:
    """What the view of an endpoint declares. Raises RuntimeError when it declares nothing."""
    access: Access | None = getattr(app.view_functions[endpoint], _ATTRIBUTE, None)
    if access is None:
        raise RuntimeError(f"the view {endpoint} declares no roles; put @allow(...) or @public below its route")
    return access


def routes(app: Flask) -> Iterator[tuple[str, str, Access]]:
    """Every route as method, rule and access. Raises RuntimeError when one declares no roles."""
    for rule in app.url_map.iter_rules():
        access = access_of(app, rule.endpoint)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield method, rule.rule, access


def guard(app: Flask) -> None:
    """Check keys and roles before every request. Raises RuntimeError when a route declares no roles."""
    for _ in routes(app):
        pass
    app.before_request(_check)


def _check() -> None:
    if request.url_rule is None:
        return  # no such route: the answer is 404 or 405, with or without a key
    access = access_of(current_app, request.url_rule.endpoint)
    if access.public:
        return
    key = _authenticate()
    _count(key)
    if key.role not in access.roles:
        allowed = ", ".join(sorted(access.roles))
        raise Problem(403, Message("http.role-forbidden", {"role": key.role, "allowed": allowed}))
    g.key = key
    whose = (request.view_args or {}).get(MEMBER_PARAMETER)
    if whose is not None:
        own_only(whose)


def _count(key: keys.Caller) -> None:
    """Count a request of a key. Raises Problem (429) when it has made too many."""
    prefix = (_secret() or "").partition(".")[0]
    g.role = key.role
    if key.role != MEMBER:  # whose a member's key is, is nobody's business who reads the log
        g.key_prefix = prefix
    rate = settings().member_rate if key.role == MEMBER else settings().rate
    seconds = limiter().wait(prefix, rate)
    if seconds:
        message = Message("http.too-many-requests", {"limit": rate, "seconds": seconds})
        raise Problem(429, message, headers={"Retry-After": str(seconds)})


def _authenticate() -> keys.Caller:
    secret = _secret()
    if secret is None:
        raise _unauthorized("http.no-key")
    key = keys.authenticate(platform(), secret) if len(secret) <= _LONGEST_KEY else None
    if key is None:
        raise _unauthorized("http.unknown-key")
    return key


def _secret() -> str | None:
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == _BEARER and secret.strip():
        return secret.strip()
    return request.headers.get("X-API-Key")


def _unauthorized(code: str) -> Problem:
    return Problem(401, Message(code), headers={"WWW-Authenticate": 'Bearer realm="rewards"'})


def own_only(*members: str) -> None:
    """Let a member's key through only when it is the key of one of these members; other roles always.

    Raises Problem (403).
    """
    key: keys.Caller = g.key
    if key.role == MEMBER and key.member not in members:
        raise Problem(403, Message("http.not-own"))
