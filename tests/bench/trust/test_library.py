"""The same seed makes the same files and questions, another one others, and always enough of each kind."""

from collections import Counter

import pytest

from bench.trust.library import library
from bench.trust.question import Nothing


def test_the_same_seed_makes_the_same_files_and_questions() -> None:
    assert library(5) == library(5)


def test_another_seed_makes_other_files_and_questions() -> None:
    one, other = library(5), library(6)
    assert all(one[name].content != other[name].content for name in one)
    asked, others = (
        {question.text for upload in made.values() for question in upload.questions} for made in (one, other)
    )
    assert len(asked & others) < len(asked) / 2


@pytest.mark.parametrize("seed", [1, 202611, 202712])
def test_there_are_enough_of_all_kinds(seed: int) -> None:
    uploads = library(seed).values()
    questions = [question for upload in uploads for question in upload.questions]
    kinds = Counter(upload.kind for upload in uploads)
    assert len(uploads) >= 30
    assert set(kinds) == {"csv", "tsv", "xlsx", "docx", "pdf", "pptx", "eml", "odt", "rtf", "html", "md", "txt"}
    assert len({upload.notation for upload in uploads if "1" in upload.notation}) >= 8
    assert len(questions) >= 350
    assert sum(isinstance(question.right, Nothing) for question in questions) >= len(questions) / 5
    assert {question.language for question in questions} == {"en", "de", "fr"}
    assert all("{" not in question.text for question in questions)


@pytest.mark.parametrize("seed", range(3))
def test_no_file_is_asked_the_same_question_twice(seed: int) -> None:
    for upload in library(seed).values():
        texts = [question.text for question in upload.questions]
        assert len(set(texts)) == len(texts), upload.name
