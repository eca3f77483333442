"""What people say to a coding agent, from the process that sends to the hook that gives it."""

import json
from pathlib import Path
from typing import Any

from ringside.hooks.giving import Giving
from ringside.hooks.message_box import MessageBox
from ringside.sending.transport import Unread


def unread(number: int) -> Unread:
    message = {"run_id": "run-1", "id": f"m-{number}", "author": "Ada", "text": f"Mind fog {number}."}
    return Unread("s", "run-1", message)


def words(folder: Path, state: dict[str, Any]) -> tuple[str, int]:
    """What the next hook gives, and how many messages it tells as read."""
    giving = Giving(MessageBox(folder), "s", {"hook_event_name": "PostToolUse"}, state)
    output = giving.output()
    return json.loads(output)["hookSpecificOutput"]["additionalContext"] if output else "", len(giving.receipts())


def test_what_a_second_process_hears_again_is_given_once(tmp_path: Path) -> None:
    MessageBox(tmp_path).put([unread(1)])
    second = MessageBox(tmp_path)  # the first has ended: nothing came for a while
    second.put([unread(1), unread(2)])
    second.put([unread(1), unread(2)])
    assert [one["id"] for one in second.of("s")] == ["m-1", "m-2"]
    state = {"run": "run-1"}
    assert words(tmp_path, state) == (
        "Ada says to you, while you work: Mind fog 1.\nAda says to you, while you work: Mind fog 2.",
        2,
    )
    assert words(tmp_path, state) == ("", 0)


def test_a_message_that_is_left_twice_is_given_once(tmp_path: Path) -> None:
    box = MessageBox(tmp_path)
    box.put([unread(1)])
    [file] = tmp_path.iterdir()
    file.write_text(file.read_text() * 2)
    assert words(tmp_path, {"run": "run-1"}) == ("Ada says to you, while you work: Mind fog 1.", 1)


def test_a_line_that_was_not_written_whole_costs_no_other_message(tmp_path: Path) -> None:
    box = MessageBox(tmp_path)
    box.put([unread(1)])
    [file] = tmp_path.iterdir()
    file.write_bytes(file.read_bytes() + b'{"run_id": "run-1", "id": "m-2", "aut')  # the disk was full
    MessageBox(tmp_path).put([unread(3)])
    assert [one["id"] for one in box.of("s")] == ["m-1", "m-3"]
    MessageBox(tmp_path).put([unread(2)])
    assert [one["id"] for one in box.of("s")] == ["m-1", "m-3", "m-2"]
    assert words(tmp_path, {"run": "run-1"})[1] == 3
