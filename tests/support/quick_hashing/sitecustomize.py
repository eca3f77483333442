"""A server with this folder in its PYTHONPATH hashes passwords with the least work, as with the fixture quick_hashing.

Python imports this module when a process starts. To sign in costs a fifth of a second of a processor otherwise, and
the tests do it hundreds of times; tests/utils/accounts/test_passwords.py holds the product to that work.
"""

import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType

_PASSWORDS = "utils.accounts.passwords"


class _QuickPasswords(MetaPathFinder):
    """Changes the module when it is imported: most processes never do."""

    def find_spec(self, name: str, _path: object, _target: object = None) -> ModuleSpec | None:
        if name != _PASSWORDS:
            return None
        sys.meta_path.remove(self)
        found = find_spec(name)
        assert found is not None
        assert found.loader is not None
        execute = found.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            execute(module)
            module._hasher = module.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)

        found.loader.exec_module = exec_module
        return found


sys.meta_path.insert(0, _QuickPasswords())
