"""The command `ringside` and its parts."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status: 0 when it is done, 1 when it could not be, 2 for wrong arguments."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["hook"]:  # runs at every step of a coding agent: it loads nothing that it does not need
        from ringside.hooks.hook import hook

        return hook(given[1:])
    from ringside.commands.parser import run

    return run(given)
