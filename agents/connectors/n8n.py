"""A workflow of n8n that begins with a webhook or a chat trigger.

What n8n really does: it runs on when the one who asked goes away; it answers with no id of the execution; a stopped
execution leaves its stream open; a failure in the stream has no reason. With an API key the execution is found by the
run's id, which is in what was sent.
"""

import asyncio
import json
import re
from collections.abc import Callable, Container, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, Self
from urllib.parse import quote

from pydantic import Field, field_validator, model_validator

from agents.backends.base import Answer, Backend, BackendKind, Job, Registration, Resources, Stopped, Waiting
from agents.connectors.codecs.masking import Mask
from agents.connectors.codecs.n8n_execution import N8nExecution
from agents.connectors.codecs.n8n_failures import (
    EXPECTED,
    answers_at_once,
    failed,
    lost,
    no_token,
    not_active,
    not_listed,
    other_method,
    refused,
    silent,
    unreadable,
)
from agents.connectors.codecs.n8n_heard import ANSWER, STEP, Heard
from agents.connectors.codecs.n8n_reply import N8nReply
from agents.connectors.codecs.n8n_said import NodeFailed
from agents.errors import AgentError
from agents.outgoing.client import Answering, Outgoing
from agents.outgoing.decoders import StreamError
from agents.telling.steps import Step, TextRecord, step, write
from utils.registry.configuration import Address, BackendConfiguration
from utils.registry.kinds import Capabilities, Secret
from utils.settings import Settings

_WEBHOOK = re.compile(r"/webhook(?:-waiting)?/")
_OWN_HEADERS = {"host", "connection", "content-length", "content-type", "transfer-encoding", "accept-encoding"}
_LOST = {"outside_timeout", "outside_cut_off"}  # the workflow may have begun, and run on
_API_SECONDS = 15.0
# For the rest of a stream after a failure: that of a stopped execution has no end, and n8n may wait five seconds until
# it tries a node again.
_GRACE_SECONDS = 6.0
_STORED_AFTER = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6)  # seconds between looks for an execution that has just answered
_SKEW = timedelta(minutes=5)  # that n8n's clock may differ from ours
_MOST_LISTED = 50  # executions, to find one
_MOST_LOOKS = 6  # for an execution that n8n does not list, in about a minute
_MOST_MISSES = 30  # looks in a row at an n8n that cannot be asked, in about a quarter of an hour
_LONGEST_WAIT = 30.0


class N8nConfiguration(BackendConfiguration):
    """A workflow of n8n that begins with a webhook or a chat trigger."""

    kind: Literal["n8n"]
    address: Address = Field(
        title="Webhook address",
        description="The production URL of a Webhook node, or the chat URL of a Chat Trigger.",
        json_schema_extra={
            "x-input": "url",
            "x-placeholder": "https://n8n.example.org/webhook/…",
            "x-hint": "The production URL of the Webhook node, or the chat URL of the Chat Trigger.",
            "x-secrets-address": "",
        },
    )
    authentication: Literal["none", "bearer", "header"] = Field(
        default="none",
        title="Authentication of the webhook",
        description="bearer: `Authorization: Bearer` with the token. header: the token in the header `header_name`.",
        json_schema_extra={"x-choices": {"none": "None", "bearer": "Bearer token", "header": "Token in a header"}},
    )
    header_name: str | None = Field(
        default=None,
        title="Name of the header",
        pattern=r"^[A-Za-z0-9_-]{1,64}$",
        json_schema_extra={
            "x-placeholder": "X-API-Key",
            "x-shown-when": {"authentication": ["header"]},
            "x-required-when": {"authentication": ["header"]},
        },
    )
    settings: str = Field(
        default="",
        title="Configuration for the workflow",
        max_length=10_000,
        description="A JSON object, sent with each question as `configuration`.",
        json_schema_extra={
            "x-input": "textarea",
            "x-placeholder": '{"language": "en"}',
            "x-hint": "A JSON object. The workflow gets it with each question as “configuration”.",
        },
    )
    patience: int = Field(
        default=300,
        ge=5,
        le=3600,
        title="Seconds to wait for n8n",
        description="Longest silence of the webhook.",
        json_schema_extra={"x-hint": "Without a sign of life. With an API key, Ringside goes on waiting without it."},
    )

    @field_validator("address")
    @classmethod
    def _for_production(cls, address: str) -> str:
        if "/webhook-test/" in address:
            raise ValueError("must be the production URL: n8n answers at /webhook-test/ once after each click")
        return address

    @field_validator("settings")
    @classmethod
    def _object(cls, settings: str) -> str:
        if settings.strip() and not isinstance(_json(settings), dict):
            raise ValueError('must be a JSON object such as {"language": "en"}')
        return settings

    @model_validator(mode="after")
    def _header(self) -> Self:
        if (self.authentication == "header") != (self.header_name is not None):
            raise ValueError("header_name: needed for the authentication header, and for no other")
        if (self.header_name or "").lower() in _OWN_HEADERS:
            raise ValueError("header_name: this header is no place for a token")
        return self

    @property
    def own_address(self) -> str:
        return self.address

    @property
    def base(self) -> str:
        """Where n8n's own pages and its API are."""
        found = _WEBHOOK.search(self.address)
        return self.address[: found.start()] if found else "/".join(self.address.split("/")[:3])


class N8nBackend:
    model_name = "n8n"

    def __init__(self, agent: Registration, settings: Settings) -> None:
        """Raises AgentError where the webhook wants a token and there is none."""
        assert isinstance(agent.configuration, N8nConfiguration)
        self.agent_name = agent.name
        self._instructions = agent.instructions
        self._own = agent.configuration
        self._settings = settings
        self._token, self._api_key = agent.secret("token"), agent.secret("n8n_api_key")
        self._mask = Mask([self._token, self._api_key])
        self._others: set[str] = set()  # executions that were looked at and are of other runs
        self._too_large: AgentError | None = None  # of one that could not be looked at: it may be ours
        if self._own.authentication != "none" and self._token is None:
            raise no_token()

    async def answer(self, job: Job) -> Answer | Waiting:
        with step("Run the n8n workflow", agent=self.agent_name, key=STEP) as running:
            if job.state is None:
                state = {"sent": datetime.now(UTC).isoformat()}
                await job.keep(state)  # whoever takes over must not start the workflow again
                return await self._ask(job, running, state)
            return await self._wait_for(job, running, job.state)

    async def stop(self, job: Job) -> Stopped:
        """Versions of n8n whose API cannot stop an execution answer that there is no such address."""
        if job.state is None:
            return "acknowledged"  # nothing was sent
        if self._api_key is None:
            return "no longer listening"
        async with self._api() as api:
            found = await self._look(api, job, job.state)
            if found is None or found.has_ended:
                return "acknowledged" if found is not None else "no longer listening"
            reply = await api.ask("POST", f"/executions/{quote(found.id, safe='')}/stop", expected={404, 405})
        return "acknowledged" if reply.status < 300 else "no longer listening"

    async def test(self) -> str:
        """Ask whether the webhook is there, as a browser does before it posts, and the API whether it takes the key."""
        asks = {"Origin": self._own.base, "Access-Control-Request-Method": "POST"}
        async with self._webhook(_API_SECONDS) as webhook:
            reply = await webhook.ask("OPTIONS", headers=asks, expected=EXPECTED)
            allowed = reply.headers.get("access-control-allow-methods")
            if allowed is None:
                refused(reply.status, reply.headers, reply.body, webhook.failures)
            elif "POST" not in (methods := {method.strip() for method in allowed.split(",")}):
                raise other_method() if methods - {"OPTIONS"} else not_active()
        found = "n8n has an active workflow at this address."
        if self._api_key is not None:
            async with self._api() as api:
                await api.ask("GET", "/executions", params={"limit": 1})
            found += " Its API accepts the key."
        return (
            found if self._token is None else f"{found} Whether the webhook takes the token, the first question shows."
        )

    def _webhook(self, seconds: float, waits: Callable[[str], None] = lambda _: None) -> Outgoing:
        headers = {}
        if self._token is not None and self._own.authentication != "none":
            name, before = (self._own.header_name, "") if self._own.header_name else ("Authorization", "Bearer ")
            headers[name] = f"{before}{self._token.get_secret_value()}"
        return Outgoing("n8n", self._own.address, self._settings, headers, seconds=seconds, waits=waits)

    def _api(self) -> Outgoing:
        assert self._api_key is not None
        headers = {"X-N8N-API-KEY": self._api_key.get_secret_value()}
        return Outgoing("n8n's API", f"{self._own.base}/api/v1", self._settings, headers, seconds=_API_SECONDS)

    async def _ask(self, job: Job, running: Step, state: Mapping[str, Any]) -> Answer | Waiting:
        heard = Heard(self.agent_name, self._mask, details_follow=self._api_key is not None)
        try:
            async with (
                self._webhook(self._own.patience, running.move) as webhook,
                webhook.stream("POST", json=self._question(job), expected=EXPECTED) as answering,
            ):
                await self._listen(webhook, answering, heard)
        except AgentError as error:
            if error.code not in _LOST:
                raise
            if self._api_key is None:
                raise lost(error.message) from None
            return await self._wait_for(job, running, state)
        if heard.only_started is not None:
            if self._api_key is None:
                raise answers_at_once()
            return await self._wait_for(job, running, {**state, "execution": heard.only_started.execution})
        heard.end_text()
        execution = await self._stored(job, running, state, heard) if self._api_key is not None else None
        heard.end()
        if heard.failure is None:
            if not heard.text.strip():
                raise silent()
            return Answer(heard.text)
        if execution is None or execution.status != "success":
            raise self._failed(heard.failure, execution)
        return self._stored_answer(execution, heard.text)

    def _question(self, job: Job) -> dict[str, Any]:
        return {
            "action": "sendMessage",
            "chatInput": job.question,
            "message": job.question,
            "sessionId": job.session_id,
            "runId": job.run_id,
            "systemPrompt": self._instructions,
            "conversation": list(job.history),
            "configuration": _json(self._own.settings) or {},
            "metadata": dict(job.metadata),
        }

    async def _listen(self, webhook: Outgoing, answering: Answering, heard: Heard) -> None:
        """Hear the webhook to its end. Raises AgentError where that does not come."""
        pieces = answering.pieces()
        if answering.status >= 300:
            body = b"".join([piece async for piece in pieces])
            try:
                heard.failure = refused(answering.status, answering.headers, body, webhook.failures)
            except AgentError as error:
                raise self._masked(error) from None
            return
        reply = N8nReply(answering.headers.get("content-type", ""))
        try:
            while not reply.is_done:
                gives_up = heard.failure is not None and not reply.works_again
                async with asyncio.timeout(_GRACE_SECONDS if gives_up else None):
                    data = await anext(pieces, None)
                heard.take(reply.feed(data) if data is not None else reply.end())
                if data is None:
                    break
        except TimeoutError:
            return  # it has failed, and says no more
        except StreamError:
            raise unreadable() from None
        if reply.open_nodes and heard.failure is None and not reply.is_done:
            raise webhook.failures.cut_off()

    async def _wait_for(self, job: Job, running: Step, state: Mapping[str, Any]) -> Answer | Waiting:
        """Answer with what the execution has returned, when it has ended."""
        if self._api_key is None:
            raise lost("The process that waited for n8n was lost.")
        try:
            async with self._api() as api:
                found = await self._look(api, job, state)
        except AgentError as error:
            misses = int(state.get("misses", 0)) + 1
            if not error.retryable or misses > _MOST_MISSES:
                raise
            return await self._later(job, running, {**state, "misses": misses}, 2.0**misses / 2)
        state = {**state, "misses": 0}
        if found is None:
            looks = int(state.get("looks", 0)) + 1
            if looks > _MOST_LOOKS:
                raise self._too_large or not_listed()
            return await self._later(job, running, {**state, "looks": looks}, 2.0**looks / 2)
        if not found.has_ended:
            running.link = self._page(found)
            passed = (datetime.now(UTC) - datetime.fromisoformat(state["sent"])).total_seconds()
            return await self._later(job, running, {**state, "execution": found.id, "looks": 0}, 1 + passed / 10)
        self._tell(found, running, state)
        if found.status != "success":
            raise self._failed(NodeFailed("", ""), found)
        return self._stored_answer(found)

    def _stored_answer(self, execution: N8nExecution, heard: str = "") -> Answer:
        """What an execution has returned that went well, told in place of what was heard of it."""
        text = self._mask.text(execution.answer)
        if not text.strip():
            raise silent()
        key, replaces = (f"{ANSWER}/stored", ANSWER) if heard else (ANSWER, None)
        write(TextRecord(key, self.agent_name, delta=text, final=True, replaces=replaces))
        return Answer(text)

    async def _later(self, job: Job, running: Step, state: Mapping[str, Any], seconds: float) -> Waiting:
        await job.keep(state)
        running.stay_open()
        return Waiting(min(seconds, _LONGEST_WAIT), "Waits for the n8n workflow.")

    async def _stored(self, job: Job, running: Step, state: Mapping[str, Any], heard: Heard) -> N8nExecution | None:
        """The execution of a run that has answered, told; n8n stores it a moment later."""
        try:
            async with self._api() as api:
                for seconds in _STORED_AFTER:
                    found = await self._look(api, job, state)
                    if found is not None and found.has_ended:
                        self._tell(found, running, state, heard.begun)
                        return found
                    await asyncio.sleep(seconds)
                if self._too_large is not None:
                    raise self._too_large
        except AgentError as error:
            running.trouble(error.code, f"{error.message} The nodes of the execution are not shown.")
            return None
        running.details = "n8n has no data of this execution, so its nodes are not shown."
        return None

    async def _look(self, api: Outgoing, job: Job, state: Mapping[str, Any]) -> N8nExecution | None:
        """The execution whose data holds the run's id, which was sent to it; None: n8n lists none.

        The oldest, whose number is the smallest: it may have handed on to other workflows what was sent to it.
        """
        if state.get("execution"):
            return await self._execution(api, str(state["execution"]))
        since = datetime.fromisoformat(state["sent"]) - _SKEW
        listed: dict[str, N8nExecution] = {}
        for status in ({"status": "running"}, {}):  # without a status, those that run are not listed
            page = (await api.ask("GET", "/executions", params={"limit": _MOST_LISTED, **status})).json()
            listed |= {one.id: one for one in map(N8nExecution, page.get("data") or [])}
        for id in sorted(listed.keys() - self._others, key=lambda id: (len(id), id)):
            listing = listed[id]
            if listing.is_within_another or (listing.started is not None and listing.started < since):
                continue
            try:
                found = await self._execution(api, id)
            except AgentError as error:
                if error.code != "outside_too_large":
                    raise
                found, self._too_large = None, error
                self._others.add(id)
            if found is not None and found.holds(job.run_id):
                return found
            if listing.has_ended:
                self._others.add(id)
        return None

    async def _execution(self, api: Outgoing, id: str) -> N8nExecution | None:
        path = f"/executions/{quote(id, safe='')}"
        reply = await api.ask("GET", path, params={"includeData": "true"}, expected={404})
        return N8nExecution(reply.json()) if reply.status == 200 else None

    def _tell(
        self, execution: N8nExecution, running: Step, state: Mapping[str, Any], begun: Container[str] = ()
    ) -> None:
        """Its nodes as steps, without beginnings that were told. Times are moved to ours where n8n's clock is wrong."""
        running.link = self._page(execution)
        sent, started = datetime.fromisoformat(state["sent"]), execution.started or datetime.now(UTC)
        shift = timedelta() if sent <= started <= datetime.now(UTC) else sent - started
        for record in execution.records(self.agent_name, STEP, shift):
            if record.status == "started" and record.key in begun:
                continue
            masked = {name: self._mask.value(getattr(record, name)) for name in ("input", "output", "details")}
            write(replace(record, link=running.link, **masked))

    def _failed(self, failure: NodeFailed, execution: N8nExecution | None) -> AgentError:
        return self._masked(failed(failure, execution, has_key=self._api_key is not None))

    def _masked(self, error: AgentError) -> AgentError:
        return AgentError(error.code, self._mask.text(error.message), retryable=error.retryable)

    def _page(self, execution: N8nExecution) -> str | None:
        if not execution.workflow or not execution.id:
            return None
        return (
            f"{self._own.base}/workflow/{quote(execution.workflow, safe='')}/executions/{quote(execution.id, safe='')}"
        )


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _open(agent: Registration, resources: Resources) -> Backend:
    return N8nBackend(agent, resources.settings)


async def _test(agent: Registration, settings: Settings) -> str:
    return await N8nBackend(agent, settings).test()


KIND = BackendKind(
    label="n8n workflow",
    help="A workflow of n8n answers, through its webhook or its chat trigger.",
    configuration=N8nConfiguration,
    secrets={
        "token": Secret("Token of the webhook", "Sent with each question."),
        "n8n_api_key": Secret(
            "n8n API key", "With it, the nodes, tools and errors of an execution are shown, and a lost answer is found."
        ),
    },
    can=Capabilities(stream="yes", stop="best-effort", pause="best-effort"),
    instructions="The workflow gets them with each question as “systemPrompt”.",
    open=_open,
    test=_test,
)
