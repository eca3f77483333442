"""What is known of a run, as numbered facts, each with the events that it comes from. No I/O.

Facts are no sentences: those that need no model are the dashboard's (frontend/src/app/state/chronicle).
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from utils.log.events import (
    ENDED_ACTIVITY,
    AgentActivity,
    AgentMessage,
    Delivery,
    Error,
    LoggedEvent,
    RunUpdate,
    UserMessage,
)

MOST = 150
_DELIVERIES: dict[Delivery, str] = {
    "queued": "not read yet", "steered": "read by the agents", "next-turn": "asked as the next question",
    "refused": "not read",
}  # fmt: skip
_LONGEST = 240  # characters of one value
_HEARD = 4 * _LONGEST  # of which it is made
_FEW = 60  # of the first and of the last facts, that are kept of a long run
_AT_WORK = 300  # of the last facts, that are kept while a run is read: more steps are hardly open at once
_HELD = 2 * _AT_WORK + MOST


@dataclass(slots=True)
class Fact:
    """``label`` and ``values`` are what is known; ``seqs`` the events that say it, in order."""

    number: int
    label: str
    seqs: list[int]
    values: dict[str, str] = field(default_factory=dict)
    weighty: bool = False  # what may not be left out of a long run
    choices: dict[str, str] = field(default_factory=dict)  # of a question to people, until it is decided

    @property
    def text(self) -> str:
        """On one line: 'tool call; agent: Lookout; action: search_harbour; status: failed'."""
        return "; ".join([self.label, *(f"{name}: {value}" for name, value in self.values.items())])

    def learn(self, seq: int, **values: Any) -> None:
        if not self.seqs or self.seqs[-1] != seq:
            self.seqs.append(seq)
        self.values |= {name: _short(value) for name, value in values.items() if value not in (None, "", [], {})}


def facts_of(events: Iterable[LoggedEvent]) -> list[Fact]:
    """Of the events of one run, in order, at most MOST; of a long run what began first, what began last, and the rest
    only where it failed, was asked or decided."""
    known: dict[str, Fact] = {}
    texts: dict[str, str] = {}
    for event in events:
        _take(event, known, texts)
        if len(known) > _HELD:
            known = dict(_chosen([*known.items()], _AT_WORK))
            texts = {key: text for key, text in texts.items() if key in known}
    held = [(key, fact) for key, fact in known.items() if fact.values]
    facts = [fact for _, fact in (_chosen(held, _FEW) if len(held) > MOST else held)]
    for number, fact in enumerate(facts, 1):
        fact.number = number
    return facts


def _chosen(held: list[tuple[str, Fact]], last: int) -> list[tuple[str, Fact]]:
    """The first, the last, and between them the first that are weighty."""
    between = [one for one in held[_FEW:-last] if one[1].weighty][: MOST - 2 * _FEW]
    return [*held[:_FEW], *between, *held[-last:]]


def _take(event: LoggedEvent, known: dict[str, Fact], texts: dict[str, str]) -> None:
    seq = event.seq or 0
    match event:
        case AgentActivity():
            _take_step(event, seq, known)
        case AgentMessage() if event.channel is None:
            _take_text(event, seq, known, texts)
        case RunUpdate():
            _take_run(event, seq, known)
        case UserMessage():
            fact = _fact(known, f"said {event.message_id}", "words of a person to the agents", weighty=True)
            read = _DELIVERIES[event.delivery]
            fact.learn(seq, person=event.author, words=event.text, status=read, reason=event.reason)
        case Error():
            fact = _fact(known, f"error {event.code} {event.message}", "problem", weighty=True)
            fact.learn(seq, agent=event.agent_name, message=event.message, status="reported")
        case _:
            pass  # reasoning, and what an agent says of its own status


def _take_text(event: AgentMessage, seq: int, known: dict[str, Fact], texts: dict[str, str]) -> None:
    """Of the many pieces of a text, the first and the last are named; of the text, its beginning is held."""
    key = f"text {event.message_id}"
    fact = _fact(known, key, "text for the user")
    del fact.seqs[1:]
    before = texts.get(key, "")
    texts[key] = before if len(before) >= _HEARD else (before + event.delta)[:_HEARD]
    state = "finished" if event.final else "being written"
    fact.learn(seq, agent=event.agent_name, words=texts[key], state=state)
    if event.citations:
        fact.learn(seq, cited_passages=len(event.citations))
    if event.replaces and (replaced := known.get(f"text {event.replaces}")) is not None:
        replaced.learn(seq, state="replaced by a later text")


def _take_step(event: AgentActivity, seq: int, known: dict[str, Fact]) -> None:
    label = {"tool": "tool call", "model": "call of a model", "approval": "question to people"}.get(
        event.kind, event.kind
    )
    fact = _fact(known, f"step {event.activity_id}", label, weighty=event.kind == "approval")
    fact.weighty = fact.weighty or event.status == "failed"
    fact.learn(seq, agent=event.agent_name, action=event.action, status=event.status, details=event.details)
    if event.kind == "approval":
        fact.choices |= _choices(event.input)
        fact.learn(seq, **_members(event.input, "question"), **_decision(event.output, fact.choices))
    else:
        fact.learn(seq, input=event.input)
        if event.status in ENDED_ACTIVITY:
            fact.learn(seq, output=event.output)
    if event.usage is not None:
        fact.learn(seq, model=event.usage.model, tokens=event.usage.input_tokens + event.usage.output_tokens)


def _choices(asked: Any) -> dict[str, str]:
    """The labels of what could be chosen, by their ids."""
    offered = _members(asked, "choices").get("choices", ())
    shown = [_members(choice, "id", "label") for choice in offered] if isinstance(offered, list) else []
    return {str(one["id"]): str(one.get("label", one["id"])) for one in shown if "id" in one}


def _decision(decided: Any, choices: Mapping[str, str]) -> dict[str, Any]:
    """What was chosen, and by whom; what could have been chosen is no fact."""
    told = _members(decided, "choice", "decided_by", "comment", "via")
    return told | {"chosen": choices.get(str(told["choice"]))} if "choice" in told else told


def _take_run(event: RunUpdate, seq: int, known: dict[str, Fact]) -> None:
    if event.question:
        _fact(known, "question", "question", weighty=True).learn(
            seq, question=event.question, asked_again=event.retry_of
        )
    if event.status in ENDED_ACTIVITY:
        fact = _fact(known, f"end {seq}", "end of the run", weighty=True)
        fact.learn(seq, status=event.status, reason=event.reason)
    elif event.paused is not None:
        fact = _fact(known, f"pause {seq}", "pause of the run", weighty=True)
        fact.learn(seq, state="paused" if event.paused else "resumed", reason=event.reason)
    elif event.status == "waiting" or event.reason:
        fact = _fact(known, f"wait {seq}", "state of the run", weighty=event.status == "waiting")
        fact.learn(seq, status=event.status, reason=event.reason)


def _fact(known: dict[str, Fact], key: str, label: str, *, weighty: bool = False) -> Fact:
    if key not in known:
        known[key] = Fact(0, label, [], weighty=weighty)
    return known[key]


def _members(value: Any, *names: str) -> dict[str, Any]:
    return {name: value[name] for name in names if name in value} if isinstance(value, Mapping) else {}


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    line = " ".join(text[:_HEARD].split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
