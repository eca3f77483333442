"""The JSON of requests: what Flask reads, without text that nothing can store."""

import json
from typing import Any

from flask import Flask
from flask.json.provider import DefaultJSONProvider

from api.errors import ApiError


def register_json(app: Flask) -> None:
    app.json = _Json(app)


class _Json(DefaultJSONProvider):
    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Raises ApiError for half a character: an escape such as ``\\ud83d`` without the one that completes it.

        JSON allows it, Unicode does not (RFC 8259, 8.2), and no database or client takes it.
        """
        found = super().loads(s, **kwargs)
        if (b"\\ud" if isinstance(s, bytes) else "\\ud") in s.lower():  # type: ignore[operator]
            try:
                json.dumps(found, ensure_ascii=False).encode()
            except UnicodeEncodeError:
                raise ApiError(
                    400,
                    "invalid_request",
                    "Please correct the request: its text contains half a character (a lone surrogate such as "
                    "\\ud83d). Text that is cut into pieces must be cut between characters.",
                ) from None
        return found
