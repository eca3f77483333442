"""Lines of the audit trail as a file: CSV for people, JSON Lines for programs, which can verify the chain with it."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from api.exports.csv_table import csv_head, csv_line
from utils.accounts.audit import AuditRecord
from utils.database.moment import to_ms

_COLUMNS = ("seq", "at", "action", "actor", "subject", "address", "request_id", "hash")


def audit_csv(lines: Iterable[AuditRecord]) -> Iterator[bytes]:
    yield csv_head(_COLUMNS)
    for line in lines:
        yield csv_line(_shown(line, column) for column in _COLUMNS)


def audit_json_lines(lines: Iterable[AuditRecord]) -> Iterator[bytes]:
    for line in lines:
        yield json.dumps(audit_object(line), ensure_ascii=False).encode() + b"\n"


def audit_object(line: AuditRecord) -> dict[str, Any]:
    """With ``at_ms``: the moment as it is chained."""
    told = {name: _shown(line, name) for name in (*_COLUMNS, "salt", "sealed", "attests")}
    return told | {"at_ms": to_ms(line.at)}


def _shown(line: AuditRecord, name: str) -> Any:
    return line.at.isoformat(timespec="milliseconds") if name == "at" else getattr(line, name)
