"""The agents a team has registered: backends that can serve runs."""

import secrets

from sqlalchemy import Connection, text

from utils.database import now_ms

_BUILT_IN = ("Document agents", "Read the documents of the session and answer with citations.", '{"kind": "documents"}')


def add_built_in(connection: Connection, team_key: int) -> None:
    """The agents that every team has, as part of the caller's transaction."""
    name, description, configuration = _BUILT_IN
    connection.execute(
        text(
            "INSERT INTO agents (id, team_key, name, description, configuration, system_prompt, enabled, built_in, "
            "created_at, updated_at) VALUES (:id, :team, :name, :description, :configuration, '', :yes, :yes, "
            ":now, :now)"
        ),
        {
            "id": f"agent-{secrets.token_hex(8)}", "team": team_key, "name": name, "description": description,
            "configuration": configuration, "yes": True, "now": now_ms(),
        },
    )  # fmt: skip
