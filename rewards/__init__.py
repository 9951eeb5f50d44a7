"""Rewards platform: schemes as rule files, interpreted over order events and day closes on a double-entry ledger."""

__version__ = "0.1.0"
