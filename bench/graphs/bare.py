"""``python -m bench.graphs.bare [CHECKPOINTS]``: runs the graph once for each line (a question) on standard input.

With a file for its checkpoints it saves them there with LangGraph's own SQLite saver. Answers with
``{"step": seconds, "end": seconds}``: until the first step has ended, and until the graph has.
"""

import asyncio
import contextlib
import json
import sys
import time
from uuid import uuid4

from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from bench.graphs.answering import build_graph, context, updates


async def main() -> None:
    given = context()
    async with contextlib.AsyncExitStack() as stack:
        saver = None
        if len(sys.argv) > 1:
            saver = await stack.enter_async_context(AsyncSqliteSaver.from_conn_string(sys.argv[1]))
        graph = build_graph().compile(checkpointer=saver)
        for question in sys.stdin:
            began, first = time.monotonic(), None
            async for _ in updates(graph, question.strip(), given, uuid4().hex):
                first = first or time.monotonic()
            assert first is not None
            print(json.dumps({"step": first - began, "end": time.monotonic() - began}), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
