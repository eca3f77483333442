"""A session as one JSON document, in the shapes of the API."""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from pydantic import BaseModel

from api.bodies.answers import session_body
from api.bodies.documents import Document
from api.bodies.messages import Message, Run, RunMessage
from utils.accounts.principal import Principal
from utils.sessions.snapshot import SessionSnapshot

_OF_THE_READER = {"mine", "may_change", "snippets"}


def json_document(snapshot: SessionSnapshot, reader: Principal) -> Iterator[bytes]:
    session = session_body(snapshot.session, reader).model_dump_json(exclude=_OF_THE_READER)
    now = json.dumps(datetime.now(UTC).isoformat(timespec="milliseconds"))
    yield f'{{"exported_at":{now},\n"session":{session},\n"documents":'.encode()
    yield from _array(_encoded(Document.model_validate(one) for one in snapshot.documents))
    yield b',\n"runs":'
    yield from _array(_encoded(Run.model_validate(one) for one in snapshot.runs))
    yield b',\n"messages":'
    yield from _array(_encoded(Message.model_validate(one) for one in snapshot.messages()))
    yield b',\n"run_messages":'
    yield from _array(_encoded(RunMessage.model_validate(one) for one in snapshot.run_messages))
    yield b',\n"first":%d,"head":%d,\n"events":' % (snapshot.first, snapshot.head)
    yield from _array(event.data() for event in snapshot.events())
    yield b"}\n"


def _encoded(bodies: Iterable[BaseModel]) -> Iterator[bytes]:
    return (body.model_dump_json().encode() for body in bodies)


def _array(members: Iterable[bytes]) -> Iterator[bytes]:
    opening = b"[\n"
    for member in members:
        yield opening + member
        opening = b",\n"
    yield b"[]" if opening == b"[\n" else b"\n]"
