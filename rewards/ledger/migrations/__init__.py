"""Alembic's migrations of the ledger; run by `rewards.ledger.schema`."""
