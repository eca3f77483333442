"""SQLAlchemy compiles a statement once for an engine; each test has an engine of its own, and would do it anew."""

from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.sql.compiler import Compiled


class _Statements(dict[Any, Compiled]):
    """By what SQLAlchemy looks for: the engine's dialect, of which the name says enough here, and the statement."""

    def get(self, key: tuple[Any, ...], default: Any = None) -> Any:
        return super().get((key[0].name, *key[1:]), default)

    def __setitem__(self, key: tuple[Any, ...], compiled: Compiled) -> None:
        super().__setitem__((key[0].name, *key[1:]), compiled)


def keep_compiled() -> None:
    """From now on in this process."""
    statements = _Statements()
    event.listen(Engine, "engine_connect", lambda made: _give(made, statements))


def _give(connection: Connection, statements: _Statements) -> None:
    connection.execution_options(compiled_cache=statements)
