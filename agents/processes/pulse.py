"""A child's sign of life, through a pipe to its parent, which ends a child that hangs."""

import os
from contextlib import suppress

PULSE_SECONDS = 1.0  # from beat to beat


class Pulse:
    """The child's end, whose descriptor it was given."""

    def __init__(self, descriptor: int) -> None:
        os.set_blocking(descriptor, False)
        self._descriptor = descriptor

    def beat(self) -> None:
        with suppress(BlockingIOError, BrokenPipeError):  # nobody reads any more: the parent ends us in its own way
            os.write(self._descriptor, b".")


class PulseWatch:
    """The parent's end.

    It counts its own looks and not seconds: where the whole machine sleeps, or has no time, neither of the two moves.
    """

    def __init__(self) -> None:
        self._ear, self.descriptor = os.pipe()
        os.set_blocking(self._ear, False)
        self._begun, self._silent = False, 0

    def given(self) -> None:
        """The child has its descriptor."""
        os.close(self.descriptor)

    def look(self) -> int:
        """How many looks in a row have found nothing; 0 until the child's first beat, for a start may take long."""
        with suppress(BlockingIOError):
            if os.read(self._ear, 4096):
                self._begun, self._silent = True, 0
                return 0
        self._silent += self._begun
        return self._silent

    def close(self) -> None:
        os.close(self._ear)
