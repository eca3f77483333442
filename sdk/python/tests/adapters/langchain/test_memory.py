"""What the handler knows of a run is forgotten with its end."""

from typing import Any
from uuid import uuid4

import pytest
from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration, LLMResult

import ringside
from ringside.langchain import RingsideCallbackHandler

ANSWER = LLMResult(generations=[[ChatGeneration(message=AIMessage("word"))]])


@pytest.mark.parametrize("end", ["well", "badly", "model alone"])
def test_what_was_said_is_forgotten_however_a_run_ends(end: str) -> None:
    handler = RingsideCallbackHandler(client=ringside.Client())
    root, model = uuid4(), uuid4()
    inside: dict[str, Any] = {} if end == "model alone" else {"parent_run_id": root}
    if inside:
        handler.on_chain_start(None, {"input": "What?"}, run_id=root)
    handler.on_chat_model_start(None, [[]], run_id=model, **inside)
    handler.on_llm_new_token("word", run_id=model)
    handler.on_llm_end(ANSWER, run_id=model)
    if inside:
        assert list(handler._said.values()) == ["word"]
    if end == "well":
        handler.on_chain_end({"output": "word"}, run_id=root)
    elif end == "badly":
        handler.on_chain_error(ValueError("no"), run_id=root)
    assert handler._said == {}


def test_nothing_is_kept_for_a_run_of_the_program() -> None:
    client = ringside.Client()
    handler = RingsideCallbackHandler(client=client)
    with client.session("mine").run("Work"):
        model = uuid4()
        handler.on_chat_model_start(None, [[]], run_id=model)
        handler.on_llm_new_token("word", run_id=model)
        handler.on_llm_end(ANSWER, run_id=model)
    assert handler._said == {}
