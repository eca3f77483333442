"""One trace, as it becomes known: its spans arrive when they end, children before parents, in any number of requests.

What is told of a trace in the end depends on the spans that arrived, and not on their order: each span is a step that
began and ended; a step is the nearest agent's around it, and is told again where that agent becomes known later; the
run goes on until the root is there.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from pydantic import TypeAdapter

from utils.log.events import AgentActivity, AgentMessage, LoggedEvent, RunUpdate, Usage
from utils.traces.clocks import on_one_clock
from utils.traces.step import Step

# held: so far nothing but calls of HTTP, databases and the like, of which nothing is told; silent: for long, no span
# has arrived, and the root is missing.
TraceStatus = Literal["held", "open", "silent", "ended"]
_SILENT = "Nothing has arrived for a while, and the end of the trace is missing. Its program may have been stopped."
_NO_AGENT = ""
MOST_ENTRIES = 20


@dataclass(slots=True)
class Known:
    """A span that has arrived. ``agent`` is the nearest around it, "" for none, None while spans between are missing.

    ``counted``: its tokens are told. ``step`` is kept while there is something of it to be told.
    """

    span_id: str
    parent_id: str | None
    agent: str | None = None
    counted: bool = False
    step: Step | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """Of a step, at its beginning or end: they may be the user's question, or the answer to it."""

    text: str
    agent: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """A step that another program has called, and how it ended."""

    span_id: str
    ended: datetime
    failed: bool
    failure: str | None


@dataclass(slots=True)
class Trace:
    """What has been told of a trace. The question is that of its earliest step, the answer of the one that ended last.

    ``asked`` is the question that was told. ``entries`` are the first MOST_ENTRIES that arrived.
    """

    trace_id: str
    status: TraceStatus = "held"
    began: datetime | None = None
    last: datetime | None = None  # the end of its latest span
    ended: datetime | None = None
    failed: bool = False
    failure: str | None = None
    question: Words | None = None
    asked: str | None = None
    answer: Words | None = None
    answered: bool = False
    entries: list[Entry] = field(default_factory=list)
    clocks: dict[str, float] = field(default_factory=dict)  # see utils/traces/clocks.py


trace_json: TypeAdapter[Trace] = TypeAdapter(Trace)


@dataclass(slots=True)
class Told:
    """The events for the log, and the spans that are new, or better known than before."""

    events: list[LoggedEvent] = field(default_factory=list)
    spans: list[Known] = field(default_factory=list)


def is_worth_telling(steps: Iterable[Step]) -> bool:
    """Whether there is more than calls of HTTP, databases and the like."""
    return any(step.kind != "other" for step in steps)


def conversation_of(steps: Iterable[Step]) -> str | None:
    """What the program calls the session: what most of the steps say."""
    named = [step.conversation for step in steps if step.conversation is not None]
    return max(sorted(set(named)), key=named.count, default=None)


def tell(trace: Trace, known: Sequence[Known], steps: Sequence[Step], session_id: str) -> Told:
    """Tell of ``steps``, none of which was told before, and change ``trace``.

    ``known`` are the spans that are the parent or a child of a new one, or whose agent is not known yet.
    """
    steps = on_one_clock(steps, trace.clocks)
    new = [Known(step.span_id, step.parent_id, step=step) for step in steps]
    tree = {span.span_id: span for span in (*known, *new)}
    found = _find_agents(tree)
    _count_once(tree, steps)
    of_run = {"session_id": session_id, "run_id": trace.trace_id}
    moments = _moments(steps, tree, of_run)
    better = [span for span in known if span.span_id in found]
    again = [_told_again(span.step, span.agent, of_run) for span in better if span.step is not None and span.agent]
    _listen(trace, steps, tree)
    run_begins, run_ends = _run_begins(trace, steps, of_run), _run_ends(trace, of_run)
    told = Told([*run_begins, *moments, *again, *run_ends], [*new, *better])
    for span in told.spans:
        span.step = _of_which_more_is_told(span)
    return told


def tell_silent(trace: Trace, session_id: str, topmost: Collection[str]) -> list[LoggedEvent]:
    """Nothing has arrived for long: the run is not shown as if it went on. What arrives later opens it again.

    ``topmost`` are the ids of the spans around which others are missing. Where those are of programs that called, and
    report elsewhere, all that can arrive is there.
    """
    trace.status = "silent"
    of_run = {"session_id": session_id, "run_id": trace.trace_id}
    entries = [entry for entry in trace.entries if entry.span_id in topmost]
    if entries and len(entries) == len(topmost):
        last = max(entries, key=lambda entry: entry.ended)
        return [*_answer(trace, of_run), _end_of_run(of_run, last.failed, last.ended, last.failure)]
    end = {"time": trace.last} if trace.last is not None else {}
    return [RunUpdate(**of_run, status="cancelled", reason=_SILENT, **end)]


def _find_agents(tree: dict[str, Known]) -> set[str]:
    """Give each span its agent, where all spans up to that agent, or to the root, are there: the ids of those."""
    found: set[str] = set()
    lost: set[str] = set()  # that were walked up from in vain
    for span in tree.values():
        path: dict[str, Known] = {}
        at, agent = span, span.agent
        while agent is None and at.span_id not in lost:
            path[at.span_id] = at
            if at.step is not None and at.step.agent is not None:
                agent = at.step.agent
            elif at.parent_id is None:
                agent = _NO_AGENT
            elif at.parent_id not in tree or at.parent_id in path:  # a circle
                break
            else:
                at = tree[at.parent_id]
                agent = at.agent
        if agent is None:
            lost.update(path)
            continue
        for one in path.values():
            one.agent = agent
        found.update(path)
    return found


def _count_once(tree: dict[str, Known], steps: Sequence[Step]) -> None:
    """A call of a model within another one, of a library that uses a library, has the same tokens: the inner counts.

    No way up is walked twice, for traces may be long chains.
    """
    around: set[str] = set()  # there is one that counts within them
    within: set[str] = set()  # there is one that counts around them, or they do
    free: set[str] = set()  # there is none, and will be none, for they are around one
    for span in tree.values():
        if span.counted:
            _mark_around(tree, span, around)
    for step in sorted(steps, key=lambda step: (step.ended, -step.began.timestamp())):
        if step.usage is None or step.span_id in around:
            continue
        span = tree[step.span_id]
        path = []
        counted = False
        for outer in _around(tree, span):
            counted = outer.counted or outer.span_id in within
            if counted or outer.span_id in free:
                break
            path.append(outer.span_id)
        (within if counted else free).update(path)
        span.counted = not counted
        if span.counted:
            _mark_around(tree, span, around)


def _mark_around(tree: dict[str, Known], span: Known, around: set[str]) -> None:
    for outer in _around(tree, span):
        if outer.span_id in around:
            return
        around.add(outer.span_id)


def _around(tree: dict[str, Known], span: Known) -> Iterator[Known]:
    seen = {span.span_id}
    while span.parent_id in tree and span.parent_id not in seen:
        span = tree[span.parent_id]
        seen.add(span.span_id)
        yield span


def _moments(steps: Sequence[Step], tree: dict[str, Known], of_run: dict[str, str]) -> list[LoggedEvent]:
    """The beginnings and ends of the steps in the order of time; of those at the same time the outer begins first.

    What has the same beginning and end as another is in it if it arrived before.
    """
    moments = []
    for place, step in enumerate(steps):
        span, lasted = tree[step.span_id], step.ended - step.began
        whose = {**of_run, "agent_name": span.agent or step.service, **_place(step)}
        begins = AgentActivity(**whose, status="started", time=step.began, input=step.input)
        ends = AgentActivity(**whose, **_end(step), output=step.output, usage=_usage(step.usage, span.counted))
        moments += [(step.began, 0, -lasted, -place, begins), (step.ended, 1, lasted, place, ends)]
    return [event for *_, event in sorted(moments, key=lambda moment: moment[:4])]


def _told_again(step: Step, agent: str, of_run: dict[str, str]) -> AgentActivity:
    """Whose step it is was not known when it was told."""
    return AgentActivity(**of_run, **_place(step), **_end(step), agent_name=agent)


def _place(step: Step) -> dict[str, Any]:
    return {"activity_id": step.span_id, "parent_id": step.parent_id, "action": step.action, "kind": step.kind}


def _end(step: Step) -> dict[str, Any]:
    return {"status": "failed" if step.failed else "completed", "time": step.ended, "details": step.details}


def _usage(usage: Usage | None, counted: bool) -> Usage | None:
    """The model is told in any case."""
    return usage if usage is None or counted else Usage(model=usage.model, input_tokens=0, output_tokens=0)


def _listen(trace: Trace, steps: Iterable[Step], tree: dict[str, Known]) -> None:
    """To the words of the steps, and to when they were."""
    for step in steps:
        agent = tree[step.span_id].agent or step.service
        if step.question is not None and (trace.question is None or step.began < trace.question.at):
            trace.question = Words(step.question, agent, step.began)
        if step.answer is not None and (trace.answer is None or step.ended > trace.answer.at):
            trace.answer = Words(step.answer, agent, step.ended)
        trace.last = max(trace.last or step.ended, step.ended)
        if step.parent_id is None:
            trace.ended, trace.failed, trace.failure = step.ended, step.failed, step.details
        elif step.called and len(trace.entries) < MOST_ENTRIES:
            trace.entries.append(Entry(step.span_id, step.ended, step.failed, step.details))


def _run_begins(trace: Trace, steps: Sequence[Step], of_run: dict[str, str]) -> list[LoggedEvent]:
    """That the run goes on, where that is news: at first, after a silence, or where it began earlier than was told."""
    began = min(step.began for step in steps)
    asks = trace.question is not None and (trace.asked is None or (trace.ended is not None and trace.status != "ended"))
    question = trace.question.text if trace.question is not None and asks else None
    news = trace.status in ("held", "silent") or (trace.began is not None and began < trace.began)
    if not news and question in (None, trace.asked):
        return []
    trace.began = min(trace.began or began, began)
    trace.asked = question or trace.asked
    trace.status = "open"
    return [RunUpdate(**of_run, status="running", time=trace.began, question=question)]


def _run_ends(trace: Trace, of_run: dict[str, str]) -> list[LoggedEvent]:
    """The answer and the end, once the root is there."""
    if trace.ended is None:
        return []
    events = _answer(trace, of_run)
    if trace.status != "ended":
        trace.status = "ended"
        events.append(_end_of_run(of_run, trace.failed, trace.ended, trace.failure))
    return events


def _answer(trace: Trace, of_run: dict[str, str]) -> list[LoggedEvent]:
    if trace.answer is None or trace.answered:
        return []
    answer, trace.answered = trace.answer, True
    said = {"message_id": trace.trace_id, "agent_name": answer.agent, "delta": answer.text}
    return [AgentMessage(**of_run, **said, final=True, time=answer.at)]


def _end_of_run(of_run: dict[str, str], failed: bool, at: datetime, reason: str | None) -> RunUpdate:
    return RunUpdate(**of_run, status="failed" if failed else "completed", time=at, reason=reason)


def _of_which_more_is_told(span: Known) -> Step | None:
    """Without what was told and stays so. None for a span whose agent is known."""
    if span.step is None or span.agent is not None:
        return None
    return replace(span.step, input=None, output=None, usage=None, question=None, answer=None)
