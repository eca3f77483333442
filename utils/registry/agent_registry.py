"""The agents that a team has registered: backends that can serve runs.

A secret of an agent (the API key of its model server) is encrypted together with the address it was given for, and is
used for no other address. Only the names of secrets are stored in plain text; their values go to the worker alone.
"""

import json
import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr
from sqlalchemy import Connection, and_, bindparam, delete, insert, not_, or_, select, update
from sqlalchemy.exc import IntegrityError

from utils.database.base import Database
from utils.database.moment import now
from utils.database.paging import Page, decode_cursor, encode_cursor
from utils.database.records import AnyRow, columns_of, record
from utils.database.tables import agents
from utils.registry.configuration import BackendConfiguration, Problem, UnusableConfiguration
from utils.registry.kinds import Kinds

if TYPE_CHECKING:
    from utils.registry.server_key import ServerKey

Secrets = Mapping[str, SecretStr | None]  # None: the secret is taken away
BUILT_IN_NAME = "Document agents"
_BUILT_IN = ("Read the documents of the session and answer with citations.", '{"kind": "documents"}')
_log = logging.getLogger(__name__)


class AgentRegistryError(ValueError):
    """An agent cannot be used or changed like this. ``code`` is the reason, the message says what to do."""

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


def agent_unavailable() -> AgentRegistryError:
    return AgentRegistryError(
        "agent_unavailable",
        "This server cannot use the agent: it does not know the agent's kind, or does not accept its configuration any "
        "more. Choose another agent, or ask an administrator to configure it again.",
    )


@dataclass(frozen=True, slots=True)
class AgentRecord:
    """``sealed``: each secret's name and its value, encrypted with the server's key."""

    key: int
    id: str
    team_key: int
    name: str
    description: str
    configuration: BackendConfiguration
    system_prompt: str
    sealed: Mapping[str, str] = field(repr=False)
    enabled: bool
    built_in: bool
    avatar_id: str | None
    created_at: datetime
    updated_at: datetime

    @property
    def problem(self) -> Problem | None:
        """Why it cannot be used; None: it can."""
        return self.configuration.problem if isinstance(self.configuration, UnusableConfiguration) else None


_COLUMNS = columns_of(AgentRecord, agents)  # never the avatar's bytes
_SELECT = select(*_COLUMNS)
_ONE = _SELECT.where(agents.c.team_key == bindparam("team"), agents.c.id == bindparam("id"))


class AgentRegistry:
    def __init__(self, database: Database, key: "Callable[[], ServerKey]", kinds: Kinds[Any]) -> None:
        """``key`` is called only when a secret is encrypted or decrypted: a machine that never does needs none."""
        self._database = database
        self._key = key
        self._kinds = kinds

    def of_team(self, team_key: int, cursor: str | None = None, limit: int | None = None) -> Page[AgentRecord]:
        """The built-in one first, then by age; without ``limit`` all of them."""
        of_team = _SELECT.where(agents.c.team_key == team_key).order_by(agents.c.built_in.desc(), agents.c.key)
        if cursor:
            built_in, key = decode_cursor(cursor, 2)
            behind = and_(not_(agents.c.built_in), agents.c.key > key)
            of_team = of_team.where(or_(not_(agents.c.built_in), agents.c.key > key) if built_in else behind)
        with self._database.read() as connection:
            rows = connection.execute(of_team.limit(limit + 1 if limit is not None else None))
            found = [self._record(row) for row in rows]
        page = found[:limit]
        more = len(found) > len(page)
        return Page(page, encode_cursor(int(page[-1].built_in), page[-1].key) if more else None)

    def get(self, team_key: int, agent_id: str) -> AgentRecord | None:
        with self._database.read() as connection:
            return self._find(connection, team_key, agent_id)

    def usable(self, team_key: int, agent_id: str) -> AgentRecord | None:
        """An agent that a session may use; None for an unknown one. Raises AgentRegistryError if it cannot be used."""
        agent = self.get(team_key, agent_id)
        if agent is not None and not agent.enabled:
            raise AgentRegistryError("agent_disabled", "This agent is switched off. Choose another one.")
        if agent is not None and agent.problem is not None:
            raise agent_unavailable()
        return agent

    def with_key(self, key: int) -> AgentRecord | None:
        """The agent of a run, of any team; None if it was deleted."""
        with self._database.read() as connection:
            row = connection.execute(_SELECT.where(agents.c.key == key)).first()
        return self._record(row) if row else None

    def create(
        self,
        team_key: int,
        *,
        name: str,
        configuration: BackendConfiguration,
        description: str = "",
        system_prompt: str = "",
        secrets_given: Secrets | None = None,
        enabled: bool = True,
    ) -> AgentRecord:
        """Raises AgentRegistryError if the team has an agent of that name, or the agent cannot use the secret."""
        sealed, made_at = self._sealed({}, configuration, secrets_given or {}), now()
        added = insert(agents).values(
            id=f"agent-{secrets.token_hex(8)}", team_key=team_key, name=name, description=description,
            configuration=configuration.model_dump_json(), system_prompt=system_prompt, sealed=_kept(sealed),
            enabled=enabled, created_at=made_at, updated_at=made_at,
        )  # fmt: skip
        try:
            with self._database.write() as connection:
                return self._record(connection.execute(added.returning(*_COLUMNS)).one())
        except IntegrityError as error:
            raise _name_taken() from error

    def change(
        self,
        team_key: int,
        agent_id: str,
        *,
        name: str | None = None,
        description: str | None = None,
        configuration: BackendConfiguration | None = None,
        system_prompt: str | None = None,
        secrets_given: Secrets | None = None,
        enabled: bool | None = None,
    ) -> AgentRecord | None:
        """None for an unknown agent. Raises AgentRegistryError: name_taken, kind_fixed, key_needed, key_unused.

        An agent keeps its kind, but for one that this server does not have: with another one its secrets are gone.
        """
        try:
            with self._database.write() as connection:
                agent = self._locked(connection, team_key, agent_id)
                if agent is None:
                    return None
                before = agent.sealed
                if configuration is not None and configuration.kind != agent.configuration.kind:
                    if agent.problem != "unknown_kind":
                        raise AgentRegistryError(
                            "kind_fixed", "An agent keeps its kind. Register another agent instead."
                        )
                    before = {}
                sealed = self._sealed(before, configuration or agent.configuration, secrets_given or {})
                if configuration is not None:
                    self._keep_to_address(before, configuration, secrets_given or {})
                wanted = {
                    "name": name, "description": description, "system_prompt": system_prompt, "enabled": enabled,
                    "configuration": configuration.model_dump_json() if configuration is not None else None,
                }  # fmt: skip
                changes = {column: value for column, value in wanted.items() if value is not None}
                return self._changed(connection, agent, sealed=_kept(sealed), **changes)
        except IntegrityError as error:
            raise _name_taken() from error

    def delete(self, team_key: int, agent_id: str) -> AgentRecord | None:
        """The deleted agent; None for an unknown one. Raises AgentRegistryError for the built-in one."""
        with self._database.write() as connection:
            agent = self._locked(connection, team_key, agent_id)
            if agent is None:
                return None
            if agent.built_in:
                raise AgentRegistryError(
                    "built_in", "This agent is built in and cannot be deleted. Switch it off instead."
                )
            connection.execute(delete(agents).where(agents.c.key == agent.key))
        return agent

    def set_avatar(self, team_key: int, agent_id: str, image: bytes | None) -> AgentRecord | None:
        """``image`` is one from utils/registry/avatar.py; None removes it. Returns None for an unknown agent."""
        with self._database.write() as connection:
            agent = self._locked(connection, team_key, agent_id)
            if agent is None:
                return None
            avatar_id = secrets.token_hex(8) if image is not None else None
            return self._changed(connection, agent, avatar=image, avatar_id=avatar_id)

    def avatar(self, team_key: int, agent_id: str) -> tuple[str, bytes] | None:
        """Its id and the image; None without one."""
        with self._database.read() as connection:
            picture = select(agents.c.avatar_id, agents.c.avatar)
            row = connection.execute(
                picture.where(agents.c.team_key == team_key, agents.c.id == agent_id, agents.c.avatar.is_not(None))
            ).first()
        return (row.avatar_id, row.avatar) if row is not None else None

    def secret(self, agent: AgentRecord, name: str) -> SecretStr | None:
        """The value of the agent's secret; None without one.

        Raises AgentRegistryError if it cannot be decrypted, or was given for another address than the agent has now.
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

    def _sealed(self, before: Mapping[str, str], configuration: BackendConfiguration, given: Secrets) -> dict[str, str]:
        """The agent's secrets after a change; those given are encrypted for the address of ``configuration``."""
        address = configuration.own_address
        sealed = {name: token for name, token in before.items() if name not in given}
        for name, value in given.items():
            if value is None:
                continue
            if (refusal := configuration.refuses_secrets) is not None:
                raise AgentRegistryError("key_unused", refusal)
            if name not in self._kinds[configuration.kind].secrets:
                raise AgentRegistryError("key_unused", f"Agents of this kind have no secret {name}. Leave it out.")
            sealed[name] = self._key().seal(json.dumps({"address": address, "value": value.get_secret_value()}))
        return sealed

    def _keep_to_address(self, before: Mapping[str, str], configuration: BackendConfiguration, given: Secrets) -> None:
        """Raises AgentRegistryError if a secret that stays was given for another address."""
        for name, sealed in before.items():
            if name in given or configuration.refuses_secrets is not None:
                continue
            try:
                opened = json.loads(self._key().open(sealed))
            except ValueError as error:
                raise _secret_lost(name) from error
            if opened["address"] != configuration.own_address:
                raise _key_needed()

    def _changed(self, connection: Connection, agent: AgentRecord, **changes: object) -> AgentRecord:
        """Update the agent. ``updated_at`` is always later than before."""
        changed = update(agents).where(agents.c.key == agent.key)
        changed = changed.values(updated_at=max(now(), agent.updated_at + timedelta(milliseconds=1)), **changes)
        return self._record(connection.execute(changed.returning(*_COLUMNS)).one())

    def _find(self, connection: Connection, team_key: int, agent_id: str) -> AgentRecord | None:
        row = connection.execute(_ONE, {"team": team_key, "id": agent_id}).first()
        return self._record(row) if row else None

    def _locked(self, connection: Connection, team_key: int, agent_id: str) -> AgentRecord | None:
        """The agent, locked against other changes until the transaction ends."""
        row = connection.execute(_ONE.with_for_update(key_share=True), {"team": team_key, "id": agent_id}).first()
        return self._record(row) if row else None

    def _record(self, row: AnyRow) -> AgentRecord:
        return record(
            AgentRecord,
            row,
            configuration=self._kinds.stored_configuration(row.configuration),
            sealed=json.loads(row.sealed) if row.sealed else {},
        )


def add_built_in(connection: Connection, team_key: int) -> None:
    """Add the agent that every team has, as part of the caller's transaction."""
    description, configuration = _BUILT_IN
    made_at = now()
    connection.execute(
        insert(agents).values(
            id=f"agent-{secrets.token_hex(8)}", team_key=team_key, name=BUILT_IN_NAME, description=description,
            configuration=configuration, system_prompt="", built_in=True, created_at=made_at, updated_at=made_at,
        )
    )  # fmt: skip


def _name_taken() -> AgentRegistryError:
    return AgentRegistryError("name_taken", "The team has an agent of that name already. Choose another name.")


def _key_needed() -> AgentRegistryError:
    return AgentRegistryError(
        "key_needed",
        "The agent's address has changed, and a key is only sent to the address it was given for. Enter the key again, "
        "or remove it.",
    )


def _secret_lost(name: str) -> AgentRegistryError:
    return AgentRegistryError(
        "secret_lost",
        f"The agent's secret {name} cannot be decrypted: it was encrypted with another SECRET_KEY. Enter it again, or "
        "add the former key to PREVIOUS_SECRET_KEYS.",
    )


def _kept(sealed: Mapping[str, str]) -> str | None:
    return json.dumps(sealed) if sealed else None


def seal_anew(database: Database, key: "ServerKey") -> None:
    """Encrypt with the current key what a former key encrypted. The former key is not needed afterwards."""
    lost = []
    with database.write() as connection:
        some = select(agents.c.key, agents.c.id, agents.c.sealed).where(agents.c.sealed.is_not(None))
        for row in connection.execute(some.with_for_update(key_share=True)).all():
            before: dict[str, str] = json.loads(row.sealed)
            try:
                renewed = {name: key.renewed(sealed) for name, sealed in before.items()}
            except ValueError:
                lost.append(row.id)
                continue
            if renewed != before:
                connection.execute(update(agents).where(agents.c.key == row.key).values(sealed=_kept(renewed)))
    if lost:
        _log.warning(
            "The keys of these agents were encrypted with a SECRET_KEY that is no longer known; add it to "
            "PREVIOUS_SECRET_KEYS, or enter the keys again: %s",
            ", ".join(lost),
        )
