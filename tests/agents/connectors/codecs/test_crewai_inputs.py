"""What each of a crew's inputs probably gets."""

from typing import Any

import pytest

from agents.connectors.codecs.crewai_inputs import crew_inputs, suggested_gets

DEFAULT: Any = {"current_message": "question", "id": "conversation"}


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({"inputs": ["topic", "audience"]}, ["topic", "audience"]),
        ({"inputs": {"topic": "string"}}, ["topic"]),
        ({"inputs": [{"name": "topic", "type": "string"}, 7, {}]}, ["topic"]),
        (["topic"], ["topic"]),
        ({"type": "object", "properties": {"topic": {"type": "string"}}, "required": ["topic"]}, ["topic"]),
        ({"inputs": {"title": "Inputs", "properties": {"topic": {"title": "Topic"}}}}, ["topic"]),
        ({"input_schema": {"properties": {"topic": {}, "audience": True}}}, ["topic", "audience"]),
        ({"inputs": {"properties": "string", "type": "string"}}, ["properties", "type"]),
        ({"inputs": [{"key": "topic"}]}, ["topic"]),
        ({"inputs": []}, []),
        ({"detail": "Not found"}, None),
        ("topic", None),
    ],
)
def test_the_names_of_the_inputs_come_in_several_shapes(body: Any, names: list[str] | None) -> None:
    assert crew_inputs(body) == names


@pytest.mark.parametrize(
    ("names", "given", "gets"),
    [
        (["id", "current_message"], DEFAULT, {"id": "conversation", "current_message": "question"}),
        (["topic", "audience"], DEFAULT, {"topic": "question", "audience": "text"}),
        (["topic", "Message"], DEFAULT, {"topic": "text", "Message": "question"}),
        (["place", "guests"], DEFAULT, {"place": "question", "guests": "text"}),
        (["session_id", "place"], DEFAULT, {"session_id": "conversation", "place": "question"}),
        (["id"], DEFAULT, {"id": "question"}),
        (["topic", "brief"], {"brief": "question"}, {"topic": "text", "brief": "question"}),
        (["company", "place"], {"company": "text"}, {"company": "text", "place": "question"}),
        (["company"], {"company": "text"}, {"company": "question"}),
        (["id", "topic"], {"topic": "question", "id": "text"}, {"topic": "question", "id": "text"}),
    ],
)
def test_what_is_given_stays_and_the_rest_is_guessed_by_its_name(
    names: list[str], given: Any, gets: dict[str, str]
) -> None:
    assert suggested_gets(names, given) == gets
    assert list(suggested_gets(names, given)) == names
