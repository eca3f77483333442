"""Why a graph on a LangGraph server gave no answer, in words for people. No I/O."""

from collections.abc import Sequence

from agents.errors import AgentError


def no_assistant(name: str, known: Sequence[str] = ()) -> AgentError:
    there = f"It has {', '.join(f'“{one}”' for one in known[:10])}." if known else "Enter the name of a graph it has."
    return AgentError("langgraph_no_assistant", f"The LangGraph server has no assistant “{name}”. {there}")


def not_taken(key: str, known: Sequence[str] = ()) -> AgentError:
    there = f" It takes {', '.join(f'“{one}”' for one in known[:10])}." if known else ""
    return AgentError(
        "langgraph_not_taken", f"The graph does not take “{key}”.{there} Change the agent's key for the question."
    )


def lost() -> AgentError:
    return AgentError(
        "langgraph_lost", "The LangGraph server does not know the run any more. It was not started again."
    )


def failed(status: str, reason: str) -> AgentError:
    match status:
        case "interrupted":
            return AgentError("langgraph_stopped", "The run was stopped on the LangGraph server.")
        case "timeout":
            return AgentError("langgraph_timeout", "The graph took longer than its server allows.", retryable=True)
    words = f": {reason}{'' if reason[-1] in '.!?' else '.'}" if reason else ". Its server's log has the reason."
    return AgentError("langgraph_failed", f"The graph failed{words}", retryable=True)


def silent(key: str | None) -> AgentError:
    place = f"under “{key}”" if key else "in its messages"
    return AgentError(
        "langgraph_silent", f"The graph ended without an answer {place}. Check the agent's key of the answer."
    )
