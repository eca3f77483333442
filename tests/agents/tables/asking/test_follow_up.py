"""What a short follow-up takes from the questions before it."""

from pathlib import Path

import pytest

from agents.tables.planner import Reading
from agents.text.answer_state import Turn
from tests.support.tables import read, said

LOADS = """Date,Carrier,Port,Cost
2024-02-03,Heron,Bergen,7
2025-01-05,Falcon,Moss,10
2025-02-09,Heron,Moss,20
2025-02-21,Falcon,Bergen,30
2025-03-02,Heron,Bergen,40
2025-03-09,Falcon,Moss,50
"""


@pytest.mark.parametrize(
    ("questions", "start"),
    [
        (("Total cost in February 2025?", "and in March?"), "In March of 2025, the total cost is 90"),
        (("Total cost in February 2025?", "and in 2024?"), "In February of 2024, the total cost is 7"),
        (
            ("Total cost in February 2025?", "and in March?", "and for Heron?"),
            "In March of 2025 for Heron, the total cost is 40",
        ),
        (("What is the total cost for Heron?", "and for Falcon?"), "For Falcon, the total cost is 90"),
        (("What is the total cost for Heron?", "and the average?"), "For Heron, the mean cost is 22.33"),
        (("What is the total cost?", "only Bergen"), "For Bergen, the total cost is 77"),
        (("Which carrier has the highest total cost?", "and the lowest?"), "Heron has the lowest total cost: 67."),
        (
            ("Which carrier has the highest total cost?", "and by port?"),
            "By port, the total cost is 77 (Bergen) and 80 (Moss)",
        ),
        (("Wie hoch sind die Kosten im Februar 2025?", "und im März?"), "In March of 2025, the total cost is 90"),
    ],
)
def test_a_follow_up_keeps_what_it_does_not_say_itself(tmp_path: Path, questions: tuple[str, ...], start: str) -> None:
    path = tmp_path / "loads.csv"
    path.write_text(LOADS)
    history = [Turn(role="user", content=one) for one in questions[:-1]]
    assert said(path, questions[-1], history).startswith(start)


def test_a_follow_up_of_another_matter_gets_no_number(tmp_path: Path) -> None:
    path = tmp_path / "loads.csv"
    path.write_text(LOADS)
    history = [Turn(role="user", content="Who is the landlord?")]
    assert not isinstance(read(path, "and in March?", history), Reading)
