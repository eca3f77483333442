"""ringside emit: one event of a shell script."""

from __future__ import annotations

import argparse
import sys

from ringside import events
from ringside.sending.queue import Batch
from ringside.sending.transport import Stored, Transport
from ringside.settings import Settings


def emit(settings: Settings, name: str, text: str | None, given: argparse.Namespace) -> int:
    session = events.session_id(name)
    if given.step:
        activity = events.digest(session, given.run or "", given.agent, given.step)
        body = events.agent_activity(
            session, given.run, activity, given.agent, given.step, given.status or "completed", kind=given.kind,
            details=text,
        )  # fmt: skip
    else:
        message = events.digest(session, events.moment(), text)
        body = events.agent_message(session, given.run, message, given.agent, text or "", final=True)
    transport = Transport(settings)
    try:
        outcome = transport.send(Batch(session, (body,), events.digest(body)), given.title)
    finally:
        transport.close()
    if isinstance(outcome, Stored):
        return 0
    print(f"Not stored: {outcome.words}", file=sys.stderr)
    return 1
