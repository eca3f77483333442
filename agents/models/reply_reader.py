"""The chunks of a reply, put together: text, reasoning, tool calls, usage and how it ended. No I/O."""

import json
from collections.abc import Callable, Collection
from typing import Any

from agents.models.reply import Reply
from agents.models.thinking import Piece, Thinking
from agents.models.tool_calls import ToolCalls, TooManyCallsError
from agents.text.surrogates import WholeCharacters
from utils.log.events import Usage

_MOST_TEXT = 1_000_000  # characters, of the answer and of its reasoning: a server could go on for ever
_MOST_ARGUMENTS = 100_000  # characters of one tool call
_MOST_TOKENS = 1e12  # of a count that can be meant
_REASONING = ("reasoning_content", "reasoning", "thinking", "reasoning_text", "reasoning_details")
_REASONING_PARTS = ("thinking", "reasoning", "summary")


class NoReplyError(ValueError):
    """A chunk that is none."""


class EndlessReplyError(ValueError):
    """The reply is longer than anyone can mean."""


class ServerSaidError(Exception):
    """The server says in its stream that it failed."""

    def __init__(self, said: Any) -> None:
        super().__init__("The model server reports an error.")
        self.said = said


class ReplyReader:
    """``reply`` is what was said so far. Texts are handed on as they come; all arguments may be left out.

    ``on_take_back``: what was handed on as text so far was reasoning. ``offered``: names of the tools.
    """

    def __init__(
        self,
        model: str,
        on_text: Callable[[str], None] = lambda text: None,
        on_reasoning: Callable[[str], None] = lambda text: None,
        on_take_back: Callable[[], None] = lambda: None,
        offered: Collection[str] = (),
    ) -> None:
        self.reply = Reply()
        self._model = model
        self._on_text = on_text
        self._on_reasoning = on_reasoning
        self._on_take_back = on_take_back
        self._offered = offered
        self._calls = ToolCalls(offered)
        self._characters = {"answer": WholeCharacters(), "reasoning": WholeCharacters()}
        self._thinking = Thinking()
        self._written = ""  # the text with all its marks, in which some name the tool that they call
        self._choice: Any = None  # the number of the one that is read
        self._goes_on = False  # more came after a reason for the end: the reason means nothing

    @property
    def has_ended(self) -> bool:
        """Whether only the usage may still come."""
        return self.reply.finish is not None and not self._goes_on

    @property
    def length(self) -> int:
        """Characters of all that came."""
        reply = self.reply
        return len(reply.text) + len(reply.reasoning) + sum(len(call.arguments) for call in self._calls.calls)

    def take(self, chunk: Any) -> None:
        """Raises ServerSaidError, NoReplyError and EndlessReplyError."""
        if chunk is None:
            return
        if not isinstance(chunk, dict):
            raise NoReplyError
        if chunk.get("error"):
            raise ServerSaidError(chunk["error"])
        choices = chunk.get("choices") or _of_ollama(chunk)
        if not isinstance(choices, list):
            raise NoReplyError
        if not choices and (chunk.get("object") == "error" or "detail" in chunk or {"message", "code"} <= set(chunk)):
            raise ServerSaidError(chunk)
        self._usage(chunk.get("usage"))
        for choice in choices:
            if not isinstance(choice, dict):
                raise NoReplyError
            if self._choice is None:
                self._choice = choice.get("index", 0)
            if choice.get("index", 0) == self._choice:
                self._take_choice(choice)

    def finish(self) -> Reply:
        """The reply, when nothing more comes."""
        self._say(self._characters["answer"].rest())
        self._pass(self._thinking.rest())
        self._reason(self._characters["reasoning"].rest())
        # A call that stands in the reasoning is one if the model said nothing else.
        for text in (self.reply.text, self._written, "" if self.reply.text.strip() else self.reply.reasoning):
            if self._offered and not self._calls.calls:
                self._calls.from_text(text)
        self.reply.tool_calls = self._calls.finished()
        return self.reply

    def _take_choice(self, choice: dict[str, Any]) -> None:
        if isinstance(choice.get("error"), dict):
            raise ServerSaidError(choice["error"])
        self._usage(choice.get("usage"))
        before = self._extent()
        whole = choice.get("message")
        said = choice.get("delta") or (whole if before == (0, 0) else None)
        if said is None and isinstance(choice.get("text"), str):
            said = {"content": choice["text"]}
        if said is not None and not isinstance(said, dict):
            raise NoReplyError
        if said:
            self._take_message(said)
        if self._extent() != before:
            self._goes_on = self._goes_on or self.reply.finish is not None
        if (finish := choice.get("finish_reason")) and isinstance(finish, str):
            self.reply.finish = finish.lower()

    def _take_message(self, said: dict[str, Any]) -> None:
        reasoning = next((text for name in _REASONING if (text := _text_of(said.get(name)))), "")
        self._reason(self._characters["reasoning"].add(reasoning))
        self._take_content(said.get("content"))
        if isinstance(refusal := said.get("refusal"), str) and refusal:
            self.reply.refused = True
            self._say(self._characters["answer"].add(refusal))
        calls = said.get("tool_calls")
        for piece in calls if isinstance(calls, list) else [calls, said.get("function_call")]:
            try:
                call = self._calls.add(piece)
            except TooManyCallsError as error:
                raise NoReplyError from error
            if call is not None and len(call.name) + len(call.arguments) > _MOST_ARGUMENTS:
                raise EndlessReplyError

    def _take_content(self, content: Any) -> None:
        """A text, or a list of texts and of parts that name their type."""
        for part in content if isinstance(content, list) else [content]:
            kind = str(part.get("type") or "") if isinstance(part, dict) else ""
            if isinstance(part, dict) and not kind and not set(_HOLDERS) & set(part):  # read for us as the JSON it is
                part = json.dumps(part)  # noqa: PLW2901
            if any(word in kind for word in _REASONING_PARTS):
                self._reason(self._characters["reasoning"].add(_text_of(part)))
            elif kind in ("", "text", "output_text", "refusal"):
                self._say(self._characters["answer"].add(_text_of(part)))

    def _say(self, text: str) -> None:
        if text:
            self._written += text if self._offered else ""
            self._pass(self._thinking.add(text))

    def _pass(self, pieces: list[Piece]) -> None:
        for piece in pieces:
            if piece.takes_back:
                before, self.reply.text = self.reply.text, ""
                self._on_take_back()
                self._reason(before)
            elif piece.channel == "reasoning":
                self._reason(piece.text)
            else:
                self._answer(piece.text)

    def _answer(self, text: str) -> None:
        if len(self.reply.text) + len(text) > _MOST_TEXT:
            raise EndlessReplyError
        self.reply.text += text
        self._on_text(text)

    def _reason(self, text: str) -> None:
        text = text if self.reply.reasoning else text.lstrip()
        if not text:
            return
        if len(self.reply.reasoning) + len(text) > _MOST_TEXT:
            raise EndlessReplyError
        self.reply.reasoning += text
        self._on_reasoning(text)

    def _extent(self) -> tuple[int, int]:
        return len(self.reply.text) + len(self.reply.reasoning), len(self._calls.calls)

    def _usage(self, used: Any) -> None:
        if not isinstance(used, dict):
            return
        into = _count(used, "prompt_tokens", "input_tokens")
        out = _count(used, "completion_tokens", "output_tokens")
        if into or out:
            self.reply.usage = Usage(
                model=self._model,
                input_tokens=into,
                output_tokens=out,
                cached_input_tokens=_detail(used, "cached_tokens", "prompt_tokens_details", "input_tokens_details"),
                reasoning_tokens=_detail(
                    used, "reasoning_tokens", "completion_tokens_details", "output_tokens_details"
                ),
            )


def _of_ollama(chunk: dict[str, Any]) -> list[Any]:
    """The choices of a chunk of Ollama's own form, which has one message."""
    message = chunk.get("message")
    return [{"delta": message, "finish_reason": chunk.get("done_reason")}] if isinstance(message, dict) else []


def _text_of(part: Any) -> str:
    """The text of a part, whatever holds it: a text, a list, or an object."""
    match part:
        case str():
            return part
        case list():
            return "".join(_text_of(one) for one in part)
        case dict():
            return next((text for name in _HOLDERS if (text := _text_of(part.get(name)))), "")
    return ""


_HOLDERS = ("text", "thinking", "reasoning", "content", "summary", "refusal", "value")


def _detail(used: dict[str, Any], name: str, *holders: str) -> int | None:
    """What a server counts apart; None where it does not."""
    found: dict[str, Any] = next((used[holder] for holder in holders if isinstance(used.get(holder), dict)), {})
    return _count(found, name) if isinstance(found.get(name), int | float) else None


def _count(used: dict[str, Any], *names: str) -> int:
    given = next((used[name] for name in names if isinstance(used.get(name), int | float)), 0)
    return int(given) if 0 < given < _MOST_TOKENS else 0
