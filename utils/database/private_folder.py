"""DATA_DIR is its owner's alone: what people ask, and the key to it, is nobody else's business."""

import logging
import os
import stat
from collections.abc import Iterator
from pathlib import Path

KEY_FILE = "secret.key"  # of a server that has made its own
_FOLDER, _FILE = 0o700, 0o600
_OTHERS = 0o077
# How the names begin of what Ringside keeps there, and of copies of it.
_OURS = ("ringside.db", "write.lock", "migrate.lock", KEY_FILE, f".{KEY_FILE}", "doorbell")
_NOBODYS = {"lost+found"}
_log = logging.getLogger(__name__)


def keep_private(folder: Path) -> None:
    """Take every right of others from what is there, and from what this process will make.

    A folder that holds other things, too, stays open to others: it may be anybody's.
    """
    os.umask(_OTHERS)
    if not folder.is_dir():
        return
    changed = [path.name or str(path) for path in _ours(folder) if _took_rights(path)]
    if changed:
        _log.warning(
            "Other users of this machine had rights to files in DATA_DIR (%s). They have none any more: %s",
            folder, ", ".join(changed),
        )  # fmt: skip


def _ours(folder: Path) -> Iterator[Path]:
    inside = list(folder.iterdir())
    own = [path for path in inside if path.name.startswith(_OURS)]
    if own and len(own) == len([path for path in inside if path.name not in _NOBODYS]):
        yield folder
    yield from own


def _took_rights(path: Path) -> bool:
    try:
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode) or not stat.S_IMODE(mode) & _OTHERS:
            return False
        path.chmod(_FOLDER if stat.S_ISDIR(mode) else _FILE)
    except FileNotFoundError:  # another process has just removed it
        return False
    except PermissionError:
        _log.warning("Other users of this machine have rights to %s, and its owner alone can take them.", path)
        return False
    return True
