"""Tries a model server with one short question, in a child process: ``python -m agents.models.trial``.

Whoever asks is a web worker, which shall neither load the libraries that talk to models nor wait for long.
Request: the fields of a ModelChoice, with ``timeout``. Line of the answer: ``{"answered": true}``.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from agents.errors import AgentError
from agents.models.chat_models import ModelChoice
from agents.models.llm import ChatModel
from agents.sandbox.confinement import serve
from agents.telling.steps import step

_QUESTION = "This is a test of the connection. Answer with one word: ready"
_SECONDS = 30.0
_NO_KEY = "none"  # the SDK insists on one


async def try_model(choice: ModelChoice, timeout_seconds: float) -> None:
    """Raises AgentError that says in plain words why the model does not answer, without key or words of the server."""
    from agents.sandbox.child_process import run_child  # not in the child

    request = {
        "agent_key": choice.agent_key,
        "owner": choice.owner,
        "address": choice.address,
        "name": choice.name,
        "api_key": choice.api_key.get_secret_value() if choice.api_key is not None else _NO_KEY,
        "temperature": choice.temperature,
        "max_tokens": choice.max_tokens,
        "timeout": min(timeout_seconds, _SECONDS / 2),
    }
    try:
        await run_child(
            "agents.models.trial", request, on_line=lambda _: None, seconds=_SECONDS, whole_environment=True
        )
    except AgentError as error:
        if error.code == "took_too_long":
            words = f"The model server had not finished one word after {_SECONDS:.0f} seconds. It may be overloaded."
            raise AgentError("model_too_slow", words) from None
        raise


def _answer(request: dict[str, Any], tell: Callable[[dict[str, Any]], None]) -> None:
    asyncio.run(_ask(request))
    tell({"answered": True})


async def _ask(request: dict[str, Any]) -> None:
    model = ChatModel(
        api_key=request["api_key"],
        model=request["name"],
        base_url=request["address"],
        timeout_seconds=request["timeout"],
        retries=0,
        owner=request["owner"],
        temperature=request["temperature"],
        max_tokens=request["max_tokens"],
    )
    try:
        with step("Test the connection", agent="Test", key="test"):
            await model.text("Answer", [{"role": "user", "content": _QUESTION}], lambda _: None)
    finally:
        await model.close()


if __name__ == "__main__":
    serve(_answer)
