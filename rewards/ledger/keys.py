"""Keys of the programming interface: shown once, stored only as a hash of 256 random bits."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, insert, select, update

from rewards.ledger.tables import api_key

_PREFIX_BYTES = 6
_SECRET_BYTES = 32


class Key(NamedTuple):
    """A key as stored. `role` is what it may do, `member` whose it is (an ordinal), if a member's."""

    id: int
    label: str
    role: str
    member: int | None
    prefix: str
    created_at: datetime
    revoked_at: datetime | None


_ALL = select(
    api_key.c.id, api_key.c.label, api_key.c.role, api_key.c.member, api_key.c.prefix, api_key.c.created_at,
    api_key.c.revoked_at, api_key.c.hash,
)  # fmt: skip


def _digest(secret: str) -> str:
    # The secret is 256 random bits, so a plain hash cannot be searched through; a slow one would only slow
    # requests down.
    return hashlib.sha256(secret.encode()).hexdigest()


def add(tx: Connection, *, label: str, role: str, created_at: datetime, member: int | None = None) -> tuple[Key, str]:
    """Make a key; returns it with its text `prefix.secret`, which cannot be had again."""
    prefix, secret = secrets.token_hex(_PREFIX_BYTES), secrets.token_urlsafe(_SECRET_BYTES)
    values = {
        "label": label, "role": role, "member": member, "prefix": prefix, "hash": _digest(secret),
        "created_at": created_at,
    }  # fmt: skip
    id = tx.execute(insert(api_key).values(values).returning(api_key.c.id)).scalar_one()
    return Key(id, label, role, member, prefix, created_at, None), f"{prefix}.{secret}"


def find(tx: Connection, text: str) -> Key | None:
    """The key with this text, unless there is none or it is revoked."""
    prefix, _, secret = text.partition(".")
    row = tx.execute(_ALL.where(api_key.c.prefix == prefix)).one_or_none()
    stored = "" if row is None else row[7]
    same = hmac.compare_digest(_digest(secret).encode(), stored.encode())
    if row is None or not same or row[6] is not None:
        return None
    return Key(*row[:7])


def revoke(tx: Connection, id: int, at: datetime) -> bool:
    """Revoke a key from now on; False when there is no such key or it is revoked already."""
    own = update(api_key).where(api_key.c.id == id, api_key.c.revoked_at.is_(None))
    return tx.execute(own.values(revoked_at=at)).rowcount == 1


def page(tx: Connection, after: int = 0, limit: int = 100) -> list[Key]:
    """At most `limit` keys with an id greater than `after`, by id."""
    rows = tx.execute(_ALL.where(api_key.c.id > after).order_by(api_key.c.id).limit(limit))
    return [Key(*row[:7]) for row in rows]
