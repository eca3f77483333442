"""What a crew's server says of a kickoff, and the answer in its result."""

from typing import Any

import pytest

from agents.connectors.codecs.crewai_status import CrewAnswer, CrewStatus, crew_answer, crew_status


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (
            {"status": "running", "current_task": "research", "progress": {"completed_tasks": 1, "total_tasks": 3}},
            CrewStatus(task="research", done=1, total=3),
        ),
        ({"status": "queued"}, CrewStatus()),
        ({"state": "STARTED", "status": "", "result": None}, CrewStatus()),
        ({"status": "awaiting_human_feedback"}, CrewStatus(asks=True)),
        ({"status": "completed", "result": {"output": "Ada"}}, CrewStatus(has_ended=True, result={"output": "Ada"})),
        ({"state": "SUCCESS", "result": "Ada", "result_json": None}, CrewStatus(has_ended=True, result="Ada")),
        (
            {"state": "SUCCESS", "result": "text", "result_json": {"response": "Ada"}},
            CrewStatus(has_ended=True, result={"response": "Ada"}),
        ),
        ({"status": "error", "error": "No model."}, CrewStatus(has_ended=True, error="No model.")),
        ({"state": "FAILURE", "status": "It broke."}, CrewStatus(has_ended=True, error="It broke.")),
        ({"state": "FAILURE"}, CrewStatus(has_ended=True, error="it gave no reason")),
        ({"progress": 7}, None),
        ([], None),
    ],
)
def test_a_status_in_the_present_shape_and_the_one_before(body: Any, status: CrewStatus | None) -> None:
    assert crew_status(body) == status


@pytest.mark.parametrize(
    ("result", "answer"),
    [
        (" Ada. ", CrewAnswer("Ada.")),
        ({"output": "Ada.", "tasks": []}, CrewAnswer("Ada.")),
        ({"response": "Ada.", "id": "c-2"}, CrewAnswer("Ada.", "c-2")),
        ('{"response": "Ada.", "id": 7}', CrewAnswer("Ada.", "7")),
        ({"output": '{"response": "Ada.", "id": "c-2"}'}, CrewAnswer("Ada.", "c-2")),
        ({"id": "not of a conversation", "output": "Ada."}, CrewAnswer("Ada.")),
        ('["a"]', CrewAnswer('["a"]')),
        ("{broken", CrewAnswer("{broken")),
        ({"ships": 2}, CrewAnswer('```json\n{\n  "ships": 2\n}\n```')),
        (None, CrewAnswer("")),
        ({}, CrewAnswer("")),
    ],
)
def test_the_answer_is_found_in_whatever_a_crew_returns(result: Any, answer: CrewAnswer) -> None:
    assert crew_answer(result) == answer
