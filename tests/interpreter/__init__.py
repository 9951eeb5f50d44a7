"""The interpreter without a database."""
