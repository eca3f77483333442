"""A worker in a process of its own, with nothing but the standard library: python worker.py URL KEY NAME [hang].

It claims one run, keeps its state, tells a step and some text, and answers. With ``hang`` it stays alive after that,
without another word, until it is killed.
"""

import json
import sys
import time
import urllib.request
from typing import Any

_URL, _KEY, _NAME, *_HOW = sys.argv[1:]


def send(method: str, path: str, body: dict[str, Any]) -> dict[str, Any] | None:
    asked = urllib.request.Request(
        f"{_URL}/api/assignments/{path}",
        data=json.dumps(body).encode(),
        method=method,
        headers={"Authorization": f"Bearer {_KEY}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(asked, timeout=60) as answer:
        return json.loads(answer.read()) if answer.status == 200 else None


def main() -> None:
    work = None
    while work is None:
        work = send("POST", "claim", {"worker": _NAME, "wait": 20})
    path, held = f"runs/{work['run_id']}", {"attempt": work["attempt"]}
    begun = work["state"] or {"begun_by": _NAME}
    send("PUT", f"{path}/state", {**held, "state": begun})
    sky = {"type": "step", "key": "sky", "action": "Look at the sky", "kind": "tool"}
    texts = [{"type": "text", "delta": f"Begun by {begun['begun_by']}, "}]
    send("POST", f"{path}/records", {**held, "first": 0, "records": [{**sky, "status": "started"}, *texts]})
    print(json.dumps(work), flush=True)
    while "hang" in _HOW:
        time.sleep(3600)
    rest = [{**sky, "status": "completed"}, {"type": "text", "delta": f"ended by {_NAME}."}]
    send("POST", f"{path}/records", {**held, "first": 2, "records": rest})
    send("POST", f"{path}/end", {**held, "status": "completed"})


main()
