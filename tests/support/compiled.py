"""What a server compiles once in its life, and each test would anew, for it opens a database and an app of its own.

The statements of SQLAlchemy, which keeps them with the engine, and the builders of addresses of Werkzeug, which keeps
them with the map.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.sql.compiler import Compiled
from werkzeug.routing import Rule


class _Statements(dict[Any, Compiled]):
    """By what SQLAlchemy looks for: the engine's dialect, of which the name says enough here, and the statement."""

    def get(self, key: tuple[Any, ...], default: Any = None) -> Any:
        return super().get((key[0].name, *key[1:]), default)

    def __setitem__(self, key: tuple[Any, ...], compiled: Compiled) -> None:
        super().__setitem__((key[0].name, *key[1:]), compiled)


def keep_compiled() -> None:
    """From now on in this process."""
    _keep_statements()
    _keep_builders()


def _keep_statements() -> None:
    statements = _Statements()
    event.listen(Engine, "engine_connect", lambda made: _give(made, statements))


def _give(connection: Connection, statements: _Statements) -> None:
    connection.execution_options(compiled_cache=statements)


def _keep_builders() -> None:
    builders: dict[tuple[Any, ...], Callable[..., tuple[str, str]]] = {}
    build = Rule._compile_builder

    def compiled(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        if rule.defaults:  # they go through the converters of their map
            return build(rule, append_unknown)
        key = (rule.rule, tuple(rule._trace), append_unknown)
        if key not in builders:
            builders[key] = build(rule, append_unknown)
        return builders[key]

    Rule._compile_builder = compiled  # type: ignore[method-assign]
