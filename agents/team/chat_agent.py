"""An agent that answers from the conversation alone. It goes by the name under which it is registered."""

from langgraph.runtime import Runtime

from agents.errors import AgentError
from agents.models.reply import Message
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
_FEW = 6  # messages


async def reply(state: AnswerState, runtime: Runtime[AnswerContext]) -> AnswerState:
    """Answer the question."""
    name, model = runtime.context.agent_name, runtime.context.model
    assert model is not None, "an agent that chats is started with a model"
    write(PhaseRecord("Writing", 0.2))
    draft = Draft("draft-1", name)
    said = _conversation(state)
    instructions: Message = {"role": "system", "content": runtime.context.instructions or _INSTRUCTIONS}
    again = False
    with step("Write the answer", agent=name, key="write-1") as writing:
        while True:
            try:
                # The registered instructions are for administrators: whoever watches sees what was said.
                await model.text(
                    "Write again" if again else "Write", [instructions, *said], draft.add, shown=said,
                    on_take_back=draft.begin_again,
                )  # fmt: skip
            except AgentError as error:
                if error.code == "model_too_long" and len(said) > 1 and not draft.text:
                    said = said[-1:] if len(said) < _FEW else said[-(len(said) // 3) :]
                    kept = counted(len(said) - 1, "earlier message")
                    writing.move(f"Too much for the model; trying with {kept}")
                    continue
                if again or not error.retryable or not draft.text:
                    raise
                again = True
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
