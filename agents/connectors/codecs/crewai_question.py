"""What a crew asks a person about the output of a task, and the answer that it takes. No I/O.

https://docs.crewai.com/en/api-reference/resume: the crew goes on if the output is approved, and otherwise does the task
again; the words of the person are given to it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agents.backends.base import Approval
from agents.connectors.codecs.question_parts import answered_words, question_words, words_field
from utils.sessions.approval import Choice, Decision, Question

_APPROVE, _AGAIN = Choice("approve", "Approve"), Choice("again", "Do it again")
_FORM = {"type": "object", "properties": {words_field({}): {"type": "string", "title": "Feedback"}}}
_TASKS = ("task_id", "taskId", "task")


@dataclass(frozen=True, slots=True)
class CrewQuestion:
    """``task`` is the crew's own name of the task; None: it gave none, so that only CrewAI itself takes an answer."""

    key: str
    task: str | None
    words: str
    at: datetime

    @property
    def approval(self) -> Approval:
        words = question_words(self.words, "The crew asks for feedback.")
        return Approval(self.key, Question("Give feedback", words, [_APPROVE, _AGAIN], _FORM))

    def answer(self, decision: Decision) -> dict[str, Any]:
        """Of the request that resumes the crew."""
        approved = decision.choice == _APPROVE.id
        otherwise = "Approved." if approved else "Please do this again."
        feedback = answered_words(decision, {}) or otherwise
        return {"task_id": self.task, "human_feedback": feedback, "is_approve": approved}


def task_of(call: Mapping[str, Any]) -> str | None:
    """The name of the task that a call is about."""
    named = next((call[name] for name in _TASKS if call.get(name)), None)
    if isinstance(named, dict):
        named = named.get("id")
    return str(named) if isinstance(named, str | int) else None
