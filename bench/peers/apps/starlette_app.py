"""uvicorn with sse-starlette: the usual way to stream from ASGI.

Run as ``uvicorn starlette_app:app`` with uvloop and httptools. Events live in memory only.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator

from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

watchers: dict[str, set[asyncio.Queue[ServerSentEvent]]] = defaultdict(set)


async def healthz(request: Request) -> Response:
    return PlainTextResponse("ok")


async def events(request: Request) -> Response:
    channel, queue = request.path_params["channel"], asyncio.Queue[ServerSentEvent]()

    async def stream() -> AsyncIterator[ServerSentEvent]:
        watchers[channel].add(queue)
        try:
            yield ServerSentEvent(comment="welcome", sep="\n")
            while True:
                yield await queue.get()
        finally:
            watchers[channel].discard(queue)

    return EventSourceResponse(stream(), sep="\n", ping=30)


async def publish(request: Request) -> Response:
    event = ServerSentEvent(
        (await request.body()).decode(), event="agentActivity", id=request.query_params["id"], sep="\n"
    )
    for queue in watchers[request.path_params["channel"]]:
        queue.put_nowait(event)
    return Response(status_code=204)


app = Starlette(
    routes=[
        Route("/healthz", healthz),
        Route("/events/{channel}", events),
        Route("/publish/{channel}", publish, methods=["POST"]),
    ]
)
