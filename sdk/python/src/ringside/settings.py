"""Where the server is, and with which key to send."""

import json
import os
import re
from pathlib import Path
from typing import Any

URL, KEY, SPOOL = "RINGSIDE_URL", "RINGSIDE_KEY", "RINGSIDE_SPOOL"


class Settings:
    """``url`` has no slash at its end. The key is in no representation."""

    def __init__(self, url: str, key: str, spool: Path | None = None, exit_seconds: float = 5.0) -> None:
        self.url, self.key, self.spool, self.exit_seconds = url, key, spool, exit_seconds

    def __repr__(self) -> str:
        return f"Settings(url={self.url!r}, spool={self.spool!r})"


class SettingsError(ValueError):
    """In plain words: what is missing or wrong, and what to do."""


def configuration_file() -> Path:
    """What `ringside hooks install` writes, readable for its user only: ``{"url", "key"}``."""
    base = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(base) / "ringside" / "config.json"


def configuration() -> dict[str, Any]:
    """The content of that file; empty where there is none. Raises SettingsError for one that cannot be read."""
    path = configuration_file()
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path} cannot be read ({error}). Mend or delete it.") from error
    if not isinstance(content, dict):
        raise SettingsError(
            f'{path} does not hold a JSON object such as {{"url": "…", "key": "…"}}. Mend or delete it.'
        )
    return content


def find_settings(
    url: str | None = None, key: str | None = None, spool: str | Path | None = None, exit_seconds: float = 5.0
) -> Settings:
    """What is given, else the environment, else the user's configuration file. Raises SettingsError."""
    url, key = url or os.environ.get(URL), key or os.environ.get(KEY)
    if not (url and key):
        # A key belongs to an address: both are of the file unless the file's address is the one that is asked for.
        kept = configuration()
        if url in (None, "", kept.get("url")):
            url, key = url or kept.get("url"), key or kept.get("key")
    if not url or not key:
        missing = "address" if not url else "API key"
        raise SettingsError(
            f"The server's {missing} is missing. Call ringside.init(url=…, key=…), or set {URL} and {KEY}."
        )
    if not re.match(r"https?://[^\s/]+\S*$", str(url).strip()):
        raise SettingsError(f"{url!r} is not the address of a server. It must look like https://ringside.example.org.")
    if not (isinstance(key, str) and key.isascii() and key.isprintable() and " " not in key.strip()):
        raise SettingsError("The API key has characters that no key has. Copy it again, whole and without line breaks.")
    found = spool or os.environ.get(SPOOL)
    return Settings(
        str(url).strip().rstrip("/"), key.strip(), Path(found).expanduser() if found else None, exit_seconds
    )
