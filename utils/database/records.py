"""Records: frozen dataclasses whose fields are read from columns of the same names.

    statement = select(*columns_of(UserRecord, users)).where(users.c.key == key)
    user = record(UserRecord, connection.execute(statement).one())

A record has what the application works with, not what a database gives: ``bool`` (a Boolean column gives one on every
database) and aware datetimes (a column of the type ``utils.database.moment.Moment``). So read rows by Core statements,
whose columns have types; a ``text()`` statement gives SQLite's 0 and 1 and the number of milliseconds. A statement that
runs with every request is a constant with ``bindparam()``: to make one takes several times as long as to execute it.
"""

from collections.abc import Iterable
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, FromClause, Row

R = TypeVar("R")
AnyRow = Row[*tuple[Any, ...]]


def columns_of(kind: type[Any], table: FromClause, prefix: str = "", /, **renamed: Any) -> list[ColumnElement[Any]]:
    """The columns that a record of ``kind`` is made of, for ``select()``.

    ``table`` is a table or an alias of one. ``renamed`` gives the expression of a field that the table has no column
    for, or another one: ``session_id=sessions.c.id``. A field without either is left out: :func:`record` is given it.
    With ``prefix`` before their names, several records fit into one row.
    """
    found = {name: renamed.get(name, table.c.get(name)) for name in _fields(kind)}
    unknown = renamed.keys() - found.keys()
    if unknown:
        raise TypeError(f"{kind.__name__} has no field {', '.join(sorted(unknown))}")
    return [column.label(prefix + name) for name, column in found.items() if column is not None]


def record(kind: type[R], row: AnyRow, prefix: str = "", /, **given: Any) -> R:
    """The record of a row with ``columns_of(kind, …, prefix)``; ``given`` replaces what columns say, or adds to it.

    Raises sqlalchemy.exc.NoSuchColumnError when a field is neither in the row nor given.
    """
    columns = row._mapping
    return kind(**given, **{name: columns[prefix + name] for name in _fields(kind) if name not in given})


def _fields(kind: Any) -> Iterable[str]:
    names: Iterable[str] = kind.__dataclass_fields__  # dataclasses.fields() takes longer than the rest of a record
    return names
