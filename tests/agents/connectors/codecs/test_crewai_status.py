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
        ({"status": "succeeded", "output": "Ada"}, CrewStatus(has_ended=True, result="Ada")),
        ({"status": "Done", "result": None, "response": "Ada"}, CrewStatus(has_ended=True, result="Ada")),
        ({"state": "", "status": "complete", "raw": "Ada"}, CrewStatus(has_ended=True, result="Ada")),
        ({"status": "error", "error": {"message": "No credits", "code": 402}}, CrewStatus(True, error="No credits")),
        ({"status": "FAILED", "error": {"code": 402}}, CrewStatus(True, error='{"code": 402}')),
        ({"status": "errored", "detail": [{"msg": "No"}, {"msg": "credits"}]}, CrewStatus(True, error="No; credits")),
        ({"status": "Timed out", "message": "Too slow"}, CrewStatus(has_ended=True, error="Too slow")),
        ({"status": "failed"}, CrewStatus(has_ended=True, error="it gave no reason")),
        ({"status": "waiting-for-human-input"}, CrewStatus(asks=True)),
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
        ({"message": "Ada.", "id": "1"}, CrewAnswer("Ada.", "1")),
        ({"answer": "Ada.", "id": "1", "conversation_id": "c-2"}, CrewAnswer("Ada.", "c-2")),
        ('```json\n{"response": "Ada.", "id": "c-2"}\n```', CrewAnswer("Ada.", "c-2")),
        ('```\n{"message": "Ada."}```\n', CrewAnswer("Ada.")),
        ("{'response': 'It\\'s Ada.', 'id': None}", CrewAnswer("It's Ada.")),
        ("```python\n{'message': 'Ada.', 'id': 7}\n```", CrewAnswer("Ada.", "7")),
        ("{'response': {1, 2}}", CrewAnswer("{'response': {1, 2}}")),
        ("```python\nprint(1)\n```", CrewAnswer("```python\nprint(1)\n```")),
        (
            {"subject": "Ship", "message": "Ada."},
            CrewAnswer('```json\n{\n  "subject": "Ship",\n  "message": "Ada."\n}\n```'),
        ),
        (None, CrewAnswer("")),
        ({}, CrewAnswer("")),
    ],
)
def test_the_answer_is_found_in_whatever_a_crew_returns(result: Any, answer: CrewAnswer) -> None:
    assert crew_answer(result) == answer
