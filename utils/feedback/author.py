"""Whose an answer or a step is."""

from sqlalchemy import Connection, and_, bindparam, func, select

from utils.database.base import Database
from utils.database.tables import agents, runs
from utils.feedback.opinion import Subject
from utils.feedback.told_of_run import told_of_run

_built_in = agents.alias("built_in_agents")
_of_team = select(_built_in.c.key).where(_built_in.c.team_key == bindparam("team"), _built_in.c.built_in)
_ANSWERING = (
    select(agents.c.name)
    .join_from(runs, agents, agents.c.key == func.coalesce(runs.c.agent_key, _of_team.scalar_subquery()))
    .where(and_(runs.c.id == bindparam("run"), runs.c.reported_id.is_(None)))
)


def answering(connection: Connection, team_key: int, run_id: str) -> str | None:
    """The agent that a run of this server was given to; None for a run of another program."""
    return connection.scalar(_ANSWERING, {"team": team_key, "run": run_id})


def stepping(database: Database, subject: Subject) -> str | None:
    """The agent that takes a step; None where the run has no such step, or the log does not keep it any more."""
    for event in told_of_run(database, subject.session_key, subject.run_id, "agentActivity"):
        if event["activity_id"] == subject.activity_id:
            return str(event["agent_name"])
    return None


def writing(database: Database, subject: Subject) -> str | None:
    """The agent whose words were the last of a run, as the program that reports it has told; None: no words."""
    found: str | None = None
    for event in told_of_run(database, subject.session_key, subject.run_id, "agentMessage"):
        found = found if "channel" in event else str(event["agent_name"])
    return found
