"""JSON as models write it."""

import pytest
from pydantic import BaseModel, ConfigDict, ValidationError

from agents.models.json_reading import objects_in, read_structure


class Colour(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    parts: list["Colour"] = []


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "red"}',
        'Here you are:\n```json\n{"name": "red"}\n```\nGood luck {smile}',
        '```\n{"name": "red"}\n```\nNot {"name": "blue"}.',
        'As {in words} and {"draft": 1}: {"name": "red"}',
        'First {"name": "blue"}, on second thoughts {"name": "red"}.',
        'A 5" pipe and it\'s {"name": "red"}',
        'Use { to begin. {"name": "red"}',
        '{"name": "red",}',
        "{'name': 'red', /* no */ parts: [],}",
        '{"name": "red", "parts": []}\n{"name": "cut o',
        '"{\\"name\\": \\"red\\"}"',
    ],
)
def test_the_object_that_fits_is_found(text: str) -> None:
    assert read_structure(text, Colour).name == "red"


def test_texts_are_kept_with_what_strict_json_does_not_allow() -> None:
    assert read_structure('{"name": "two\nlines \\ud83d\\ude00 \\udcaf"}', Colour).name == "two\nlines 😀 \ufffd"


@pytest.mark.parametrize("text", ["", "red", '{"name": 7}', '{"name": "red", "parts": [{"name": "blue"}', "[]", "{{{"])
def test_nothing_is_made_up(text: str) -> None:
    with pytest.raises(ValidationError):
        read_structure(text, Colour)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("{" * 200_000, 0),
        ('{"a":' * 100_000, 0),
        ("{}" * 100_000, 50),
        ('"' * 200_000, 0),
        ("{[" * 100_000, 0),
        ('{"a": "' + '\\"' * 400_000, 0),
        ('{"a": "' + '\\"' * 400_000 + "\\", 0),
        ("{'a': 'one \"', b: [" + '"",' * 200_000 + "]}", 1),
    ],
    ids=lambda value: str(value)[:12],
)
def test_long_nonsense_is_read_once(text: str, found: int) -> None:
    assert len(objects_in(text)) == found


def test_a_quotation_mark_that_is_not_closed_is_a_letter() -> None:
    assert objects_in("{'size': '5\" pipe'}") == [{"size": '5" pipe'}]
