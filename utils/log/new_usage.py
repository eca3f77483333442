"""What the ends of steps say that models took, as a row beside the events. It is stored with them, or they are not.

So a step counts once, whoever is killed when: what it comes to is worked out afterwards, from these rows
(utils/spending/bookkeeping.py). An append without such a step costs a look at each of its events.
"""

from collections.abc import Sequence
from typing import NamedTuple

from utils.database.moment import now_ms, to_ms
from utils.log.events import ENDED_ACTIVITY, AgentActivity, LoggedEvent

MOST_TOKENS = 10**12  # of a step: sums of them fit into an integer of SQL
MICROS = 1_000_000


class NewUsage(NamedTuple):
    """``place`` is that of its event in the append, from 0. A step of no run has the run "".

    ``at`` is in milliseconds since 1970; what a program dates into the future is now. Cached tokens are some of the
    input, and those of reasoning some of the output.
    """

    place: int
    run_id: str
    activity_id: str
    parent_id: str | None
    agent_name: str
    model: str
    input: int
    cached: int
    output: int
    reasoning: int
    told_micros: int | None
    told_currency: str | None
    at: int


def usages_of(events: Sequence[LoggedEvent]) -> list[NewUsage]:
    """One for each step: what is told of it last."""
    found: dict[tuple[str | None, str], NewUsage] | None = None  # most appends have none, and take no time for it
    for place, event in enumerate(events):
        if event.type == "agentActivity" and event.usage is not None and event.status in ENDED_ACTIVITY:
            found = found or {}
            found[event.run_id, event.activity_id] = _usage(place, event)
    return list(found.values()) if found is not None else []


def _usage(place: int, event: AgentActivity) -> NewUsage:
    used = event.usage
    assert used is not None
    into, out = min(used.input_tokens, MOST_TOKENS), min(used.output_tokens, MOST_TOKENS)
    return NewUsage(
        place, event.run_id or "", _storable(event.activity_id), event.parent_id and _storable(event.parent_id),
        _storable(event.agent_name), _storable(used.model[:200]),
        into, min(used.cached_input_tokens or 0, into), out, min(used.reasoning_tokens or 0, out),
        None if used.cost is None else round(used.cost * MICROS), used.currency, min(to_ms(event.time), now_ms()),
    )  # fmt: skip


def _storable(text: str) -> str:
    """PostgreSQL takes no NUL in a text."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")
