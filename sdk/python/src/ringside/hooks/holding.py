"""A call of a coding agent's tool that waits until the team's rules, or a person, allow it.

The answer is that of the hook PreToolUse: nothing, and the agent goes on as it would without us; or "deny" with words
that its model reads. Claude Code is told "allow" where a person has approved this very call, which saves its user the
same question; its own rules still deny. Codex takes no such answer, so it is told nothing.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from ringside.telling.guarding import Guarding, ToolRefusedError

if TYPE_CHECKING:
    from ringside.hooks.hook import Call

_PATIENCE = 15.0  # seconds for which a server that is away is asked again


def hold(call: Call, seconds: int) -> int:
    """Until it is known whether the call may be made, at most so many seconds. The exit status of the hook.

    Whatever it raises, the call is not to be made.
    """
    # RINGSIDE_WHEN_AWAY is what a program says of its own calls. A coding agent could set it for its hooks.
    guarding = Guarding(
        call.settings, call.session, call.title, call.body, timeout=float(seconds), patience=_PATIENCE,
        when_away="refuse",
    )  # fmt: skip
    try:
        while (pause := guarding.look()) is not None:
            time.sleep(pause)
    except ToolRefusedError as refused:
        return _say("deny", str(refused))
    finally:
        guarding.close()
    if guarding.approved and call.agent == "claude-code":
        return _say("allow", "A person has approved this call in Ringside.")
    return 0


def _say(decision: str, reason: str) -> int:
    said = {"hookEventName": "PreToolUse", "permissionDecision": decision, "permissionDecisionReason": reason}
    print(json.dumps({"hookSpecificOutput": said}), flush=True)  # what cannot be said is to fail here
    return 0
