"""LangGraph and LangChain as they are, told by one callback handler."""

from tests.adapters.conftest import Program
from tests.adapters.model_server import ANSWER
from tests.conftest import Server

GRAPH = """
import asyncio, sys
import ringside
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from langgraph.prebuilt import create_react_agent
from ringside.langchain import RingsideCallbackHandler

@tool
def look_up(word: str) -> str:
    "Looks a word up in the log."
    if word == "fail":
        raise ValueError("no such word")
    return "1957: engine rebuilt by Ada"

handler = RingsideCallbackHandler()
graph = create_react_agent(ChatOpenAI(model="tiny", streaming=STREAMING), [look_up], name="researcher")
asked = {"messages": [("user", "Who rebuilt the engine?")]}
"""


def steps(server: Server, session: str) -> dict[str, dict[str, object]]:
    """The end of each step, with the action of what encloses it."""
    events = [event for event in server.events(session) if event["type"] == "agentActivity"]
    names = {event["activity_id"]: event["action"] for event in events}
    ended = [event for event in events if event["status"] not in ("started", "in-progress")]
    assert {event["activity_id"] for event in events} == {event["activity_id"] for event in ended}, "all have ended"
    return {f"{names.get(event.get('parent_id'), '-')} > {event['action']}": event for event in ended}


def texts(server: Server, session: str) -> list[str]:
    found: dict[str, str] = {}
    for event in server.events(session):
        if event["type"] == "agentMessage":
            found[event["message_id"]] = found.get(event["message_id"], "") + event["delta"]
    return [text.strip() for text in found.values()]


def test_a_graph_is_a_run_with_its_nodes_models_and_tools(program: Program, server: Server) -> None:
    code = GRAPH.replace("STREAMING", "False") + (
        "with ringside.session('graph', title='A graph'):\n    graph.invoke(asked, {'callbacks': [handler]})\n"
    )
    program(code)
    found = steps(server, "graph")
    assert set(found) == {"- > agent", "- > tools", "agent > Ask tiny", "tools > look_up"}
    assert found["tools > look_up"]["output"] == "1957: engine rebuilt by Ada"
    assert found["tools > look_up"]["kind"] == "tool"
    assert found["agent > Ask tiny"]["usage"] == {"model": "tiny", "input_tokens": 11, "output_tokens": 7}
    runs = [event for event in server.events("graph") if event["type"] == "runUpdate"]
    assert [run["status"] for run in runs] == ["running", "completed"]
    assert runs[0]["question"] == "Who rebuilt the engine?"
    assert texts(server, "graph") == [ANSWER]


def test_an_answer_that_is_streamed_arrives_as_it_is_written_and_once(program: Program, server: Server) -> None:
    code = (
        GRAPH.replace("STREAMING", "True")
        + """
async def main():
    async with ringside.session('streamed'):
        async for _ in graph.astream(asked, {'callbacks': [handler]}, stream_mode='messages'):
            pass
asyncio.run(main())
"""
    )
    program(code)
    assert texts(server, "streamed") == [ANSWER]
    assert set(steps(server, "streamed")) == {"- > agent", "- > tools", "agent > Ask tiny", "tools > look_up"}


def test_a_conversation_of_the_framework_is_a_session(program: Program, server: Server) -> None:
    code = GRAPH.replace("STREAMING", "False") + (
        "graph.invoke(asked, {'callbacks': [handler], 'configurable': {'thread_id': 'thread-7'},"
        " 'metadata': {'session_id': 'thread-7'}})\n"
    )
    program(code)
    assert "agent > Ask tiny" in steps(server, "thread-7")


def test_what_fails_has_failed_and_the_program_sees_it(program: Program, server: Server) -> None:
    code = (
        GRAPH.replace("STREAMING", "False").replace('model="tiny"', 'model="broken"')
        + """
try:
    with ringside.session('broken-model'):
        graph.invoke(asked, {'callbacks': [handler]})
except Exception as error:
    print("no such model" in str(error))
"""
    )
    assert program(code).strip() == "True"
    found = steps(server, "broken-model")
    assert set(found) == {"- > agent", "agent > Ask broken"}
    assert {step["status"] for step in found.values()} == {"failed"}
    assert "no such model" in str(found["agent > Ask broken"]["details"])
    assert server.events("broken-model")[-1]["status"] == "failed", "the run's end is the last word; it was told once"


ASKING = """
import ringside
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import MessagesState, StateGraph
from langgraph.types import Command, interrupt
from ringside.langchain import RingsideCallbackHandler

def delete(state):
    return {"messages": [("ai", "Deleted: " + interrupt({"question": "Delete?"}))]}

graph = StateGraph(MessagesState)
graph.add_node("delete", delete)
graph.set_entry_point("delete")
compiled = graph.compile(checkpointer=InMemorySaver())

def invoke(given, thread="1", **more):
    found = {"callbacks": [RingsideCallbackHandler()], "configurable": {"thread_id": thread}}
    return compiled.invoke(given, found, **more)
"""


def runs(server: Server, session: str) -> list[tuple[object, ...]]:
    """(number of the run, status, question, reason) of each of their events."""
    events = [event for event in server.events(session) if event["type"] == "runUpdate"]
    ids = list(dict.fromkeys(event["run_id"] for event in events))
    return [(ids.index(one["run_id"]), one["status"], one.get("question"), one.get("reason")) for one in events]


def test_a_graph_that_waits_for_a_person_waits_and_says_nothing(program: Program, server: Server) -> None:
    program(ASKING + "with ringside.session('interrupted'):\n    invoke({'messages': [('user', 'hi')]})\n")
    assert runs(server, "interrupted") == [(0, "running", "hi", None), (0, "waiting", None, "Delete?")]
    last = {event["action"]: event for event in server.events("interrupted") if "action" in event}
    assert {action: (event["status"], event["details"]) for action, event in last.items()} == {
        "delete": ("waiting", "Delete?")
    }
    assert texts(server, "interrupted") == []


def test_a_graph_that_goes_on_goes_on_in_its_run(program: Program, server: Server) -> None:
    program(
        ASKING
        + """
with ringside.session("resumed"):
    invoke({"messages": [("user", "hi")]})
    invoke(Command(resume="yes"))
"""
    )
    assert [(run, status) for run, status, _, _ in runs(server, "resumed")] == [
        (0, "running"), (0, "waiting"), (0, "running"), (0, "completed"),
    ]  # fmt: skip
    assert texts(server, "resumed") == ["Deleted: yes"]
    steps(server, "resumed")  # all have ended
    program(ASKING + "invoke(Command(resume='yes'), thread='elsewhere')\n")
    assert runs(server, "elsewhere")[0] == (0, "running", "yes", None), "nobody here knows the run that waited"


def test_a_question_in_place_of_an_answer_ends_what_waits(program: Program, server: Server) -> None:
    program(
        ASKING
        + """
with ringside.session("asked-anew"):
    invoke({"messages": [("user", "hi")]})
    invoke({"messages": [("user", "Something else")]})
"""
    )
    assert [(run, status) for run, status, _, _ in runs(server, "asked-anew")] == [
        (0, "running"), (0, "waiting"), (0, "cancelled"), (1, "running"), (1, "waiting"),
    ]  # fmt: skip


def test_a_breakpoint_waits(program: Program, server: Server) -> None:
    program(
        ASKING
        + """
with ringside.session("breakpoint"):
    invoke({"messages": [("user", "hi")]}, interrupt_before=["delete"])
    invoke(None)
"""
    )
    assert [(run, status) for run, status, _, _ in runs(server, "breakpoint")] == [
        (0, "running"), (0, "waiting"), (0, "running"), (0, "waiting"),
    ]  # fmt: skip
    assert texts(server, "breakpoint") == []


def test_a_graph_that_says_nothing_does_not_repeat_the_question(program: Program, server: Server) -> None:
    program("""
import ringside
from langchain_core.messages import AIMessage, ToolMessage
from langgraph.graph import MessagesState, StateGraph
from ringside.langchain import RingsideCallbackHandler

def ask(session, *said, before=()):
    graph = StateGraph(MessagesState)
    graph.add_node("node", lambda state: {"messages": list(said)})
    graph.set_entry_point("node")
    with ringside.session(session):
        asked = {"messages": [*before, {"role": "user", "content": "Who?"}]}
        graph.compile().invoke(asked, {"callbacks": [RingsideCallbackHandler()]})

ask("silent")
ask("silent-now", before=[("user", "When?"), ("ai", "In 1957.")])
calls = AIMessage("Let me look.", tool_calls=[{"name": "look", "args": {}, "id": "c"}])
ask("tool", calls, ToolMessage("Ada.", tool_call_id="c"))
ask("remark", {"role": "assistant", "content": "Ada."}, ("system", "Done."))
""")
    assert [texts(server, session) for session in ("silent", "silent-now", "tool", "remark")] == [
        [], [], ["Ada."], ["Ada."],
    ]  # fmt: skip
    assert runs(server, "silent-now")[0][2] == "Who?"


def test_a_model_alone_is_asked_and_answers(program: Program, server: Server) -> None:
    program("""
import ringside
from langchain_openai import ChatOpenAI
from ringside.langchain import RingsideCallbackHandler

for streaming in (False, True):
    with ringside.session(f"alone-{streaming}"):
        model = ChatOpenAI(model="tiny", streaming=streaming)
        model.invoke([("system", "Be short."), ("user", "Who?")], {"callbacks": [RingsideCallbackHandler()]})
ChatOpenAI(model="tiny").invoke(
    "Who?", {"callbacks": [RingsideCallbackHandler()], "metadata": {"session_id": "alone-there"}}
)
""")
    for session in ("alone-False", "alone-True", "alone-there"):
        assert [run[1:3] for run in runs(server, session)] == [("running", "Who?"), ("completed", None)]
        assert texts(server, session) == [ANSWER]


def test_a_node_that_hands_over_to_the_graph_around_it_has_not_failed(program: Program, server: Server) -> None:
    program("""
import ringside
from langgraph.graph import MessagesState, StateGraph
from langgraph.types import Command
from ringside.langchain import RingsideCallbackHandler

inner = StateGraph(MessagesState)
inner.add_node("hand over", lambda state: Command(goto="other", graph=Command.PARENT))
inner.set_entry_point("hand over")
outer = StateGraph(MessagesState)
outer.add_node("inner", inner.compile())
outer.add_node("other", lambda state: {"messages": [("ai", "Ada.")]})
outer.set_entry_point("inner")
with ringside.session("handed-over"):
    outer.compile().invoke({"messages": [("user", "Who?")]}, {"callbacks": [RingsideCallbackHandler()]})
""")
    assert {step["status"] for step in steps(server, "handed-over").values()} == {"completed"}
    assert texts(server, "handed-over") == ["Ada."]
