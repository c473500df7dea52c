"""Run by Alembic: migrates over the connection that :mod:`idp.stores.sql.migrate` hands over."""

from alembic import context

from idp.stores.sql.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite changes a column by copying its table.
    render_as_batch=True,
    transactional_ddl=True,
)
# The transaction, and the lock that one migration at a time runs under, are the caller's.
context.run_migrations()
