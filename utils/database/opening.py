"""Open the database that the settings name, migrate it to this version's schema, and keep its folder private."""

import os
from collections.abc import Mapping
from contextlib import closing

import pysqlite3
from sqlalchemy.exc import DBAPIError

from utils.database.base import Database, DatabaseError
from utils.database.private_folder import keep_private
from utils.database.shares import ConnectionShares, Role
from utils.settings import Settings


def open_database(settings: Settings, role: Role = "program") -> Database:
    """The database that the settings name. Raises :class:`DatabaseError` when it cannot be used.

    The ``role`` of this process says how many connections it may open.
    """
    # Imported here, for PostgreSQL's driver takes 60 ms to load and few machines need both.
    if settings.database_url is not None:
        from utils.database.postgres import PostgresDatabase

        return PostgresDatabase(settings.database_url.get_secret_value(), ConnectionShares(settings).of(role))
    from utils.database.sqlite import SqliteDatabase

    return SqliteDatabase(settings)


def prepare(settings: Settings) -> None:
    """Bring the schema of the configured database to this version. Raises DatabaseError in plain words.

    From then on, files that this process makes are its user's alone.
    """
    _refuse_loss(settings)
    place, remedy = f"in DATA_DIR ({settings.data_path})", ""
    remedies: Mapping[str, str] = {}
    try:
        keep_private(settings.data_path)
        database = open_database(settings)
        place, remedy, remedies = database.place, database.remedy, database.remedies
        with closing(database):
            database.migrate()
    except (DBAPIError, pysqlite3.Error) as error:
        what = str(error.orig if isinstance(error, DBAPIError) else error).partition("\n")[0]
        remedy = next((one for words, one in remedies.items() if words in what), remedy)
        raise DatabaseError(f"The database {place} cannot be used: {what}. {remedy}") from error
    except OSError as error:
        why = "it is a file" if isinstance(error, FileExistsError | NotADirectoryError) else error.strerror or error
        raise DatabaseError(
            f"DATA_DIR ({settings.data_path}) cannot be used: {why}. Point it at another folder."
        ) from error


def _refuse_loss(settings: Settings) -> None:
    """The local disk of Azure App Service is emptied at each deployment and restart, and its other one is a share."""
    if "WEBSITE_SITE_NAME" in os.environ and settings.database_url is None and not settings.accept_data_loss:
        raise DatabaseError(
            "On Azure App Service, a SQLite database is lost at each restart and deployment. Set DATABASE_URL to an "
            "Azure Database for PostgreSQL, or, for a trial whose data may be lost, ACCEPT_DATA_LOSS=1."
        )
