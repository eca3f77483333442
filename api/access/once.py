"""What is created once, however often its request is sent: ``Idempotency-Key``.

A client that got no answer cannot know whether its request arrived. With a key of its own making it may send the same
request again: it gets the first answer, and nothing is created twice (draft-ietf-httpapi-idempotency-key-header).
"""

import hashlib
from collections.abc import Callable
from typing import TypeVar

from flask import Response, request
from sqlalchemy import Connection
from werkzeug.datastructures import FileStorage

from api.access.identity import principal
from api.errors import ApiError
from api.services import services
from utils.accounts.kept_answers import Keep, KeptAnswer, keep_answer

T = TypeVar("T")
HEADER = "Idempotency-Key"
LONGEST = 200
# The operations that it is for. What others answer (a new key, a new link) is shown once and not kept.
CREATE_ONCE = frozenset({
    "sessions.create_session", "sessions.create_sample", "documents.add_documents", "messages.post_message",
    "messages.ask_again", "activity.emit_events", "chat.chat",
})  # fmt: skip
REPLAYED = "Idempotent-Replayed"
_PIECE_BYTES = 256 * 1024


def once(
    create: Callable[[Keep[T] | None], T], session_key: Callable[[T], int], told: Callable[[T], Response]
) -> Response:
    """The answer to this request, which ``create`` fulfils unless an earlier one with the same key did.

    ``create`` passes what it has made to the function that it is given, within the transaction that makes it.
    Raises ApiError for a key that came with another request. What fails is not kept.
    """
    assert request.endpoint in CREATE_ONCE
    name = _name()
    if name is None:
        return told(create(None))
    content, kept = _content(), services().kept_answers

    def keep(connection: Connection, made: T) -> None:
        answer = told(made)
        body = answer.get_data(as_text=True)
        keep_answer(connection, KeptAnswer(name, content, session_key(made), answer.status_code, body))

    found = kept.find(name)
    if found is None:
        try:
            return told(create(keep))
        except Exception:
            found = kept.find(name)  # was another request a moment earlier?
            if found is None:
                raise
    return _again(found, content)


def _name() -> str | None:
    """Who asks for what with which key. A user's browsers are one, and each API key is one of its own."""
    given = request.headers.get(HEADER)
    if given is None:
        return None
    if not (1 <= len(given) <= LONGEST and given.isascii() and given.isprintable()):
        raise ApiError(400, "invalid_request", f"{HEADER} must have 1 to {LONGEST} plain characters.")
    who = principal()
    caller = f"key {who.grant.key}" if who.grant.kind == "key" else f"user {who.user.key}"
    return _hash(caller, request.method, request.path, given)


def _content() -> str:
    """Of a form, its files: the line between them is another one each time it is sent."""
    if not request.files:
        return hashlib.sha256(request.get_data()).hexdigest()
    files = request.files.items(multi=True)
    return _hash(*(part for name, file in files for part in (name, file.filename or "", _hash_of_file(file))))


def _hash_of_file(file: FileStorage) -> str:
    hashed = hashlib.sha256()
    while piece := file.stream.read(_PIECE_BYTES):
        hashed.update(piece)
    file.stream.seek(0)
    return hashed.hexdigest()


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _again(answer: KeptAnswer, content: str) -> Response:
    if answer.content != content:
        raise ApiError(
            422,
            "idempotency_key_reused",
            f"This {HEADER} came with another request before. Make a new key for each new request.",
        )
    return Response(answer.body, answer.status, {REPLAYED: "true"}, content_type="application/json")
