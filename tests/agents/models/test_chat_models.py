"""The models of this process: shared by the runs of an agent, closed when they are not used any more."""

from dataclasses import replace

import pytest

from agents.models import chat_models
from agents.models.chat_models import ChatModels, ModelChoice
from agents.models.llm import ChatModel

pytestmark = pytest.mark.anyio
CHOICE = ModelChoice(agent_key=1, owner="agent", address="http://here/v1", name="tiny", api_key=None)


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    names: list[str] = []

    async def close(model: ChatModel) -> None:
        names.append(model.name)

    monkeypatch.setattr(ChatModel, "close", close)
    return names


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_runs_of_an_agent_share_its_model_also_one_after_the_other(closed: list[str]) -> None:
    models = ChatModels(5, 4096)
    async with models.chosen(CHOICE) as first, models.chosen(CHOICE) as second:
        assert first is second is not None
        assert first.name == "tiny"
    async with models.chosen(CHOICE) as third:
        assert third is first
    assert closed == []
    await models.close()
    assert closed == ["tiny"]


async def test_two_agents_share_none(closed: list[str]) -> None:
    models = ChatModels(5, 4096)
    async with models.chosen(CHOICE) as one, models.chosen(replace(CHOICE, agent_key=2)) as other:
        assert one is not other


async def test_extraction_needs_none(closed: list[str]) -> None:
    async with ChatModels(5, 4096).chosen(None) as none:
        assert none is None


async def test_a_changed_agent_gets_another_model_and_the_former_is_closed_after_its_last_run(
    closed: list[str],
) -> None:
    models = ChatModels(5, 4096)
    async with models.chosen(CHOICE) as former:
        async with models.chosen(replace(CHOICE, name="new")) as new:
            assert new is not former
            assert closed == []
        async with models.chosen(replace(CHOICE, name="new")) as again:
            assert again is new
    assert closed == ["tiny"]
    async with models.chosen(replace(CHOICE, name="newest")):
        assert closed == ["tiny", "new"]
    await models.close()
    assert closed == ["tiny", "new", "newest"]


async def test_of_many_only_the_last_used_are_kept_and_none_in_use_is_closed(
    closed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat_models, "_MOST", 2)
    models = ChatModels(5, 4096)
    a, b, c, d = (replace(CHOICE, agent_key=number, name=name) for number, name in enumerate("abcd"))
    async with models.chosen(a):
        async with models.chosen(b):
            pass
        async with models.chosen(c):
            assert closed == ["b"]
        async with models.chosen(d):
            assert closed == ["b", "c"]
    async with models.chosen(d):
        assert closed == ["b", "c"]
    async with models.chosen(b):
        assert closed == ["b", "c", "a"]
