"""The agents a team has registered: backends that can serve runs.

A secret of an agent (its model server's key) is sealed together with the address it was given for, and opens for no
other. The names of the secrets are kept in the clear; nothing else of them leaves this module but to the worker.
"""

import json
import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from pydantic import SecretStr
from sqlalchemy import Connection, Row, text
from sqlalchemy.exc import IntegrityError

from utils.database.base import Database, now_ms
from utils.database.paging import Page, decode_cursor, encode_cursor
from utils.registry.configuration import Configuration, stored_configuration

if TYPE_CHECKING:
    from utils.registry.server_key import ServerKey

Kind = Literal["documents", "chat"]
SecretName = Literal["api_key"]
Secrets = Mapping[SecretName, SecretStr | None]  # None: the secret is taken away
BUILT_IN_NAME = "Document agents"
_BUILT_IN = ("Read the documents of the session and answer with citations.", '{"kind": "documents"}')
# Never the avatar's bytes.
_COLUMNS = (
    "a.key, a.id, a.team_key, a.name, a.description, a.configuration, a.system_prompt, a.sealed, a.enabled, "
    "a.built_in, a.avatar_id, a.created_at, a.updated_at"
)
_SELECT = f"SELECT {_COLUMNS} FROM agents a"  # noqa: S608
# Who answers in a session s: the agent chosen for it, or its team's built-in agents.
CHOSEN_AGENT = "coalesce(s.agent_key, (SELECT b.key FROM agents b WHERE b.team_key = s.team_key AND b.built_in))"
_log = logging.getLogger(__name__)


class AgentRegistryError(ValueError):
    """An agent cannot be used or changed so. ``code`` names why, the message says what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def agent_disabled() -> AgentRegistryError:
    return AgentRegistryError(
        "agent_disabled",
        "The agent of this session is switched off. Choose another agent for the session, or ask an administrator.",
    )


def agent_deleted() -> AgentRegistryError:
    return AgentRegistryError(
        "agent_deleted", "The agent of this session was deleted. Choose another agent for the session."
    )


@dataclass(frozen=True, slots=True)
class AgentRecord:
    """``sealed``: the name of each secret, and what only the server's key opens."""

    key: int
    id: str
    team_key: int
    name: str
    description: str
    configuration: Configuration
    system_prompt: str
    sealed: Mapping[str, str] = field(repr=False)
    enabled: bool
    built_in: bool
    avatar_id: str | None
    created_at: int
    updated_at: int


class AgentRegistry:
    def __init__(self, database: Database, key: "Callable[[], ServerKey]") -> None:
        """``key`` is asked for when a secret is sealed or opened: a machine that never does needs none."""
        self._database = database
        self._key = key

    def of_team(self, team_key: int, cursor: str | None = None, limit: int | None = None) -> Page[AgentRecord]:
        """The built-in one first, then by age; without ``limit`` all of them."""
        values: dict[str, object] = {"team": team_key}
        query = f"{_SELECT} WHERE a.team_key = :team"
        if cursor:
            built_in, values["key"] = decode_cursor(cursor, 2)
            values["built_in"] = bool(built_in)
            query += " AND (a.built_in < :built_in OR (a.built_in = :built_in AND a.key > :key))"
        query += " ORDER BY a.built_in DESC, a.key"
        if limit is not None:
            query += " LIMIT :limit"
            values["limit"] = limit + 1
        with self._database.read() as connection:
            found = [_record(row) for row in connection.execute(text(query), values)]
        page = found[:limit]
        more = len(found) > len(page)
        return Page(page, encode_cursor(int(page[-1].built_in), page[-1].key) if more else None)

    def get(self, team_key: int, agent_id: str) -> AgentRecord | None:
        with self._database.read() as connection:
            return _find(connection, team_key, agent_id)

    def usable(self, team_key: int, agent_id: str) -> AgentRecord | None:
        """One that a session may choose; None for an unknown one. Raises AgentRegistryError when it is disabled."""
        agent = self.get(team_key, agent_id)
        if agent is not None and not agent.enabled:
            raise AgentRegistryError("agent_disabled", "This agent is switched off. Choose another one.")
        return agent

    def with_key(self, key: int) -> AgentRecord | None:
        """For who works on a run: whatever team's it is, deleted ones are None."""
        with self._database.read() as connection:
            row = connection.execute(text(f"{_SELECT} WHERE a.key = :key"), {"key": key}).first()
        return _record(row) if row else None

    def create(
        self,
        team_key: int,
        *,
        name: str,
        configuration: Configuration,
        description: str = "",
        system_prompt: str = "",
        secrets_given: Secrets | None = None,
        enabled: bool = True,
    ) -> AgentRecord:
        """Raises AgentRegistryError when the team has an agent of that name, or has no use for the secret."""
        agent_id = f"agent-{secrets.token_hex(8)}"
        sealed = self._sealed({}, configuration, secrets_given or {})
        try:
            with self._database.write() as connection:
                connection.execute(
                    text(
                        "INSERT INTO agents (id, team_key, name, description, configuration, system_prompt, sealed, "
                        "enabled, built_in, created_at, updated_at) VALUES (:id, :team, :name, :description, "
                        ":configuration, :prompt, :sealed, :enabled, :no, :now, :now)"
                    ),
                    {
                        "id": agent_id, "team": team_key, "name": name, "description": description,
                        "configuration": configuration.model_dump_json(), "prompt": system_prompt,
                        "sealed": _kept(sealed), "enabled": enabled, "no": False, "now": now_ms(),
                    },
                )  # fmt: skip
                return _found(connection, team_key, agent_id)
        except IntegrityError as error:
            raise _name_taken() from error

    def change(
        self,
        team_key: int,
        agent_id: str,
        *,
        name: str | None = None,
        description: str | None = None,
        configuration: Configuration | None = None,
        system_prompt: str | None = None,
        secrets_given: Secrets | None = None,
        enabled: bool | None = None,
    ) -> AgentRecord | None:
        """None for an unknown agent. Raises AgentRegistryError: name_taken, kind_fixed, key_needed, key_unused."""
        try:
            with self._database.write() as connection:
                agent = self._locked(connection, team_key, agent_id)
                if agent is None:
                    return None
                if configuration is not None and configuration.kind != agent.configuration.kind:
                    raise AgentRegistryError("kind_fixed", "An agent keeps its kind. Register another agent instead.")
                sealed = self._sealed(agent.sealed, configuration or agent.configuration, secrets_given or {})
                if configuration is not None:
                    self._keep_to_address(agent, configuration, secrets_given or {})
                connection.execute(
                    text(
                        "UPDATE agents SET name = coalesce(:name, name), "
                        "description = coalesce(:description, description), "
                        "configuration = coalesce(:configuration, configuration), "
                        "system_prompt = coalesce(:prompt, system_prompt), sealed = :sealed, "
                        "enabled = coalesce(:enabled, enabled), updated_at = :now WHERE key = :key"
                    ),
                    {
                        "key": agent.key, "name": name, "description": description, "prompt": system_prompt,
                        "configuration": configuration.model_dump_json() if configuration is not None else None,
                        "sealed": _kept(sealed), "enabled": enabled, "now": _after(agent),
                    },
                )  # fmt: skip
                return _found(connection, team_key, agent_id)
        except IntegrityError as error:
            raise _name_taken() from error

    def delete(self, team_key: int, agent_id: str) -> AgentRecord | None:
        """What it was; None for an unknown agent. Raises AgentRegistryError for the built-in one."""
        with self._database.write() as connection:
            agent = self._locked(connection, team_key, agent_id)
            if agent is None:
                return None
            if agent.built_in:
                raise AgentRegistryError(
                    "built_in", "This agent came with the team and cannot be deleted. Switch it off instead."
                )
            connection.execute(text("DELETE FROM agents WHERE key = :key"), {"key": agent.key})
        return agent

    def set_avatar(self, team_key: int, agent_id: str, image: bytes | None) -> AgentRecord | None:
        """``image`` as utils/registry/avatar.py makes it; None takes it away. None for an unknown agent."""
        with self._database.write() as connection:
            agent = self._locked(connection, team_key, agent_id)
            if agent is None:
                return None
            connection.execute(
                text("UPDATE agents SET avatar = :image, avatar_id = :id, updated_at = :now WHERE key = :key"),
                {
                    "image": image, "id": secrets.token_hex(8) if image is not None else None, "now": _after(agent),
                    "key": agent.key,
                },
            )  # fmt: skip
            return _found(connection, team_key, agent_id)

    def avatar(self, team_key: int, agent_id: str) -> tuple[str, bytes] | None:
        """Its id and the image; None without one."""
        with self._database.read() as connection:
            row = connection.execute(
                text("SELECT avatar_id, avatar FROM agents WHERE team_key = :team AND id = :id"),
                {"team": team_key, "id": agent_id},
            ).first()
        return (row.avatar_id, bytes(row.avatar)) if row is not None and row.avatar is not None else None

    def secret(self, agent: AgentRecord, name: SecretName) -> SecretStr | None:
        """The secret, for the address of the agent and no other; None without one.

        Raises AgentRegistryError when it cannot be opened, or was given for another address.
        """
        if name not in agent.sealed:
            return None
        try:
            opened = json.loads(self._key().open(agent.sealed[name]))
        except ValueError as error:
            raise _secret_lost(name) from error
        if opened["address"] != agent.configuration.own_address:
            raise _key_needed()
        return SecretStr(opened["value"])

    def seal_anew(self) -> None:
        """Seal with the present key what a former one has sealed, which can then be forgotten."""
        lost = []
        with self._database.write() as connection:
            some = f"{_SELECT} WHERE a.sealed IS NOT NULL"
            for row in connection.execute(text(self._database.locking(some, "a"))).all():
                agent = _record(row)
                try:
                    renewed = {name: self._key().renewed(sealed) for name, sealed in agent.sealed.items()}
                except ValueError:
                    lost.append(agent.id)
                    continue
                if renewed != agent.sealed:
                    connection.execute(
                        text("UPDATE agents SET sealed = :sealed WHERE key = :key"),
                        {"sealed": _kept(renewed), "key": agent.key},
                    )
        if lost:
            _log.warning(
                "The keys of these agents were sealed with a SECRET_KEY that is no longer known; name it in "
                "PREVIOUS_SECRET_KEYS, or give the keys again: %s",
                ", ".join(lost),
            )

    def _sealed(self, before: Mapping[str, str], configuration: Configuration, given: Secrets) -> dict[str, str]:
        """The secrets that an agent has from now on, each sealed for the agent's present address."""
        address = configuration.own_address
        sealed = {name: token for name, token in before.items() if name not in given}
        for name, value in given.items():
            if value is None:
                continue
            if address is None:
                raise AgentRegistryError(
                    "key_unused", 'Only an agent with the source "own" has a key. Change the source, or leave it out.'
                )
            sealed[name] = self._key().seal(json.dumps({"address": address, "value": value.get_secret_value()}))
        return sealed

    def _keep_to_address(self, agent: AgentRecord, configuration: Configuration, given: Secrets) -> None:
        """Raises AgentRegistryError when a secret that the agent keeps was given for another address."""
        for name, sealed in agent.sealed.items():
            if name in given or configuration.own_address is None:
                continue
            try:
                opened = json.loads(self._key().open(sealed))
            except ValueError as error:
                raise _secret_lost(name) from error
            if opened["address"] != configuration.own_address:
                raise _key_needed()

    def _locked(self, connection: Connection, team_key: int, agent_id: str) -> AgentRecord | None:
        """The agent, which nobody else changes until the transaction ends."""
        query = self._database.locking(f"{_SELECT} WHERE a.team_key = :team AND a.id = :id", "a")
        row = connection.execute(text(query), {"team": team_key, "id": agent_id}).first()
        return _record(row) if row else None


def add_built_in(connection: Connection, team_key: int) -> None:
    """The agents that every team has, as part of the caller's transaction."""
    description, configuration = _BUILT_IN
    connection.execute(
        text(
            "INSERT INTO agents (id, team_key, name, description, configuration, system_prompt, enabled, built_in, "
            "created_at, updated_at) VALUES (:id, :team, :name, :description, :configuration, '', :yes, :yes, "
            ":now, :now)"
        ),
        {
            "id": f"agent-{secrets.token_hex(8)}", "team": team_key, "name": BUILT_IN_NAME, "description": description,
            "configuration": configuration, "yes": True, "now": now_ms(),
        },
    )  # fmt: skip


def _name_taken() -> AgentRegistryError:
    return AgentRegistryError("name_taken", "The team has an agent of that name already. Choose another name.")


def _key_needed() -> AgentRegistryError:
    return AgentRegistryError(
        "key_needed",
        "The agent's address changed, and a key goes only to the address it was given for. Give the key again, or "
        "remove it.",
    )


def _secret_lost(name: str) -> AgentRegistryError:
    return AgentRegistryError(
        "secret_lost",
        f"The agent's secret {name} cannot be opened: it was sealed with another SECRET_KEY. An administrator has to "
        "give it again, or name the former key in PREVIOUS_SECRET_KEYS.",
    )


def _after(agent: AgentRecord) -> int:
    """The moment of a change: always another one than that of the change before."""
    return max(now_ms(), agent.updated_at + 1)


def _kept(sealed: Mapping[str, str]) -> str | None:
    return json.dumps(sealed) if sealed else None


def _find(connection: Connection, team_key: int, agent_id: str) -> AgentRecord | None:
    row = connection.execute(
        text(f"{_SELECT} WHERE a.team_key = :team AND a.id = :id"), {"team": team_key, "id": agent_id}
    ).first()
    return _record(row) if row else None


def _found(connection: Connection, team_key: int, agent_id: str) -> AgentRecord:
    agent = _find(connection, team_key, agent_id)
    assert agent is not None
    return agent


def _record(row: Row[Any]) -> AgentRecord:
    return AgentRecord(
        row.key, row.id, row.team_key, row.name, row.description, stored_configuration(row.configuration),
        row.system_prompt, json.loads(row.sealed) if row.sealed else {}, bool(row.enabled), bool(row.built_in),
        row.avatar_id, row.created_at, row.updated_at,
    )  # fmt: skip
