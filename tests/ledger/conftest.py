"""Books with something in them."""

from __future__ import annotations

import pytest

from rewards.ledger import Ledger

from .books import a_busy_week, seal


@pytest.fixture
def week(ledger: Ledger) -> Ledger:
    """A busy week on record, all of it sealed."""
    with ledger.write() as tx:
        a_busy_week(tx)
        seal(tx)
    return ledger
