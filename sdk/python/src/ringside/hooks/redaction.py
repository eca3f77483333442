"""What is taken out before anything leaves this machine: keys, tokens, passwords, and the content of secret files.

A list of forms finds what looks like a secret; it cannot find a secret that looks like nothing. So the values of
environment variables with telling names are taken out wherever they stand, too.
"""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Iterable, Mapping
from typing import Any

GONE = "[redacted]"
HIDDEN = "[not shown: this file may hold secrets]"
_NAMES = (
    r"(?:api[_-]?key|access[_-]?key|private[_-]?key|secret(?:[_-]?key)?|client[_-]?secret|token|password|passwd|passphrase"
    r"|credentials?|authorization|cookie)"
)
_SECRET_NAME = re.compile(rf"(?:^|[_.-]|(?<=[a-z])(?=[A-Z])){_NAMES}$", re.IGNORECASE)
_FORMS = (
    r"sk-[A-Za-z0-9_-]{16,}",  # OpenAI, Anthropic and others
    r"(?:ghp|gho|ghu|ghs|ghr)_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}",
    r"xox[abeprs]-[A-Za-z0-9-]{10,}",
    r"(?:AKIA|ASIA)[A-Z0-9]{16}",
    r"AIza[\w-]{30,}",
    r"(?:ringside|npm|hf|pypi|dop_v1|sk_live|rk_live|sk_test)[_-][A-Za-z0-9_-]{16,}",
    r"eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}",  # JSON web tokens
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)",
    r"(?<=://)[^\s/:@]+:[^\s/@]+(?=@)",  # user and password of an address
    r"(?i:(?<=bearer )|(?<=basic ))[\w.~+/=-]{12,}",
    # A name that says so, and what it is set to: in a shell, a settings file, JSON, a header.
    rf"""(?i:(?:\b|_|(?<=-)){_NAMES}["']?\s*[:=]\s*)(?:"[^"\n]+"|'[^'\n]+'|[^\s"',;&]+)""",
)
_FILES = (
    ".env", ".env.*", "?*.pem", "?*.key", "?*.p12", "?*.pfx", "?*.keystore", "id_rsa*", "id_ed25519*", "id_ecdsa*",
    ".netrc", ".npmrc", ".pypirc", ".pgpass", ".htpasswd", "credentials", "credentials.*", "secrets.*", "?*.tfstate",
)  # fmt: skip
_HARMLESS_FILES = (".env.example", ".env.sample", ".env.template")
_PATHS = ("file_path", "path", "paths", "notebook_path", "command", "cmd", "glob", "pattern", "uri")  # of tools' inputs
_WORD = re.compile(r"[^\s\"'`<>|;&()=]+")
_SHORTEST = 8  # of a variable's value: shorter ones stand in ordinary words, too
_DEEPEST = 40


class Redaction:
    def __init__(
        self,
        forms: Iterable[str] = (),
        files: Iterable[str] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """``forms``: more regular expressions; ``files``: more patterns of file names. Raises re.error."""
        self._files = (*_FILES, *files)
        values = [
            re.escape(value)
            for name, value in (os.environ if environment is None else environment).items()
            if len(value) >= _SHORTEST and _SECRET_NAME.search(name)
        ]
        self._forms = re.compile("|".join([*sorted(values, key=len, reverse=True), *_FORMS, *forms]))

    def clean(self, value: Any, depth: int = 0) -> Any:
        """The value without what the list names, in texts and below names that say so."""
        if isinstance(value, str):
            return self._forms.sub(_kept_name, value)
        if depth > _DEEPEST:
            return GONE
        if isinstance(value, dict):
            return {
                self._forms.sub(_kept_name, str(name)): GONE
                if isinstance(one, str | int | float) and _SECRET_NAME.search(str(name))
                else self.clean(one, depth + 1)
                for name, one in value.items()
            }
        if isinstance(value, list):
            return [self.clean(one, depth + 1) for one in value]
        return value

    def is_about_secrets(self, given: Any) -> bool:
        """Whether a tool was given a file that may hold secrets, by its path or within a command."""
        if not isinstance(given, dict):
            return self._names_secret_file(given)
        return any(self._names_secret_file(given.get(name)) for name in _PATHS)

    def _names_secret_file(self, value: Any) -> bool:
        if isinstance(value, list):
            return any(map(self._names_secret_file, value))
        return isinstance(value, str) and any(map(self._is_secret_file, _WORD.findall(value[:20_000])))

    def _is_secret_file(self, path: str) -> bool:
        name = path.replace("\\", "/").rstrip("/").rpartition("/")[2].lower()
        if name in _HARMLESS_FILES:
            return False
        return any(fnmatch.fnmatchcase(name, pattern.lower()) for pattern in self._files)


def _kept_name(found: re.Match[str]) -> str:
    """A name and its separator stay; what they are set to goes."""
    head = re.match(rf"(?i)_?{_NAMES}[\"']?\s*[:=]\s*", found[0])
    return f"{head[0] if head else ''}{GONE}"
