"""What spans mean, by each convention that is read."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from api.protocols.otlp import read_export
from api.protocols.spans import step_of
from tests.support.spans import agent, chat, export, http, span
from utils.log.events import AgentActivity, AgentMessage, RunUpdate, Usage, encode_body
from utils.traces.step import Step

FIXTURES = Path(__file__).parent / "fixtures"
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def steps(request: dict[str, Any]) -> list[Step]:
    return [step_of(one, NOW) for one in read_export(json.dumps(request).encode(), "application/json").spans]


def step(one: dict[str, Any], **of_export: Any) -> Step:
    return steps(export(one, **of_export))[0]


def recorded(name: str) -> list[Step]:
    export = read_export((FIXTURES / f"{name}.pb").read_bytes(), "application/x-protobuf")
    return [step_of(one, NOW) for one in export.spans]


def test_a_recorded_run_of_pydantic_ai() -> None:
    first, tool, second, whole = recorded("pydantic-ai")
    assert [one.kind for one in (first, tool, second, whole)] == ["model", "tool", "model", "step"]
    assert {one.agent for one in (first, tool, second, whole)} == {"researcher"}
    assert len({one.conversation for one in (first, tool, second, whole)}) == 1
    assert (tool.input, tool.output) == ({"word": "engine"}, "1957: engine rebuilt by Ada")
    assert first.usage == Usage(model="fake", input_tokens=11, output_tokens=7)
    assert whole.usage is None, "its total is that of the calls within it"
    assert (whole.question, whole.answer) == ("Who rebuilt the engine?", "The engine was rebuilt by Ada.")
    assert whole.input == [{"role": "user", "parts": [{"type": "text", "content": "Who rebuilt the engine?"}]}]
    assert (first.answer, second.answer) == (None, "The engine was rebuilt by Ada.")


def test_a_recorded_run_of_langgraph_by_openinference() -> None:
    found = recorded("langchain")
    by_name = {one.action: one for one in found}
    assert {one.conversation for one in found} == {"s-1"}
    assert by_name["agent"].agent == "agent"
    assert by_name["look_up"].kind == "tool"
    assert by_name["ChatOpenAI"].usage == Usage(model="fake", input_tokens=11, output_tokens=7)
    assert by_name["ChatOpenAI"].output == [{"role": "assistant", "content": "The engine was rebuilt by Ada."}]
    root = by_name["researcher"]
    assert (root.parent_id, root.kind, root.agent) == (None, "step", None)
    assert (root.question, root.answer) == ("Who rebuilt the engine?", "The engine was rebuilt by Ada.")


def test_recorded_calls_with_the_old_names() -> None:
    whole, streamed, failed = recorded("openai")
    assert [one.kind for one in (whole, streamed, failed)] == ["model"] * 3
    assert whole.usage == streamed.usage == Usage(model="fake", input_tokens=11, output_tokens=7)
    assert (failed.failed, failed.details) == (True, "Connection error.")
    assert (whole.conversation, whole.service) == (None, "openai-v2")


@pytest.mark.parametrize(
    ("says", "kind"),
    [
        ({"gen_ai.operation.name": "text_completion"}, "model"),
        ({"gen_ai.operation.name": "embeddings"}, "model"),
        ({"gen_ai.operation.name": "create_agent"}, "step"),
        ({"gen_ai.operation.name": "invoke_workflow"}, "step"),
        ({"gen_ai.system": "openai"}, "model"),
        ({"gen_ai.operation.name": "Chat"}, "model"),
        ({"gen_ai.operation.name": "aresponses", "gen_ai.request.model": "tiny"}, "model"),
        ({"gen_ai.operation.name": "chat.completions", "gen_ai.usage.input_tokens": 3}, "model"),
        ({"gen_ai.operation.name": "run_tool", "gen_ai.tool.name": "look_up", "gen_ai.request.model": "tiny"}, "tool"),
        ({"gen_ai.operation.name": "call", "openinference.span.kind": "TOOL"}, "tool"),
        ({"gen_ai.operation.name": "framework", "gen_ai.system": "spring_ai"}, "step"),
        ({"gen_ai.system": "gcp.vertex.agent", "gen_ai.tool.name": "look_up"}, "tool"),
        ({"langfuse.observation.type": "generation"}, "model"),
        ({"langfuse.observation.type": "tool"}, "tool"),
        ({"langfuse.observation.type": "retriever"}, "step"),
        ({"ai.operationId": "ai.toolCall", "ai.toolCall.name": "look_up"}, "tool"),
        ({"gen_ai.provider.name": "aws.bedrock"}, "model"),
        ({"gen_ai.data_source.id": "d"}, "step"),
        ({"openinference.span.kind": "llm"}, "model"),
        ({"openinference.span.kind": "EMBEDDING"}, "model"),
        ({"openinference.span.kind": "RETRIEVER"}, "step"),
        ({"openinference.span.kind": "TOOL", "http.url": "x"}, "tool"),
        ({"traceloop.span.kind": "tool"}, "tool"),
        ({"traceloop.span.kind": "workflow"}, "step"),
        ({"llm.request.model": "tiny", "llm.request.type": "chat"}, "model"),
        ({"mine": 1}, "step"),
        ({"db.system.name": "postgresql"}, "other"),
        ({"http.request.method": "GET"}, "other"),
    ],
)
def test_the_kind_of_a_span(says: dict[str, Any], kind: str) -> None:
    assert step(span(1, says=says)).kind == kind


@pytest.mark.parametrize("scope", ["opentelemetry.instrumentation.asgi", "@opentelemetry/instrumentation-pg"])
def test_what_libraries_tell_of_http_and_databases_is_other(scope: str) -> None:
    assert step(span(1, kind=3)).kind == "other"
    assert step(span(1), scope=scope).kind == "other"
    assert step(chat(1), scope=scope).kind == "model"


def test_what_is_other_tells_where_it_went_and_nothing_more() -> None:
    says = {"http.request.header.authorization": "secret", "session.id": "s"}
    found = step(http(1, says=says))
    assert found.input == {"http.request.method": "GET", "url.full": "http://harbour.example/ships"}
    assert found.conversation is None, "of whoever browses"


@pytest.mark.parametrize(
    ("given", "returned"),
    [
        (
            {"gen_ai.prompt.0.role": "user", "gen_ai.prompt.0.content": "Who?", "gen_ai.usage.prompt_tokens": 5},
            {"gen_ai.completion.0.role": "assistant", "gen_ai.completion.0.content": "Ada.",
             "gen_ai.usage.completion_tokens": 2},
        ),
        (
            {"llm.input_messages.0.message.role": "system", "llm.input_messages.0.message.content": "Be short.",
             "llm.input_messages.1.message.role": "user", "llm.input_messages.1.message.content": "Who?",
             "llm.input_messages.1.message.contents.0.message_content.text": "x", "llm.token_count.prompt": 5},
            {"llm.output_messages.0.message.role": "assistant", "llm.output_messages.0.message.content": "Ada.",
             "llm.token_count.completion": 2},
        ),
        (
            {"gen_ai.input.messages": [{"role": "user", "parts": [{"type": "text", "content": "Who?"}]}],
             "gen_ai.usage.input_tokens": 5},
            {"gen_ai.output.messages": '[{"role": "assistant", "parts": [{"type": "text", "content": "Ada."}]}]',
             "gen_ai.usage.output_tokens": 2},
        ),
        (
            {"gen_ai.input.messages": '[{"role": "user", "content": [{"type": "text", "text": "Who?"}]}]',
             "gen_ai.usage.input_tokens": 5},
            {"output.value": "Ada.", "gen_ai.usage.output_tokens": 2.0},
        ),
        (
            {"gen_ai.prompt.0.role": "user", "gen_ai.prompt.0.content": '[{"type": "text", "text": "Who?"}]',
             "gen_ai.usage.input_tokens": "5"},
            {"gen_ai.completion.0.role": "assistant", "gen_ai.completion.0.content": "Ada.",
             "gen_ai.usage.output_tokens": "2.0"},
        ),
        (
            {"llm.input_messages.0.message.role": "user",
             "llm.input_messages.0.message.contents.0.message_content.type": "text",
             "llm.input_messages.0.message.contents.0.message_content.text": "Who?",
             "llm.token_count.prompt": "many", "gen_ai.usage.prompt_tokens": 5},
            {"llm.output_messages.0.message.role": "assistant",
             "llm.output_messages.0.message.contents.0.message_content.type": "reasoning",
             "llm.output_messages.0.message.contents.0.message_content.text": "Hm.",
             "llm.output_messages.0.message.contents.1.message_content.text": "Ada.", "llm.token_count.completion": 2},
        ),
        (
            {"ai.prompt.messages": '[{"role": "user", "content": [{"type": "text", "text": "Who?"}]}]',
             "ai.usage.promptTokens": 5},
            {"ai.response.text": "Ada.", "ai.usage.completionTokens": 2},
        ),
        (
            {"ai.prompt": '{"system": "Be short.", "prompt": "Who?"}', "ai.usage.inputTokens": 5},
            {"ai.response.text": "Ada.", "ai.response.toolCalls": "[]", "ai.usage.outputTokens": 2},
        ),
        (
            {"langfuse.observation.input": '[{"role": "user", "content": "Who?"}]',
             "langfuse.observation.usage_details": '{"input": 5, "output": 2, "total": 7}'},
            {"langfuse.observation.output": '{"role": "assistant", "content": "Ada."}'},
        ),
        (
            {"gcp.vertex.agent.llm_request": '{"model": "tiny", "contents": [{"role": "user", "parts": '
             '[{"text": "Who?"}]}, {"role": "user", "parts": '
             '[{"function_response": {"name": "x"}}]}]}', "gen_ai.usage.input_tokens": 5},
            {"gcp.vertex.agent.llm_response": '{"content": {"role": "model", "parts": '
             '[{"text": "Hm.", "thought": true}, {"text": "Ada."}]}}', "gen_ai.usage.output_tokens": 2},
        ),
        (  # of a stream, whose pieces name no role
            {"llm.input_messages.0.message.role": "user", "llm.input_messages.0.message.content": "Who?",
             "llm.token_count.prompt": 5},
            {"llm.output_messages.0.message.content": "Ada.", "llm.token_count.completion": 2},
        ),
        (
            {"gen_ai.input.messages": '[{"content": "Who?"}]', "gen_ai.usage.input_tokens": 5},
            {"gen_ai.output.messages": '[{"message": {"content": [{"text": "Ada."}]}}]',
             "gen_ai.usage.output_tokens": 2},
        ),
    ],
)  # fmt: skip
def test_words_and_tokens_of_a_call_by_old_names_and_new(given: dict[str, Any], returned: dict[str, Any]) -> None:
    found = step(span(1, says={"gen_ai.system": "openai", "gen_ai.request.model": "tiny", **given, **returned}))
    assert found.usage == Usage(model="tiny", input_tokens=5, output_tokens=2)
    assert (found.question, found.answer) == ("Who?", "Ada.")


def test_where_messages_name_roles_one_that_names_none_is_nobody_s() -> None:
    messages = '[{"role": "user", "content": "Who?"}, {"content": "of a tool"}]'
    found = step(chat(1, says={"gen_ai.input.messages": messages, "gen_ai.output.messages": messages}))
    assert (found.question, found.answer) == ("Who?", None)


@pytest.mark.parametrize(
    "events",
    [
        {"gen_ai.content.prompt": {"gen_ai.prompt": '[{"role": "user", "content": "Who?"}]'},
         "gen_ai.content.completion": {"gen_ai.completion": '[{"role": "assistant", "content": "Ada."}]'}},
        {"gen_ai.user.message": {"gen_ai.system": "openai", "content": "Who?"},
         "gen_ai.choice": {"index": 0, "message": '{"role": "assistant", "content": "Ada."}'}},
        {"gen_ai.user.message": {"content": '[{"text": "Who?"}]'},
         "gen_ai.choice": {"finish_reason": "end_turn", "message": '[{"text": "Ada."}]'}},
        {"gen_ai.user.message": {"content": "Who?"}, "gen_ai.choice": {"message": "Ada."}},
        {"gen_ai.client.inference.operation.details": {
            "gen_ai.input.messages": '[{"role": "user", "content": "Who?"}]',
            "gen_ai.output.messages": '[{"role": "assistant", "content": "Ada."}]'}},
    ],
)  # fmt: skip
def test_words_that_are_events_of_the_span(events: dict[str, Any]) -> None:
    found = step(chat(1, events=events))
    assert (found.question, found.answer) == ("Who?", "Ada.")
    assert found.input
    assert found.output


@pytest.mark.parametrize(
    "says",
    [
        {"ai.toolCall.name": "look_up", "ai.toolCall.args": '{"word": "engine"}', "ai.toolCall.result": '"1957"'},
        {"gen_ai.operation.name": "framework", "gen_ai.system": "spring_ai",
         "spring.ai.tool.definition.name": "look_up",
         "spring.ai.tool.call.arguments": '{"word": "engine"}', "spring.ai.tool.call.result": '"1957"'},
        {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "look_up",
         "gcp.vertex.agent.tool_call_args": '{"word": "engine"}', "gcp.vertex.agent.tool_response": '"1957"'},
        {"langfuse.observation.type": "tool", "langfuse.observation.input": '{"word": "engine"}',
         "langfuse.observation.output": '"1957"'},
    ],
)  # fmt: skip
def test_what_a_tool_was_given_and_returned(says: dict[str, Any]) -> None:
    found = step(span(1, name="ai.toolCall", says=says))
    assert (found.kind, found.input, found.output) == ("tool", {"word": "engine"}, '"1957"')
    assert found.action == ("ai.toolCall" if "langfuse.observation.type" in says else "ai.toolCall look_up")
    assert step(span(1, name="execute_tool look_up", says=says)).action == "execute_tool look_up"


def test_an_answer_in_json_is_told_as_it_was_said() -> None:
    assert step(chat(1, says={"ai.response.text": '{"year": 1957}'})).answer == '{"year": 1957}'
    said = {"gen_ai.prompt.0.role": "user", "gen_ai.prompt.0.content": '[{"year": 1957}]'}
    assert step(chat(1, says=said)).question == '[{"year": 1957}]'


def test_a_failure_that_langfuse_tells_beside_the_status_is_one() -> None:
    says = {"langfuse.observation.level": "ERROR", "langfuse.observation.status_message": "No ship."}
    found = step(span(1, says=says))
    assert (found.failed, found.details) == (True, "No ship.")


def test_a_failure_is_told_without_its_stack() -> None:
    thrown = {"exception.type": "ValueError", "exception.message": "no ship", "exception.stacktrace": "File x"}
    assert step(span(1, failed="", events={"exception": thrown})).details == "ValueError: no ship"
    assert step(span(1, failed="Lost.", events={"exception": thrown})).details == "Lost."
    assert step(span(1, failed="", says={"error.type": "timeout"})).details == "timeout"
    assert step(span(1, events={"exception": thrown})).details is None, "it went well"


def test_the_conversation_is_the_span_s_or_of_all_that_its_program_tells() -> None:
    assert step(chat(1, says={"gen_ai.conversation.id": "c", "session.id": "s"})).conversation == "c"
    assert step(chat(1, says={"session.id": 7})).conversation == "7"
    assert step(chat(1, says={"gcp.vertex.agent.session_id": "c"})).conversation == "c"
    assert step(chat(1, says={"ai.telemetry.metadata.sessionId": "c"})).conversation == "c"
    assert step(chat(1), **{"session.id": "deploy-42"}).conversation == "deploy-42"
    assert step(chat(1)).conversation is None


def test_agents_are_called_as_they_are_named() -> None:
    assert step(agent(1, name="Lookout")).agent == "Lookout"
    assert step(span(1, name="invoke_agent Pilot", says={"gen_ai.operation.name": "invoke_agent"})).agent == "Pilot"
    assert step(span(1, name="Pilot", says={"openinference.span.kind": "AGENT"})).agent == "Pilot"
    assert step(chat(1, says={"gen_ai.agent.name": "Lookout"})).agent == "Lookout"
    assert step(chat(1)).agent is None


def test_totals_of_an_agent_are_not_added_to_its_calls() -> None:
    totals = {"gen_ai.usage.input_tokens": 22, "gen_ai.usage.output_tokens": 14, "gen_ai.request.model": "tiny"}
    assert step(agent(1, says=totals)).usage is None
    assert step(span(1, says={"openinference.span.kind": "CHAIN", "llm.token_count.prompt": 22})).usage is None


def test_times_that_are_none() -> None:
    missing = span(1) | {"startTimeUnixNano": "0"}
    assert step(missing).began == step(missing).ended
    assert step(missing | {"endTimeUnixNano": "0"}).began == NOW
    assert step(span(1, seconds=-5)).began == step(span(1, seconds=-5)).ended, "it takes no negative time"
    assert step(span(1) | {"endTimeUnixNano": str(2**64 - 1)}).ended - NOW < timedelta(days=366 * 600)


def test_what_is_too_long_is_cut_and_says_so() -> None:
    found = step(chat(1, says={"gen_ai.input.messages": json.dumps([{"role": "user", "content": "ä" * 600_000}])}))
    assert found.input.startswith('[{"role":"user"')
    assert found.input.endswith("… (1,200,030 bytes)")
    assert len(step(span(1, name="x" * 300)).action) == 200
    assert step(span(1, name="")).action == "span"


@pytest.mark.parametrize("letter", ["ä", '"', "\1", "🚢"])
def test_however_long_a_question_an_answer_and_a_text_are_each_fits_into_an_event(letter: str) -> None:
    said = letter * 1_000_000
    found = step(chat(1, says={
        "gen_ai.input.messages": json.dumps([{"role": "user", "content": said}]), "gen_ai.output.messages": said,
    }))  # fmt: skip
    of_run = {"session_id": "s", "run_id": "r"}
    for event in (
        RunUpdate(**of_run, status="running", question=found.question),
        AgentMessage(**of_run, message_id="m", agent_name="a", delta=found.answer),
        AgentActivity(
            **of_run, activity_id="a", agent_name="b", action="c", status="started", input=found.input,
            output=found.output,
        ),
    ):  # fmt: skip
        assert encode_body(event)
    assert found.question == found.answer == f"{letter * 200_000}…"
    assert found.output.endswith(f"… ({len(said.encode()):,} bytes)")


def test_whatever_a_span_says_can_be_stored() -> None:
    odd = {
        "gen_ai.input.messages": '["\\ud83d"]', "output.value": '{"n": NaN, "big": 1e999}',
        "gen_ai.usage.input_tokens": "x",
        "llm.input_messages.x.message": 1, "gen_ai.prompt.0": "a", "gen_ai.prompt.0.role": "b",
        "gen_ai.completion." + "9." * 2000 + "z": 1, "session.id": "a\0b",
    }  # fmt: skip
    found = step(chat(1, says=odd) | {"name": "\0"})
    for content in (found.input, found.output):
        event = AgentActivity(
            session_id="s", activity_id="a", agent_name="b", action=found.action, status="started", input=content
        )
        assert encode_body(event)
    assert found.conversation == "ab"
    assert found.usage == Usage(model="tiny", input_tokens=0, output_tokens=3)
