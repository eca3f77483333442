"""A copy of everything in one file, made while servers run, and put back into an empty place.

On SQLite the file is a database, on PostgreSQL an archive of pg_dump: the tools of each know it, too. A secret key that
a server made itself is beside it, in a file with the ending ``.key``.
"""

from collections.abc import Iterator
from pathlib import Path

from utils.database.base import SCHEMA, DatabaseError
from utils.database.copier import Copier, new_file
from utils.database.private_folder import KEY_FILE
from utils.settings import Settings


def backup(settings: Settings, file: Path) -> Iterator[str]:
    """Copy everything to ``file``. Yields what to tell. Raises DatabaseError."""
    copier, key = _copier(settings), settings.data_path / KEY_FILE
    with new_file(file) as made:
        copier.copy_to(made)
    yield f"Everything in the database {copier.place} is in {file} ({file.stat().st_size / 1e6:.1f} MB)."
    if settings.secret_key is not None:
        yield "SECRET_KEY is not in it. Keep it, too: without it the copy cannot be used."
    elif key.is_file():
        with new_file(_key_of(file)) as made:
            made.write_bytes(key.read_bytes())
        yield f"The server's secret key is in {_key_of(file)}. Keep it, too, and keep both from other people."


def restore(settings: Settings, file: Path) -> Iterator[str]:
    """Put everything back into an empty place. Yields what to tell. Raises DatabaseError."""
    copier, key, kept = _copier(settings), settings.data_path / KEY_FILE, _key_of(file)
    if not file.is_file():
        raise DatabaseError(f"There is no file {file}.")
    schema = copier.schema_of(file)
    if schema > SCHEMA:
        raise DatabaseError(
            f"{file} was written by a newer Ringside (schema {schema}, this one knows {SCHEMA}). Restore it with the "
            "newer version."
        )
    copier.refuse_what_is_there()
    brings_key = settings.secret_key is None and kept.is_file()
    if brings_key and key.exists() and key.read_bytes() != kept.read_bytes():
        raise DatabaseError(f"{key} is the secret key of another server. Move it away, and try again.")
    try:
        settings.data_path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseError(f"DATA_DIR ({settings.data_path}) cannot be made: {error.strerror or error}.") from error
    copier.copy_from(file)
    yield f"The database {copier.place} is what {file} was (schema {schema})."
    if brings_key and not key.exists():
        with new_file(key) as made:
            made.write_bytes(kept.read_bytes())
    if settings.secret_key is None and not key.exists():
        yield f"There is no {kept}: set SECRET_KEY to what it was, or the server will refuse to start."
    if schema < SCHEMA:
        yield f"The next start brings it to schema {SCHEMA}."


def _copier(settings: Settings) -> Copier:
    # Imported here, as in opening.py: few machines need both.
    if settings.database_url is not None:
        from utils.database.postgres_copier import PostgresCopier

        return PostgresCopier(settings.database_url.get_secret_value())
    from utils.database.sqlite_copier import SqliteCopier

    return SqliteCopier(settings)


def _key_of(file: Path) -> Path:
    return file.with_name(f"{file.name}.key")
