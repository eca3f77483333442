"""gunicorn's gevent worker with a generator for each stream: the usual way to stream from Flask.

Run as ``gunicorn --worker-class gevent gevent_app:app``. Events live in memory only.
"""

from collections import defaultdict
from collections.abc import Iterator

from flask import Flask, Response, request
from gevent.queue import Queue

app = Flask(__name__)
watchers: dict[str, set[Queue]] = defaultdict(set)


@app.get("/healthz")
def healthz() -> str:
    return "ok"


@app.get("/events/<channel>")
def events(channel: str) -> Response:
    queue: Queue = Queue()

    def stream() -> Iterator[bytes]:
        watchers[channel].add(queue)
        try:
            yield b": welcome\n\n"
            while True:
                yield queue.get()
        finally:
            watchers[channel].discard(queue)

    return Response(stream(), mimetype="text/event-stream", headers={"Cache-Control": "no-cache"})


@app.post("/publish/<channel>")
def publish(channel: str) -> tuple[str, int]:
    number = request.args["id"].encode()
    frame = b"id: %b\nevent: agentActivity\ndata: %b\n\n" % (number, request.get_data())  # encoded once for all
    for queue in watchers[channel]:
        queue.put(frame)
    return "", 204
