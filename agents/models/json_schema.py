"""The JSON schemas that model servers are sent."""

from typing import Any

from pydantic import BaseModel


def strict_schema(structure: type[BaseModel]) -> dict[str, Any]:
    """The JSON schema of a model as strict structured output wants it: every property required, no other allowed."""

    def tighten(node: Any) -> Any:
        if isinstance(node, list):
            return [tighten(one) for one in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node and "$defs" not in node:
            return {"$ref": node["$ref"]}
        tight = {key: tighten(value) for key, value in node.items() if key not in ("default", "title")}
        if isinstance(node.get("properties"), dict):
            tight["properties"] = {name: tighten(value) for name, value in node["properties"].items()}
            tight["required"] = list(node["properties"])
            tight["additionalProperties"] = False
        return tight

    schema: dict[str, Any] = tighten(structure.model_json_schema())
    return schema
