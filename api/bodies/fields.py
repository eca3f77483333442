"""Types of fields that several bodies share."""

import json
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints

from utils.accounts.passwords import LONGEST, SHORTEST
from utils.mail.mail_server import is_deliverable
from utils.sessions.plain_line import plain_line
from utils.validation_words import worded

_EMAIL = worded(r"^\s*[^@\s]+@[^@\s]+\s*$", "must be an e-mail address")


def _without_brackets(name: str) -> str:
    """Ringside writes people as Name <address>, and nobody is to be called like that themselves."""
    if "<" in name or ">" in name:
        raise ValueError("must be a name without < and >")
    return name


def _deliverable(address: str) -> str:
    if not is_deliverable(address):
        raise ValueError("must be an address that mail can be sent to")
    return address


Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(plain_line)
]
PersonName = Annotated[Name, AfterValidator(_without_brackets)]
Email = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=254, pattern=_EMAIL), AfterValidator(_deliverable)
]
# What people type is not cut or trimmed.
Password = Annotated[str, StringConstraints(min_length=SHORTEST, max_length=LONGEST)]
Token = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
MAX_METADATA_BYTES = 16 * 1024


def _small(metadata: dict[str, Any]) -> dict[str, Any]:
    if len(json.dumps(metadata, ensure_ascii=False).encode()) > MAX_METADATA_BYTES:
        raise ValueError(f"must have at most {MAX_METADATA_BYTES // 1024} KiB as JSON")
    return metadata


Metadata = Annotated[dict[str, Any], AfterValidator(_small)]
ValidHours = Annotated[int, Field(ge=1, le=24 * 365, description="How long it works.")]
