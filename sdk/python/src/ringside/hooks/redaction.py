"""What is taken out before anything leaves this machine: keys, tokens, passwords, and the content of secret files.

A list of forms finds what looks like a secret; it cannot find a secret that looks like nothing. So the values of
environment variables with telling names are taken out wherever they stand, too.
"""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ringside.hooks.secret_arguments import VALUE, without_arguments

GONE = "[redacted]"
HIDDEN = "[not shown: this file may hold secrets]"
# What a name says wherever it stands in a longer one: PGPASSWORD, accessToken, SECRET_KEY_BASE; not what is about one.
_LONG = (
    r"(?:(?:api|access|account|private)[_-]?key|secret(?:[_-]?key)?|client[_-]?secret|token|password|passwd|passphrase"
    r"|credentials?|authorization|cookie)"
)
_ELSEWHERE = (  # in other languages
    r"(?<![A-Za-z])(?:passwort|kennwort|zugangsdaten|mot[ _]de[ _]passe|api[ _-]?schl(?:ü|ue)ssel|jeton|contraseña"
    r"|cl[ée] (?:d['’]|de l['’])?api|cl[ée] secr[èe]te|senha|wachtwoord)"
)
_SPACED = r"(?<![A-Za-z])(?:(?:api|access|account|private|secret) key|client secret)"
_ABOUT = r"(?:count|limit|type|usage|budget|length|size|name|file|path|url|uri|endpoint|expir|ttl)"
_MORE = rf"(?:(?:[_-]|(?-i:(?<=[a-z])(?=[A-Z]))|(?=\d))(?!{_ABOUT})[\w-]{{0,40}})?"
# Short ones are parts of other words (compass, passive), so they stand alone; and PWD is mostly a folder.
_SHORT = r"(?:(?-i:(?<![A-Za-z])|(?<=[a-z])(?=P)|(?=PASS(?![A-Za-z])))pass|(?<![A-Za-z])pwd|(?-i:(?<=[a-z])Pwd))"
# Of a variable of the environment, in capital letters, whatever it is the key of; but these keys are no secrets.
_OPEN = (
    "public", "primary", "foreign", "sort", "cache", "partition", "row", "group", "index", "idempotency", "issue",
    "hash", "unique",
)  # fmt: skip
_NOT_OPEN = "".join(rf"(?<!{one}[_-])" for one in _OPEN)
_NOT_OPEN_WORD = "".join(rf"(?<!{one})" for one in _OPEN)
_CAPITAL = (
    rf"{_NOT_OPEN}(?-i:(?<![A-Za-z0-9])(?:KEYS?|AUTH|PAT|SALT)(?:_(?:LIVE|TEST|PROD|DEV|STAGING|BASE|OLD|NEW|[0-9]+))?)"
)
# In small letters it may be the key of anything: only a value that looks like a secret goes.
_SMALL = rf"{_NOT_OPEN_WORD}(?<=[a-z0-9])(?:[_-]key|(?-i:Key))"
_FIGURES = r"(?=\S*[0-9])(?=\S*[A-Za-z])\S{6,}"  # no option looks so
_RANDOM = r"(?=[\w+/.=-]*[0-9])(?=[\w+/.=-]*[A-Za-z])[\w+/.=-]{10,}"
_NAME = rf"(?:{_LONG}{_MORE}|{_SHORT}|{_CAPITAL}|{_ELSEWHERE}|{_SPACED})"
_SECRET_NAME = re.compile(rf"{_NAME}$", re.IGNORECASE)
_PATH_NAME = re.compile(rf"(?:{_SHORT}|{_CAPITAL})$", re.IGNORECASE)  # what it is set to may be a file
_SMALL_NAME = re.compile(rf"{_SMALL}$", re.IGNORECASE)
_FOLDER = r"(?:[/~$]|[A-Za-z]:[\\/])"
_HEADS = (
    # What a name is set to: in a shell, a settings file, JSON (also within a text of JSON), a header, a program.
    rf"""(?=[acpstACPST])(?i:{_LONG}{_MORE}\\*["']?\s*[:=]{{1,3}}>?\s*)""",
    rf"""(?=[pP])(?i:{_SHORT}\\*["']?\s*[:=]{{1,3}}>?\s*)(?![\\"']*{_FOLDER})""",
    rf"""(?=[acjkmpswzACJKMPSWZ])(?i:{_ELSEWHERE}\\*["']?\s*[:=]{{1,3}}>?\s*)""",
    rf"""(?=[acpsACPS])(?i:{_SPACED}\s*[:=]{{1,2}}\s*)(?=[^\s,;]*[0-9])""",  # prose goes on with a word
    rf"""(?=[KAPS])(?i:(?:(?<=_){_CAPITAL}\\*["']?\s*[:=]{{1,3}}|{_CAPITAL}=)>?\s*)(?![\\"']*{_FOLDER})""",
    rf"""(?=[_-][kK]|Key)(?i:{_SMALL}\\*["']?\s*[:=]{{1,3}}>?\s*)(?=\\*["']?{_RANDOM})""",
    # An option.
    rf"(?=-)(?i:(?<![\w-])--?(?:[\w-]{{0,30}}?{_LONG}|(?:[\w-]{{0,30}}-)?pass)[ \t\x1f]+)(?!<|--|-(?!{_FIGURES}))",
)
# The value of a header is the rest of its line.
_HEADER = r"(?=[acAC])(?i:authorization:[ \t]*|cookie:[ \t]*(?=[^\s=;]+=))(?![\"'\\])"
# Of curl; no numbers, no address.
_USER = r"(?<![\w-])(?:-u[ \x1f]?|--(?:proxy-)?user[ =\x1f])(?![\"']?(?:\d+:\d+\b|\w+://))"
_HEAD = re.compile("|".join((_HEADER, *_HEADS, _USER)))
_KEY = r"-{{4,5}} ?{} [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)? ?-{{4,5}}"  # PEM, PGP (RFC 9580), SSH2 (RFC 4716)
_IN_ADDRESS = r"[^\s/:@\"'\\]"
_FORMS = (
    r"sk-[A-Za-z0-9_-]{16,}",  # OpenAI, Anthropic and others
    r"(?:ghp|gho|ghu|ghs|ghr)_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}",
    r"xox[abeprs]-[A-Za-z0-9-]{10,}",
    r"(?:AKIA|ASIA)[A-Z0-9]{16}",
    r"AIza[\w-]{30,}",
    r"(?:ringside|npm|hf|pypi|dop_v1|sk_live|rk_live|sk_test)[_-][A-Za-z0-9_-]{16,}",
    r"eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}",  # JSON web tokens
    r"AGE-SECRET-KEY-1[A-Z0-9]{20,}",
    rf"{_KEY.format('BEGIN')}[\s\S]*?(?:{_KEY.format('END')}|\Z)",
    r"Private-Lines: \d+\s[\s\S]*?(?:Private-MAC|\Z)",  # PuTTY
    # Password of an address, with its user if it has one; or a token in the place of both.
    rf"(?:(?<=://)|(?<=:\\/\\/))(?:{_IN_ADDRESS}*:[^\s/\"']+|{_IN_ADDRESS}{{20,}})(?=@)",
    r"(?i:(?<=bearer )|(?<=basic ))[\w.~+/=-]{12,}",
    rf"{_HEADER}[^\n\"'`\\\x1f]+",
    *(head + VALUE for head in _HEADS),
    rf"""{_USER}(?:"[^"\n:]+:[^"\n]+"?|'[^'\n:]+:[^'\n]+'?|[^\s:"']+:[^\s"']+)""",
)
_FILES = (
    ".env", ".env.*", ".envrc", "?*.env", "?*.pem", "?*.key", "?*.p12", "?*.pfx", "?*.keystore", "?*.jks", "?*.ppk",
    "?*.kdbx", "id_rsa*", "id_dsa*", "id_ed25519*", "id_ecdsa*", ".netrc", "_netrc", ".npmrc", ".pypirc", ".pgpass",
    ".my.cnf", ".git-credentials", ".htpasswd", "credentials", "credentials.*", "secrets.*", "?*.tfstate", "?*.tfvars",
)  # fmt: skip
_HARMLESS_FILES = (".env.example", ".env.sample", ".env.template", "process.env", "meta.env")  # two are of JavaScript
# What a tool's input calls a text that is no file's name: it may speak of one. A command may hold what it writes.
_CONTENTS = (
    "content", "contents", "new_content", "old_content", "file_text", "insert_text", "new_string", "old_string",
    "new_str", "old_str", "newString", "oldString", "newText", "oldText", "new_source", "text", "prompt", "description",
    "message", "query", "question", "questions", "todos", "plan", "explanation",
)  # fmt: skip
_COMMANDS = ("command", "cmd")
_PROGRAM = re.compile(r"\s*[\w./+-]{1,100}(?!\S)")
_WORD = re.compile(r"[^\s\"'`<>|;&()=:@#,{}\[\]]+")
_SHORTEST = 8  # of a variable's value: shorter ones stand in ordinary words, too
_DEEPEST = 40
_BETWEEN = "\x1f"  # the separator of units in ASCII: white space, and in no text
# Blanks end no argument of a list. After -c it is a command of its own, and an address goes on behind its user.
_REST = re.compile(
    rf"(?<![^{_BETWEEN}])(?<!-c{_BETWEEN})(?<!-lc{_BETWEEN})((?:-[A-Za-z]{{1,3}}|--?[\w-]+=|[A-Za-z_][\w.-]*=)?"
    rf"{re.escape(GONE)})(?!@)[^{_BETWEEN}]+"
)
_LONGEST = 500_000  # characters that are looked through for names of files


class Redaction:
    def __init__(
        self,
        forms: Iterable[str] = (),
        files: Iterable[str] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """``forms``: more regular expressions; ``files``: more patterns of file names. Raises re.error."""
        self._files = re.compile("|".join(fnmatch.translate(pattern.lower()) for pattern in (*_FILES, *files)))
        values = [
            re.escape(value)
            for name, value in (os.environ if environment is None else environment).items()
            if len(value) >= _SHORTEST and _is_secret(name, value)
        ]
        self._forms = re.compile("|".join([*sorted(values, key=len, reverse=True), *_FORMS, *forms]))

    def clean(self, value: Any, depth: int = 0) -> Any:
        """The value without what the list names, in texts and below names that say so."""
        if isinstance(value, str):
            return self._forms.sub(_kept_name, without_arguments(value, GONE))
        if depth > _DEEPEST:
            return GONE
        if isinstance(value, dict):
            return {
                str(self.clean(str(name))): GONE
                if isinstance(one, str | int | float) and _is_secret(str(name), str(one))
                else self.clean(one, depth + 1)
                for name, one in value.items()
            }
        if isinstance(value, list):
            return self._clean_list(value, depth + 1)
        return value

    def _clean_list(self, values: list[Any], depth: int) -> list[Any]:
        """Texts may be the arguments of one command, of which one says what the next one is."""
        texts = [str(one) for one in values if isinstance(one, str | int | float)]
        if values and len(texts) == len(values) and not any(_BETWEEN in text for text in texts):
            together = _REST.sub(r"\1", str(self.clean(_BETWEEN.join(texts)))).split(_BETWEEN)
            if len(together) == len(values):
                cleaned = zip(values, texts, together, strict=True)
                values = [value if kept == text else kept for value, text, kept in cleaned]
        return [self.clean(one, depth) for one in values]

    def is_about_secrets(self, given: Any) -> bool:
        """Whether a tool was given a file that may hold secrets, by its path or within a command."""
        return bool(self.named(given) if isinstance(given, dict) else self._secret_files(given))

    def named(self, given: dict[str, Any]) -> dict[str, str]:
        """Of a tool's input the files that may hold secrets; what else stands in it may be what is written into them.

        Of a command that is about them, the program is told, too.
        """
        found = {}
        for name, value in given.items():
            if name not in _CONTENTS and (files := self._secret_files(value)):
                is_path = isinstance(value, str) and _WORD.fullmatch(value)
                found[name] = self.outline(value) if name in _COMMANDS else value if is_path else " ".join(files)
        return found

    def outline(self, command: Any) -> str:
        """The program of a command, and the names of the files in it that may hold secrets."""
        words = " ".join(map(str, command)) if isinstance(command, list) else str(command)
        program = _PROGRAM.match(words)
        return " ".join(([program[0].strip()] if program else []) + self._secret_files(words))

    def _secret_files(self, value: Any) -> list[str]:
        """The names of the files that may hold secrets, in all texts that are no contents."""
        words = (word for text in _texts(value) for word in _WORD.findall(text[:_LONGEST]))
        return list(dict.fromkeys(name for name in map(_file_name, words) if self._is_secret_file(name.lower())))

    def _is_secret_file(self, name: str) -> bool:
        return name not in _HARMLESS_FILES and self._files.match(name) is not None


def _texts(value: Any, depth: int = 0) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict) and depth < _DEEPEST:
        inner = [one for name, one in value.items() if name not in _CONTENTS] if isinstance(value, dict) else value
        for one in inner:
            yield from _texts(one, depth + 1)


def _file_name(path: str) -> str:
    """Of a pattern of names (`.env*`), too."""
    return path.replace("\\", "/").rstrip("/*?").rpartition("/")[2]


def _is_secret(name: str, value: str) -> bool:
    if _PATH_NAME.search(name) and re.match(_FOLDER, value):
        return False  # PWD, GIT_ASKPASS
    if _SMALL_NAME.search(name) and re.fullmatch(_RANDOM, value):
        return True
    return _SECRET_NAME.search(name) is not None


def _kept_name(found: re.Match[str]) -> str:
    """A name and its separator stay; what they are set to goes."""
    head = _HEAD.match(found.string, found.start(), found.end())
    return f"{head[0] if head else ''}{GONE}"
