"""A LangGraph graph as a backend, which goes on from its last checkpoint when its process is lost, it was paused, or it
has waited for a person.

No checkpoint is saved before what led to it is in the log, or a process that is lost in between would never tell it.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.errors import GraphDrained
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import RunControl

from agents.backends.base import Answer, Approval, Job, Paused, Registration, Resources, Waiting
from agents.backends.graph_restarts import FIRST, changes, comes_next, node_before
from agents.errors import AgentError
from agents.models.chat_models import ModelChoice
from agents.models.llm import ChatModel
from agents.team.context import AnswerContext
from agents.team.graph import AnswerGraph, initial_state
from agents.team.tool_gate import ToolGate
from agents.telling.steps import step
from agents.text.answer_state import AnswerState
from agents.text.language import quoted
from utils.sessions.approval import Choice, Decision, Question
from utils.sessions.restart import Restart

CompiledGraph = CompiledStateGraph[AnswerState, AnswerContext, AnswerState, AnswerState]
BUILT_IN = "built-in"
_MOST_STEPS = 100
_LOOK_SECONDS = 3600.0  # a decision wakes the run


class LangGraphBackend:
    """``choice`` is the model; None: built-in extraction."""

    def __init__(
        self,
        build_graph: Callable[[], AnswerGraph],
        agent_name: str,
        agent: Registration,
        choice: ModelChoice | None,
        resources: Resources,
    ) -> None:
        self.build_graph = build_graph
        self.agent_name = agent_name
        self.instructions = agent.instructions
        self._agent = agent
        self.choice = choice
        self._resources = resources

    @property
    def model_name(self) -> str:
        return self.choice.name if self.choice is not None else BUILT_IN

    async def answer(self, job: Job) -> Answer | Paused | Waiting:
        """Pauses between two nodes, where the work of those before is saved, and those after have not begun.

        Waits where a rule of the team asks a person about the call of a tool: that node begins again afterwards.
        """
        decisions = await job.decisions()
        try:
            async with self._resources.models.chosen(self.choice) as model:
                state = await self._run_graph(job, model, decisions)
        except GraphDrained:
            return Paused()
        if asked := _approvals(state.get("__interrupt__", ())):
            return Waiting(_LOOK_SECONDS, "Waiting for a person's decision.", asked)
        return Answer(state["answer"], state["citations"])

    async def _run_graph(
        self, job: Job, model: ChatModel | None, decisions: Mapping[str, Decision]
    ) -> Mapping[str, Any]:
        """Run the graph, from its last checkpoint if there is one; its state, and as ``__interrupt__`` what it asks."""
        config: Any = {"configurable": {"thread_id": job.run_id}, "recursion_limit": _MOST_STEPS}
        async with self._resources.checkpoints.of_run(job.run_id) as checkpointer:
            _save_after(checkpointer, job.told)
            graph = self.build_graph().compile(checkpointer=checkpointer)
            begun = await checkpointer.aget_tuple(config) is not None
            if not begun and job.from_step is not None:
                begun = await self._begin_from(job.from_step, graph, config)
            start = None if begun else initial_state(job.question, list(job.history))
            async with _pausing(job.pause) as control:
                context = self._context(job, model, decisions)
                ended = await graph.ainvoke(start, config, context=context, durability="sync", control=control)
            asked = ended.get("__interrupt__", ()) if isinstance(ended, dict) else ()
            return {**(await graph.aget_state(config)).values, "__interrupt__": asked}

    async def _begin_from(self, restart: Restart, graph: CompiledGraph, config: Any) -> bool:
        """Give the run the state that the former run had before the step; False where it had none yet.

        It is the run's first checkpoint: whoever takes the run over goes on from there. Raises AgentError when the
        former run's checkpoints are gone.
        """
        if restart.begin == FIRST:
            return False
        with step(f"Begin again from {quoted(restart.action)}", agent=self.agent_name, key="from-step") as beginning:
            state = await self._state_before(restart)
            if state is None:
                raise AgentError("checkpoint_gone", "What the former run had found is not kept any more. Ask again.")
            beginning.details = "What was found before it is kept."
        # Last, for its checkpoint waits until all of this is told.
        await graph.aupdate_state(config, {**state, **changes(restart, state)}, node_before(restart.begin))
        return True

    async def _state_before(self, restart: Restart) -> Mapping[str, Any] | None:
        checkpoints = self._resources.checkpoints
        if not await asyncio.to_thread(checkpoints.has, restart.former):
            return None
        async with checkpoints.of_run(restart.former) as saver:
            former = self.build_graph().compile(checkpointer=saver)
            async for before in former.aget_state_history({"configurable": {"thread_id": restart.former}}):
                if comes_next(restart.begin, before.values, before.next):
                    return before.values
        return None

    def _context(self, job: Job, model: ChatModel | None, decisions: Mapping[str, Decision]) -> AnswerContext:
        settings = self._resources.settings
        return AnswerContext(
            session_id=job.session_id,
            run_id=job.run_id,
            documents=self._resources.documents,
            passages=self._resources.passages,
            model=model,
            parse_seconds=settings.parse_seconds,
            parse_memory_mb=settings.parse_memory_mb,
            agent_name=self.agent_name,
            messages=job.messages,
            instructions=self.instructions,
            gate=ToolGate(
                session_id=job.session_id,
                rules=self._resources.rules,
                agent_id=self._agent.id,
                agent_name=self._agent.name or None,
                decisions=decisions,
            ),
        )


def _approvals(interrupts: Sequence[Any]) -> list[Approval]:
    """What a graph asks, each question once: two agents may be about to make the same call."""
    found = {asked["key"]: asked["question"] for each in interrupts for asked in each.value}
    return [
        Approval(key, Question(**{**asked, "choices": [Choice(**one) for one in asked["choices"]]}))
        for key, asked in found.items()
    ]


@asynccontextmanager
async def _pausing(asked: asyncio.Event) -> AsyncIterator[RunControl]:
    """What stops a graph between two nodes, once it is asked."""
    control = RunControl()

    async def stop_when_asked() -> None:
        await asked.wait()
        control.request_drain("paused")

    watching = asyncio.create_task(stop_when_asked())
    try:
        yield control
    finally:
        watching.cancel()


def _save_after(saver: BaseCheckpointSaver[Any], told: Callable[[], Awaitable[None]]) -> None:
    """Let a saver wait with every checkpoint until what led to it is told."""
    save, save_writes = saver.aput, saver.aput_writes

    async def aput(*arguments: Any, **options: Any) -> Any:
        await told()
        return await save(*arguments, **options)

    async def aput_writes(*arguments: Any, **options: Any) -> None:
        await told()
        await save_writes(*arguments, **options)

    saver.aput = aput  # type: ignore[method-assign]
    saver.aput_writes = aput_writes  # type: ignore[method-assign]
