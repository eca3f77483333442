"""ringside hook: what a coding agent calls at each of its steps.

It must be fast and must never disturb the agent: it puts the events into a folder, wakes the process that sends them,
and ends with 0 whatever happens. What goes wrong stands in the file `hook.log` of that folder. It prints nothing,
unless that process has left what a person says to the agent: then it gives the agent these words.

With `--rules=SECONDS`, which its user has asked for, it also holds the calls of tools: see ringside/hooks/holding.py.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ringside import events
from ringside.hooks.coding_agent import LABELS, CodingAgent, notified, session_of
from ringside.hooks.giving import Giving
from ringside.hooks.message_box import MessageBox
from ringside.hooks.project import project_and_branch
from ringside.hooks.redaction import Redaction
from ringside.hooks.waking import wake
from ringside.sending.spool import Spool
from ringside.settings import Settings, configuration, find_settings
from ringside.values import words_of

_MOST_BYTES = 16 * 1024 * 1024  # of what an agent says
_LONGEST_LOG = 256 * 1024
_RULES = "--rules"
_BLOCKS = 2  # the exit status that blocks a call, with the words on the standard error


class Call(NamedTuple):
    """A call of a tool that is about to be made. ``body`` is that of the request about it."""

    agent: str
    settings: Settings
    session: str
    title: str
    body: dict[str, Any]


def state_folder() -> Path:
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(base) / "ringside"


def spool_folder(settings: Settings) -> Path:
    """One for each server and key: what waits in it is for that server alone."""
    return state_folder() / "hooks" / events.digest(settings.url, settings.key)[:12]


def hook(arguments: Sequence[str]) -> int:
    """The exit status: 0, or with rules also 2, which blocks the call. A coding agent goes on after every other one."""
    rules = next((one for one in arguments if one.startswith(_RULES)), None)
    given = [one for one in arguments if one != rules]
    if rules is None:
        try:
            _heard(given)
        except Exception as error:  # the coding agent is not to notice
            _log(error)
        return 0
    try:
        seconds = int(rules.removeprefix(f"{_RULES}="))
        call = _heard(given)
        if call is None:
            raise ValueError(f"with {_RULES} it must be called by the hook PreToolUse of {' or '.join(LABELS)}")
        from ringside.hooks.holding import hold

        return hold(call, seconds)
    except BaseException as error:  # whatever it is: the call was not allowed
        return _block(error)


def _block(error: BaseException) -> int:
    """Block the call in the way that every version of the agents knows: by this status."""
    with contextlib.suppress(Exception):  # without its words, the status still blocks
        print(f"The tool was not called. The hook of Ringside failed: {words_of(error)}", file=sys.stderr, flush=True)
        _log(error)
    return _BLOCKS


def _heard(given: Sequence[str]) -> Call | None:
    """The call that is about to be made, if the hook is about one, of an agent that is known."""
    agent = given[0]
    said = json.loads(given[1] if len(given) > 1 else sys.stdin.buffer.read(_MOST_BYTES))
    return _tell(agent, said) if agent in LABELS and isinstance(said, dict) else None


def _tell(agent: str, said: dict[str, Any]) -> Call | None:
    """What is told, and the call that is about to be made, if the hook is about one."""
    settings = find_settings()
    kept = configuration()
    redaction = Redaction(
        _texts(kept, "redact"), _texts(kept, "redact_files"), os.environ | {"RINGSIDE_KEY": settings.key}
    )
    folder = spool_folder(settings)
    spool = Spool(folder)
    session = session_of(agent, _first(agent, said))
    title = project_and_branch(str(_first(agent, said).get("cwd") or os.getcwd()), os.environ.get("CLAUDE_PROJECT_DIR"))
    told, call = False, None
    with _state(folder, session) as state:
        for one in _hooks(agent, said):
            coding = CodingAgent(agent, one, state, redaction)
            for body in coding.told():
                spool.put(session, str(redaction.clean(title)), body)
                told = True
            given = Giving(MessageBox(folder), session, one, state)
            if words := given.output():
                print(words, flush=True)
                for body in given.receipts():  # after it is said: what is not read is not told as read
                    spool.put(session, None, body)
            if one.get("hook_event_name") == "PreToolUse":
                call = Call(agent, settings, session, str(redaction.clean(title)), coding.call())
    spool.close()
    if told:
        wake(folder)
    return call


def _hooks(agent: str, said: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if said.get("type") == "agent-turn-complete":
        yield from notified(agent, said)
    else:
        yield said


def _first(agent: str, said: dict[str, Any]) -> dict[str, Any]:
    return next(_hooks(agent, said))


def _texts(kept: dict[str, Any], name: str) -> list[str]:
    """A list of texts of the configuration. Raises ValueError, so that nothing is sent unredacted by a slip."""
    found = kept.get(name, [])
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise ValueError(f"{name!r} in the configuration file must be a list of texts")
    for one in found if name == "redact" else ():
        re.compile(one)
    return found


@contextlib.contextmanager
def _state(folder: Path, session: str) -> Iterator[dict[str, Any]]:
    """What is known of the coding agent's session; hooks of one session come one after the other."""
    import fcntl

    path = folder / f"{events.digest(session)[:16]}.state"
    file = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            state = json.loads(os.read(file, _MOST_BYTES) or b"{}")
        except ValueError:
            state = {}
        yield state
        os.lseek(file, 0, os.SEEK_SET)
        os.truncate(file, 0)
        if state:
            os.write(file, json.dumps(state).encode())
        else:
            path.unlink(missing_ok=True)
    finally:
        os.close(file)


def _log(error: BaseException) -> None:
    with contextlib.suppress(OSError):
        folder = state_folder()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = folder / "hook.log"
        if path.exists() and path.stat().st_size > _LONGEST_LOG:
            path.replace(folder / "hook.log.old")
        with path.open("a", encoding="utf-8") as file:
            file.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {type(error).__name__}: {error}\n")
