"""What Alembic runs the migrations in; `schema.upgrade` hands the engine over."""

from alembic import context

from poolhouse.store.tables import metadata

with context.config.attributes["engine"].connect() as connection:
    context.configure(connection=connection, target_metadata=metadata, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
