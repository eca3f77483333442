"""How a registered agent answers: what fits and what does not."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from agents.backends.kinds import KINDS
from agents.models.connection import OPENAI_ADDRESS

configuration: TypeAdapter[Any] = TypeAdapter(KINDS.configuration)
OWN = {"kind": "chat", "source": "own", "model": {"name": "m"}}


def test_what_is_left_out_is_the_servers_model() -> None:
    for kind in ("documents", "chat"):
        made = KINDS.stored_configuration(f'{{"kind": "{kind}"}}')
        assert (made.kind, made.source, made.base_url, made.own_address) == (kind, "server", None, None)
        assert made.model.model_dump() == {"name": None, "temperature": None, "max_tokens": None}


def test_its_own_server_has_an_address_and_openais_is_the_default() -> None:
    assert configuration.validate_python(OWN).own_address == OPENAI_ADDRESS
    given = configuration.validate_python(OWN | {"base_url": " http://127.0.0.1:11434/v1/ "})
    assert given.own_address == given.base_url == "http://127.0.0.1:11434/v1"
    assert configuration.validate_python(stored := given.model_dump()) == given
    assert stored["kind"] == "chat"


def test_a_time_budget_that_nobody_set_is_not_stored() -> None:
    """An older version that goes on beside this one refuses a field that it does not know."""
    for kind in KINDS:
        given = KINDS[kind].configuration.model_construct(kind=kind)
        assert "run_seconds" not in given.model_dump_json()
    given = configuration.validate_python({"kind": "chat", "run_seconds": 600})
    assert configuration.validate_json(given.model_dump_json()).run_seconds == 600


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"kind": "chat", "run_seconds": 0}, "greater than or equal to 1"),
        ({}, "kind"),
        ({"kind": "telepathy"}, "'documents', 'chat'"),
        ({"kind": "chat", "source": "none"}, "'server' or 'own'"),
        ({"kind": "chat", "api_key": "sk-secret"}, "Extra inputs"),
        ({"kind": "chat", "source": "own"}, "model.name: the source own needs"),
        ({"kind": "chat", "base_url": "https://a.b/v1"}, 'only the source "own"'),
        ({"kind": "documents", "source": "none", "base_url": "https://a.b/v1"}, 'only the source "own"'),
        (OWN | {"base_url": "ftp://a.b/v1"}, "such as https://"),
        (OWN | {"base_url": "a.b/v1"}, "such as https://"),
        (OWN | {"base_url": "https:///v1"}, "such as https://"),
        (OWN | {"base_url": "https://a.b:port/v1"}, "such as https://"),
        (OWN | {"base_url": "https://[::1/v1"}, "such as https://"),
        (OWN | {"base_url": "https://a b/v1"}, "such as https://"),
        (OWN | {"base_url": "https://user:sk-secret@a.b/v1"}, "must not have a name or a password"),
        (OWN | {"base_url": "https://sk-secret@a.b/v1"}, "give a key or a token as a secret of the agent"),
        (OWN | {"base_url": "https://a.b/v1?key=sk-secret"}, "no ? and no #"),
        (OWN | {"base_url": "https://a.b/v1#sk-secret"}, "no ? and no #"),
        (OWN | {"base_url": "https://a.b/" + "v" * 500}, "at most 500"),
        (OWN | {"model": {"name": "m", "temperature": 2.1}}, "less than or equal to 2"),
        (OWN | {"model": {"name": "m", "temperature": float("nan")}}, "finite"),
        (OWN | {"model": {"name": "m", "max_tokens": 0}}, "greater than or equal to 1"),
        (OWN | {"model": {"name": " "}}, "at least 1"),
        (OWN | {"model": {"name": "m", "top_p": 1}}, "Extra inputs"),
    ],
    ids=str,
)
def test_what_does_not_fit_is_refused_in_words_that_repeat_no_address(given: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError) as refused:
        configuration.validate_python(given)
    told = "; ".join(one["msg"] for one in refused.value.errors(include_input=False))
    assert words in told
    assert "sk-secret" not in told
