"""The name under which a browser keeps a file (RFC 6266)."""

import unicodedata
from urllib.parse import quote

_LONGEST = 80
_FORBIDDEN = set('\\/:*?"<>|%~')  # on some system, or in the header itself
_RFC_5987 = "!#$&+-.^_`|~"


def content_disposition(title: str, ending: str) -> str:
    """``attachment`` with the title as its file name: in ASCII for old clients, and as it is for all others."""
    name = _safe(title)
    ascii_name = _safe(unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode())
    encoded = quote(name + ending, safe=_RFC_5987)
    return f"attachment; filename=\"{ascii_name}{ending}\"; filename*=UTF-8''{encoded}"


def _safe(title: str) -> str:
    """Letters, figures and harmless punctuation, and no name that hides or that means a device."""
    kept = "".join(" " if one in _FORBIDDEN or not one.isprintable() else one for one in title)
    name = " ".join(kept.split())[:_LONGEST].strip(" .")
    return name if any(one.isalnum() for one in name) and name.partition(".")[0].lower() not in _DEVICES else "session"


_DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}
