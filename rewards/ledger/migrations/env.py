"""What Alembic runs: the migrations, on the connection of `rewards.ledger.schema`'s writing unit."""

from alembic import context

from rewards.ledger.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)

with context.begin_transaction():
    context.run_migrations()
