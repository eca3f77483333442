"""Which call a question and its decision are about."""

import asyncio
from typing import Any

import pytest

from agents.team import tool_gate
from agents.team.tool_gate import ToolGate
from utils.accounts.principal import UserRecord
from utils.database.base import Database
from utils.sessions.approval_rules import ApprovalRules
from utils.sessions.sessions import Sessions


def test_what_was_decided_about_one_agents_call_is_not_about_anothers(
    database: Database, sessions: Sessions, ada: UserRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions.create("s", owner=ada)
    rules = ApprovalRules(database)
    fields = {"tool": "calculate", "effect": "ask", "decides": "session", "deciders": []}
    rules.add(ada.team_key, ada, {"name": "Asks", "agent_name": "Clerk", **fields})
    asked: list[Any] = []
    monkeypatch.setattr(tool_gate, "interrupt", asked.append)
    monkeypatch.setattr(tool_gate, "hold_open", lambda: None)
    gate = ToolGate("s", rules)
    asyncio.run(gate.settle("Purser", [("calculate", 1)]))
    assert asked == []
    asyncio.run(gate.settle("Clerk", [("calculate", 1)]))
    [[question]] = asked
    assert "may Clerk call calculate" in question["question"]["question"]
