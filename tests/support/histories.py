"""How many made-up histories a state machine is tried with, and how long they are.

The same few at each run, for what is checked is the change. ``HISTORIES=10000 tests/run.sh -k at_random --timeout 0``
tries as many others, each time other ones.
"""

import os

from hypothesis import HealthCheck, settings

_WANTED = os.environ.get("HISTORIES")


def histories(number: int, steps: int) -> settings:
    """``number`` of them with at most so many ``steps`` each, unless more are wanted."""
    return settings(
        max_examples=int(_WANTED) if _WANTED else number, stateful_step_count=steps, deadline=None,
        derandomize=_WANTED is None, database=None, suppress_health_check=list(HealthCheck),
    )  # fmt: skip
