"""The only place that talks to a model: chat completions of any OpenAI-compatible server, always streamed.

Every call is a step of kind *model* with its token usage, and what the model thinks is told with it. The SDK's silent
retries are off; ours are told in the step.
"""

import asyncio
import json
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from agents.errors import AgentError
from agents.models import llm_errors
from agents.models.connection import Connection
from agents.models.json_reading import objects_in, read_structure
from agents.models.json_schema import strict_schema
from agents.models.llm_errors import ModelCallError, Owner
from agents.models.refusals import said_in
from agents.models.reply import Message, Reply
from agents.models.reply_reader import EndlessReplyError, NoReplyError, ReplyReader, ServerSaidError
from agents.models.reply_stream import ReplyStream, ReplyStreamError, ReplyTooLongError, WebPageError
from agents.outgoing.failures import address_refused
from agents.outgoing.unreached import why
from agents.telling.steps import Step, step
from utils.log.events import Usage
from utils.metrics.figures import MODEL_SECONDS, PARSE_FAILURES

Structure = TypeVar("Structure", bound=BaseModel)

_FIRST_WAIT = 1.0
_LONGEST_CALL_SECONDS = 15 * 60.0  # a server could go on for ever
_AFTER_END_SECONDS = 2.0  # for the usage, once the model has said that it is done
# Between two words about how long a plan has become: at least, and of the time that it has taken.
_TELL_SECONDS = 1.0
_TELL_SHARE = 0.1
_MOST_ROOM = 65_536  # tokens
_SHRINKINGS = 2
# A server that refuses one of these means it: to ask again without another parameter would only hide why.
_INDISPENSABLE = ("model", "messages", "stream")
_QUOTED = 300  # characters of a bad answer that its model is shown again
_WITH_USAGE = {"stream_options": {"include_usage": True}}
_NO_SCHEMA = "Answer with one JSON object and nothing else. It must fit this JSON schema:\n"
_UNSAID_END = "The model server did not say whether this answer is complete."


@dataclass(frozen=True, slots=True)
class Tool:
    """A function the model may call; ``arguments`` is the pydantic model of what it takes."""

    name: str
    description: str
    arguments: type[BaseModel]

    def described(self) -> dict[str, Any]:
        return {"name": self.name, "description": self.description, "parameters": self.arguments.model_json_schema()}


@dataclass(frozen=True, slots=True)
class _Call:
    """What one call asks for. ``on_text``: of a text for the user."""

    messages: list[Message]
    options: Mapping[str, Any]
    on_text: Callable[[str], None] | None = None
    on_take_back: Callable[[], None] = lambda: None

    @property
    def tools(self) -> list[str]:
        return [tool["function"]["name"] for tool in self.options.get("tools", ())]


class ChatModel:
    """A model of an OpenAI-compatible server. Failures are AgentErrors in plain words.

    ``timeout_seconds`` is the longest silence: before the first sign of life and between any two, of which each is a
    whole line; no call takes longer than _LONGEST_CALL_SECONDS. ``temperature`` and ``max_tokens`` are of texts for the
    user; ``plan_tokens`` is the longest of anything else: plans, tool calls and verdicts. An ``owner`` "agent" has an
    address and a key of its own, and is sent nothing that this server's environment holds for another.
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
        plan_tokens: int = 4096,
    ) -> None:
        self.name = model
        self._connection = Connection(address=base_url, api_key=api_key, timeout_seconds=timeout_seconds, owner=owner)
        self._owner = owner
        self._temperature = temperature
        self._max_tokens = max_tokens
        self._plan_tokens = plan_tokens
        self._timeout = timeout_seconds
        self._retries = retries
        # What this server does not take, as a call that succeeds without it has shown, is not asked of it again.
        self._takes_schema = True
        self._not_taken: frozenset[str] = frozenset()
        self._ends_unsaid = False  # its last reply ended in good order without a word that it was whole

    async def text(
        self,
        action: str,
        messages: list[Message],
        on_text: Callable[[str], None],
        shown: list[Message] | None = None,
        on_take_back: Callable[[], None] = lambda: None,
    ) -> str:
        """Stream an answer to ``on_text``. Once something was shown, a failure is not retried here.

        ``shown``: the messages as the step shows them, where not all of them are for whoever watches.
        ``on_take_back``: what was streamed so far was no answer, only the model's reasoning; it begins after that.
        """
        asked = {"model": self.name, "messages": _brief(messages if shown is None else shown)}
        with step(action, kind="model", input=asked) as this:
            reply = await self._ask(this, _Call(messages, {}, on_text, on_take_back))
            if reply.is_cut:
                this.details = "The answer stops at the model's length limit."
            elif reply.finish is None:
                this.details = _UNSAID_END
            this.output = reply.text
            return reply.text

    async def call_tools(self, action: str, messages: list[Message], tools: list[Tool]) -> Reply:
        """Let the model call tools; a reply without calls means that it is done."""
        described = [{"type": "function", "function": tool.described()} for tool in tools]
        with step(action, kind="model", input={"model": self.name, "messages": _brief(messages)}) as this:
            reply = await self._ask(this, _Call(messages, {"tools": described}))
            this.output = [{"tool": call.name, "arguments": call.arguments} for call in reply.tool_calls] or reply.text
            return reply

    async def structured(self, action: str, messages: list[Message], structure: type[Structure]) -> Structure:
        """An answer that fits a pydantic model; the model gets one chance to mend one that does not."""
        with step(action, kind="model", input={"model": self.name, "messages": _brief(messages)}) as this:
            reply = await self._ask_for_json(this, messages, structure)
            try:
                answer = _read(reply, structure)
            except ValidationError as error:
                PARSE_FAILURES.labels("answer").inc()
                reply = await self._ask_for_json(this, self._mended(this, messages, reply, error), structure)
                try:
                    answer = _read(reply, structure)
                except ValidationError:
                    PARSE_FAILURES.labels("answer").inc()
                    raise _unusable(reply).error from None
            this.output = answer.model_dump(mode="json")
            return answer

    async def close(self) -> None:
        await self._connection.close()

    def _mended(self, this: Step, messages: list[Message], reply: Reply, error: ValidationError) -> list[Message]:
        """What to ask when a reply has no answer that fits: never with the whole of it, which may be endless."""
        if reply.is_cut and not reply.text.strip() and self._plan_tokens < _MOST_ROOM:
            self._plan_tokens = min(4 * self._plan_tokens, _MOST_ROOM)
            this.move(f"The model thought up to its length limit; asking again for {self._plan_tokens:,} tokens")
            return messages
        if reply.is_cut:
            this.move("The answer was cut off at its length limit; asking for a shorter one")
            mend = "That is too long and was cut off. Answer again, much shorter, with the JSON object only."
        else:
            this.move("The answer did not have the asked form; asking again")
            wrong = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()[:5])
            mend = f"That does not fit the schema ({wrong[:1000]}). Answer again, with the JSON object only."
        if not reply.text.strip():
            return _with_words(messages, mend)
        said: Message = {"role": "assistant", "content": _shortened(reply.text, _QUOTED)}
        return [*messages, said, {"role": "user", "content": mend}]

    async def _ask_for_json(self, this: Step, messages: list[Message], structure: type[BaseModel]) -> Reply:
        schema = strict_schema(structure)
        if self._takes_schema:
            wanted = {"name": structure.__name__, "schema": schema, "strict": True}
            options = {"response_format": {"type": "json_schema", "json_schema": wanted}}
            try:
                return await self._ask(this, _Call(messages, options))
            except AgentError as error:
                if error.code != "model_refused":
                    raise
                this.move("The model server takes no JSON schema; asking for JSON in words")
        reply = await self._ask(this, _Call(_with_words(messages, _NO_SCHEMA + json.dumps(schema)), {}))
        self._takes_schema = False
        return reply

    async def _ask(self, this: Step, call: _Call) -> Reply:
        attempt, not_taken, shrinkings = 0, self._not_taken, 0
        limit = self._plan_tokens if call.on_text is None else self._max_tokens
        while True:
            extras = self._extras(call, not_taken, limit)
            try:
                reply = await self._try(this, attempt + 1, call, extras)
            except ModelCallError as failure:
                if failure.error.code == "model_refused" and not failure.shown:
                    blamed = _blamed(failure.parameter, extras)
                    if blamed is not None and failure.may_take_less:
                        not_taken |= {blamed}  # Ask once more without.
                        if blamed == "temperature":
                            this.move("The model server takes no temperature; asking without")
                        continue
                if failure.no_room and limit is not None and limit > 1 and shrinkings < _SHRINKINGS:
                    shrinkings, limit = shrinkings + 1, max(1, limit // 4)
                    this.move(f"The model has no room for so long an answer; asking for at most {limit:,} tokens")
                    continue
                attempt += 1
                if not failure.retry or failure.shown or attempt > self._retries:
                    raise failure.error from None
                await _wait(this, attempt, failure)
            else:
                self._not_taken = not_taken
                if shrinkings and call.on_text is None:
                    self._plan_tokens = limit or self._plan_tokens
                if reply.usage:
                    this.usage = _sum(this.usage, reply.usage)
                return reply

    def _extras(self, call: _Call, not_taken: frozenset[str], limit: int | None) -> dict[str, Any]:
        """What is asked for beside the messages, of a server that does not take all of it."""
        extras: dict[str, Any] = {} if "stream_options" in not_taken else dict(_WITH_USAGE)
        if call.on_text is not None and self._temperature is not None and "temperature" not in not_taken:
            extras["temperature"] = self._temperature
        if limit is not None:
            # The newer name, which the newest models insist on, is passed over in silence by many servers. So it is
            # the second try; a limit that nobody keeps would be worse than a refusal.
            extras["max_completion_tokens" if "max_tokens" in not_taken else "max_tokens"] = limit
        return extras

    async def _try(self, this: Step, number: int, call: _Call, extras: Mapping[str, Any]) -> Reply:
        """The first is the step itself; each further one is told as a step in it, so that whoever watches sees it."""
        if number == 1:
            return await self._once(this, call, extras)
        with step(f"Try {number}"):
            return await self._once(this, call, extras)

    async def _once(self, this: Step, call: _Call, extras: Mapping[str, Any]) -> Reply:
        def on_text(text: str) -> None:
            this.reasoned()
            if call.on_text is not None:
                call.on_text(text)

        stream = ReplyStream()
        reader = ReplyReader(self.name, on_text, this.reason, call.on_take_back, call.tools)
        whole, began = asyncio.timeout(_LONGEST_CALL_SECONDS), time.perf_counter()
        try:
            async with whole:
                await self._receive(this, call, extras, stream, reader)
            reply = reader.finish()
            if reply.finish is None and stream.is_whole:
                reply.finish = "stop"
            failure = self._shortcoming(reply, call)
        except Exception as error:
            slow = whole.expired()
            failure = llm_errors.too_slow(_LONGEST_CALL_SECONDS) if slow else self._explained(error, reader.reply.begun)
            if failure.written and call.on_text is None:
                reader.take({"choices": [{"message": {"content": failure.written}, "finish_reason": "stop"}]})
                reply, failure = reader.finish(), None
        this.reasoned()
        outcome = "answered" if failure is None else failure.error.code
        MODEL_SECONDS.labels(self.name, outcome).observe(time.perf_counter() - began)
        if failure is None:
            return reply
        failure.shown = bool(reader.reply.text) and call.on_text is not None
        raise failure

    async def _receive(
        self, this: Step, call: _Call, extras: Mapping[str, Any], stream: ReplyStream, reader: ReplyReader
    ) -> None:
        import httpx2

        request = {"model": self.name, "messages": call.messages, **call.options, **extras}
        clock = asyncio.get_running_loop().time
        begun = told_at = heard_at = clock()
        async with self._connection.reply(request) as pieces:
            reader.reply.begun = True
            while not stream.done:
                try:
                    async with asyncio.timeout(_AFTER_END_SECONDS if reader.has_ended else None):
                        piece = await anext(pieces, None)
                except (TimeoutError, httpx2.HTTPError):
                    if reader.has_ended:
                        break
                    raise
                signs = stream.signs
                for value in stream.end() if piece is None else stream.feed(piece):
                    reader.take(value)
                heard_at = clock() if stream.signs > signs else heard_at
                if clock() - heard_at > self._timeout:  # bytes, and never a whole line
                    raise TimeoutError
                pause = max(_TELL_SECONDS, _TELL_SHARE * (told_at - begun))
                if call.on_text is None and reader.length and clock() - told_at >= pause:
                    told_at = clock()
                    this.move(f"{reader.length:,} {'character' if reader.length == 1 else 'characters'} so far")
                if piece is None:
                    break

    def _explained(self, error: Exception, begun: bool) -> ModelCallError:
        """What an exception means. One that means nothing of the kind is raised again."""
        import httpx2
        import openai

        if isinstance(error, ServerSaidError):
            said = said_in(error.said)
            return llm_errors.refused(said.status or 500, said, self.name, {}, self._owner)
        if isinstance(error, NoReplyError | ReplyStreamError | WebPageError):
            return llm_errors.web_page(self._owner) if isinstance(error, WebPageError) else llm_errors.garbage()
        if isinstance(error, EndlessReplyError | ReplyTooLongError):
            return llm_errors.too_much()
        if isinstance(error, TimeoutError | openai.APITimeoutError | httpx2.TimeoutException):
            return llm_errors.silent(self._timeout)
        if isinstance(error, openai.APIStatusError):
            response = error.response
            return llm_errors.refused(
                error.status_code, said_in(response.text), self.name, response.headers, self._owner
            )
        if isinstance(error, openai.APIConnectionError | httpx2.HTTPError):
            return self._broken(error, begun)
        raise error

    def _broken(self, error: Exception, begun: bool) -> ModelCallError:
        if refused := address_refused(error):
            return ModelCallError(refused, retry=False)
        return llm_errors.cut_off() if begun else llm_errors.unreachable(self._owner, why(error))

    def _shortcoming(self, reply: Reply, call: _Call) -> ModelCallError | None:
        """What a reply lacks, or None."""
        if reply.is_filtered or (reply.refused and call.on_text is None):
            return llm_errors.filtered()
        if reply.is_broken:
            return llm_errors.cut_off()
        if not reply.text.strip() and not (reply.tool_calls and call.tools):
            return self._nothing(reply, call)
        if reply.finish is not None:
            self._ends_unsaid = False
            return None
        # Nobody said that this is all. From a server that ends each reply so it has to do.
        before, self._ends_unsaid = self._ends_unsaid, True
        if before or (call.tools and all(one.is_whole() for one in reply.tool_calls)):
            return None
        return None if call.on_text is None and not call.tools and objects_in(reply.text) else llm_errors.cut_off()

    def _nothing(self, reply: Reply, call: _Call) -> ModelCallError | None:
        """What it means that a reply has no text: a model that called no tool may be done."""
        if reply.is_too_long:
            return llm_errors.too_long()
        if reply.tool_calls and call.on_text is not None:
            return llm_errors.garbage()
        if reply.finish is not None and call.tools:
            return None
        if reply.tool_calls or reply.reasoning or reply.is_cut:
            return None if call.on_text is None else llm_errors.only_reasoning()
        return llm_errors.empty()


async def _wait(this: Step, attempt: int, failure: ModelCallError) -> None:
    """Between two tries: a step that says why, so that whoever watches sees what the time went into."""
    wait = failure.wait if failure.wait is not None else _FIRST_WAIT * 2 ** (attempt - 1)
    wait += random.uniform(0, 0.25) * max(wait, 0.2)  # noqa: S311 - jitter keeps agents from coming back as one
    told = failure.error.message.split(". ")[0]
    this.move(f"{told}; trying again in {wait:.0f} s")
    with step(f"Wait after try {attempt}") as waiting:
        waiting.details = told
        await asyncio.sleep(wait)


def _read(reply: Reply, structure: type[Structure]) -> Structure:
    """Some servers take all for reasoning or for a call, and an answer that fits is one. Raises ValidationError."""
    written = [reply.text, *(call.arguments for call in reply.tool_calls), reply.reasoning]
    return read_structure(next((text for text in written if text.strip()), ""), structure)


def _unusable(reply: Reply) -> ModelCallError:
    if reply.is_cut:
        return llm_errors.too_much()
    return llm_errors.garbage() if reply.text.strip() else llm_errors.only_reasoning()


def _with_words(messages: list[Message], words: str) -> list[Message]:
    """The messages with more from the user. Some models refuse two messages of the same role."""
    *before, last = messages
    if last["role"] != "user":
        return [*messages, {"role": "user", "content": words}]
    return [*before, last | {"content": f"{last['content']}\n\n{words}"}]


def _blamed(parameter: str | None, extras: Mapping[str, Any]) -> str | None:
    """What a refused call is to be asked without: what the server names, else the likeliest."""
    optional = [name for name in ("stream_options", "temperature", "max_tokens") if name in extras]
    if parameter in (*llm_errors.OPTIONS, *_INDISPENSABLE):
        return parameter if parameter in optional else None
    return next(iter(optional), None)


def _sum(before: Usage | None, usage: Usage) -> Usage:
    if before is None:
        return usage
    return Usage(
        model=usage.model,
        input_tokens=before.input_tokens + usage.input_tokens,
        output_tokens=before.output_tokens + usage.output_tokens,
        cached_input_tokens=_sum_of(before.cached_input_tokens, usage.cached_input_tokens),
        reasoning_tokens=_sum_of(before.reasoning_tokens, usage.reasoning_tokens),
    )


def _sum_of(before: int | None, count: int | None) -> int | None:
    """Of what a server tells; None: it tells neither."""
    return None if before is None and count is None else (before or 0) + (count or 0)


def _brief(messages: list[Message]) -> list[Message]:
    """The messages as the step shows them: long ones shortened, for a log that is kept for ever."""
    return [{"role": one["role"], "content": _shortened(str(one.get("content") or ""))} for one in messages[-6:]]


def _shortened(text: str, most: int = 1500) -> str:
    return text if len(text) <= most else f"{text[:most]} … ({len(text):,} characters)"
