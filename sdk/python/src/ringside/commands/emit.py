"""ringside emit: what a shell script tells."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

from ringside import events
from ringside.sending.queue import Batch
from ringside.sending.transport import Stored, Transport
from ringside.settings import Settings


def emit(settings: Settings, name: str, text: str | None, given: argparse.Namespace) -> int:
    session = events.session_id(name)
    bodies = tuple(_bodies(session, text, given))
    transport = Transport(settings)
    try:
        outcome = transport.send(Batch(session, bodies, events.digest(*bodies)), given.title)
    finally:
        transport.close()
    if isinstance(outcome, Stored):
        if session != name:
            print(f"Stored in the session {session}.")
        return 0
    print(f"Not stored: {outcome.words}", file=sys.stderr)
    return 1


def _bodies(session: str, text: str | None, given: argparse.Namespace) -> Iterator[bytes]:
    if given.step:
        activity = events.digest(session, given.run or "", given.agent, given.step)
        yield events.agent_activity(
            session, given.run, activity, given.agent, given.step, given.status or "completed", kind=given.kind,
            details=text,
        )  # fmt: skip
    elif text:
        message = events.digest(session, events.moment(), text)
        yield events.agent_message(session, given.run, message, given.agent, text, final=True)
    if given.run_status:
        yield events.run_update(session, given.run, given.run_status)
