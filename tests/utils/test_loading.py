"""While code is loaded nothing looks for garbage; what has been loaded is not looked through again."""

import gc
from collections.abc import Iterator

import pytest

from utils.loading import code_is_loaded


class _Loaded:
    pass


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    gc.enable()


def test_there_is_no_collection_meanwhile_and_there_are_afterwards() -> None:
    with code_is_loaded():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_what_was_loaded_is_not_looked_through_again() -> None:
    with code_is_loaded():
        loaded = _Loaded()
    assert not any(one is loaded for one in gc.get_objects())


def test_code_that_cannot_be_loaded_leaves_the_collections_on() -> None:
    with pytest.raises(ImportError), code_is_loaded():
        raise ImportError
    assert gc.isenabled()
