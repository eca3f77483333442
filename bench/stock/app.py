"""One address, no database, no agents: what Python, Flask and gunicorn take by themselves."""

from flask import Flask

app = Flask(__name__)


@app.get("/healthz")
def healthz() -> dict[str, str]:
    return {"status": "ok"}
