"""Beginning again from a step of our own graph with another input."""

import pytest

from agents.backends.graph_restarts import changes
from utils.sessions.restart import Restart


@pytest.mark.parametrize(
    ("edited", "before", "instead", "queries"),
    [
        ({}, "pier", "jetty", {"pier": "jetty"}),
        ({"pier": "jetty"}, "fog", "mist", {"pier": "jetty", "fog": "mist"}),
        ({"pier": "jetty"}, "jetty", "quay", {"pier": "quay"}),
        ({"pier": "jetty"}, "jetty", "pier", {}),
        ({"pier": "jetty", "fog": "jetty"}, "jetty", "fog", {"pier": "fog"}),
    ],
)  # fmt: skip
def test_a_search_that_is_written_anew_takes_the_place_of_the_first_one(
    edited: dict[str, str], before: str, instead: str, queries: dict[str, str]
) -> None:
    restart = Restart(
        "former", activity_id="a", agent_name="Research Agent", kind="tool", action=f"Search “{before}”",
        begin="research", input={"query": instead}, former_input={"query": before}, edited=True,
    )  # fmt: skip
    assert changes(restart, {"queries": edited}) == {"queries": queries}
