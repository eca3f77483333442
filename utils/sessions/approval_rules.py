"""The rules of a team about calls of tools, as they are kept."""

import secrets
from dataclasses import fields
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from utils.accounts.principal import UserRecord
from utils.database.base import Database
from utils.database.moment import now
from utils.database.records import columns_of, record
from utils.database.tables import approval_rules, live, sessions, teams, users
from utils.sessions.approval import Question
from utils.sessions.approval_rule import MOST_OF_TEAM, ApprovalRule, ToolUse, check, first_fitting

_ALL = (
    select(*columns_of(ApprovalRule, approval_rules, created_by=users.c.name))
    .join_from(approval_rules, users, users.c.key == approval_rules.c.created_by, isouter=True)
    .order_by(approval_rules.c.position, approval_rules.c.key)
)


class TooManyApprovalRulesError(Exception):
    """The team has as many rules as it may."""


class ApprovalRules:
    def __init__(self, database: Database) -> None:
        self._database = database

    def of_team(self, team_key: int) -> list[ApprovalRule]:
        """In their order."""
        with self._database.read() as connection:
            return _of_team(connection, team_key)

    def get(self, team_key: int, rule_id: str) -> ApprovalRule | None:
        return next((one for one in self.of_team(team_key) if one.id == rule_id), None)

    def add(self, team_key: int, by: UserRecord, values: dict[str, Any]) -> ApprovalRule:
        """The last in the order. ``values`` are the rule's fields. Raises TooManyApprovalRulesError."""
        at, rule_id = now(), f"rule-{secrets.token_hex(8)}"
        made = {"id": rule_id, "team_key": team_key, "created_by": by.key, "created_at": at, "changed_at": at}
        with self._database.write() as connection:
            others = _locked(connection, team_key)
            if len(others) >= MOST_OF_TEAM:
                raise TooManyApprovalRulesError(
                    f"A team has at most {MOST_OF_TEAM} rules. Delete one that is not needed."
                )
            position = others[-1].position + 1 if others else 0
            connection.execute(insert(approval_rules), {**values, **made, "position": position, "enabled": True})
            return _with_id(connection, team_key, rule_id)

    def change(
        self, team_key: int, rule_id: str, values: dict[str, Any], position: int | None = None
    ) -> ApprovalRule | None:
        """``position``: the place in the order that it gets, from 0. None: there is no such rule.

        Raises ValueError, as `check` does, for what does not fit the rule as it is by then.
        """
        with self._database.write() as connection:
            rules = _locked(connection, team_key)
            rule = next((one for one in rules if one.id == rule_id), None)
            if rule is None:
                return None
            check({one.name: getattr(rule, one.name) for one in fields(rule)} | values)
            changed = update(approval_rules).where(approval_rules.c.key == rule.key)
            if connection.execute(changed, {**values, "changed_at": now()}).rowcount == 0:
                return None  # a version before this one, which deletes without the lock, has done so meanwhile
            if position is not None:
                order = [one.key for one in rules if one.key != rule.key]
                order.insert(position, rule.key)
                for place, key in enumerate(order):
                    connection.execute(update(approval_rules).where(approval_rules.c.key == key), {"position": place})
            return _with_id(connection, team_key, rule_id)

    def remove(self, team_key: int, rule_id: str) -> ApprovalRule | None:
        """The rule that there was; None for whoever does not delete it. What it has asked is asked on."""
        with self._database.write() as connection:
            rule = next((one for one in _locked(connection, team_key) if one.id == rule_id), None)
            if rule is None:
                return None
            gone = connection.execute(delete(approval_rules).where(approval_rules.c.key == rule.key))
            return rule if gone.rowcount == 1 else None

    def about(self, team_key: int, use: ToolUse) -> ApprovalRule | None:
        """The rule that counts for this call; None: it goes ahead."""
        return first_fitting(self.of_team(team_key), use)

    def about_in(self, session_id: str, use: ToolUse) -> ApprovalRule | None:
        """The same for a call in a session. Of one without a team, or that is deleted, nobody has rules."""
        whose = select(sessions.c.team_key).where(sessions.c.id == session_id, live)
        with self._database.read() as connection:
            team_key = connection.scalar(whose)
            return first_fitting(_of_team(connection, team_key), use) if team_key is not None else None

    def question(self, rule: ApprovalRule, use: ToolUse) -> Question | None:
        """What the rule asks of whom, as the team is now. None: nobody is there who could decide."""
        if rule.decides == "session":
            return rule.question(use)
        there = select(users.c.id).where(users.c.team_key == rule.team_key, users.c.active).order_by(users.c.key)
        people = there.where(users.c.id.in_(rule.deciders), users.c.role != "viewer")
        administrator = there.where(users.c.role == "administrator").limit(1)
        with self._database.read() as connection:
            if deciders := connection.scalars(people).all():
                return rule.question(use, deciders)
            return rule.question(use, administrators=connection.scalar(administrator) is not None)


def _of_team(connection: Connection, team_key: int) -> list[ApprovalRule]:
    rows = connection.execute(_ALL.where(approval_rules.c.team_key == team_key))
    return [record(ApprovalRule, row) for row in rows]


def _locked(connection: Connection, team_key: int) -> list[ApprovalRule]:
    """Those of a team that nobody else reorders or adds to meanwhile."""
    connection.execute(select(teams.c.key).where(teams.c.key == team_key).with_for_update(key_share=True))
    return _of_team(connection, team_key)


def _with_id(connection: Connection, team_key: int, rule_id: str) -> ApprovalRule:
    return next(one for one in _of_team(connection, team_key) if one.id == rule_id)
