"""The way of an answer from agent to agent.

plan → read → assign → research ┐
                     → analyse  ┴→ write → review → deliver
                                     ↑______│  at most twice
"""

from langgraph.graph import END, START, StateGraph

from agents.team import supervisor
from agents.team.analysis_agent import analyse
from agents.team.chat_agent import reply
from agents.team.context import AnswerContext
from agents.team.document_agent import read_documents
from agents.team.research_agent import research
from agents.team.review_agent import review
from agents.team.writer_agent import write_answer
from agents.text.answer_state import AnswerState, Turn

AnswerGraph = StateGraph[AnswerState, AnswerContext, AnswerState, AnswerState]


def build_graph() -> AnswerGraph:
    """The graph, not compiled: whoever runs it chooses where its checkpoints go."""
    graph: AnswerGraph = StateGraph(AnswerState, context_schema=AnswerContext)
    graph.add_node("plan", supervisor.plan)
    graph.add_node("read", read_documents)
    graph.add_node("assign", supervisor.assign)
    graph.add_node("research", research)
    graph.add_node("analysis", analyse)
    graph.add_node("write", write_answer)
    graph.add_node("review", review)
    graph.add_node("deliver", supervisor.deliver)
    graph.add_edge(START, "plan")
    graph.add_edge("plan", "read")
    graph.add_edge("read", "assign")
    graph.add_conditional_edges("assign", supervisor.branches, ["research", "analysis", "write"])
    graph.add_edge("research", "write")
    graph.add_edge("analysis", "write")
    graph.add_edge("write", "review")
    graph.add_conditional_edges("review", supervisor.after_review, ["write", "deliver"])
    graph.add_edge("deliver", END)
    return graph


def build_chat_graph() -> AnswerGraph:
    """One agent that answers from the conversation alone."""
    graph: AnswerGraph = StateGraph(AnswerState, context_schema=AnswerContext)
    graph.add_node("reply", reply)
    graph.add_edge(START, "reply")
    graph.add_edge("reply", END)
    return graph


def initial_state(question: str, history: list[Turn] | None = None) -> AnswerState:
    """Where a run starts. ``history`` are the earlier messages of the session, oldest first."""
    return {"question": question, "history": list(history or []), "findings": [], "evidence": [], "failures": []}
