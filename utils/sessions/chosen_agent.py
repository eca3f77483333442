"""Who answers in a session: the agent that was chosen for it, or the built-in agents of its team."""

from sqlalchemy import ColumnElement, FromClause, func, select

from utils.database.tables import agents


def chosen_agent(session: FromClause) -> ColumnElement[int]:
    """Its key; NULL where there is no team yet. ``session`` is the table of sessions, or an alias of it."""
    own = agents.alias("built_in_agents")
    of_team = select(own.c.key).where(own.c.team_key == session.c.team_key, own.c.built_in).scalar_subquery()
    return func.coalesce(session.c.agent_key, of_team)
