"""ringside hooks: puts our hooks into a coding agent's settings, after showing them, and takes them out again."""

from __future__ import annotations

import difflib
import hashlib
import json
import os
import shlex
import shutil
import sys
from pathlib import Path
from typing import Any

from ringside.hooks.agent_settings import has_hooks, settings_file, with_hooks, without_hooks
from ringside.hooks.coding_agent import LABELS
from ringside.hooks.json_source import SourceError, scan
from ringside.settings import SettingsError, configuration, configuration_file, find_settings


def show(
    agent: str,
    project: Path | None,
    url: str | None,
    key: str | None,
    *,
    dry_run: bool,
    yes: bool,
    rules: int | None = None,
) -> int:
    return install(agent, project, url, key, dry_run=True, yes=False, rules=rules)


def install(
    agent: str,
    project: Path | None,
    url: str | None,
    key: str | None,
    *,
    dry_run: bool,
    yes: bool,
    rules: int | None = None,
) -> int:
    """``rules``: for how many seconds a person is waited for whom a rule asks. None: rules do not hold its tools."""
    if sys.platform == "win32":
        raise SettingsError("The hooks need Linux or macOS; on Windows, use them within WSL.")
    settings = find_settings(url, key)
    path = settings_file(agent, project)
    before = _read(path)
    after = with_hooks(before or "", agent, _command(agent), rules)
    kept = configuration()
    wanted = kept | {"url": settings.url, "key": settings.key}
    if after == before and kept == wanted:
        print(f"{LABELS[agent]} has the hooks already ({path}).")
        return 0
    _print_change(path, before, after)
    if kept != wanted:
        shown = f"{settings.key[:13]}…" if len(settings.key) > 20 else "…"
        print(f"\n{configuration_file()}: the address {settings.url} and the API key {shown}, readable for you alone")
    if dry_run:
        return 0
    if not _agreed(yes):
        return 1
    if kept != wanted:
        _write(configuration_file(), json.dumps(wanted, indent=2) + "\n", 0o600)
    if after != before:
        known, original = _remembered(path, before or "")
        _remember(path, original if known or before is None else without_hooks(before, agent), after)
        _write(path, after)
    print(f"Done. Sessions of {LABELS[agent]} that begin from now on appear at {settings.url}.")
    if rules is not None:
        print(f"The team's rules hold its tools: while {settings.url} does not answer, no tool is called.")
    if agent == "codex":
        print("Codex asks once whether you trust new hooks; /hooks in Codex shows them.")
    print(f"To remove the hooks: ringside hooks uninstall {agent}{f' --project {project}' if project else ''}")
    return 0


def uninstall(
    agent: str,
    project: Path | None,
    url: str | None,
    key: str | None,
    *,
    dry_run: bool,
    yes: bool,
    rules: int | None = None,
) -> int:
    path = settings_file(agent, project)
    before = _read(path)
    if before is None or not has_hooks(before, agent):
        print(f"{LABELS[agent]} has no hooks of Ringside ({path}).")
        return 0
    known, original = _remembered(path, before)
    after = original if known else without_hooks(before, agent)
    _print_change(path, before, after)
    if dry_run:
        return 0
    if not _agreed(yes):
        return 1
    if after is None:
        path.unlink()
    else:
        _write(path, after)
    _remember(path, None, None)
    print("Done. The address and the API key stay in your configuration file:", configuration_file())
    return 0


def _command(agent: str) -> str:
    """What the agent runs, by its full path: it may have another PATH."""
    beside = Path(sys.executable).with_name("ringside")
    found = str(beside) if beside.is_file() else shutil.which("ringside")
    command = [found] if found else [sys.executable, "-m", "ringside"]
    return shlex.join([*command, "hook", agent])


def _read(path: Path) -> str | None:
    """None where there is no file. Raises SettingsError for one that must be mended first."""
    try:
        text = path.read_bytes().decode()
        if text.strip():
            scan(text)
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError, SourceError) as error:
        raise SettingsError(f"{path} is left as it is: {error}. Mend it first.") from error
    return text


def _write(path: Path, text: str, mode: int | None = None) -> None:
    """In one piece or not at all; where the path is a link, into the file that it leads to."""
    path = path.resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{os.getpid()}")
    new.touch(mode=0o600)
    new.write_bytes(text.encode())
    new.chmod(mode if mode is not None else path.stat().st_mode & 0o777 if path.exists() else 0o644)
    new.replace(path)


def _print_change(path: Path, before: str | None, after: str | None) -> None:
    old, new = (before or "").splitlines(), (after or "").splitlines()
    print(f"{path}:")
    for line in list(difflib.unified_diff(old, new, lineterm="", n=2))[2:]:
        print(f"  {line}")


def _agreed(yes: bool) -> bool:
    if yes:
        return True
    if not sys.stdin.isatty():
        print("Nothing was written. Give --yes to write without being asked.", file=sys.stderr)
        return False
    if input("Write this? [y/N] ").strip().lower() in ("y", "yes"):
        return True
    print("Nothing was written.")
    return False


# What a file was before we changed it, so that it can be the same again to the last byte.


def _memory() -> Path:
    return configuration_file().with_name("installed.json")


def _remember(path: Path, before: str | None, after: str | None) -> None:
    try:
        known: dict[str, Any] = json.loads(_memory().read_bytes())
    except (OSError, ValueError):
        known = {}
    known.pop(str(path), None)
    if after is not None:
        known[str(path)] = {"before": before, "after": hashlib.sha256(after.encode()).hexdigest()}
    _write(_memory(), json.dumps(known, indent=2) + "\n", 0o600)


def _remembered(path: Path, now: str) -> tuple[bool, str | None]:
    """Whether it is as we left it, and what it was before; None: there was no file."""
    try:
        known = json.loads(_memory().read_bytes())[str(path)]
        return known["after"] == hashlib.sha256(now.encode()).hexdigest(), known["before"]
    except (OSError, ValueError, LookupError, TypeError):
        return False, None
