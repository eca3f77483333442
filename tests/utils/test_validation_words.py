"""What pydantic refuses, in words of the product."""

from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from utils.validation_words import validation_words, worded


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")

    word: str = Field(default="x", min_length=1, max_length=3)
    password: str = Field(default="x" * 10, min_length=10)
    letter: str = Field(default="x", max_length=1)
    place: Annotated[str, Field(pattern=worded("^[a-c]$", "must be a place"))] = "a"
    other: Annotated[str, Field(pattern="^[d-f]$")] = "d"
    count: int = Field(default=1, ge=0, le=9)
    role: Literal["member", "viewer"] = "member"
    some: list[int] = Field(default_factory=list, max_length=2)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"word": ""}, "must not be empty"),
        ({"word": "four"}, "must have at most 3 characters"),
        ({"password": "short"}, "must have at least 10 characters"),
        ({"letter": "ab"}, "must have at most 1 character"),
        ({"word": 7}, "must be text"),
        ({"place": "d"}, "must be a place"),
        ({"other": "a"}, "has a value that cannot be used here"),
        ({"count": -1}, "must be 0 or more"),
        ({"count": 10}, "must be 9 or less"),
        ({"count": "many"}, "must be a whole number"),
        ({"count": 1.5}, "must be a whole number"),
        ({"role": "root"}, "must be 'member' or 'viewer'"),
        ({"some": [1, 2, 3]}, "must have at most 2 entries"),
        ({"some": 1}, "must be a list"),
        ({"wrod": "x"}, "is not a known field"),
        ([], "must be an object"),
    ],
)
def test_what_is_wrong_is_said_in_plain_words(given: Any, words: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Body.model_validate(given)
    assert [validation_words(problem) for problem in refused.value.errors()] == [words]
