"""Two agents that find out who rebuilt an engine."""

from collections.abc import Callable
from typing import Any

from crewai import LLM, Agent, Crew, Task
from crewai.tools import tool


@tool("look_up")
def look_up(word: str) -> str:
    """Looks a word up in the ship's log."""
    return f"1957: {word} rebuilt by Ada"


def crew_of(model: LLM, **callbacks: Callable[[Any], None]) -> Crew:
    researcher = Agent(role="Researcher", goal="Find facts", backstory="Reads logs", llm=model, tools=[look_up])
    writer = Agent(role="Writer", goal="Write", backstory="Writes briefly", llm=model)
    research = Task(
        name="research", description="Answer: {current_message}", expected_output="one name", agent=researcher
    )
    write = Task(name="write", description="Write it.", expected_output="a sentence", agent=writer, context=[research])
    return Crew(agents=[researcher, writer], tasks=[research, write], tracing=False, **callbacks)
