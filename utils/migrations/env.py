"""Alembic's entry: migrates the connection that utils.database hands over."""

from alembic import context

from utils.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=True)
context.run_migrations()
