"""Who may hold an account.

Members by their ordinal (1, 2, ...), the platform's holders by fixed negative numbers.
"""

from __future__ import annotations

ISSUANCE = -1
"""Where units come from; the only account besides PLATFORM that may be below zero.

Minus its balance is what was issued.
"""

PLATFORM = -2
"""The platform itself: funds pools, takes returns and fees. May be below zero."""

TREASURY = -3
"""Units the platform holds, still in circulation."""

BURNED = -4
"""Units taken out of circulation for good."""

FIRST_POOL = -100
"""Pools are numbered -100, -101, ... over all plans; the table `pool` names them."""

OVERDRAFT = frozenset({ISSUANCE, PLATFORM})
"""The holders whose balance may be negative."""

AVAILABLE = "available"
LOCKED = "locked"
DEBT = "debt"
COMPARTMENTS = (AVAILABLE, LOCKED, DEBT)
"""The parts of an asset's accounts; each is a book of its own."""
