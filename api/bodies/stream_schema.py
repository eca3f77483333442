"""The schemas of what travels on a stream, for the OpenAPI document: clients generate their event types from them."""

from typing import Any

from flask_openapi3.models import OPENAPI3_REF_TEMPLATE
from flask_openapi3.models.schema import Schema

from utils.log.events import stream_event


def event_schemas() -> dict[str, Schema]:
    """``StreamEvent`` and all it is made of."""
    schema: dict[str, Any] = stream_event.json_schema(ref_template=OPENAPI3_REF_TEMPLATE, mode="serialization")
    parts = schema.pop("$defs")
    parts["StreamEvent"] = schema
    return {name: Schema(**part) for name, part in parts.items()}
