"""What libraries compile for each engine or application is kept: each test has its own, and would do it anew.

SQLAlchemy compiles a statement once for an engine. Werkzeug compiles for each route two functions that write its
address, which was half of the work of making an application; Flask-OpenAPI3 looks for its plugins in all packages.
"""

from collections.abc import Callable
from functools import cache
from importlib.metadata import entry_points
from typing import Any

from flask_openapi3 import openapi
from sqlalchemy import Connection, Engine, event
from sqlalchemy.sql.compiler import Compiled
from werkzeug.routing import Rule


class _Statements(dict[Any, Compiled]):
    """By what SQLAlchemy looks for: the engine's dialect, of which the name says enough here, and the statement."""

    def get(self, key: tuple[Any, ...], default: Any = None) -> Any:
        return super().get((key[0].name, *key[1:]), default)

    def __setitem__(self, key: tuple[Any, ...], compiled: Compiled) -> None:
        super().__setitem__((key[0].name, *key[1:]), compiled)


class _Builders:
    """By all that they are made of. They ask the rule that they are bound to for its converters."""

    def __init__(self, compile_builder: Callable[[Rule, bool], Any]) -> None:
        self._compile = compile_builder
        self._kept: dict[tuple[Any, ...], Any] = {}

    def get(self, rule: Rule, append_unknown: bool = True) -> Any:
        made_of = (rule.rule, tuple(rule._trace), str(rule.defaults), append_unknown)
        if made_of not in self._kept:
            self._kept[made_of] = self._compile(rule, append_unknown)
        return self._kept[made_of]


def keep_compiled() -> None:
    """From now on in this process."""
    statements, builders = _Statements(), _Builders(Rule._compile_builder)
    event.listen(Engine, "engine_connect", lambda made: _give(made, statements))
    Rule._compile_builder = lambda rule, append_unknown=True: builders.get(rule, append_unknown)
    openapi.entry_points = cache(entry_points)


def _give(connection: Connection, statements: _Statements) -> None:
    connection.execution_options(compiled_cache=statements)
