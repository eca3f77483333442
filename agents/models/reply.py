"""What a model said."""

from dataclasses import dataclass, field
from typing import Any

from agents.models.tool_calls import ToolCall
from utils.log.events import Usage

Message = dict[str, Any]


@dataclass(slots=True)
class Reply:
    """``finish`` is the server's own word for how it ended, "stop" where it said only that it did, None if nothing."""

    text: str = ""
    reasoning: str = ""
    refused: bool = False  # the text is the model's refusal to answer
    tool_calls: list[ToolCall] = field(default_factory=list)
    finish: str | None = None
    usage: Usage | None = None
    begun: bool = False  # The server has accepted the request and streams.

    @property
    def is_cut(self) -> bool:
        """Whether it stops at a length limit."""
        return self.finish in ("length", "max_tokens")

    @property
    def is_filtered(self) -> bool:
        finish = (self.finish or "").partition(":")[0]  # "content_filter: SPII"
        return finish in (
            "content_filter", "safety", "prohibited_content", "blocklist", "recitation", "spii", "image_safety",
            "sensitive", "guardrail_intervened",
        )  # fmt: skip

    @property
    def is_broken(self) -> bool:
        """Whether the server says that it failed in the middle."""
        return self.finish in ("error", "abort", "network_error", "insufficient_system_resource", "server_error")

    @property
    def is_too_long(self) -> bool:
        """Whether question and answer did not fit into the model together."""
        finish = (self.finish or "").removeprefix("model_")  # Some say which window it is.
        return finish in ("context_window_exceeded", "context_length_exceeded")

    def as_message(self) -> Message:
        """The reply as a message of the conversation that goes on. Arguments that are no JSON are left out."""
        calls = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments if call.is_whole() else "{}"},
            }
            for call in self.tool_calls
        ]
        return {"role": "assistant", "content": self.text or None} | ({"tool_calls": calls} if calls else {})
