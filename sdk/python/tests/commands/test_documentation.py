"""What can be typed is documented, and what is documented can be typed."""

import argparse
import re

from ringside.commands.parser import parser
from tests.conftest import REPOSITORY


def test_every_command_is_documented() -> None:
    page = (REPOSITORY / "docs" / "connect.md").read_text()
    [commands] = [one for one in parser()._actions if isinstance(one, argparse._SubParsersAction)]
    named = set(re.findall(r"\bringside ([a-z]+)\b", page))
    assert set(commands.choices) <= named | {"hook"}
    assert named & {"tail", "emit", "doctor", "hooks", "drain"} == set(commands.choices)
