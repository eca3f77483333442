"""Calls of the agents' tools that the team's rules hold: a person is asked, or the call is refused.

A person is asked by LangGraph's ``interrupt()``: the graph stops, and the run waits without a process. When it goes on,
the node begins again. So what was decided is known by the call itself, its agent, tool and input, and not by the order
of the questions, which may be another one then; the same call in the same run is asked about once.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

from langgraph.types import interrupt

from agents.errors import AgentError
from agents.telling.steps import hold_open
from agents.text.answer_state import Failure
from utils.sessions.approval import Decision, Question
from utils.sessions.approval_rule import ToolUse, verdict_of
from utils.sessions.approval_rules import ApprovalRules

REFUSED = "tool_refused"


@dataclass(slots=True)
class ToolGate:
    """Of one attempt of one run. ``rules`` None: nobody has any. ``decisions`` are those that people took so far.

    ``agent_id`` and ``agent_name`` are those of the registered agent that answers.
    """

    session_id: str = ""
    rules: ApprovalRules | None = None
    agent_id: str | None = None
    agent_name: str | None = None
    decisions: Mapping[str, Decision] = field(default_factory=dict)
    _known: dict[str, str | None] = field(default_factory=dict)  # by call: why it is refused; None: it is not
    _failures: dict[str, dict[str, Failure]] = field(default_factory=dict)  # by agent and call

    async def settle(self, agent: str, calls: Sequence[tuple[str, Any]]) -> None:
        """Let what is to be asked about these calls, each a tool and its input, be asked at once.

        Where somebody must decide first, the graph stops here, and the node begins again when the run goes on.
        """
        asked: dict[str, Question] = {}
        for tool, given in calls:
            use = ToolUse(tool, given, agent, self.agent_id, self.agent_name)
            key = _key(use)
            if key not in self._known and key not in asked:
                await self._look(key, use, asked)
        if asked:
            hold_open()
            interrupt([{"key": key, "question": asdict(question)} for key, question in asked.items()])

    async def require(self, agent: str, tool: str, given: Any, what: str) -> None:
        """Return if the call may be made. Raises AgentError with the code REFUSED: the answer then misses ``what``."""
        await self.settle(agent, [(tool, given)])
        key = _key(ToolUse(tool, given, agent))
        words = self._known[key]
        if words is not None:
            failure: Failure = {"what": what, "code": REFUSED, "message": words, "retryable": False}
            self._failures.setdefault(agent, {})[key] = failure
            raise AgentError(REFUSED, words)

    def failures_of(self, agent: str) -> list[Failure]:
        """What the agent was refused, each call once, for the answer to say so."""
        return list(self._failures.get(agent, {}).values())

    async def _look(self, key: str, use: ToolUse, asked: dict[str, Question]) -> None:
        decided = self.decisions.get(key)
        if decided is not None:  # whatever became of the rule since
            self._known[key] = verdict_of(use.tool, decided).words
            return
        rule = await asyncio.to_thread(self.rules.about_in, self.session_id, use) if self.rules is not None else None
        if rule is None:
            self._known[key] = None
            return
        assert self.rules is not None, "it has given the rule"
        question = await asyncio.to_thread(self.rules.question, rule, use) if rule.effect == "ask" else None
        if question is None:
            self._known[key] = rule.refusal(use)
        else:
            asked[key] = question


@contextmanager
def suppress_refusal() -> Iterator[None]:
    """What is in it ends where a call is refused, and nothing is raised: the gate remembers it."""
    try:
        yield
    except AgentError as error:
        if error.code != REFUSED:
            raise


def _key(use: ToolUse) -> str:
    return f"tool-call/{use.agent}/{use.digest}"
