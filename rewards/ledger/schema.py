"""The database's revision: bringing it up to date, and asking whether it is.

Migrations are part of the package.
"""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from rewards.ledger.store import Ledger


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", "rewards.ledger:migrations")
    config.attributes["connection"] = connection
    return config


def migrate(engine: Engine, revision: str = "head") -> None:
    """Bring the database up to a revision, the newest unless said otherwise.

    Nothing is done when it is there already. One writing unit: all of it or nothing, and of several processes
    that start together one does it. Raises StoreUnavailable.
    """
    with Ledger(engine).write() as connection:
        command.upgrade(_config(connection), revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Take the database back to an older revision (`base`: empty). What only newer ones hold is lost."""
    with Ledger(engine).write() as connection:
        command.downgrade(_config(connection), revision)


def current_revision(engine: Engine) -> str | None:
    """The database's revision, None for one that was never migrated. Raises StoreUnavailable."""
    with Ledger(engine).read() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest_revision() -> str | None:
    """The newest revision this package knows."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def is_current(engine: Engine) -> bool:
    """Whether the database is at the newest revision."""
    return current_revision(engine) == newest_revision()
