"""Whatever is wrong with a request is said in words of the product, for every field of every request."""

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from api import app  # noqa: F401  every body is known once the application is
from api.bodies.base import RequestBody
from api.bodies.parameters import QueryModel
from utils.validation_words import _OTHER, validation_words

WRONG: list[Any] = [
    None, 7, -1, 0, 10**18, 1.5, float("inf"), True, "", "x" * 100_000, "a\nb", "<script>", "\ud83d", [], [7],
    ["x"] * 5000, {}, {"x": 1}, {"kind": "none"}, {"kind": "chat", "source": "none", "model": {"temperature": 9}},
    [{"type": "none"}], [{}], [{"type": "agentActivity", "session_id": "/", "time": "soon", "progress": 7}],
]  # fmt: skip


def every(kind: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for one in kind.__subclasses__():
        yield one
        yield from every(one)


def problems(body: type[BaseModel]) -> Iterator[Any]:
    for given in [None, [], {}, "x", *({name: wrong} for name in body.model_fields for wrong in WRONG), {"unknown": 1}]:
        try:
            body.model_validate(given)
        except ValidationError as error:
            yield from error.errors()


@pytest.mark.parametrize("body", sorted({*every(RequestBody), *every(QueryModel)}, key=lambda one: one.__name__))
def test_no_words_of_the_validator_are_left(body: type[BaseModel]) -> None:
    for problem in problems(body):
        words = validation_words(problem)
        assert words != _OTHER, f"{body.__name__}: {problem}"
        assert words not in problem["msg"] or problem["type"] == "value_error", words
        for left in ("nput should", "tring should", "{", "Value error", "Extra inputs", "field required", "; "):
            assert left not in words, words
