"""The kinds of backends there are: each module of these packages defines one, as ``KIND``. (A package within them does
not: it holds what several kinds share.)

It must be cheap to import: web workers read it for the API and the dashboard's form. What executes runs (LangGraph,
a client of some server) is imported where a backend is opened or answers.
"""

import importlib
import pkgutil
from collections.abc import Iterator

from agents.backends.base import BackendKind
from utils.registry.kinds import Kinds

_PACKAGES = ("agents.backends.built_in", "agents.connectors")


def _found() -> Iterator[BackendKind]:
    for package in _PACKAGES:
        for module in pkgutil.iter_modules(importlib.import_module(package).__path__, f"{package}."):
            if not module.ispkg:
                yield importlib.import_module(module.name).KIND


# Documents first: it is the kind of the agents that every team has. The other built-in ones come before connectors.
KINDS = Kinds(sorted(_found(), key=lambda kind: kind.name != "documents"))
