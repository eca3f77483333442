"""Writes the schemas of Kubernetes' objects as kubeconform wants them: one file for each kind, strict.

``python tests/deploy/kubernetes_schemas.py FOLDER swagger.json [crd.yaml …]``. The first file is of Kubernetes' own
sources, the others are CustomResourceDefinitions.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

import yaml

_EITHER = {"oneOf": [{"type": "string"}, {"type": "number"}]}
_OF_TWO_TYPES = (
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString",
    "io.k8s.apimachinery.pkg.api.resource.Quantity",
)


def strict(schema: Any) -> Any:
    """The same, without names that it does not know."""
    if isinstance(schema, list):
        return [strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("x-kubernetes-int-or-string"):
        return _EITHER
    made = {name: strict(value) for name, value in schema.items()}
    if isinstance(made.get("properties"), dict) and not schema.get("x-kubernetes-preserve-unknown-fields"):
        made.setdefault("additionalProperties", False)
    return made


def reached(definitions: dict[str, Any], name: str) -> dict[str, Any]:
    """The definitions that one of them needs."""
    found: dict[str, Any] = {}
    open_ends = {name}
    while open_ends:
        one = open_ends.pop()
        found[one] = definitions[one]
        open_ends |= set(re.findall(r'"#/definitions/([^"]+)"', json.dumps(found[one]))) - found.keys()
    return found


def place(folder: Path, group: str, version: str, kind: str) -> Path:
    """As kubeconform's {{.ResourceKind}}{{.KindSuffix}} names it."""
    return folder / "-".join(filter(None, [kind.lower(), group.partition(".")[0], f"{version}.json"]))


def main(folder: Path, swagger: Path, *resources: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    definitions = strict(json.loads(swagger.read_text())["definitions"]) | dict.fromkeys(_OF_TWO_TYPES, _EITHER)
    for name, schema in definitions.items():
        for kind in schema.get("x-kubernetes-group-version-kind", []):
            where = place(folder, kind["group"], kind["version"], kind["kind"])
            where.write_text(json.dumps({**schema, "definitions": reached(definitions, name)}))
    for path in resources:
        spec = yaml.safe_load(path.read_text())["spec"]
        for version in spec["versions"]:
            schema = strict(version["schema"]["openAPIV3Schema"])
            schema["properties"]["metadata"] = {"type": "object"}
            place(folder, spec["group"], version["name"], spec["names"]["kind"]).write_text(json.dumps(schema))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
