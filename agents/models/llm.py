"""The only place that talks to a model: chat completions of any OpenAI-compatible server, always streamed.

Every call is a step of kind *model* with its token usage. The SDK's silent retries are off; ours are told in the step.
"""

import asyncio
import importlib
import json
import random
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from agents.errors import AgentError
from agents.models import llm_errors
from agents.models.json_schema import json_in, strict_schema
from agents.models.llm_errors import ModelCallError, Owner
from agents.telling.steps import Step, step
from utils.log.events import Usage

if TYPE_CHECKING:
    import httpx2
    from openai import AsyncOpenAI

Message = dict[str, Any]
Structure = TypeVar("Structure", bound=BaseModel)

OPENAI_ADDRESS = "https://api.openai.com/v1"
_CONNECT_SECONDS = 10.0
_FIRST_WAIT = 1.0
# What a server may send in one reply, and for how long: it could go on for ever.
_LONGEST_CALL_SECONDS = 15 * 60.0
_MOST_TEXT = 1_000_000  # characters
_MOST_CALLS = 64
_MOST_ARGUMENTS = 100_000  # characters of one tool call
_WITH_USAGE = {"stream_options": {"include_usage": True}}
_SENT = {"host", "accept", "accept-encoding", "connection", "content-type", "content-length", "user-agent"}
_NO_SCHEMA = "Answer with one JSON object and nothing else. It must fit this JSON schema:\n"


@dataclass(frozen=True, slots=True)
class Tool:
    """A function the model may call; ``arguments`` is the pydantic model of what it takes."""

    name: str
    description: str
    arguments: type[BaseModel]

    def described(self) -> dict[str, Any]:
        return {"name": self.name, "description": self.description, "parameters": self.arguments.model_json_schema()}


@dataclass(slots=True)
class ToolCall:
    id: str
    name: str
    arguments: str  # JSON as the model wrote it: to be checked.


@dataclass(slots=True)
class Reply:
    """What a model said."""

    text: str = ""
    tool_calls: list[ToolCall] = field(default_factory=list)
    finish: str | None = None
    usage: Usage | None = None
    begun: bool = False  # The server has accepted the request and streams.

    def as_message(self) -> Message:
        """The reply as a message of the conversation that goes on."""
        calls = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in self.tool_calls
        ]
        return {"role": "assistant", "content": self.text or None} | ({"tool_calls": calls} if calls else {})


class ChatModel:
    """A model of an OpenAI-compatible server. Failures are AgentErrors in plain words.

    ``timeout_seconds`` is the longest silence: before the first token and between any two; no call takes longer than
    _LONGEST_CALL_SECONDS. ``temperature`` and ``max_tokens`` are of texts for the user; plans and verdicts go without.
    An ``owner`` "agent" has an address and a key of its own, and is sent nothing that this server's environment holds
    for another.
    """

    def __init__(
        self,
        *,
        api_key: str,
        model: str,
        base_url: str | None = None,
        timeout_seconds: float = 60.0,
        retries: int = 3,
        owner: Owner = "server",
        temperature: float | None = None,
        max_tokens: int | None = None,
    ) -> None:
        self.name = model
        self._api_key = api_key
        self._base_url = base_url or OPENAI_ADDRESS  # never what the SDK finds in the environment
        self._owner = owner
        self._temperature = temperature
        self._max_tokens = max_tokens
        self._timeout = timeout_seconds
        self._retries = retries
        self._client: AsyncOpenAI | None = None
        # What this server does not take, as a call that succeeds without it has shown, is not asked of it again.
        self._takes_schema = True
        self._not_taken: frozenset[str] = frozenset()

    async def text(
        self,
        action: str,
        messages: list[Message],
        on_text: Callable[[str], None],
        shown: list[Message] | None = None,
    ) -> str:
        """Stream an answer to ``on_text``. Once something was shown, a failure is not retried here.

        ``shown``: the messages as the step shows them, where not all of them are for whoever watches.
        """
        asked = {"model": self.name, "messages": _brief(messages if shown is None else shown)}
        with step(action, kind="model", input=asked) as this:
            reply = await self._ask(this, messages, {}, on_text)
            if reply.finish == "length":
                this.details = "The answer stops at the model's length limit."
            this.output = reply.text
            return reply.text

    async def call_tools(self, action: str, messages: list[Message], tools: list[Tool]) -> Reply:
        """Let the model call tools; a reply without calls means that it is done."""
        described = [{"type": "function", "function": tool.described()} for tool in tools]
        with step(action, kind="model", input={"model": self.name, "messages": _brief(messages)}) as this:
            reply = await self._ask(this, messages, {"tools": described}, None)
            this.output = [{"tool": call.name, "arguments": call.arguments} for call in reply.tool_calls] or reply.text
            return reply

    async def structured(self, action: str, messages: list[Message], structure: type[Structure]) -> Structure:
        """An answer that fits a pydantic model; the model gets one chance to mend one that does not."""
        with step(action, kind="model", input={"model": self.name, "messages": _brief(messages)}) as this:
            for chance in (1, 2):
                reply = await self._ask_for_json(this, messages, structure)
                try:
                    answer = structure.model_validate_json(json_in(reply.text))
                except ValidationError as error:
                    if chance == 2:
                        raise llm_errors.garbage().error from None
                    this.move("The answer did not have the asked form; asking again")
                    wrong = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()[:5])
                    mend = f"That does not fit the schema ({wrong}). Answer again, with the JSON object only."
                    messages = [*messages, reply.as_message(), {"role": "user", "content": mend}]
                else:
                    this.output = answer.model_dump(mode="json")
                    return answer
        raise AssertionError("unreachable")

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()
            self._client = None

    async def _ask_for_json(self, this: Step, messages: list[Message], structure: type[BaseModel]) -> Reply:
        schema = strict_schema(structure)
        if self._takes_schema:
            wanted = {"name": structure.__name__, "schema": schema, "strict": True}
            options = {"response_format": {"type": "json_schema", "json_schema": wanted}}
            try:
                return await self._ask(this, messages, options, None)
            except AgentError as error:
                if error.code != "model_refused":
                    raise
                this.move("The model server takes no JSON schema; asking for JSON in words")
        in_words: Message = {"role": "user", "content": _NO_SCHEMA + json.dumps(schema)}
        reply = await self._ask(this, [*messages, in_words], {}, None)
        self._takes_schema = False
        return reply

    async def _ask(
        self, this: Step, messages: list[Message], options: dict[str, Any], on_text: Callable[[str], None] | None
    ) -> Reply:
        attempt, not_taken = 0, self._not_taken
        while True:
            extras = self._extras(not_taken, for_user=on_text is not None)
            try:
                reply = await self._once(messages, options | extras, on_text)
            except ModelCallError as failure:
                if failure.error.code == "model_refused" and not failure.shown:
                    blamed = _blamed(failure.parameter, extras)
                    if blamed is not None:
                        not_taken |= {blamed}  # Ask once more without.
                        if blamed == "temperature":
                            this.move("The model server takes no temperature; asking without")
                        continue
                attempt += 1
                if not failure.retry or failure.shown or attempt > self._retries:
                    raise failure.error from None
                wait = failure.wait if failure.wait is not None else _FIRST_WAIT * 2 ** (attempt - 1)
                wait += random.uniform(0, 0.25) * max(wait, 0.2)  # noqa: S311 - jitter keeps agents from coming back as one
                told = failure.error.message.split(". ")[0]
                this.move(f"{told}; trying again in {wait:.0f} s")
                await asyncio.sleep(wait)
            else:
                self._not_taken = not_taken
                if reply.usage:
                    this.usage = _sum(this.usage, reply.usage)
                return reply

    def _extras(self, not_taken: frozenset[str], *, for_user: bool) -> dict[str, Any]:
        """What is asked for beside the messages, of a server that does not take all of it."""
        extras: dict[str, Any] = {} if "stream_options" in not_taken else dict(_WITH_USAGE)
        if for_user and self._temperature is not None and "temperature" not in not_taken:
            extras["temperature"] = self._temperature
        if for_user and self._max_tokens is not None:
            # The newer name, which the newest models insist on, is passed over in silence by many servers. So it is
            # the second try; a limit that nobody keeps would be worse than a refusal.
            extras["max_completion_tokens" if "max_tokens" in not_taken else "max_tokens"] = self._max_tokens
        return extras

    async def _once(
        self, messages: list[Message], options: dict[str, Any], on_text: Callable[[str], None] | None
    ) -> Reply:
        reply = Reply()
        whole = asyncio.timeout(_LONGEST_CALL_SECONDS)
        try:
            async with whole:
                await self._stream(messages, options, reply, on_text)
            failure = _shortcoming(reply, may_be_silent="tools" in options)
        except ModelCallError as told:
            failure = told
        except Exception as error:
            slow = whole.expired()
            failure = llm_errors.too_slow(_LONGEST_CALL_SECONDS) if slow else self._explained(error, reply)
        if failure is None:
            return reply
        failure.shown = bool(reply.text) and on_text is not None
        raise failure

    def _explained(self, error: Exception, reply: Reply) -> ModelCallError:
        """What an exception of the SDK means. One that means nothing of the kind is raised again."""
        import httpx2
        import openai

        if isinstance(error, TimeoutError | openai.APITimeoutError):
            return llm_errors.silent(self._timeout)
        if isinstance(error, openai.APIStatusError):
            return llm_errors.refused(
                error.status_code, error.code, self.name, error.response.headers, self._owner, error.param
            )
        if isinstance(error, openai.APIConnectionError | httpx2.HTTPError):
            return llm_errors.cut_off() if reply.begun else llm_errors.unreachable(self._owner)
        if isinstance(error, openai.APIError):  # An error object in the middle of the stream.
            busy = str(error.code) in ("429", "rate_limit_exceeded")
            return llm_errors.refused(429 if busy else 500, None, self.name, {})
        if reply.begun and isinstance(error, ValueError | TypeError | AttributeError | LookupError):
            return llm_errors.garbage()  # The SDK checks nothing of what a server sends.
        raise error

    async def _stream(
        self, messages: list[Message], options: dict[str, Any], reply: Reply, on_text: Callable[[str], None] | None
    ) -> None:
        client = await self._connection()
        async with asyncio.timeout(self._timeout):
            # The SDK wants a type of its own for each role; what is sent is the same.
            completions: Any = client.chat.completions
            stream = await completions.create(model=self.name, messages=messages, stream=True, **options)
        reply.begun = True
        async with stream:
            async for chunk in _unhurried(stream, self._timeout):
                if chunk.usage:
                    used = chunk.usage
                    reply.usage = Usage(
                        model=self.name, input_tokens=used.prompt_tokens or 0, output_tokens=used.completion_tokens or 0
                    )
                for choice in chunk.choices or []:
                    if text := choice.delta.content:
                        if len(reply.text) + len(text) > _MOST_TEXT:
                            raise llm_errors.too_much()
                        reply.text += text
                        if on_text:
                            on_text(text)
                    for piece in choice.delta.tool_calls or []:
                        if "tools" not in options:
                            raise llm_errors.garbage()
                        _add_call(reply.tool_calls, piece)
                    reply.finish = choice.finish_reason or reply.finish

    async def _connection(self) -> "AsyncOpenAI":
        if self._client is None:
            # A third of a second and more: the first import must not hold up the other runs of this process.
            openai = await asyncio.to_thread(importlib.import_module, "openai")
            timeout = openai.Timeout(self._timeout, connect=min(_CONNECT_SECONDS, self._timeout))
            if self._client is None:  # Another call may have been quicker.
                self._client = openai.AsyncOpenAI(
                    api_key=self._api_key,
                    base_url=self._base_url,
                    timeout=timeout,
                    max_retries=0,
                    http_client=openai.DefaultAsyncHttpx2Client(
                        timeout=timeout,
                        follow_redirects=False,  # key and question go where they were meant to go
                        event_hooks={"request": [self._strip]} if self._owner == "agent" else {},
                    ),
                )
        return self._client

    async def _strip(self, request: "httpx2.Request") -> None:
        """Leave out what the SDK adds from this server's environment: organisation, project, headers of any name."""
        for name in set(request.headers) - _SENT:
            del request.headers[name]
        request.headers["Authorization"] = f"Bearer {self._api_key}"


def _blamed(parameter: str | None, extras: Mapping[str, Any]) -> str | None:
    """What a refused call is to be asked without: what the server names, else the likeliest."""
    optional = [name for name in ("stream_options", "temperature", "max_tokens") if name in extras]
    return parameter if parameter in optional else next(iter(optional), None)


async def _unhurried(stream: Any, seconds: float) -> AsyncIterator[Any]:
    """The chunks of a stream; TimeoutError when one is longer in coming than ``seconds``."""
    chunks = aiter(stream)
    while True:
        try:
            async with asyncio.timeout(seconds):
                chunk = await anext(chunks)
        except StopAsyncIteration:
            return
        yield chunk


def _shortcoming(reply: Reply, *, may_be_silent: bool) -> ModelCallError | None:
    """What a reply lacks, or None."""
    if reply.finish == "content_filter":
        return llm_errors.filtered()
    if reply.finish is None and (reply.text or reply.tool_calls):
        return llm_errors.cut_off()
    if reply.finish is None or (not reply.text.strip() and not may_be_silent):
        return llm_errors.empty()
    return None


def _add_call(calls: list[ToolCall], piece: Any) -> None:
    """A tool call comes in pieces: the first has its name, the others go on with its arguments."""
    at = piece.index if piece.index is not None else len(calls)
    if not 0 <= at < _MOST_CALLS:  # The server's number, and the list grows up to it.
        raise llm_errors.garbage()
    while len(calls) <= at:
        calls.append(ToolCall(id=f"call-{len(calls) + 1}", name="", arguments=""))
    call = calls[at]
    call.id = piece.id or call.id
    if piece.function:
        call.name += piece.function.name or ""
        call.arguments += piece.function.arguments or ""
        if len(call.name) + len(call.arguments) > _MOST_ARGUMENTS:
            raise llm_errors.too_much()


def _sum(before: Usage | None, usage: Usage) -> Usage:
    if before is None:
        return usage
    return Usage(
        model=usage.model,
        input_tokens=before.input_tokens + usage.input_tokens,
        output_tokens=before.output_tokens + usage.output_tokens,
    )


def _brief(messages: list[Message]) -> list[Message]:
    """The messages as the step shows them: long ones shortened, for a log that is kept for ever."""
    return [{"role": one["role"], "content": _shortened(str(one.get("content") or ""))} for one in messages[-6:]]


def _shortened(text: str, most: int = 1500) -> str:
    return text if len(text) <= most else f"{text[:most]} … ({len(text):,} characters)"
