"""API keys: who may call, as what."""

from __future__ import annotations

from dataclasses import dataclass

from rewards.errors import InvalidRequest
from rewards.ledger import keys, members
from rewards.services import texts  # noqa: F401  (registers the texts of this room)
from rewards.services.people import find_member
from rewards.services.platform import Platform
from rewards.services.units import retried

OPERATOR, CLIENT, AUDITOR, MEMBER = "operator", "client", "auditor", "member"
ROLES = (OPERATOR, CLIENT, AUDITOR, MEMBER)
"""operator: everything; client: submits and reads; auditor: reads; member: their own data only."""


@dataclass(frozen=True)
class Caller:
    """Who a key belongs to; `member` is the member's id when the role is member."""

    role: str
    label: str
    member: str | None


@retried
def create_key(platform: Platform, role: str, label: str, member: str | None = None) -> str:
    """Make a key; returns its text, which is stored only as a hash and cannot be had again.

    Raises InvalidRequest, NotFound.
    """
    if role not in ROLES:
        raise InvalidRequest("key.bad-role", pointer="/role", role=role, known=", ".join(ROLES))
    if (role == MEMBER) != (member is not None):
        code = "key.member-needed" if role == MEMBER else "key.member-excess"
        raise InvalidRequest(code, pointer="/member")
    with platform.ledger.write() as tx:
        ordinal = find_member(tx, member).ordinal if member else None
        _, text = keys.add(tx, label=label, role=role, created_at=platform.clock(), member=ordinal)
        return text


def authenticate(platform: Platform, text: str) -> Caller | None:
    """Who a key belongs to, or None when there is no such key or it was revoked."""
    with platform.ledger.read() as tx:
        key = keys.find(tx, text)
        if key is None:
            return None
        owner = members.by_ordinal(tx, key.member) if key.member else None
        return Caller(key.role, key.label, owner.id if owner else None)
