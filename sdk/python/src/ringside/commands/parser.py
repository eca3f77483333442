"""What can be typed after `ringside`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from ringside import __version__
from ringside.hooks.agent_settings import RULES_SECONDS
from ringside.settings import SettingsError, find_settings
from ringside.watching.stream import StreamError

_MOST_RULES_SECONDS = 24 * 60 * 60


def run(arguments: Sequence[str]) -> int:
    parsed = parser().parse_args(arguments)
    try:
        return int(parsed.act(parsed))
    except (SettingsError, StreamError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # whoever read it has enough
        sys.stderr.close()
        return 0


def parser() -> argparse.ArgumentParser:
    main = argparse.ArgumentParser(
        prog="ringside",
        description="Watch sessions of a Ringside server, and tell it what programs do.",
        epilog="The server and the API key come from --url and --key, from RINGSIDE_URL and RINGSIDE_KEY, or from the "
        "configuration file that `ringside hooks install` writes.",
    )
    main.add_argument("--version", action="version", version=f"ringside {__version__}")
    parts = main.add_subparsers(required=True, metavar="COMMAND")

    tail = _part(parts, "tail", "show what happens in a session, as it happens")
    tail.add_argument("session", help="the session's id, or the name that was given to `ringside emit`")
    tail.add_argument("--after", type=int, metavar="N", help="begin after event N; 0 for all")
    tail.add_argument("--last", type=int, default=20, metavar="N", help="begin with the newest N events (default: 20)")
    tail.add_argument("--json", action="store_true", help="one JSON object a line")
    tail.add_argument("--color", choices=("auto", "always", "never"), default="auto", help=argparse.SUPPRESS)
    tail.set_defaults(act=_tail)

    emit = _part(parts, "emit", "tell a session something")
    emit.add_argument("session", help="the session's id, or a name from which it is made; it need not be there")
    emit.add_argument("text", nargs="?", help="a text for whoever watches; - reads it from the standard input")
    emit.add_argument("--title", help="the session's title, should it be new")
    emit.add_argument("--agent", default="Command line", help="who says or does it")
    emit.add_argument("--step", metavar="ACTION", help="tell of a step instead; the text becomes its details")
    emit.add_argument(
        "--status", choices=("started", "in-progress", "waiting", "completed", "failed", "cancelled"),
        help="of the step (default: completed)",
    )  # fmt: skip
    emit.add_argument("--kind", choices=("step", "tool", "model", "handoff"), default="step", help="of the step")
    emit.add_argument("--run", metavar="ID", help="the run that it belongs to")
    emit.add_argument(
        "--run-status", choices=("running", "waiting", "completed", "failed", "cancelled"),
        help="of the run, after the text or step: how it goes on, or ends",
    )  # fmt: skip
    emit.set_defaults(act=_emit)

    doctor = _part(parts, "doctor", "check the connection, and say what to do")
    doctor.set_defaults(act=_doctor)

    hooks = parts.add_parser("hooks", help="connect a coding agent: Claude Code, Codex")
    hooks_parts = hooks.add_subparsers(required=True, metavar="COMMAND")
    for name, words in (
        ("install", "write the hooks of a coding agent, after showing them"),
        ("uninstall", "remove exactly these hooks"),
        ("show", "show what would be written"),
    ):
        part = _part(hooks_parts, name, words)
        part.add_argument("agent", choices=("claude-code", "codex"))
        part.add_argument("--project", type=Path, metavar="DIR", help="only in this project, not for the whole user")
        part.add_argument("--dry-run", action="store_true", help="show it, and write nothing")
        part.add_argument("--yes", action="store_true", help="do not ask")
        part.add_argument(
            "--rules", nargs="?", type=_rules, const=RULES_SECONDS, metavar="SECONDS",
            help="let the team's rules hold its tools, and wait so long for a person whom a rule asks "
            f"(default: {RULES_SECONDS})",
        )  # fmt: skip
        part.set_defaults(act=_hooks, part=name)

    drain = parts.add_parser("drain", help="send what waits in a folder of events")
    drain.add_argument("spool", type=Path, metavar="FOLDER")
    drain.add_argument("--stay", action="store_true", help=argparse.SUPPRESS)
    drain.set_defaults(act=_drain)
    return main


def _part(parts: argparse._SubParsersAction[argparse.ArgumentParser], name: str, words: str) -> argparse.ArgumentParser:
    part = parts.add_parser(name, help=words, description=f"{words[0].upper()}{words[1:]}.")
    part.add_argument("--url", help="the server's address")
    part.add_argument("--key", help="an API key; the environment variable RINGSIDE_KEY is a better place")
    return part


def _tail(parsed: argparse.Namespace) -> int:
    from ringside.commands.tail import tail

    coloured = parsed.color == "always" or (parsed.color == "auto" and sys.stdout.isatty())
    settings = find_settings(parsed.url, parsed.key)
    return tail(settings, parsed.session, parsed.after, parsed.last, as_json=parsed.json, coloured=coloured)


def _emit(parsed: argparse.Namespace) -> int:
    from ringside.commands.emit import emit

    text = sys.stdin.read() if parsed.text == "-" else parsed.text
    if not (text or parsed.step or parsed.run_status):
        print("Give a text, a step with --step, or the status of a run with --run-status.", file=sys.stderr)
        return 2
    if parsed.run_status and not parsed.run:
        print("Name the run with --run.", file=sys.stderr)
        return 2
    settings = find_settings(parsed.url, parsed.key)
    return emit(settings, parsed.session, text, parsed)


def _doctor(parsed: argparse.Namespace) -> int:
    from ringside.commands.doctor import doctor

    return doctor(parsed.url, parsed.key)


def _hooks(parsed: argparse.Namespace) -> int:
    from ringside.hooks.installing import install, show, uninstall

    part = {"install": install, "uninstall": uninstall, "show": show}[parsed.part]
    return part(
        parsed.agent, parsed.project, parsed.url, parsed.key, dry_run=parsed.dry_run, yes=parsed.yes, rules=parsed.rules
    )


def _rules(text: str) -> int:
    seconds = int(text)
    if not 1 <= seconds <= _MOST_RULES_SECONDS:
        raise argparse.ArgumentTypeError(f"must be 1 to {_MOST_RULES_SECONDS} seconds")
    return seconds


def _drain(parsed: argparse.Namespace) -> int:
    from ringside.hooks.draining import drain

    return drain(parsed.spool, stay=parsed.stay)
