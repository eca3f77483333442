"""The database: connections, tables, migrations. It knows nothing of what is stored in it."""
