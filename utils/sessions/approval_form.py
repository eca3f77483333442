"""The form of an approval: a JSON schema (draft 2020-12) of the object that whoever decides fills in.

The schema comes from a program and is worked with in a web worker. So it may not refer to other schemas, which a few
lines could make take for ever, and its patterns are matched in a time that grows with the text alone.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema_rs import Draft202012Validator, RegexOptions, ValidationError

MAX_FORM_BYTES = 16 * 1024
MAX_VALUES_BYTES = 64 * 1024
_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
_MOST_PROBLEMS = 10
_TYPES = {
    "string": "text", "number": "a number", "integer": "a whole number", "boolean": "true or false",
    "object": "an object", "array": "a list", "null": "empty",
}  # fmt: skip


def check_form(form: Mapping[str, Any]) -> None:
    """Raises ValueError, in plain words, for what is no schema of an object."""
    if size_of(form) > MAX_FORM_BYTES:
        raise ValueError(f"must have at most {MAX_FORM_BYTES // 1024} KiB as JSON")
    if form.get("type") != "object":
        raise ValueError('must be the JSON schema of an object, with "type": "object"')
    if any(name in _REFERENCES for name in _names(form)):
        raise ValueError("must not refer to other schemas: put them where they are used")
    try:
        _validator(form)
    except (ValidationError, ValueError) as error:
        said = error.message if isinstance(error, ValidationError) else str(error)
        raise ValueError(f"is not a JSON schema: {said}") from error


def check_values(form: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Raises ValueError for values that do not fit the form; its words name the fields."""
    if size_of(values) > MAX_VALUES_BYTES:
        raise ValueError(f"values: must have at most {MAX_VALUES_BYTES // 1024} KiB as JSON")
    problems = [_words(error) for error in _validator(form).iter_errors(dict(values))]
    if problems:
        raise ValueError("; ".join(dict.fromkeys(problems[:_MOST_PROBLEMS])))


def size_of(value: Any) -> int:
    """How many bytes it has as JSON. Raises ValueError for a text that is none: half of a character."""
    try:
        return len(json.dumps(value, ensure_ascii=False).encode())
    except UnicodeEncodeError as error:
        raise ValueError("must be text without half characters") from error


def _validator(form: Mapping[str, Any]) -> Draft202012Validator:
    return Draft202012Validator(dict(form), offline=True, pattern_options=RegexOptions())


def _names(value: Any) -> Iterator[str]:
    """Of the members of all objects in it."""
    if isinstance(value, dict):
        yield from value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _names(part)


def _words(error: ValidationError) -> str:
    said: dict[str, Any] = error.kind.as_dict()
    path = [str(part) for part in error.instance_path]
    match error.kind.name:
        case "required":
            path.append(said["property"])
            words = "is missing"
        case "additionalProperties" | "unevaluatedProperties":
            path += [", ".join(said["unexpected"])]
            words = "is not in the form"
        case "type":
            words = f"must be {' or '.join(_TYPES.get(one, one) for one in said['types'])}"
        case "enum" | "const":
            options = said["options"] if "options" in said else [said["expected_value"]]
            words = f"must be {' or '.join(_quoted(one) for one in options)}"
        case "minLength" | "minItems":
            words = "must not be empty" if said["limit"] == 1 else f"must have at least {_counted(error, said)}"
        case "maxLength" | "maxItems":
            words = f"must have at most {_counted(error, said)}"
        case "minimum":
            words = f"must be {said['limit']} or more"
        case "maximum":
            words = f"must be {said['limit']} or less"
        case "exclusiveMinimum":
            words = f"must be more than {said['limit']}"
        case "exclusiveMaximum":
            words = f"must be less than {said['limit']}"
        case _:
            words = "has a value that the form does not take"
    return f"{'.'.join(['values', *path])}: {words}"


def _counted(error: ValidationError, said: Mapping[str, Any]) -> str:
    one, more = ("character", "characters") if error.kind.name.endswith("Length") else ("entry", "entries")
    return f"{said['limit']} {one if said['limit'] == 1 else more}"


def _quoted(value: Any) -> str:
    return f"“{value}”" if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
