"""An agent that answers from the conversation alone. It goes by the name under which it is registered."""

from langgraph.runtime import Runtime

from agents.errors import AgentError
from agents.models.llm import Message
from agents.team.context import AnswerContext
from agents.team.draft import Draft
from agents.telling.steps import PhaseRecord, step, write
from agents.text.answer_state import AnswerState
from agents.text.language import counted
from agents.text.sources import without_marks

_INSTRUCTIONS = """You are a helpful assistant. Answer in the language of the question, plainly and no longer than it
needs, in Markdown where that helps. You see this conversation and nothing else, no documents: say so when you are asked
about them, and say what you do not know."""
_MOST_OF_A_TURN = 8000  # characters


async def reply(state: AnswerState, runtime: Runtime[AnswerContext]) -> AnswerState:
    """Answer the question."""
    name, model = runtime.context.agent_name, runtime.context.model
    assert model is not None, "an agent that chats is started with a model"
    write(PhaseRecord("Writing", 0.2))
    draft = Draft("draft-1", name)
    said = _conversation(state)
    messages: list[Message] = [{"role": "system", "content": runtime.context.instructions or _INSTRUCTIONS}, *said]
    with step("Write the answer", agent=name, key="write-1") as writing:
        for chance in (1, 2):
            try:
                # The registered instructions are for administrators: whoever watches sees what was said.
                await model.text("Write" if chance == 1 else "Write again", messages, draft.add, shown=said)
            except AgentError as error:
                if chance == 2 or not error.retryable or not draft.text:
                    raise
                draft.begin_again()
            else:
                break
        draft.finish([])
        writing.details = counted(len(draft.text.split()), "word")
    write(PhaseRecord("Done", 1.0))
    return {"answer": draft.text, "citations": []}


def _conversation(state: AnswerState) -> list[Message]:
    earlier: list[Message] = [
        {"role": turn["role"], "content": without_marks(turn["content"][:_MOST_OF_A_TURN])}
        for turn in state.get("history", [])
    ]
    return [*earlier, {"role": "user", "content": state["question"]}]
