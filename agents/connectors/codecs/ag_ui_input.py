"""What an AG-UI agent is asked with: the conversation, whose messages keep the ids that the agent knows them by.

An agent that remembers a thread tells by its ids which messages it has. No I/O.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self
from uuid import uuid4

from agents.backends.base import Job

BETWEEN = "\n\n"  # the messages of one answer
_MOST_REMEMBERED = 200


@dataclass(slots=True)
class Conversation:
    """``thread`` is what the agent calls it; ``ids`` are (what it says, id) of its messages, the newest last."""

    thread: str = field(default_factory=lambda: str(uuid4()))
    ids: list[tuple[str, str]] = field(default_factory=list)

    @classmethod
    def of(cls, earlier: Mapping[str, Any] | None) -> Self:
        """As the session's run before this one kept it."""
        return cls(earlier["thread"], [(said, id) for said, id in earlier["ids"]]) if earlier is not None else cls()

    def kept(self) -> dict[str, Any]:
        return {"thread": self.thread, "ids": self.ids[-_MOST_REMEMBERED:]}

    def question_id(self, run_id: str) -> str:
        return f"question-{run_id}"

    def input(self, job: Job, instructions: str) -> dict[str, Any]:
        """A RunAgentInput. The tools of an agent are its own; the metadata of the question are free properties."""
        earlier, known = [], list(self.ids)
        for place, turn in reversed(list(enumerate(job.history))):  # the same words may have been said twice
            said = _said(turn["role"], turn["content"])
            at = next((n for n in range(len(known) - 1, -1, -1) if known[n][0] == said), None)
            id = known.pop(at)[1] if at is not None else f"earlier-{job.run_id}-{place}"
            earlier.append({"id": id, "role": turn["role"], "content": turn["content"]})
        first = [{"id": "instructions", "role": "system", "content": instructions}] if instructions else []
        question = {"id": self.question_id(job.run_id), "role": "user", "content": job.question}
        messages = [*first, *reversed(earlier), question]
        return {
            "threadId": self.thread, "runId": job.run_id, "messages": messages, "state": {}, "tools": [], "context": [],
            "forwardedProps": dict(job.metadata),
        }  # fmt: skip

    def resumed(
        self, job: Job, instructions: str, left: Mapping[str, Any], resume: Mapping[str, Any]
    ) -> dict[str, Any]:
        """A RunAgentInput that answers what the run before has asked: from the state and the messages that it told."""
        given = self.input(job, instructions)
        properties = {**given["forwardedProps"], **resume.get("forwardedProps", {})}
        return {
            **given, **resume, "runId": f"{job.run_id}-{left['round'] + 1}", "forwardedProps": properties,
            "messages": left.get("messages") or given["messages"], "state": left.get("state") or {},
        }  # fmt: skip

    def remember(self, job: Job, answered: Sequence[tuple[str, str]]) -> None:
        """The question and the (id, text) of the messages that answered it."""
        self.ids.append((_said("user", job.question), self.question_id(job.run_id)))
        if answered:  # several are one message here
            whole = BETWEEN.join(text for _, text in answered)
            self.ids.append((_said("assistant", whole), answered[-1][0]))


def _said(role: str, content: str) -> str:
    return hashlib.sha256(f"{role}\0{content}".encode()).hexdigest()[:24]
