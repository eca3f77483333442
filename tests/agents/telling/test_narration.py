"""Records in, events out; and a run that goes on tells nothing twice."""

import pytest

from agents.errors import AgentError
from agents.telling.narration import Narration
from agents.telling.steps import PhaseRecord, Record, StepRecord, TextRecord, TroubleRecord
from utils.log.events import (
    ENDED_ACTIVITY,
    AgentActivity,
    AgentMessage,
    AgentStatusUpdate,
    Citation,
    LoggedEvent,
    RunUpdate,
)


def _step(
    key: str, status: str, parent: str | None = None, agent: str = "Document Agent", **fields: object
) -> StepRecord:
    return StepRecord(key, parent, agent, f"Do {key}", "step", status, **fields)  # type: ignore[arg-type]


STORY: list[Record] = [
    PhaseRecord("Planning", 0.05),
    _step("plan", "started", agent="Supervisor"),
    _step("plan", "completed", agent="Supervisor"),
    PhaseRecord("Reading", 0.15),
    _step("read", "started"),
    _step("read/tool:a", "started", "read"),
    _step("read/tool:b", "started", "read"),
    _step("read/tool:a", "completed", "read", output="4 passages"),
    TroubleRecord("Document Agent", "encrypted", "b.pdf is encrypted.", step="read"),
    _step("read/tool:b", "failed", "read", details="b.pdf is encrypted."),
    _step("read", "completed"),
    PhaseRecord("Writing", 0.6),
    _step("write-1", "started", agent="Writer Agent"),
    TextRecord("draft-1", "Writer Agent", "The ferry "),
    TextRecord("draft-1", "Writer Agent", "carries 412 [1]."),
    TextRecord(
        "draft-1",
        "Writer Agent",
        final=True,
        citations=(
            Citation(
                number=1,
                document_id="d",
                document_name="log.pdf",
                passage_id=1,
                reference="page 12",
                quote="at most 412",
            ),
        ),
    ),
    _step("write-1", "completed", agent="Writer Agent"),
    _step("write-2", "started", agent="Writer Agent"),
    TextRecord("draft-2", "Writer Agent", "The ferry carries at most 412 [1].", replaces="draft-1"),
    TextRecord("draft-2", "Writer Agent", final=True),
    _step("write-2", "completed", agent="Writer Agent"),
]


def _tell(records: list[Record], told: list[LoggedEvent] | None = None, attempt: int = 1) -> list[LoggedEvent]:
    narration = Narration("s", "run-1", attempt, told or [])
    events = narration.begin()
    for record in records:
        events += narration.tell(record)
    return events + narration.end("completed")


def _answer(events: list[LoggedEvent]) -> list[str]:
    """The texts that a screen shows: replaced messages are gone."""
    texts: dict[str, str] = {}
    for event in events:
        if isinstance(event, AgentMessage):
            if event.replaces:
                texts.pop(event.replaces, None)
            texts[event.message_id] = texts.get(event.message_id, "") + event.delta
    return list(texts.values())


def _ends(events: list[LoggedEvent]) -> list[tuple[str, str]]:
    return [(e.activity_id, e.status) for e in events if isinstance(e, AgentActivity) and e.status in ENDED_ACTIVITY]


def _starts(events: list[LoggedEvent]) -> list[str]:
    return [e.activity_id for e in events if isinstance(e, AgentActivity) and e.status == "started"]


def test_a_story_is_told_with_one_root_that_encloses_every_step() -> None:
    activities = [event for event in _tell(STORY) if isinstance(event, AgentActivity)]
    root = activities[0]
    assert (root.agent_name, root.status, root.parent_id) == ("Supervisor", "started", None)
    assert activities[-1].activity_id == root.activity_id
    ids = {event.activity_id for event in activities}
    assert all(event.parent_id in ids for event in activities if event.activity_id != root.activity_id)


def test_an_agent_works_from_its_first_open_step_to_its_last() -> None:
    updates = [e for e in _tell(STORY) if isinstance(e, AgentStatusUpdate) and e.agent_name == "Document Agent"]
    assert [update.status for update in updates] == ["working", "done"]


def test_a_revised_draft_takes_the_place_of_the_one_before() -> None:
    assert _answer(_tell(STORY)) == ["The ferry carries at most 412 [1]."]


def test_progress_never_goes_back() -> None:
    events = _tell([PhaseRecord("Writing", 0.6), PhaseRecord("Reading", 0.15), PhaseRecord("Reviewing", 0.85)])
    assert [e.progress for e in events if isinstance(e, RunUpdate)] == [0.6, 0.85]


@pytest.mark.parametrize("cut", range(len(STORY) + 1))
def test_resumed_after_any_cut_no_step_begins_or_ends_twice_and_the_answer_is_whole(cut: int) -> None:
    """The second attempt repeats everything from the start: the hardest case, no step was checkpointed."""
    first = Narration("s", "run-1", 1)
    told = first.begin()
    for record in STORY[:cut]:
        told += first.tell(record)

    events = told + _tell(STORY, told, attempt=2)

    assert len(_starts(events)) == len(set(_starts(events)))
    assert len(_ends(events)) == len({id for id, _ in _ends(events)})
    assert set(_starts(events)) == {id for id, _ in _ends(events)}
    assert sorted(_ends(events)) == sorted(_ends(_tell(STORY)))
    assert _answer(events) == _answer(_tell(STORY))


def test_a_step_that_was_cut_off_says_that_it_goes_on() -> None:
    first = Narration("s", "run-1", 1)
    told = first.begin() + first.tell(_step("read", "started"))
    second = Narration("s", "run-1", 2, told)
    second.begin()
    again = second.tell(_step("read", "started"))[0]
    assert isinstance(again, AgentActivity)
    assert again.status == "in-progress"
    assert "lost" in (again.details or "")


def test_the_end_closes_open_steps_from_the_inside_out() -> None:
    narration = Narration("s", "run-1", 1)
    narration.begin()
    for record in STORY[4:7]:
        narration.tell(record)
    closed = [(e.action, e.status) for e in narration.end("cancelled") if isinstance(e, AgentActivity)]
    assert [status for _, status in closed] == ["cancelled"] * 4
    assert [action for action, _ in closed][2:] == ["Do read", "Answer the question"]


def test_a_step_that_ends_closes_what_it_left_open_inside() -> None:
    narration = Narration("s", "run-1", 1)
    narration.begin()
    for record in (_step("read", "started"), _step("read/x", "started", "read")):
        narration.tell(record)
    ended = [(e.action, e.status) for e in narration.tell(_step("read", "failed")) if isinstance(e, AgentActivity)]
    assert ended == [("Do read/x", "cancelled"), ("Do read", "failed")]


def test_the_error_of_a_failed_run_names_the_step_that_failed() -> None:
    narration = Narration("s", "run-1", 1)
    narration.begin()
    narration.tell(_step("write-1", "started", agent="Writer Agent"))
    narration.tell(_step("write-1", "failed", agent="Writer Agent", details="The model server refused the key."))
    refused = AgentError("model_unauthorised", "The model server refused the key.")
    error, reason = narration.failure(refused)
    assert reason == "Writer Agent, “Do write-1”: The model server refused the key."
    assert error.agent_name == "Writer Agent"
    assert error.activity_id is not None


def test_the_error_of_a_failed_run_names_the_call_to_a_model_and_not_its_last_try() -> None:
    narration = Narration("s1", "run-1", 1)
    narration.begin()
    call = (("write", None, "Write", "model"), ("write/try", "write", "Try 4", "step"))
    for key, parent, action, kind in call:
        narration.tell(StepRecord(key, parent, "Writer Agent", action, kind, "started"))  # type: ignore[arg-type]
    for key, parent, action, kind in reversed(call):
        narration.tell(StepRecord(key, parent, "Writer Agent", action, kind, "failed"))  # type: ignore[arg-type]
    _, reason = narration.failure(AgentError("model_timeout", "It took too long."))
    assert reason == "Writer Agent, “Write”: It took too long."


@pytest.mark.parametrize("much", ["x" * 3_000_000, {"rows": ["x" * 1000] * 3000}], ids=["text", "table"])
def test_of_a_huge_output_the_beginning_is_told(much: object) -> None:
    events = Narration("s", "r", 1).tell(_step("read", "completed", output=much, input=much))
    told = next(event for event in events if isinstance(event, AgentActivity))
    for shown in (told.output, told.input):
        assert "xxx" in shown
        assert shown.endswith("characters)")
        assert len(shown) < 110_000


def test_what_a_model_thought_is_told_with_its_step_and_begins_again_after_a_loss() -> None:
    thought = TextRecord("plan/reasoning", "Supervisor", "Hm, ", channel="reasoning", step="plan")
    end = TextRecord("plan/reasoning", "Supervisor", final=True, channel="reasoning", step="plan")
    first = _tell([_step("plan", "started"), thought])
    (lost,) = [event for event in first if isinstance(event, AgentMessage)]
    steps = {event.activity_id for event in first if isinstance(event, AgentActivity) and event.action == "Do plan"}
    assert (lost.channel, {lost.activity_id}, lost.delta) == ("reasoning", steps, "Hm, ")
    again = [one for one in _tell([_step("plan", "started"), thought, end], first, 2) if isinstance(one, AgentMessage)]
    assert [(one.channel, one.replaces, one.final) for one in again] == [
        ("reasoning", lost.message_id, False), ("reasoning", None, True)
    ]  # fmt: skip
    everything = [*first, *again]
    assert [one for one in _tell([thought, end], everything, 3) if isinstance(one, AgentMessage)] == []


def test_ending_a_step_looks_at_what_is_open_and_not_at_all_that_has_ended() -> None:
    """A run of thousands of steps would take longer with each."""
    narration = Narration("s1", "run-1", 1)
    narration.begin()
    for number in range(50):
        narration.tell(_step(f"step-{number}", "started"))
        narration.tell(_step(f"step-{number}", "completed"))
    narration.tell(_step("outer", "started"))
    narration.tell(_step("outer/inner", "started", "outer"))
    looked_at: list[str] = []

    class Watched(dict[str, AgentActivity]):
        def __getitem__(self, activity_id: str) -> AgentActivity:
            looked_at.append(activity_id)
            return super().__getitem__(activity_id)

        def items(self):  # type: ignore[no-untyped-def]
            looked_at.extend(self)
            return super().items()

    narration._activities = Watched(narration._activities)
    ended = [event for event in narration.tell(_step("outer", "completed")) if isinstance(event, AgentActivity)]
    assert [event.status for event in ended] == ["cancelled", "completed"]
    assert len(looked_at) < 5


# After waiting


def _waited(told: list[LoggedEvent], attempt: int = 2) -> Narration:
    return Narration("s", "run-1", attempt, told, has_waited=True)


def _until_it_waits(reason: str = "For the crew.") -> list[LoggedEvent]:
    narration = Narration("s", "run-1", 1)
    events = narration.begin("crew")
    for record in (_step("start", "started"), _step("start", "completed"), _step("wait", "started", agent="Crew")):
        events += narration.tell(record)
    return events + narration.wait(reason)


def test_a_run_that_waits_says_so_and_who_waits() -> None:
    *_, busy, update = _until_it_waits()
    assert isinstance(busy, AgentStatusUpdate)
    assert (busy.agent_name, busy.status, busy.details) == ("Crew", "waiting", "For the crew.")
    assert isinstance(update, RunUpdate)
    assert (update.status, update.reason) == ("waiting", "For the crew.")


def test_a_look_that_finds_nothing_tells_nothing() -> None:
    told = _until_it_waits()
    narration = _waited(told)
    assert narration.begin("crew") == []
    assert narration.tell(_step("start", "started")) == []
    assert narration.tell(_step("start", "completed")) == []
    assert narration.tell(_step("wait", "started", agent="Crew")) == []
    assert narration.wait("For the crew.") == []


def test_a_step_that_still_waits_for_the_same_is_not_told_again() -> None:
    asks = _step("ask", "waiting", details="Shall we sail?")
    first = Narration("s", "run-1", 1)
    told = first.begin("crew") + first.tell(asks) + first.wait("For a person.")
    narration = _waited(told)
    assert narration.begin("crew") + narration.tell(asks) + narration.wait("For a person.") == []
    news = narration.tell(_step("ask", "waiting", details="Shall we sail today?"))
    assert [one.details for one in news if isinstance(one, AgentActivity)] == ["Shall we sail today?"]
    [ended] = [one for one in narration.tell(_step("ask", "completed")) if isinstance(one, AgentActivity)]
    assert ended.status == "completed"


def test_another_reason_to_wait_is_told() -> None:
    update = _waited(_until_it_waits()).wait("For a person.")[-1]
    assert isinstance(update, RunUpdate)
    assert update.reason == "For a person."


def test_whatever_is_told_then_says_first_that_the_run_goes_on() -> None:
    told = _until_it_waits()
    narration = _waited(told)
    narration.begin("crew")
    narration.tell(_step("wait", "started", agent="Crew"))
    update, *statuses, done = narration.tell(_step("task-1", "started", "wait", agent="Crew"))
    assert isinstance(update, RunUpdate)
    assert update.status == "running"
    assert {(one.agent_name, one.status) for one in statuses if isinstance(one, AgentStatusUpdate)} >= {
        ("Crew", "working")
    }
    assert isinstance(done, AgentActivity)
    assert done.action == "Do task-1"
    assert not [one for one in narration.tell(_step("task-1", "completed", "wait")) if isinstance(one, RunUpdate)]
    assert isinstance(narration.wait("For the crew.")[-1], RunUpdate), "it waits again, which is news"


def test_a_step_that_stayed_open_ends_once_and_the_run_with_it() -> None:
    told = _until_it_waits()
    narration = _waited(told)
    told += narration.begin("crew") + narration.tell(_step("wait", "started", agent="Crew"))
    told += narration.tell(_step("wait", "completed", agent="Crew")) + narration.end("completed")
    of_wait = [event.status for event in told if isinstance(event, AgentActivity) and event.action == "Do wait"]
    assert of_wait == ["started", "completed"]
    last = {event.activity_id: event.status for event in told if isinstance(event, AgentActivity)}
    assert set(last.values()) == {"completed"}


def test_a_process_lost_after_the_run_has_waited_is_told_as_ever() -> None:
    told = _until_it_waits()
    narration = Narration("s", "run-1", 3, told)
    [event] = [one for one in narration.tell(_step("wait", "started", agent="Crew")) if isinstance(one, AgentActivity)]
    assert (event.status, event.details) == ("in-progress", "Goes on after its process was lost.")


# Secrets


def test_the_secret_of_a_callback_address_is_told_nowhere() -> None:
    secret = "q9cwj-YV26TmDo6yTNP5MeLooPPg0ql_TZJSaHSNl1o"
    address = f"https://ringside.example.org/api/hooks/run-1/{secret}/step"
    events = _tell([
        _step("ask", "started", input={"webhooks": {"url": address, "n": 1}}),
        _step("ask", "in-progress", details=f"Calls {address}"),
        _step("ask", "completed", output=f"I call {address}."),
        TextRecord("answer", "Crew", f"Call {address}", final=True),
    ])  # fmt: skip
    assert not [event for event in events if secret in event.model_dump_json()]
    [begun] = [event for event in events if isinstance(event, AgentActivity) and event.input is not None]
    assert begun.input == {"webhooks": {"url": address.replace(secret, "…"), "n": 1}}
