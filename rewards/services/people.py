"""Finding members by the ids callers use."""

from __future__ import annotations

import re

from sqlalchemy import Connection

from rewards.errors import InvalidRequest, NotFound
from rewards.ledger import members
from rewards.services import texts  # noqa: F401  (registers the texts of this room)

_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}", re.ASCII)

MOST_PER_PAGE = 200
"""The most entries a page may have."""


def check_id(id: str, pointer: str) -> None:
    """Refuse an id that is no 1 to 64 letters, digits and . _ : - signs. Raises InvalidRequest."""
    if not _ID.fullmatch(id):
        raise InvalidRequest("member.bad-id", pointer=pointer)


def find_member(tx: Connection, id: str) -> members.Member:
    """The member with this id. Raises NotFound."""
    found = members.by_id(tx, id)
    if found is None:
        raise NotFound("member.unknown", id=id)
    return found


def find_ordinals(tx: Connection, ids: dict[str, str]) -> dict[str, int]:
    """The ordinals of members by id; `ids` maps each to the JSON pointer to blame.

    Raises InvalidRequest for the first unknown.
    """
    found = members.ordinals(tx, ids)
    for id, pointer in ids.items():
        if id not in found:
            raise InvalidRequest("member.unknown", pointer=pointer, id=id)
    return found


def check_limit(limit: int) -> None:
    """Refuse a page size that is not 1 to MOST_PER_PAGE. Raises InvalidRequest."""
    if not 1 <= limit <= MOST_PER_PAGE:
        raise InvalidRequest("page.bad-limit", pointer="/limit", most=MOST_PER_PAGE)


def cursor_number(cursor: str | None, pointer: str) -> int | None:
    """A cursor that is a whole number. Raises InvalidRequest that names the parameter."""
    if cursor is None:
        return None
    if not re.fullmatch(r"[0-9]{1,18}", cursor, re.ASCII):
        raise InvalidRequest("page.bad-cursor", pointer=pointer, cursor=cursor)
    return int(cursor)
