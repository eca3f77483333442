"""An agent whose answers come from n8n, over real HTTP. Recorded are the replies of n8n 1.123.81."""

import json
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from agents.backends.base import Answer, Waiting
from agents.connectors import n8n
from agents.connectors.n8n import N8nConfiguration
from agents.errors import AgentError
from agents.telling.steps import StepRecord
from tests.agents.connectors.conftest import CANARIES, Asked, Asking
from tests.support.foreign_server import ForeignServer, Received, answer, gzipped, head, json_answer
from tests.support.processes import free_port
from tests.support.recorded import FIXTURES, recorded

pytestmark = pytest.mark.anyio
HOOK, API = "/webhook/crew", "/api/v1"
KEY = ("n8n_api_key",)


def agent(asking: Asking, server: ForeignServer, *secrets: str, **configuration: Any) -> Asked:
    return asking("n8n", {"address": f"{server.url}{HOOK}", **configuration}, secrets=secrets)


def replies(server: ForeignServer, *bodies: bytes, media_type: str = "application/json; charset=utf-8") -> None:
    def reply(_: Received) -> Iterator[bytes]:
        yield head(200, media_type=media_type)
        yield from bodies

    server.answers["POST", HOOK] = reply


def lines(*values: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(value).encode() + b"\n" for value in values)


def line(kind: str, content: str | None = None, node: str = "AI Agent") -> dict[str, Any]:
    return {
        "type": kind,
        "content": content,
        "metadata": {"nodeId": node, "nodeName": node, "itemIndex": 0, "runIndex": 0},
    }


async def failure(asked: Asked, state: Any = None) -> AgentError:
    with pytest.raises(AgentError) as failed:
        await asked.answer(state)
    assert not [secret for secret in CANARIES.values() if secret in repr(failed.value) + failed.value.message]
    return failed.value


async def test_a_recorded_stream_becomes_text_and_steps(asking: Asking, server: ForeignServer) -> None:
    server.answers["POST", HOOK] = lambda _: iter([recorded("n8n/agent-stream")])
    asked = agent(asking, server)
    assert await asked.answer() == Answer("The engine was rebuilt by Ada. ")
    assert "".join(text.delta for text in asked.texts) == "The engine was rebuilt by Ada. "
    assert [text.final for text in asked.texts] == [False] * 6 + [True]
    assert asked.steps() == ["AI Agent", "AI Agent", "Run the n8n workflow"]
    nodes = [one for one in asked.records if isinstance(one, StepRecord) and one.action == "AI Agent"]
    assert len({one.key for one in nodes}) == 2
    assert {one.parent for one in nodes} == {"n8n"}


async def test_the_workflow_is_sent_all_it_may_need(asking: Asking, server: ForeignServer) -> None:
    replies(server, b'{"output": "Ada."}')
    asked = asking(
        "n8n", {"address": f"{server.url}{HOOK}", "settings": '{"language": "en"}'}, instructions="You help.",
        history=[{"role": "user", "content": "Hello"}], metadata={"ticket": 7},
    )  # fmt: skip
    assert await asked.answer() == Answer("Ada.")
    [sent] = server.received
    assert sent.json() == {
        "action": "sendMessage",
        "chatInput": "Who rebuilt the engine?",
        "message": "Who rebuilt the engine?",
        "sessionId": "session-1",
        "runId": "run-0123456789abcdef",
        "systemPrompt": "You help.",
        "conversation": [{"role": "user", "content": "Hello"}],
        "configuration": {"language": "en"},
        "metadata": {"ticket": 7},
    }
    assert "authorization" not in sent.headers


@pytest.mark.parametrize(
    ("configuration", "header", "value"),
    [
        ({"authentication": "bearer"}, "authorization", f"Bearer {CANARIES['token']}"),
        ({"authentication": "header", "header_name": "X-Key"}, "x-key", CANARIES["token"]),
    ],
)
async def test_the_token_goes_where_the_webhook_wants_it(
    asking: Asking, server: ForeignServer, configuration: dict[str, Any], header: str, value: str
) -> None:
    replies(server, b'{"output": "Ada."}')
    await agent(asking, server, "token", **configuration).answer()
    assert server.received[0].headers[header] == value
    with pytest.raises(AgentError) as failed:
        agent(asking, server, **configuration).backend()
    assert failed.value.code == "n8n_token_needed"


async def test_a_token_that_the_workflow_repeats_is_told_to_nobody(asking: Asking, server: ForeignServer) -> None:
    said = f"Authorization: Bearer {CANARIES['token']}"
    replies(server, json.dumps({"output": said}).encode())
    asked = agent(asking, server, "token", authentication="bearer")
    assert await asked.answer() == Answer("Authorization: Bearer •••")


async def test_nor_is_one_that_comes_in_pieces(asking: Asking, server: ForeignServer) -> None:
    said = f"It is {CANARIES['token']}, or cana"
    replies(
        server, lines(line("begin"), *(line("item", said[at : at + 7]) for at in range(0, len(said), 7)), line("end"))
    )
    asked = agent(asking, server, "token", authentication="bearer")
    assert await asked.answer() == Answer("It is •••, or cana")
    told = "".join(text.delta for text in asked.texts)
    assert (told, asked.texts[-1].final) == ("It is •••, or cana", True)


async def test_pieces_arrive_as_they_come(asking: Asking, server: ForeignServer) -> None:
    """The second is sent when the first has been told: it would never come otherwise."""
    asked = agent(asking, server)

    def reply(_: Received) -> Iterator[bytes]:
        yield head(200, headers={"Content-Encoding": "identity"})
        yield lines(line("begin"), line("item", "The "))
        deadline = time.monotonic() + 5
        while not asked.texts and time.monotonic() < deadline:
            time.sleep(0.005)
        yield lines(line("item", "sea." if asked.texts else "too late"), line("end"))

    server.answers["POST", HOOK] = reply
    assert await asked.answer() == Answer("The sea.")


@pytest.mark.parametrize(
    ("body", "media_type", "said"),
    [
        (b'{"output": "Ada."}', "application/json", "Ada."),
        (b'[{"text": "Ada."}]', "application/json", "Ada."),
        (b"Ada.", "text/html; charset=utf-8", "Ada."),
        (b"data: A\n\ndata: da.\n\ndata: [DONE]\n\n", "text/event-stream", "Ada."),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
async def test_other_replies_are_answers_too(
    asking: Asking, server: ForeignServer, body: bytes, media_type: str, said: str, packed: bool
) -> None:
    sent, headers = (gzipped(body), {"Content-Encoding": "gzip"}) if packed else (body, {})
    server.answers["POST", HOOK] = lambda _: answer(200, sent, media_type=media_type, headers=headers)
    assert await agent(asking, server).answer() == Answer(said)


async def test_a_stream_that_is_done_need_not_end(asking: Asking, server: ForeignServer) -> None:
    def reply(call: Received) -> Iterator[bytes]:
        yield head(200, media_type="text/event-stream") + b"data: Ada.\n\ndata: [DONE]\n\n"
        call.server.stopping.wait(30)

    server.answers["POST", HOOK] = reply
    assert await agent(asking, server).answer() == Answer("Ada.")


async def test_an_error_without_a_reason_says_where_the_reason_is(asking: Asking, server: ForeignServer) -> None:
    server.answers["POST", HOOK] = lambda _: iter([recorded("n8n/error-stream")])
    asked = agent(asking, server)
    error = await failure(asked)
    assert (error.code, error.message) == (
        "n8n_failed",
        "The n8n workflow failed at “Code”. Its webhook gives no reason; n8n's list of executions has it. With an n8n "
        "API key, it is shown here.",
    )
    assert asked.steps("failed") == ["Code", "Run the n8n workflow"]


async def test_a_node_that_is_tried_again_answers(
    asking: Asking, server: ForeignServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long the second try takes: the grace is for a stream in which nothing begins any more."""
    monkeypatch.setattr(n8n, "_GRACE_SECONDS", 0.2)

    def reply(call: Received) -> Iterator[bytes]:
        yield head(200) + lines(line("begin"), line("error"), line("begin"))
        call.server.stopping.wait(1)
        yield lines(line("item", "Hi there"), line("end"))

    server.answers["POST", HOOK] = reply
    asked = agent(asking, server)
    assert await asked.answer() == Answer("Hi there")
    assert asked.steps("failed", "completed") == ["AI Agent", "AI Agent", "Run the n8n workflow"]
    assert [one.final for one in asked.texts] == [False, True]


async def test_a_node_that_fails_in_an_execution_that_goes_well_does_not_end_the_run(
    asking: Asking, server: ForeignServer
) -> None:
    replies(server, lines(line("begin"), line("item", "The "), line("error")))
    Executions(server, described("agent", startedAt=None))
    asked = agent(asking, server, *KEY)
    assert await asked.answer() == Answer("The engine was rebuilt by Ada. ")
    assert [(one.delta, one.final) for one in asked.texts] == [
        ("The ", False), ("The engine was rebuilt by Ada. ", True),
    ]  # fmt: skip
    assert asked.texts[1].replaces == asked.texts[0].key


@pytest.mark.parametrize(
    "body", [b"Ask about ships", b'{"message": "Ask about ships"}', b'{"error": "Ask about ships"}']
)
@pytest.mark.parametrize(
    ("status", "what"), [(400, "refused the question"), (422, "refused the question"), (500, "failed")]
)
async def test_a_workflow_that_refuses_a_question_says_so_in_its_own_words(
    asking: Asking, server: ForeignServer, status: int, what: str, body: bytes
) -> None:
    server.answers["POST", HOOK] = lambda _: answer(status, body, media_type="text/html")
    error = await failure(agent(asking, server))
    assert (error.code, error.message) == (
        "n8n_refused", f"The n8n workflow {what} ({status}): Ask about ships.",
    )  # fmt: skip


async def test_a_refusal_with_the_token_in_it_is_told_without(asking: Asking, server: ForeignServer) -> None:
    server.answers["POST", HOOK] = lambda _: answer(400, f"Not with {CANARIES['token']}".encode())
    error = await failure(agent(asking, server, "token", authentication="bearer"))
    assert error.message.endswith("(400): Not with •••.")


async def test_the_stream_of_a_stopped_execution_has_no_end(
    asking: Asking, server: ForeignServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(n8n, "_GRACE_SECONDS", 0.2)

    def reply(call: Received) -> Iterator[bytes]:
        yield head(200) + lines(line("begin"), line("item", "The "), line("error", "Manual stop"))
        call.server.stopping.wait(30)

    server.answers["POST", HOOK] = reply
    begun = time.monotonic()
    error = await failure(agent(asking, server))
    assert error.message == "The n8n workflow failed at “AI Agent”: Manual stop."
    assert time.monotonic() - begun < 10


@pytest.mark.parametrize(
    ("status", "body", "code", "words"),
    [
        (401, b"no", "outside_unauthorised", "does not accept the key"),
        (403, b'{"code":0,"message":"Authorization data is wrong!"}', "n8n_unauthorised", "does not accept the token"),
        (
            404,
            b'{"code":404,"message":"The requested webhook \\"POST crew\\" is not registered.","hint":"The workflow '
            b'must be active for a production URL to run successfully.","stacktrace":"Error at /usr/lib/node_modules"}',
            "n8n_not_active",
            "Activate the workflow",
        ),
        (
            404,
            b'{"code":404,"message":"This webhook is not registered for POST requests. Did you mean to make a GET '
            b'request?","stacktrace":"Error at /usr/lib/node_modules"}',
            "n8n_method",
            "Set its HTTP method to POST",
        ),
        (404, b"<html>nothing</html>", "outside_not_found", "has nothing at this address"),
        (413, b"", "outside_refused", "refused the request (413"),
        (500, b"<html>oh</html>", "outside_failed", "n8n failed (500)"),
        (500, b'{"message":"Error in workflow"}', "n8n_failed", "The n8n workflow failed."),
        (504, b"<html>late</html>", "n8n_lost", "The workflow may have run; it was not started again."),
        (302, b"", "outside_moved", "sends on to another address"),
    ],
)
async def test_a_refusal_is_told_in_plain_words(
    asking: Asking, server: ForeignServer, status: int, body: bytes, code: str, words: str
) -> None:
    headers = {"Location": "http://elsewhere.example/"}
    server.answers["POST", HOOK] = lambda _: answer(status, body, headers=headers)
    error = await failure(agent(asking, server, "token", authentication="bearer"))
    assert (error.code, words in error.message, "node_modules" in error.message) == (code, True, False), error.message
    assert len(server.received) == 1


async def test_a_busy_n8n_is_asked_again_when_it_says_so(asking: Asking, server: ForeignServer) -> None:
    def reply(call: Received) -> Iterator[bytes]:
        if len(call.server.received) == 1:
            return answer(429, headers={"Retry-After": "0"})
        return json_answer({"output": "Ada."})

    server.answers["POST", HOOK] = reply
    asked = agent(asking, server)
    assert await asked.answer() == Answer("Ada.")
    assert asked.steps("in-progress") == ["Run the n8n workflow"]


@pytest.mark.parametrize(
    ("body", "media_type", "code"),
    [
        (b"", "application/json", "n8n_silent"),
        (b'{"output": ""}', "application/json", "n8n_silent"),
        (b"<!DOCTYPE html><html>Sign in</html>", "text/html", "n8n_garbage"),
        (b"\x00\x01\x02\xff", "application/octet-stream", "n8n_garbage"),
        (b'{"output": "half of', "application/json", "n8n_garbage"),
        (b'{"message":"Workflow was started"}', "application/json", "n8n_answers_at_once"),
        (b'{"executionStarted":true,"executionId":"12"}', "application/json", "n8n_answers_at_once"),
    ],
)
async def test_what_is_no_answer_fails_in_plain_words(
    asking: Asking, server: ForeignServer, body: bytes, media_type: str, code: str
) -> None:
    replies(server, body, media_type=media_type)
    assert (await failure(agent(asking, server))).code == code


@pytest.mark.parametrize("length", [None, "1000"])
async def test_half_a_stream_is_no_answer_and_nothing_is_started_again(
    asking: Asking, server: ForeignServer, length: str | None
) -> None:
    headers = {"Content-Length": length} if length else {}
    server.answers["POST", HOOK] = lambda _: iter(
        [head(200, headers=headers) + lines(line("begin"), line("item", "The "))]
    )
    error = await failure(agent(asking, server))
    assert (error.code, error.retryable) == ("n8n_lost", True)
    assert "may have run; it was not started again" in error.message
    assert len(server.received) == 1


async def test_a_silent_n8n_is_given_up(asking: Asking, server: ForeignServer) -> None:
    def reply(call: Received) -> Iterator[bytes]:
        yield head(200)
        call.server.stopping.wait(30)

    server.answers["POST", HOOK] = reply
    asked = agent(asking, server, patience=5)
    object.__setattr__(asked.registration.configuration, "patience", 1)
    assert (await failure(asked)).code == "n8n_lost"


async def test_more_than_20_megabytes_are_not_read(asking: Asking, server: ForeignServer) -> None:
    replies(server, *[lines(line("item", "x" * 1_000_000))] * 100)
    assert (await failure(agent(asking, server))).code == "outside_too_large"


async def test_an_n8n_that_is_not_there_has_not_begun(asking: Asking) -> None:
    asked = asking("n8n", {"address": f"http://127.0.0.1:{free_port()}{HOOK}"})
    assert (await failure(asked)).code == "outside_unreachable"


async def test_hosts_that_agents_may_not_use_are_not_asked(asking: Asking, server: ForeignServer) -> None:
    asked = asking("n8n", {"address": f"{server.url}{HOOK}"}, hosts="n8n.example.org")
    assert (await failure(asked)).code == "address_not_allowed"
    assert server.received == []


async def test_a_lost_process_starts_the_workflow_only_once(asking: Asking, server: ForeignServer) -> None:
    replies(server, b'{"output": "Ada."}')
    asked = agent(asking, server)
    await asked.answer()
    assert len(asked.kept) == 1
    error = await failure(asked, asked.kept[-1])
    assert (error.code, len(server.received)) == ("n8n_lost", 1)


async def test_a_stop_without_a_key_only_stops_listening(asking: Asking, server: ForeignServer) -> None:
    asked = agent(asking, server)
    assert await asked.stop({"sent": "2026-11-26T00:00:00+00:00"}) == "no longer listening"
    assert await asked.stop(None) == "acknowledged"
    assert server.received == []


@pytest.mark.parametrize(
    ("configuration", "words"),
    [
        ({"address": "https://n8n.example/webhook-test/crew"}, "production URL"),
        ({"settings": "[1]"}, "JSON object"),
        ({"settings": "{"}, "JSON object"),
        ({"authentication": "header"}, "header_name"),
        ({"header_name": "X-Key"}, "header_name"),
        ({"authentication": "header", "header_name": "Host"}, "no place for a token"),
        ({"authentication": "header", "header_name": "X Key"}, "header_name"),
        ({"patience": 0}, "patience"),
    ],
)
def test_a_wrong_configuration_says_what_is_wrong(configuration: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError) as wrong:
        N8nConfiguration.model_validate({"kind": "n8n", "address": "https://n8n.example/webhook/crew", **configuration})
    assert words in str(wrong.value)


@pytest.mark.parametrize(
    ("address", "base"),
    [
        ("https://n8n.example/webhook/crew", "https://n8n.example"),
        ("https://example.org/n8n/webhook/1234/chat", "https://example.org/n8n"),
        ("https://n8n.example/hooks/crew", "https://n8n.example"),
    ],
)
def test_its_api_is_beside_its_webhooks(address: str, base: str) -> None:
    assert N8nConfiguration(kind="n8n", address=address).base == base


class Executions:
    """n8n's API for executions: those that run are listed only where they are asked for."""

    def __init__(self, server: ForeignServer, *described: dict[str, Any]) -> None:
        self.known = {str(one["id"]): one for one in described}
        self.server = server
        self.headers: list[str] = []
        server.answers["GET", f"{API}/executions"] = self._list
        for id in self.known:
            server.answers["GET", f"{API}/executions/{id}"] = self._one

    def _list(self, call: Received) -> Iterator[bytes]:
        self.headers.append(call.headers["x-n8n-api-key"])
        running = "status=running" in call.query
        wanted = [one for one in self.known.values() if (one["status"] == "running") == running]
        return json_answer({"data": [{**one, "data": None} for one in wanted], "nextCursor": None})

    def _one(self, call: Received) -> Iterator[bytes]:
        return json_answer(self.known[call.path.rpartition("/")[2]])


def described(name: str, **changes: Any) -> dict[str, Any]:
    return {**json.loads((FIXTURES / "n8n" / f"{name}-execution.json").read_text()), **changes}


def sent(hours_ago: float = 0) -> dict[str, Any]:
    """The state that an attempt kept which asked just before the recorded executions began."""
    begun = datetime.fromisoformat(described("agent")["startedAt"]) - timedelta(seconds=1, hours=hours_ago)
    return {"sent": begun.isoformat()}


async def test_with_a_key_the_nodes_of_the_execution_are_told(asking: Asking, server: ForeignServer) -> None:
    server.answers["POST", HOOK] = lambda _: iter([recorded("n8n/agent-stream")])
    executions = Executions(server, described("agent", startedAt=None))
    asked = agent(asking, server, *KEY)
    assert await asked.answer() == Answer("The engine was rebuilt by Ada. ")
    assert set(executions.headers) == {CANARIES["n8n_api_key"]}
    assert asked.steps("started") == ["Run the n8n workflow", "AI Agent", "Webhook", "Model", "look_up", "Model"]
    assert asked.steps()[:5] == ["Webhook", "Model", "look_up", "Model", "AI Agent"]
    page = f"{server.url}/workflow/workflow-agent/executions/2"
    assert {asked.step("look_up").link, asked.step("Run the n8n workflow").link} == {page}


async def test_the_token_is_not_told_with_the_data_of_the_execution(asking: Asking, server: ForeignServer) -> None:
    server.answers["POST", HOOK] = lambda _: iter([recorded("n8n/agent-stream")])
    execution = json.dumps(described("agent", startedAt=None)).replace("You help.", f"Bearer {CANARIES['token']}")
    Executions(server, json.loads(execution))
    asked = agent(asking, server, *KEY, "token", authentication="bearer")
    await asked.answer()
    assert "Bearer •••" in repr(asked.step("Webhook").output)


async def test_with_a_key_the_reason_of_a_failure_is_told(asking: Asking, server: ForeignServer) -> None:
    server.answers["POST", HOOK] = lambda _: iter([recorded("n8n/error-stream")])
    Executions(server, described("broken", startedAt=None))
    asked = agent(asking, server, *KEY)
    error = await failure(asked)
    assert (error.code, error.message) == (
        "n8n_failed", "The n8n workflow failed at “Code”: the tool broke [line 1].",
    )  # fmt: skip
    assert asked.step("Code", "failed").details == "the tool broke [line 1]"


async def test_a_reason_with_the_token_in_it_is_told_without(asking: Asking, server: ForeignServer) -> None:
    said = f"Request with {CANARIES['token']} failed"
    replies(server, lines({**line("begin")}, line("error", said)))
    error = await failure(agent(asking, server, "token", authentication="bearer"))
    assert error.message == "The n8n workflow failed at “AI Agent”: Request with ••• failed."


async def test_an_execution_of_another_run_is_not_taken_for_ours(
    asking: Asking, server: ForeignServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(n8n, "_STORED_AFTER", (0.01, 0.01))
    server.answers["POST", HOOK] = lambda _: iter([recorded("n8n/agent-stream")])
    Executions(
        server, json.loads(json.dumps(described("agent", startedAt=None)).replace("run-0123456789abcdef", "run-x"))
    )
    asked = agent(asking, server, *KEY)
    assert await asked.answer() == Answer("The engine was rebuilt by Ada. ")
    assert asked.steps() == ["AI Agent", "Run the n8n workflow"]
    assert len(server.asked("GET", f"{API}/executions/2")) == 1
    assert "n8n has no data of this execution" in str(asked.step("Run the n8n workflow").details)


def of_another(execution: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The same execution, without the run's id."""
    return {**json.loads(json.dumps(execution).replace("run-0123456789abcdef", "run-x")), **changes}


@pytest.mark.parametrize("mode", ["integrated", "error", "internal"])
async def test_an_execution_within_another_is_not_taken_for_the_runs(
    asking: Asking, server: ForeignServer, mode: str
) -> None:
    """A sub-workflow gets what the workflow got, and may end while the workflow runs on; so may one of an older run."""
    Executions(
        server, described("broken", id="1", mode=mode), described("agent"), described("broken", id="3", mode=mode)
    )
    assert await agent(asking, server, *KEY).answer(sent()) == Answer("The engine was rebuilt by Ada. ")
    assert server.asked("GET", f"{API}/executions/1") == []


@pytest.mark.parametrize("status", ["error", "running"])
async def test_of_several_executions_with_the_runs_id_the_oldest_is_the_runs(
    asking: Asking, server: ForeignServer, status: str
) -> None:
    """A workflow may call another one's webhook with what it got."""
    Executions(server, described("broken", id="10", status=status), described("agent", id="9"))
    assert await agent(asking, server, *KEY).answer(sent()) == Answer("The engine was rebuilt by Ada. ")


def _too_large(_: Received) -> Iterator[bytes]:
    return answer(200, b"{}", headers={"Content-Length": str(21 * 1024 * 1024)})


async def test_an_execution_of_another_workflow_that_is_too_large_is_passed_over(
    asking: Asking, server: ForeignServer
) -> None:
    Executions(server, of_another(described("agent"), id="1"), described("agent"))
    server.answers["GET", f"{API}/executions/1"] = _too_large
    assert await agent(asking, server, *KEY).answer(sent()) == Answer("The engine was rebuilt by Ada. ")
    assert len(server.asked("GET", f"{API}/executions/1")) == 1


async def test_where_only_one_that_is_too_large_can_be_the_runs_that_is_said(
    asking: Asking, server: ForeignServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(n8n, "_STORED_AFTER", (0.01, 0.01))
    replies(server, b'{"output": "Ada."}')
    Executions(server, described("agent", startedAt=None))
    server.answers["GET", f"{API}/executions/2"] = _too_large
    asked = agent(asking, server, *KEY)
    assert await asked.answer() == Answer("Ada.")
    assert "sent more than 20 MB" in asked.troubles[0]
    error = await failure(asked, {**sent(), "looks": 6})
    assert (error.code, len(server.asked("GET", f"{API}/executions/2"))) == ("outside_too_large", 2)


async def test_an_api_that_refuses_the_key_does_not_take_the_answer_away(asking: Asking, server: ForeignServer) -> None:
    replies(server, b'{"output": "Ada."}')
    server.answers["GET", f"{API}/executions"] = lambda _: answer(401)
    asked = agent(asking, server, *KEY)
    assert await asked.answer() == Answer("Ada.")
    assert "n8n's API does not accept the key" in asked.troubles[0]


async def test_a_lost_process_waits_for_the_execution_and_answers_with_what_it_returned(
    asking: Asking, server: ForeignServer
) -> None:
    executions = Executions(server, described("agent", status="running"))
    asked = agent(asking, server, *KEY)
    waiting = await asked.answer(sent())
    assert isinstance(waiting, Waiting)
    assert asked.kept[-1]["execution"] == "2"
    assert asked.steps() == [], "the step stays open"
    executions.known["2"] = described("agent")
    assert await asked.answer(asked.kept[-1]) == Answer("The engine was rebuilt by Ada. ")
    assert [(text.delta, text.final) for text in asked.texts] == [("The engine was rebuilt by Ada. ", True)]
    assert server.asked("POST", HOOK) == []


async def test_a_lost_connection_waits_for_the_execution(asking: Asking, server: ForeignServer) -> None:
    server.answers["POST", HOOK] = lambda _: iter([head(200) + lines(line("begin"), line("item", "The "))])
    executions = Executions(server, described("agent", status="running", startedAt=None))
    asked = agent(asking, server, *KEY)
    assert isinstance(await asked.answer(), Waiting)
    executions.known["2"] = described("agent", startedAt=None)
    assert await asked.answer(asked.kept[-1]) == Answer("The engine was rebuilt by Ada. ")
    assert len(server.asked("POST", HOOK)) == 1


async def test_a_webhook_that_does_not_wait_is_waited_for(asking: Asking, server: ForeignServer) -> None:
    replies(server, b'{"executionStarted":true,"executionId":"2"}')
    Executions(server, described("agent"))
    asked = agent(asking, server, *KEY)
    assert await asked.answer() == Answer("The engine was rebuilt by Ada. ")
    assert server.asked("GET", f"{API}/executions") == []


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        ("error", "n8n_failed", "failed at “Code”: the tool broke [line 1]"),
        ("canceled", "n8n_stopped", "was stopped in n8n"),
        ("crashed", "n8n_failed", "failed at “Code”"),
    ],
)
async def test_an_execution_that_failed_meanwhile_says_why(
    asking: Asking, server: ForeignServer, status: str, code: str, words: str
) -> None:
    Executions(server, described("broken", status=status))
    error = await failure(agent(asking, server, *KEY), sent())
    assert (error.code, words in error.message) == (code, True), error.message


async def test_an_execution_that_n8n_does_not_list_is_sought_for_a_while(asking: Asking, server: ForeignServer) -> None:
    Executions(server, described("agent", startedAt="2020-01-01T00:00:00Z"))
    asked, state, waits = agent(asking, server, *KEY), sent(), []
    for _ in range(6):
        waiting = await asked.answer(state)
        assert isinstance(waiting, Waiting)
        waits.append(waiting.seconds)
        state = dict(asked.kept[-1])
    error = await failure(asked, state)
    assert (error.code, waits) == ("n8n_lost", [1, 2, 4, 8, 16, 30])
    assert "it was not started again" in error.message
    assert server.asked("POST", HOOK) == []


async def test_an_n8n_that_is_away_is_asked_later_and_long(asking: Asking) -> None:
    """A restart of n8n is no missing execution."""
    asked = asking("n8n", {"address": f"http://127.0.0.1:{free_port()}{HOOK}"}, secrets=KEY)
    state, waits = {**sent(), "execution": "2", "looks": 6}, []
    for _ in range(2):
        waiting = await asked.answer(state)
        assert isinstance(waiting, Waiting)
        waits.append(waiting.seconds)
        state = dict(asked.kept[-1])
    assert (waits, state["misses"], state["looks"]) == ([1, 2], 2, 6)
    assert (await failure(asked, {**state, "misses": 30})).code == "outside_unreachable"


async def test_an_n8n_that_answers_again_may_be_away_again(asking: Asking, server: ForeignServer) -> None:
    Executions(server, described("agent", status="running"))
    asked = agent(asking, server, *KEY)
    assert isinstance(await asked.answer({**sent(), "execution": "2", "misses": 30}), Waiting)
    assert asked.kept[-1]["misses"] == 0


@pytest.mark.parametrize(
    ("status", "outcome"), [(200, "acknowledged"), (404, "no longer listening"), (405, "no longer listening")]
)
async def test_a_stop_is_told_to_n8n_where_its_api_can_stop(
    asking: Asking, server: ForeignServer, status: int, outcome: str
) -> None:
    Executions(server, described("agent", status="running"))
    server.answers["POST", f"{API}/executions/2/stop"] = lambda _: answer(status, b"{}")
    assert await agent(asking, server, *KEY).stop(sent()) == outcome
    assert len(server.asked("POST", f"{API}/executions/2/stop")) == 1


async def test_a_stop_of_what_has_ended_is_none(asking: Asking, server: ForeignServer) -> None:
    Executions(server, described("agent"))
    assert await agent(asking, server, *KEY).stop(sent()) == "acknowledged"
    assert await agent(asking, server, *KEY).stop({"sent": "2030-01-01T00:00:00+00:00"}) == "no longer listening"


@pytest.mark.parametrize(
    ("status", "methods", "found"),
    [
        (204, "OPTIONS, POST", None),
        (204, None, None),
        (204, "OPTIONS, GET", "n8n_method"),
        (500, "OPTIONS", "n8n_not_active"),
        (404, None, "outside_not_found"),
        (403, None, "n8n_unauthorised"),
    ],
)
async def test_the_test_says_whether_the_workflow_is_active_and_does_not_run_it(
    asking: Asking, server: ForeignServer, status: int, methods: str | None, found: str | None
) -> None:
    headers = {"Access-Control-Allow-Methods": methods} if methods is not None else {}
    server.answers["OPTIONS", HOOK] = lambda _: answer(status, headers=headers)
    server.answers["GET", f"{API}/executions"] = lambda _: json_answer({"data": []})
    asked = agent(asking, server, *KEY)
    if found is None:
        assert await asked.test() == "n8n has an active workflow at this address. Its API accepts the key."
    else:
        with pytest.raises(AgentError) as failed:
            await asked.test()
        assert failed.value.code == found
    assert {one.method for one in server.received} <= {"OPTIONS", "GET"}


async def test_the_test_says_that_the_api_does_not_take_the_key(asking: Asking, server: ForeignServer) -> None:
    server.answers["OPTIONS", HOOK] = lambda _: answer(204, headers={"Access-Control-Allow-Methods": "OPTIONS, POST"})
    server.answers["GET", f"{API}/executions"] = lambda _: answer(401)
    with pytest.raises(AgentError, match="n8n's API does not accept the key"):
        await agent(asking, server, *KEY).test()
