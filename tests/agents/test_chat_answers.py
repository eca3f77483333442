"""The agent that answers from the conversation alone, spoken to over real HTTP."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from agents.errors import AgentError
from agents.models import llm
from agents.models.llm import ChatModel
from agents.telling.steps import Record, StepRecord
from agents.text.answer_state import Turn
from tests.agents.conftest import Ask
from tests.model_server import Half, ModelServer, Silence, Status, Text

pytestmark = [pytest.mark.anyio, pytest.mark.any_database]
QUESTION = "Why do ferries float?"


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.fixture
async def model(server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ChatModel]:
    monkeypatch.setattr(llm, "_FIRST_WAIT", 0.01)
    model = ChatModel(api_key="sk-secret-123", model="scripted", base_url=server.url, timeout_seconds=5)
    yield model
    await model.close()


async def test_it_answers_as_it_writes_under_its_own_name(ask: Ask, model: ChatModel, server: ModelServer) -> None:
    server.answer("text", Text("They are lighter than the water they push away.", piece=9))
    answered = await ask(QUESTION, model=model, chat=True, agent_name="Skipper")
    assert (answered.answer, answered.citations) == ("They are lighter than the water they push away.", [])
    assert "".join(text.delta for text in answered.texts) == answered.answer
    assert len(answered.texts) > 4
    assert (answered.texts[-1].final, answered.texts[-1].citations) == (True, ())
    assert {text.agent for text in answered.texts} == {step.agent for step in answered.steps} == {"Skipper"}
    assert answered.actions() == ["Write", "Write the answer"]
    called = next(step for step in answered.steps if step.kind == "model" and step.status == "completed")
    assert called.usage is not None
    assert (called.usage.input_tokens, called.usage.output_tokens) == (120, 30)
    assert [phase.progress for phase in answered.phases] == [0.2, 1.0]


async def test_it_is_told_the_conversation_and_a_sensible_instruction(
    ask: Ask, model: ChatModel, server: ModelServer
) -> None:
    history: list[Turn] = [
        {"role": "user", "content": "What is a ferry?"}, {"role": "assistant", "content": "A ship [1] that carries."},
    ]  # fmt: skip
    server.answer("text", Text("Because."))
    await ask("And why does it float?", history, model=model, chat=True)
    system, *said = server.requests[0]["messages"]
    assert system["role"] == "system"
    assert "no documents" in system["content"]
    assert said == [
        {"role": "user", "content": "What is a ferry?"}, {"role": "assistant", "content": "A ship that carries."},
        {"role": "user", "content": "And why does it float?"},
    ]  # fmt: skip


async def test_registered_instructions_take_its_place_and_are_shown_to_nobody_who_watches(
    ask: Ask, model: ChatModel, server: ModelServer
) -> None:
    server.answer("text", Text("Arr."))
    answered = await ask(QUESTION, model=model, chat=True, instructions="Speak as a pirate.")
    assert server.requests[0]["messages"][0] == {"role": "system", "content": "Speak as a pirate."}
    assert "pirate" not in str(answered.records)
    assert QUESTION in str([step.input for step in answered.steps])


async def test_an_answer_that_broke_off_is_begun_again(ask: Ask, model: ChatModel, server: ModelServer) -> None:
    server.answer("text", Half("They are"), Text("They are light."))
    answered = await ask(QUESTION, model=model, chat=True)
    assert answered.answer == "They are light."
    assert {text.replaces for text in answered.texts if text.key == "draft-1-again"} == {"draft-1"}


async def test_a_model_that_refuses_fails_the_run_at_its_step(ask: Ask, model: ChatModel, server: ModelServer) -> None:
    server.answer("text", Status(401))
    records: list[Record] = []
    with pytest.raises(AgentError) as failed:
        await ask(QUESTION, model=model, chat=True, records=records)
    assert failed.value.code == "model_unauthorised"
    told = [record for record in records if isinstance(record, StepRecord) and record.status == "failed"]
    assert [record.action for record in told] == ["Write", "Write the answer"]
    assert "sk-secret-123" not in str(records)


async def test_a_stop_takes_effect_while_the_model_is_silent(ask: Ask, model: ChatModel, server: ModelServer) -> None:
    server.answer("text", Silence("They"))
    run = asyncio.ensure_future(ask(QUESTION, model=model, chat=True))
    assert await asyncio.to_thread(server.called.wait, 5)
    run.cancel()
    async with asyncio.timeout(1):
        with pytest.raises(asyncio.CancelledError):
            await run
    assert await asyncio.to_thread(server.gone.wait, 2)


async def test_a_conversation_that_is_too_long_is_shortened_from_its_beginning(
    ask: Ask, model: ChatModel, server: ModelServer
) -> None:
    history: list[Turn] = [{"role": "user", "content": f"Message {n}."} for n in range(8)]
    full = Status(400, code="context_length_exceeded")
    server.answer("text", full, full, Text("Because."))
    answered = await ask(QUESTION, history, model=model, chat=True)
    assert answered.answer == "Because."
    assert [[one["content"] for one in request["messages"][1:]] for request in server.requests[1:]] == [
        ["Message 6.", "Message 7.", QUESTION], [QUESTION],
    ]  # fmt: skip
    server.answer("text", full)
    with pytest.raises(AgentError) as failed:
        await ask(QUESTION, model=model, chat=True)
    assert (failed.value.code, len(server.requests)) == ("model_too_long", 4)


async def test_what_the_model_thinks_is_no_part_of_the_answer(ask: Ask, model: ChatModel, server: ModelServer) -> None:
    server.answer("text", Text("<think>Hm.</think>They are light."))
    answered = await ask(QUESTION, model=model, chat=True)
    assert answered.answer == "They are light."
    assert "".join(text.delta for text in answered.texts if text.channel == "reasoning") == "Hm."
