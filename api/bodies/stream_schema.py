"""The schemas of what travels on a stream, for the OpenAPI document: clients generate their event types from them."""

from typing import Any

from flask_openapi3.models import OPENAPI3_REF_TEMPLATE
from flask_openapi3.models.schema import Schema
from pydantic import TypeAdapter

from utils.board.row import now_event
from utils.log.events import stream_event


def event_schemas() -> dict[str, Schema]:
    """``StreamEvent`` and ``NowEvent``, and all they are made of."""
    return _schemas("StreamEvent", stream_event) | _schemas("NowEvent", now_event)


def _schemas(name: str, adapter: TypeAdapter[Any]) -> dict[str, Schema]:
    schema: dict[str, Any] = adapter.json_schema(ref_template=OPENAPI3_REF_TEMPLATE, mode="serialization")
    parts = schema.pop("$defs")
    parts[name] = schema
    return {name: Schema(**part) for name, part in parts.items()}
