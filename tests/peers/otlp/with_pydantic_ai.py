"""An agent of Pydantic AI, instrumented as its documentation says. Its argument is the address of a model server."""

import asyncio
import sys

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from pydantic_ai import Agent
from pydantic_ai.capabilities import Instrumentation
from pydantic_ai.models.instrumented import InstrumentationSettings
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
trace.set_tracer_provider(provider)
model = OpenAIChatModel("tiny", provider=OpenAIProvider(base_url=sys.argv[1], api_key="none"))
settings = InstrumentationSettings(tracer_provider=provider, include_content=True)
agent = Agent(model, name="researcher", capabilities=[Instrumentation(settings=settings)])


@agent.tool_plain
def look_up(word: str) -> str:
    """Looks a word up."""
    return f"1957: {word} rebuilt by Ada"


async def ask() -> None:
    async with agent.run_stream("Who rebuilt the engine?") as answer:
        await answer.get_output()


asyncio.run(ask())
provider.shutdown()
