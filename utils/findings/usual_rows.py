"""What is usual in each team, kept for whoever watches next."""

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from utils.database.base import Database
from utils.database.moment import now
from utils.database.tables import usual_silences
from utils.findings.usual import Silences, Usual

_MOST = 2000  # kinds of steps of a team; those of which nothing was heard for the longest time are forgotten


class UsualRows:
    def __init__(self, database: Database, unknown_seconds: float) -> None:
        self._database = database
        self._unknown = unknown_seconds

    def read(self, team_key: int | None) -> Usual:
        """None: of sessions that were made before there was a team."""
        u = usual_silences.c
        query = select(u.what, u.counts).where(u.team_key == team_key).order_by(u.updated_at.desc()).limit(_MOST)
        with self._database.read() as connection:
            known = {row.what: Silences(list(row.counts)) for row in connection.execute(query)}
        return Usual(self._unknown, known)

    def write(self, team_key: int, changed: dict[str, Silences]) -> None:
        dialect = postgresql if self._database.dialect == "postgresql" else sqlite
        rows = [
            {"team_key": team_key, "what": what, "counts": silences.counts, "updated_at": now()}
            for what, silences in changed.items()
        ]
        insert = dialect.insert(usual_silences)
        new = {name: insert.excluded[name] for name in ("counts", "updated_at")}
        keys = [usual_silences.c.team_key, usual_silences.c.what]
        of_team = usual_silences.c.team_key == team_key
        kept = select(usual_silences.c.what).where(of_team).order_by(usual_silences.c.updated_at.desc()).limit(_MOST)
        with self._database.write() as connection:
            connection.execute(insert.on_conflict_do_update(index_elements=keys, set_=new), rows)
            connection.execute(delete(usual_silences).where(of_team, usual_silences.c.what.not_in(kept)))
