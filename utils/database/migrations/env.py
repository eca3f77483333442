"""Alembic's entry: migrates the connection that utils.database.base hands over."""

from alembic import context

from utils.database.tables import metadata

connection = context.config.attributes["connection"]
if connection.dialect.name == "postgresql":  # a large table may take longer than any other statement may
    connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True)
context.run_migrations()
