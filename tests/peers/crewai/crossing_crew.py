"""Three agents that plan a crossing of the sample's ferry, from its bookings and the rules of its certificate."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from crewai import LLM, Agent, Crew, Task
from crewai.tools import tool

_BOOKINGS = {
    "7:15": ["adult"] * 71 + ["child"] * 12 + ["under four"] * 5 + ["bicycle"] * 3,
    "12:30": ["adult"] * 38 + ["child"] * 4 + ["sheep"] * 9,
}
_IN_WINTER = 84
_WITH_ICE = "Ice: plate the bow with iron.\nIce: a second lookout stands forward."


@tool("bookings")
def bookings(crossing: str) -> str:
    """Counts what is booked for a crossing."""
    return ", ".join(f"{number} {what}" for what, number in Counter(_BOOKINGS[crossing]).items())


@tool("check_rules")
def check_rules(adults: int, children: int, ice: bool) -> str:
    """Compares a crossing with the winter certificate. Children under four are not counted."""
    free = _IN_WINTER - adults - children
    places = f"Places: {free} of {_IN_WINTER} free." if free >= 0 else f"Places: {-free} too few."
    return f"{places}\n{_WITH_ICE}" if ice else places


def crew_of(model: LLM, **callbacks: Callable[[Any], None]) -> Crew:
    clerk = Agent(role="Booking Clerk", goal="Count", backstory="Keeps the bookings", llm=model, tools=[bookings])
    mate = Agent(role="First Mate", goal="Sail safely", backstory="Knows the rules", llm=model, tools=[check_rules])
    skipper = Agent(role="Skipper", goal="Decide", backstory="Writes briefly", llm=model)
    count = Task(
        name="Count the bookings", description="{current_message}", expected_output="the passengers", agent=clerk
    )
    check = Task(
        name="Check the rules", description="May she sail?", expected_output="the rules that apply", agent=mate,
        context=[count],
    )  # fmt: skip
    decide = Task(
        name="Write the plan", description="Write it.", expected_output="a plan", agent=skipper, context=[count, check]
    )
    return Crew(agents=[clerk, mate, skipper], tasks=[count, check, decide], tracing=False, **callbacks)
