"""flask-sse on Redis under gunicorn's gevent worker, as its documentation says.

Its blueprint names the channel in the query string; the views here name it in the path, as all peers do.
"""

import os
from collections.abc import Iterator

from flask import Flask, Response, request, stream_with_context
from flask_sse import sse

app = Flask(__name__)
app.config["REDIS_URL"] = os.environ["REDIS_URL"]


@app.get("/healthz")
def healthz() -> str:
    return "ok"


@app.get("/events/<channel>")
def events(channel: str) -> Response:
    def stream() -> Iterator[str]:
        yield ": welcome\n\n"
        for message in sse.messages(channel):
            yield str(message)

    return Response(stream_with_context(stream()), mimetype="text/event-stream")


@app.post("/publish/<channel>")
def publish(channel: str) -> tuple[str, int]:
    sse.publish(request.get_data(as_text=True), type="agentActivity", id=request.args["id"], channel=channel)
    return "", 204
