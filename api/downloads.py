"""Files that are made while a client takes them."""

from collections.abc import Iterator

from flask import Response, request

from api.access.audit import note
from api.access.identity import principal
from api.exports.deadline import in_time
from api.services import services

_PIECE_BYTES = 64 * 1024


def streamed(pieces: Iterator[bytes], action: str, subject: str, content_type: str, disposition: str) -> Response:
    """The audit trail gets ``action`` and ``subject``.

    A thread is busy until the client has taken all of it, so that only some may be at once, and not for ever.
    """
    slot = services().export_slots.take(principal().user.key)
    response = Response(in_time(_gathered(pieces), slot), content_type=content_type)
    response.headers["Content-Disposition"] = disposition
    response.call_on_close(slot.close)
    try:
        if request.method == "GET":
            note(action, subject)
        else:
            slot.close()  # for the export itself, which may be asked for before this answer is closed
    except BaseException:
        response.close()
        raise
    return response


def _gathered(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The same in larger ones."""
    some: list[bytes] = []
    size = 0
    for piece in pieces:
        some.append(piece)
        size += len(piece)
        if size >= _PIECE_BYTES:
            yield b"".join(some)
            some.clear()
            size = 0
    if some:
        yield b"".join(some)
