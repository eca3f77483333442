"""A call of a tool, as the server is asked about it."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from ringside.values import text_of, whole_json_of

_MOST_INPUT = 100_000  # characters of its JSON


def call_of(tool: str, input: Any, id: str, agent: str, run: str | None, parent: str | None) -> dict[str, Any]:
    """The body of the request."""
    given = {
        "tool": " ".join(text_of(tool, 200).split()) or "tool", "input": _shown(input), "call_id": id,
        "agent_name": text_of(agent, 200) or "Program", "run_id": run, "parent_id": parent,
    }  # fmt: skip
    return {name: value for name, value in given.items() if value is not None}


def _shown(input: Any) -> Any:
    """What people see of the input. Of very much, the beginning and a digest: another input is another call."""
    text = whole_json_of(input)
    if len(text) <= _MOST_INPUT:
        return json.loads(text)
    digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
    return {"beginning": text[:20_000], "characters": len(text), "sha256": digest}
