"""The ledger.

Events, transfers, balances, lots and everything that must outlive the process, in one SQL database. engine =
open_engine("sqlite:///rewards.db") migrate(engine) ledger = Ledger(engine) with ledger.write() as tx: ...  #
balances.put(tx, ...), events.add(tx, ...), all or nothing

Knows nothing of plan files: what an event means is decided above, this room keeps the result and its
promises.
"""

from rewards.ledger import chain, claims, declared, notes, placements, recounted, refunds, tags, tallies
from rewards.ledger.schema import current_revision, is_current, migrate
from rewards.ledger.store import Ledger, open_engine
from rewards.ledger.texts import Contended, StoreUnavailable

__all__ = [
    "Contended",
    "Ledger",
    "StoreUnavailable",
    "chain",
    "claims",
    "current_revision",
    "declared",
    "is_current",
    "migrate",
    "notes",
    "open_engine",
    "placements",
    "recounted",
    "refunds",
    "tags",
    "tallies",
]
