"""A program with OpenTelemetry's SDK and spans of its own: an agent that asks a model over HTTP and uses a tool.

It knows nothing of who watches it: where its spans go says the environment. Its argument is an address to call.
"""

import sys

import httpx
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

provider = TracerProvider(resource=Resource.create({"service.name": "harbour"}))
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(), schedule_delay_millis=100))
trace.set_tracer_provider(provider)
HTTPXClientInstrumentor().instrument()
tracer = trace.get_tracer("by-hand")

TALK = {"gen_ai.conversation.id": "watch-7"}
AGENT = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "Lookout", **TALK}
CHAT = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "tiny", **TALK}

with tracer.start_as_current_span("invoke_agent Lookout", attributes=AGENT) as agent:
    for _ in range(2):
        with tracer.start_as_current_span("chat tiny", attributes=CHAT) as chat:
            httpx.get(sys.argv[1])
            chat.set_attributes({"gen_ai.usage.input_tokens": 5, "gen_ai.usage.output_tokens": 2})
    provider.force_flush()  # as if it took longer than the exporter waits
    try:
        with tracer.start_as_current_span("execute_tool look", attributes={"gen_ai.operation.name": "execute_tool"}):
            raise ValueError("fog")
    except ValueError:
        agent.set_attribute("gen_ai.output.messages", '[{"role": "assistant", "content": "Fog everywhere."}]')
provider.shutdown()
