"""Recorded HTTP responses: what a real server sent, byte for byte, with its head and the sizes of its chunks."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

FIXTURES = Path(__file__).parent.parent / "agents" / "connectors" / "fixtures"
T = TypeVar("T")


def recorded(name: str) -> bytes:
    """The response as it was sent."""
    return (FIXTURES / f"{name}.raw").read_bytes()


def body(name: str) -> bytes:
    """The body of a recorded response, without the sizes of its chunks."""
    rest, found = recorded(name).partition(b"\r\n\r\n")[2], b""
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        found, rest = found + rest[: int(size, 16)], rest[int(size, 16) + 2 :]
    return found


def at_every_cut(data: bytes, read: Callable[[list[bytes]], T]) -> T:
    """What ``read`` makes of the bytes, if it is the same byte by byte and cut in two (of long ones, at 200 places)."""
    whole = read([data])
    assert read([data[at : at + 1] for at in range(len(data))]) == whole
    for cut in range(0, len(data) + 1, max(1, len(data) // 200)):
        assert read([data[:cut], data[cut:]]) == whole, f"cut at {cut}"
    return whole
