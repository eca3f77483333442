"""Where a run of the document agents can begin again: before each node of their graph whose step it told of.

What the nodes before it have found is in the checkpoint that was saved before it.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from agents.backends.base import RestartPoint
from agents.extraction.question import MOST_PARTS, plan_parts
from agents.telling.narration import activity_id_of
from agents.text.answer_state import MOST_DRAFTS, AnswerState, Part
from agents.text.language import quoted
from utils.log.events import AgentActivity
from utils.sessions.restart import Restart

FIRST = "plan"  # nothing was found before it
# By the keys of the steps: the node that tells them. Those of drafts have a number.
_NODES = {
    "plan": "plan", "read": "read", "copies": "read", "assign": "assign", "research": "research",
    "analysis": "analysis", "deliver": "deliver",
    **{f"{node}-{number}": node for node in ("write", "review") for number in range(1, MOST_DRAFTS + 1)},
}  # fmt: skip
# Behind which node each of them comes next, once it is said that this one is done.
_BEFORE = {
    "read": "plan", "assign": "read", "research": "assign", "analysis": "assign", "review": "write",
    "deliver": "review",
}  # fmt: skip
_SIDE_BY_SIDE = {"research": "analysis", "analysis": "research"}
_Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]


class Questions(BaseModel):
    """What the agents are to work on, one question for each part."""

    model_config = ConfigDict(extra="forbid")

    questions: list[_Line] = Field(min_length=1, max_length=MOST_PARTS)


class Query(BaseModel):
    """What to search the documents for."""

    model_config = ConfigDict(extra="forbid")

    query: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]


def find(run_id: str, chosen: AgentActivity, steps: Sequence[AgentActivity]) -> RestartPoint | str:
    """A step within another begins again with that one, for only a node of the graph has a checkpoint before it."""
    top = _below_root(chosen, {step.activity_id: step for step in steps})
    keys = {activity_id_of(run_id, key): key for key in _NODES}
    if top is None or top.activity_id not in keys:
        return "The work cannot begin with this step: it is none of those after which the agents keep what they have."
    key = keys[top.activity_id]
    if key == FIRST:
        return RestartPoint(
            FIRST, "It is the first step: everything is done again.",
            fixed="Its input is the question. Edit the question in the conversation instead.",
        )  # fmt: skip
    begins = f"It begins again with {quoted(top.action)}; what was found before is kept."
    if key in ("read", "copies"):
        begins = f"{begins} Documents that were read are not read again."
    beside = activity_id_of(run_id, _SIDE_BY_SIDE.get(key, ""))
    if other := next((step for step in steps if step.activity_id == beside), None):
        begins = f"{begins} {quoted(other.action)} works beside it and begins again, too."
    takes = _input_of(key, chosen, top)
    fixed = None if takes else "Its input follows from the steps before it and cannot be changed."
    return RestartPoint(_begin(key), begins, takes, fixed, from_checkpoint=True)


def comes_next(begin: str, state: Mapping[str, Any], nodes: Sequence[str]) -> bool:
    """Whether a checkpoint with this state, after which these nodes come, is the one before ``begin``."""
    node, _, number = begin.partition("-")
    if node not in nodes:
        return False
    done = state.get("draft_number", 0)
    return not number or int(number) == (done if node == "review" else done + 1)


def node_before(begin: str) -> str:
    """The node after which this one comes next."""
    node, _, number = begin.partition("-")
    if node == "write":
        return "research" if number == "1" else "review"
    return _BEFORE[node]


def changes(restart: Restart, state: Mapping[str, Any]) -> AnswerState:
    """What an edited input changes in the state before the step."""
    if not restart.edited:
        return {}
    if restart.begin == "assign":
        return {"parts": _parts(Questions.model_validate(restart.input).questions, state)}
    before, instead = restart.former_input["query"], Query.model_validate(restart.input).query
    return {"queries": _searched_instead(state.get("queries", {}), before, instead)}


def _searched_instead(queries: Mapping[str, str], before: str, instead: str) -> dict[str, str]:
    """What was written anew once and is again is still what was searched for at first; nothing is searched twice."""
    origins = [first for first, last in queries.items() if last == before] or [before]
    return {first: last for first, last in {**queries, **dict.fromkeys(origins, instead)}.items() if first != last}


def _parts(questions: Sequence[str], state: Mapping[str, Any]) -> list[Part]:
    """A part whose words were left as they are stays; what a new one needs is understood without a model."""
    known = {part["question"]: part for part in state["parts"]}
    parts: list[Part] = []
    for question in questions:
        parts += [known[question]] if question in known else plan_parts(question, state.get("history", []))
    return parts[:MOST_PARTS]


def _input_of(key: str, chosen: AgentActivity, top: AgentActivity) -> type[BaseModel] | None:
    given = chosen.input if isinstance(chosen.input, dict) else {}
    if chosen.activity_id == top.activity_id:
        return Questions if key == "assign" and "questions" in given else None
    is_search = key == "research" and chosen.kind == "tool" and set(given) == {"query"}
    return Query if is_search else None


def _begin(key: str) -> str:
    return _NODES[key] if key == "copies" else key


def _below_root(step: AgentActivity, steps: Mapping[str, AgentActivity]) -> AgentActivity | None:
    """The step around it that only the root is around."""
    while step.parent_id is not None:
        around = steps.get(step.parent_id)
        if around is None:
            return None
        if around.parent_id is None:
            return step
        step = around
    return None
