"""ringside drain: sends what waits in a folder."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from ringside.hooks.message_box import MessageBox
from ringside.hooks.waking import PIPE
from ringside.sending.sender import Sender
from ringside.sending.spool import Spool, SpoolError
from ringside.sending.transport import Transport
from ringside.settings import Settings, find_settings

_IDLE_SECONDS = 60.0
_AWAY_SECONDS = 3600.0  # how long a server may be away; then the next hook starts another process
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 60.0
_OTHER_SECONDS = 10.0


def drain(folder: Path, *, stay: bool) -> int:
    settings = find_settings()
    if not folder.is_dir():
        print(f"There is no folder {folder}.", file=sys.stderr)
        return 1
    try:
        spool = Spool(folder)
    except SpoolError as error:
        print(error, file=sys.stderr)
        return 1
    if stay:
        return _stay(settings, spool) if _holds(spool) else 0
    if not spool.hold():
        print("Another process sends these events at present.")
        return 0
    sender = _sender(settings, spool)
    done = sender.flush(300)
    sender.close(0)
    print("Everything is sent." if done else "Not everything could be sent; it is kept. Try again later.")
    return 0 if done else 1


def _stay(settings: Settings, spool: Spool) -> int:
    with _pipe(spool.folder) as pipe:
        sender = _sender(settings, spool)
        good, pause = time.monotonic(), _FIRST_WAIT
        while True:
            if sender.flush(30):
                good, pause = time.monotonic(), _FIRST_WAIT
                wait = _IDLE_SECONDS
            elif time.monotonic() - good > _AWAY_SECONDS:
                break
            else:
                wait, pause = pause, min(pause * 2, _LONGEST_WAIT)
            if select.select([pipe], [], [], wait)[0]:
                os.read(pipe, 4096)
            elif wait == _IDLE_SECONDS:
                break
    sender.flush(30)  # what came before the pipe was closed
    sender.close(0)
    return 0


def _sender(settings: Settings, spool: Spool) -> Sender:
    box = MessageBox(spool.folder)
    return Sender(lambda: spool, lambda: Transport(settings), lambda stored: box.put(stored.unread))


def _holds(spool: Spool) -> bool:
    """Whether this process is the one that sends: at once, or when another one has ended within a moment."""
    if spool.hold():
        return True

    def give_up(*_: object) -> None:
        raise TimeoutError

    signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, _OTHER_SECONDS)
    try:
        return spool.wait()
    except TimeoutError:
        return False
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


@contextlib.contextmanager
def _pipe(folder: Path) -> Iterator[int]:
    path = folder / PIPE
    with contextlib.suppress(FileExistsError):
        os.mkfifo(path, 0o600)
    reading = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    writing = os.open(path, os.O_WRONLY)  # so that it has no end whenever nobody writes
    try:
        yield reading
    finally:
        os.close(reading)
        os.close(writing)
