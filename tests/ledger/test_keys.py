"""Keys of the programming interface."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from rewards.ledger import Ledger, keys
from rewards.ledger.tables import api_key

from .books import ADA, NOON, open_shop


def test_a_key_is_found_by_its_text_and_stored_as_a_hash(ledger: Ledger) -> None:
    with ledger.write() as tx:
        open_shop(tx)
        key, text = keys.add(tx, label="Ada's phone", role="member", created_at=NOON, member=ADA)
        assert keys.find(tx, text) == key
        assert (key.member, key.role, key.created_at) == (ADA, "member", NOON)
        secret = text.removeprefix(key.prefix + ".")
        assert len(secret) >= 43  # 256 bits
        assert secret not in tx.scalars(select(api_key.c.hash)).one()


def test_another_text_finds_nothing(ledger: Ledger) -> None:
    with ledger.write() as tx:
        key, text = keys.add(tx, label="shop", role="shop", created_at=NOON)
        other, _ = keys.add(tx, label="other", role="shop", created_at=NOON)
        for wrong in (text + "x", text[:-1], text.upper(), key.prefix, key.prefix + ".", "", ".", "é.é"):
            assert keys.find(tx, wrong) is None
        assert keys.find(tx, text.replace(key.prefix, other.prefix)) is None


def test_a_revoked_key_opens_nothing(ledger: Ledger) -> None:
    with ledger.write() as tx:
        key, text = keys.add(tx, label="shop", role="shop", created_at=NOON)
        later = NOON + timedelta(hours=1)
        assert keys.revoke(tx, key.id, later)
        assert not keys.revoke(tx, key.id, later)
        assert keys.find(tx, text) is None
        assert [(one.id, one.revoked_at) for one in keys.page(tx)] == [(key.id, later)]
        assert keys.page(tx, after=key.id) == []
