"""Whatever a program gives becomes an event that a server takes."""

import dataclasses
import datetime
import decimal
import enum
import json
import pathlib
import time
import uuid
from typing import Any

import pytest

from ringside import events
from ringside.values import MOST_CHARACTERS, json_of, text_of, words_of
from tests.conftest import Server


@dataclasses.dataclass
class Point:
    x: int
    y: Any


class Colour(enum.Enum):
    RED = "red"


class Broken:
    def __repr__(self) -> str:
        raise RuntimeError("broken")


class Model:
    """As pydantic's."""

    def model_dump(self) -> dict[str, object]:
        return {"name": "x", "at": datetime.date(2026, 1, 2)}


circle: list[Any] = []
circle.append(circle)
deep: Any = "end"
for _ in range(5_000):
    deep = [deep]

ODD: list[tuple[Any, Any]] = [
    (Point(1, Point(2, None)), {"x": 1, "y": {"x": 2, "y": None}}),
    (Colour.RED, "Colour.RED"),
    (Model(), {"name": "x", "at": "2026-01-02"}),
    ({1: "a", None: "b"}, {"1": "a", "null": "b"}),
    ({(1, 2): "a"}, {"(1, 2)": "a"}),
    ({3, 1}, [1, 3]),
    (b"\x00\xff", "<2 bytes>"),
    (float("nan"), "nan"),
    ([float("inf"), 1.5], ["inf", 1.5]),
    (decimal.Decimal("1.50"), "1.50"),
    (pathlib.PurePosixPath("/a/b"), "/a/b"),
    (uuid.UUID(int=7), str(uuid.UUID(int=7))),
    (ValueError("no"), "ValueError: no"),
    (Broken(), "<Broken>"),
    ("half \ud800", "half ?"),
    ("\x00\x1b[2J", "\x00\x1b[2J"),
    (10**5000, "a very large number"),
]


@pytest.mark.parametrize(("value", "expected"), ODD, ids=lambda one: type(one).__name__)
def test_any_value_has_a_json(value: Any, expected: Any) -> None:
    body = events.agent_activity("s", None, "1", "A", "B", "completed", data={"output": value})
    found = json.loads(body)["output"]
    assert (sorted(found) if isinstance(value, set) else found) == expected


@pytest.mark.parametrize("value", [circle, deep, {"a": circle}], ids=["circle", "deep", "circle within"])
def test_what_has_no_end_is_cut(value: Any) -> None:
    assert "…" in json.loads(f"[{json_of(value)}]").__repr__()


def test_objects_that_know_each_other_have_an_end() -> None:
    crew = [Point(number, None) for number in range(30)]
    for one in crew:
        one.y = crew
    twins: Any = Point(0, None)
    for number in range(60):  # no circle, and 2 to the power of 60 ways through it
        twins = Point(number, (twins, twins))
    for value in (crew, crew[0], twins, Point(float("nan"), twins), [crew] * 1_000):
        begun = time.process_time()
        text = json_of(value)
        assert time.process_time() - begun < 5
        assert "…" in json.loads(f"[{text}]").__repr__()


def test_a_long_list_that_json_refuses_is_cut_after_many() -> None:
    found = json.loads(json_of([float("nan"), *[1] * 30_000]))
    assert found[:2] == ["nan", 1]
    assert found[-1] == "…"
    assert 19_000 < len(found) < 20_010
    named = json.loads(json_of({"x": float("nan"), **{str(number): 1 for number in range(15_000)}}))
    assert len(named) == 15_001


def test_long_values_are_cut_and_say_so() -> None:
    for value in ("x" * 1_000_000, ["x" * 1_000] * 1_000, {"a": "é" * 1_000_000}):
        text = json_of(value)
        assert len(text) < MOST_CHARACTERS + 1_000
        assert "characters in all" in json.loads(text)


def test_texts_have_an_end() -> None:
    assert text_of("x" * 50, 10) == "x" * 9 + "…"
    assert words_of(ValueError()) == "ValueError"
    assert len(words_of(ValueError("x" * 5_000))) == 2_000


def test_a_session_has_an_id_whatever_it_is_called() -> None:
    assert events.session_id("deploy-42") == "deploy-42"
    names = ["", " ", "a b", "a/b", "a-b ", "ü" * 300, "x" * 101, "-x", "\x00", "日本"]
    ids = [events.session_id(name) for name in names]
    assert len(set(ids)) == len(ids)
    for one in ids:
        assert events.session_id(one) == one, "it is an id"


def test_the_server_takes_the_oddest_events(server: Server) -> None:
    server.http.post("/api/sessions", json={"id": "odd-events"}).raise_for_status()
    names: list[Any] = ["", "x" * 500, "\n", "half \ud800", None, 7]
    bodies = [
        events.agent_activity(
            "odd-events",
            "run",
            f"{number}",
            name,
            name,
            "completed",
            details=name,
            data={"input": value, "output": value},
        )
        for number, (name, (value, _)) in enumerate((name, odd) for name in names for odd in ODD)
    ]
    bodies.append(events.error("odd-events", None, "", "", None))
    bodies.append(events.agent_message("odd-events", None, "m", "", "", final=True))
    bodies.append(events.agent_status("odd-events", None, "", "idle", ""))
    bodies.append(events.run_update("odd-events", "r", "running", question="", reason=""))
    answer = server.http.post(
        "/api/sessions/odd-events/events", content=b'{"events":[%b]}' % b",".join(bodies),
        headers={"Content-Type": "application/json"},
    )  # fmt: skip
    assert answer.status_code == 201, answer.text
