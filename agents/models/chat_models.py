"""The models that this process talks to: one for each agent, with connections that its runs share."""

from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from pydantic import SecretStr

from agents.models.llm import ChatModel
from agents.models.llm_errors import Owner

_MOST = 32
_NO_KEY = "none"  # what a server that wants no key is sent: the SDK insists on one


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """A model, where it is, and how it shall write. ``address`` None: OpenAI's own."""

    agent_key: int | None
    owner: Owner
    address: str | None
    name: str
    api_key: SecretStr | None
    temperature: float | None = None
    max_tokens: int | None = None


@dataclass(slots=True)
class _Kept:
    choice: ModelChoice
    model: ChatModel
    runs: int = 0  # that use it now
    replaced: bool = False


class ChatModels:
    """Not for several threads: part of the event loop that the runs are in."""

    def __init__(self, timeout_seconds: float, plan_tokens: int) -> None:
        self._timeout = timeout_seconds
        self._plan_tokens = plan_tokens
        self._kept: OrderedDict[int | None, _Kept] = OrderedDict()  # by agent, that of the last use last

    @asynccontextmanager
    async def chosen(self, choice: ModelChoice | None) -> AsyncIterator[ChatModel | None]:
        """The model for the time of a run. What was chosen for its agent before is closed when its last run ends."""
        if choice is None:
            yield None
            return
        before = self._kept.pop(choice.agent_key, None)
        kept = before if before is not None and before.choice == choice else _Kept(choice, self._made(choice))
        self._kept[choice.agent_key] = kept
        kept.runs += 1
        try:
            if before is not None and before is not kept:
                before.replaced = True
                await _close_unused(before)
            await self._let_go()
            yield kept.model
        finally:
            kept.runs -= 1
            if kept.replaced:
                await _close_unused(kept)

    async def close(self) -> None:
        while self._kept:
            _, kept = self._kept.popitem()
            await kept.model.close()

    async def _let_go(self) -> None:
        """Close the models that were not used for the longest time, where there are many."""
        for key in [key for key, kept in self._kept.items() if not kept.runs][: max(0, len(self._kept) - _MOST)]:
            await self._kept.pop(key).model.close()

    def _made(self, choice: ModelChoice) -> ChatModel:
        return ChatModel(
            api_key=choice.api_key.get_secret_value() if choice.api_key is not None else _NO_KEY,
            model=choice.name,
            base_url=choice.address,
            timeout_seconds=self._timeout,
            owner=choice.owner,
            temperature=choice.temperature,
            max_tokens=choice.max_tokens,
            plan_tokens=self._plan_tokens,
        )


async def _close_unused(kept: _Kept) -> None:
    if not kept.runs:
        await kept.model.close()
