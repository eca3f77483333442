"""The tables of the database. Moments are milliseconds since 1970 in UTC: the same number on every database.

Changing a table means a new file in utils/database/migrations/versions; a test compares the two.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Computed,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    and_,
    false,
    not_,
    text,
    true,
)

from utils.database.json_object import JsonObject
from utils.database.json_value import JsonValue
from utils.database.lines import Lines
from utils.database.moment import Moment

metadata = MetaData()
# sqlite_autoincrement: a key is never given twice, or what remembers a deleted row would take another for it.
# SQLite numbers rows by itself only in a column that is exactly INTEGER.
_Key = BigInteger().with_variant(Integer, "sqlite")


def _owned_by_session() -> Column[int]:
    return Column("session_key", _Key, ForeignKey("sessions.key", ondelete="CASCADE"), nullable=False)


def _owned_by_team(nullable: bool = False) -> Column[int]:
    return Column("team_key", _Key, ForeignKey("teams.key", ondelete="CASCADE"), nullable=nullable)


# The database keeps the title as a search compares it beside it: the column `plain_title`, by triggers on SQLite and
# generated on PostgreSQL, and the index `sessions_by_title`.
sessions = Table(
    "sessions",
    metadata,
    Column("key", _Key, primary_key=True),
    Column("id", String(160), nullable=False),  # of one session that is live, and of any number that are deleted
    Column("title", String(200), nullable=False),
    Column("archived", Boolean, nullable=False, default=False),
    Column("first", BigInteger, nullable=False, default=1),  # the oldest seq still kept
    Column("head", BigInteger, nullable=False, default=0),  # the newest seq
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    # Whose it is. What an emitter made belongs to the first team; before there is one, to whoever founds it. Without
    # foreign keys, which SQLite cannot drop with their column: teams and users are never deleted.
    Column("team_key", BigInteger),
    Column("owner_key", BigInteger),  # none: made by an emitter
    Column("shared", Boolean, nullable=False, server_default=true()),  # the team may watch it
    # The place in utils.sessions.sessions.PRIORITIES.
    Column("priority", SmallInteger, nullable=False, server_default="1"),
    Column("agent_key", BigInteger),  # who answers here, from then on; none: the team's built-in agents
    Column("deleted_at", Moment),  # when its deletion began: nobody sees it any more, and its id is free again
    Column("metadata", JsonObject, nullable=False, server_default="{}"),  # for the systems that answer here
    Column("kept", Boolean, nullable=False, server_default=false()),  # whatever its age
    Column("document_deleted_at", Moment),  # the last time: what runs of before have kept may hold what it said
    sqlite_autoincrement=True,
)
# The condition of every query that must not see a session whose deletion has begun; LIVE is for statements in text.
live = sessions.c.deleted_at.is_(None)
LIVE = "deleted_at IS NULL"
Index("sessions_id", sessions.c.id, unique=True, sqlite_where=live, postgresql_where=live)
# The list of sessions in its order: what a team shares, and what is one user's alone. Each session is in one of them.
for _name, _whose, _which in (
    ("sessions_shared", sessions.c.team_key, and_(live, sessions.c.shared)),
    ("sessions_own", sessions.c.owner_key, and_(live, not_(sessions.c.shared))),
):
    _order = (_whose, sessions.c.archived, sessions.c.updated_at, sessions.c.key)
    Index(_name, *_order, sqlite_where=_which, postgresql_where=_which)

# What has moved of late, whoever's it is.
Index("sessions_moved", sessions.c.updated_at, sqlite_where=live, postgresql_where=live)

# How often what the lists of a team show was changed, but for what moves a session's log; triggers count.
team_changes = Table(
    "team_changes",
    metadata,
    Column("team_key", _Key, ForeignKey("teams.key", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("count", BigInteger, nullable=False),
    Column("feedback", BigInteger, nullable=False, server_default="0"),  # of judgements and comments, which count apart
)

# The highest seq that was ever given out under the id of a deleted session: one made anew begins above it.
deleted_sessions = Table(
    "deleted_sessions",
    metadata,
    Column("id", String(160), primary_key=True),
    Column("head", BigInteger, nullable=False),
)

# `"citations":[{`, which stands in no text of JSON: there, a quotation mark has a backslash.
CITING = {
    "sqlite": "type = 'agentMessage' AND instr(body, X'226369746174696f6e73223a5b7b') > 0",
    "postgresql": "type = 'agentMessage' AND position('\\x226369746174696f6e73223a5b7b'::bytea in body) > 0",
}

# Clustered by (session, seq): an append touches the end of its session, a replay reads neighbours.
events = Table(
    "events",
    metadata,
    Column("session_key", _Key, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("type", String(40), nullable=False),
    Column("run_id", Text),
    Column("body", LargeBinary, nullable=False),  # the event's JSON object without its seq
    Column("append_id", BigInteger),  # PostgreSQL: marks the last event of an append, see utils/log/postgres_store.py
    # How far a run is, without reading its session: few events are of this type, so that it costs an append nothing.
    Index(
        "events_run_updates",
        "session_key",
        "run_id",
        "seq",
        sqlite_where=text("type = 'runUpdate'"),
        postgresql_where=text("type = 'runUpdate'"),
    ),
    # The answers that cite passages; CITING is for statements in text.
    Index(
        "events_citing",
        "session_key",
        "seq",
        sqlite_where=text(CITING["sqlite"]),
        postgresql_where=text(CITING["postgresql"]),
    ),
    sqlite_with_rowid=False,
)

# What the ends of steps say that models took, stored with those events, and what of it counts: a step around others
# counts for what it says beyond theirs. See utils/spending/bookkeeping.py, which writes the second half.
usages = Table(
    "usages",
    metadata,
    Column("session_key", _Key, ForeignKey("sessions.key", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("run_id", Text, primary_key=True),  # as in events; empty: of no run
    Column("activity_id", String(200), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("parent_id", String(200)),
    Column("agent_name", String(200), nullable=False),
    Column("model", String(200), nullable=False),
    Column("input", BigInteger, nullable=False),  # tokens; those that were cached are some of them
    Column("cached", BigInteger, nullable=False),
    Column("output", BigInteger, nullable=False),  # those of reasoning are some of them
    Column("reasoning", BigInteger, nullable=False),
    Column("told_micros", BigInteger),  # what the step itself says that it cost
    Column("told_currency", String(3)),
    Column("at", Moment, nullable=False),
    Column("settled", Boolean, nullable=False, server_default=false()),  # what counts of it was worked out
    Column("counted_input", BigInteger, nullable=False, server_default="0"),
    Column("counted_cached", BigInteger, nullable=False, server_default="0"),
    Column("counted_output", BigInteger, nullable=False, server_default="0"),
    Column("counted_reasoning", BigInteger, nullable=False, server_default="0"),
    Column("cost_micros", BigInteger),  # none: no price was known
    Column("currency", String(3)),
    Column("price_key", BigInteger),  # by which price; another one never changes it
    Column("team_key", BigInteger),  # for whom it was counted
    Column("user_key", BigInteger),
    Column("agent_key", BigInteger),
    Index(
        "usages_unsettled",
        "session_key",
        "seq",
        sqlite_where=text("NOT settled"),
        postgresql_where=text("NOT settled"),
    ),
    Index(
        "usages_unpriced",
        "team_key",
        "model",
        sqlite_where=text("settled AND cost_micros IS NULL"),
        postgresql_where=text("settled AND cost_micros IS NULL"),
    ),
)

# The same added up, for lists and limits; it outlasts the sessions. 0 and "" stand for none: they are parts of the key.
# Of a run of this server it has the agent's key, of other steps the name that they tell.
usage_days = Table(
    "usage_days",
    metadata,
    Column("team_key", _Key, ForeignKey("teams.key", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("day", String(10), primary_key=True),  # in UTC: "2026-03-14"
    Column("user_key", BigInteger, primary_key=True, autoincrement=False),
    Column("agent_key", BigInteger, primary_key=True, autoincrement=False),
    Column("agent_name", String(200), primary_key=True),
    Column("model", String(200), primary_key=True),
    Column("currency", String(3), primary_key=True),  # empty: no price was known
    Column("calls", BigInteger, nullable=False),
    Column("input", BigInteger, nullable=False),
    Column("cached", BigInteger, nullable=False),
    Column("output", BigInteger, nullable=False),
    Column("reasoning", BigInteger, nullable=False),
    Column("cost_micros", BigInteger, nullable=False),
)

# What models cost, in millionths of the currency for a million tokens. A row is never changed: another price is another
# row, from a moment on.
prices = Table(
    "prices",
    metadata,
    Column("key", _Key, primary_key=True),
    Column("id", String(80), nullable=False, unique=True),
    _owned_by_team(),
    Column("model", String(200), nullable=False),  # a name, in which * stands for anything
    Column("currency", String(3), nullable=False),
    Column("input", BigInteger, nullable=False),
    Column("cached_input", BigInteger),  # none: as other input
    Column("output", BigInteger, nullable=False),
    Column("reasoning", BigInteger),  # none: as other output
    Column("valid_from", Moment, nullable=False),
    Column("removed_at", Moment),  # for whatever comes after it is no longer known
    Index("prices_by_team", "team_key", "key"),
    sqlite_autoincrement=True,
)

# How much may be used, and what becomes of it: how far it is told, and how much more somebody has allowed.
budgets = Table(
    "budgets",
    metadata,
    Column("key", _Key, primary_key=True),
    Column("id", String(80), nullable=False, unique=True),
    _owned_by_team(),
    Column("scope", String(16), nullable=False),  # run, session, agent, user, team
    Column("target_key", BigInteger),  # which session, agent or user; none: each of them
    Column("period", String(8), nullable=False),  # day, month, all
    Column("unit", String(8), nullable=False),  # tokens, money, minutes
    Column("currency", String(3)),  # of money
    Column("at_most", BigInteger, nullable=False),  # tokens, millionths of the currency, or milliseconds
    Column("hard", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("removed_at", Moment),
    Index("budgets_by_team", "team_key", "key"),
    sqlite_autoincrement=True,
)
budget_states = Table(
    "budget_states",
    metadata,
    Column("budget_key", _Key, ForeignKey("budgets.key", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("subject_key", BigInteger, primary_key=True, autoincrement=False),  # the run, session, agent, user or team
    Column("period", String(10), primary_key=True),  # "2026-03-14", "2026-03" or "all"
    Column("told", String(8), nullable=False),  # near, passed
    Column("more", BigInteger, nullable=False),  # what was allowed beyond at_most
    Column("approval_id", String(80)),  # what people are asked, of the run that asks: whether it may be more
    Column("asking_run", String(80)),
)
# The runs that are paused because of it.
budget_holds = Table(
    "budget_holds",
    metadata,
    Column("run_key", _Key, ForeignKey("runs.key", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("budget_key", _Key, ForeignKey("budgets.key", ondelete="CASCADE"), nullable=False),
    Column("subject_key", BigInteger, nullable=False),
    Column("period", String(10), nullable=False),
    Index("budget_holds_by_budget", "budget_key", "subject_key"),
)

# How far the events of a session have been published to Kafka, and how far the topic was when that was written down.
published = Table(
    "published",
    metadata,
    Column("session_key", _Key, ForeignKey("sessions.key", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
)
published_offsets = Table(
    "published_offsets",
    metadata,
    Column("topic", String(249), primary_key=True),
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("next_offset", BigInteger, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("key", _Key, primary_key=True),
    Column("id", String(80), nullable=False, unique=True),
    _owned_by_session(),
    Column("status", String(16), nullable=False),
    Column("question", Text, nullable=False),
    Column("attempt", Integer, nullable=False, default=0),
    Column("losses", Integer, nullable=False, default=0),  # how many agent processes it has lost
    Column("owner", String(200)),  # the agent process that holds the run: host/pid/start
    Column("beat", BigInteger, nullable=False, default=0),  # moves as long as the owner lives
    Column("cancel_requested", Boolean, nullable=False, default=False),
    Column("reason", Text),
    Column("first_seq", BigInteger, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("started_at", Moment),
    Column("finished_at", Moment),
    Column("agent_key", BigInteger),  # who answers, whatever is chosen for the session meanwhile
    Column("state", JsonObject),  # what its backend keeps: the handle of what it has started outside
    Column("metadata", JsonObject, nullable=False, server_default="{}"),
    Column("wake_at", Moment),  # of one that waits: when it goes on, whatever arrives
    Column("outside", Boolean, nullable=False, server_default=false()),  # no agent process claims it
    # Of a run that an agent elsewhere reports: the id it has there, which another session may have, too.
    Column("reported_id", String(80)),
    Column("told", BigInteger, nullable=False, server_default="0"),  # records that its worker outside has told of it
    Column("seen_at", Moment),  # of a reported run: when its program was heard last, where that is known
    # It was cancelled because nothing was heard of it: the next word of it lets it go on.
    Column("silent", Boolean, nullable=False, server_default=false()),
    Column("asked_by", BigInteger),  # the user who asked; none: nobody that is known
    Column("worked_ms", BigInteger, nullable=False, server_default="0"),  # for how long it was worked on, as last told
    Column("said_at", Moment),  # when was said last what it waits for
    # What a queued run waits in, see utils/sessions/lines.py: one for each user and agent.
    Column(
        "line",
        BigInteger,
        Computed(
            "CASE WHEN outside OR cancel_requested OR reported_id IS NOT NULL THEN -1 "
            "ELSE coalesce(asked_by, 0) * CAST(4294967296 AS bigint) + coalesce(agent_key, 0) END"
        ),
    ),
    Column("traceparent", String(55)),  # of the span of the request that asked, where Ringside is traced
    # Somebody has paused it: it is not claimed until it is resumed. Of one at work, it is asked to pause.
    Column("paused_at", Moment),
    Column("paused_by", BigInteger),  # the user; none: Ringside itself
    Column("paused_with", String(8)),  # what was paused: run, agent, team
    Column("place", BigInteger),  # in its session's queue, instead of its key, once that was put in another order
    Column("failure_code", String(80)),  # of one that failed here: that of its last error
    Column("retry_of", String(80)),  # the id of the run of its session that it is asked in the place of
    Column("from_step", JsonObject),  # from which step of that run it begins again, see utils/sessions/restart.py
    Index("runs_by_session", "session_key", "key"),
    Index("runs_by_status", "status", "key"),
    # What is counted of those that have ended, without reading their rows.
    Index(
        "runs_ended",
        "finished_at",
        "session_key",
        "status",
        "agent_key",
        "asked_by",
        "created_at",
        "started_at",
        "worked_ms",
        "failure_code",
        sqlite_where=text("finished_at IS NOT NULL"),
        postgresql_where=text("finished_at IS NOT NULL"),
    ),
    Index(
        "runs_lines",
        "status",
        "line",
        "key",
        sqlite_where=text("finished_at IS NULL"),
        postgresql_where=text("finished_at IS NULL"),
    ),
    Index(
        "runs_started",
        "line",
        "started_at",
        sqlite_where=text("started_at IS NOT NULL"),
        postgresql_where=text("started_at IS NOT NULL"),
    ),
    # What of a session goes before a run, however many of its runs have ended.
    Index(
        "runs_unended",
        "session_key",
        "key",
        sqlite_where=text("status IN ('queued', 'running', 'waiting')"),
        postgresql_where=text("status IN ('queued', 'running', 'waiting')"),
    ),
    Index(
        "runs_waiting",
        "wake_at",
        sqlite_where=text("status = 'waiting'"),
        postgresql_where=text("status = 'waiting'"),
    ),
    Index(
        "runs_reported",
        "reported_id",
        "session_key",
        unique=True,
        sqlite_where=text("reported_id IS NOT NULL"),
        postgresql_where=text("reported_id IS NOT NULL"),
    ),
    # A session works on one run at a time, whatever two claims at the same instant believe.
    Index(
        "runs_one_running",
        "session_key",
        unique=True,
        sqlite_where=text("status = 'running' AND reported_id IS NULL"),
        postgresql_where=text("status = 'running' AND reported_id IS NULL"),
    ),
    sqlite_autoincrement=True,
)
Index(
    "runs_asked_to_stop", runs.c.session_key, sqlite_where=runs.c.cancel_requested,
    postgresql_where=runs.c.cancel_requested,
)  # fmt: skip

# What systems outside have sent to the callback addresses of a run. They go when it ends.
hook_calls = Table(
    "hook_calls",
    metadata,
    Column("key", _Key, primary_key=True),
    Column("run_key", _Key, ForeignKey("runs.key", ondelete="CASCADE"), nullable=False),
    Column("name", String(40), nullable=False),  # which of the run's addresses
    Column("body", LargeBinary, nullable=False),
    Column("content_type", String(200), nullable=False),
    Column("digest", String(64)),  # the hash of the id that its sender gave it: sent again, it counts once
    Column("at", Moment, nullable=False),
    Index("hook_calls_by_run", "run_key", "key"),
    Index("hook_calls_once", "run_key", "name", "digest", unique=True),
    sqlite_autoincrement=True,
)

# What agents have asked people: each is decided once, or by nobody.
approvals = Table(
    "approvals",
    metadata,
    Column("key", _Key, primary_key=True),
    Column("id", String(80), nullable=False, unique=True),
    _owned_by_session(),
    Column("run_id", Text),  # as in events
    Column("activity_id", String(200), nullable=False),  # the step that waits
    Column("parent_id", String(200)),
    Column("name", String(200)),  # what the backend of a run of this server calls it
    Column("agent_name", String(200), nullable=False),
    Column("action", String(200), nullable=False),
    Column("question", Text, nullable=False),
    Column("context", JsonValue),  # what is to be approved
    Column("choices", JsonValue, nullable=False),  # [{"id", "label"}]
    Column("form", JsonObject),  # a JSON schema of what is to be filled in
    Column("deciders", JsonValue, nullable=False),  # ids of users; none: who may ask in the session
    Column("expires_at", Moment),  # none: never
    Column("on_expiry", String(80)),  # the choice that counts then; none: nobody has decided
    Column("status", String(16), nullable=False),  # open, decided, expired, withdrawn
    Column("choice", String(80)),
    Column("values", JsonObject),  # what was filled in
    Column("comment", Text),
    Column("decided_by", _Key, ForeignKey("users.key", ondelete="SET NULL")),
    Column("via", String(200)),  # dashboard, expiry, or the name of an API key
    Column("decided_at", Moment),
    Column("created_at", Moment, nullable=False),
    Column("administrators", Boolean, nullable=False, server_default=false()),  # those of the team decide instead
    Index("approvals_of_session", "session_key", "activity_id", unique=True),
    Index("approvals_by_run", "session_key", "run_id"),
    Index("approvals_by_decider", "decided_by"),
    Index(
        "approvals_open",
        "session_key",
        "key",
        sqlite_where=text("status = 'open'"),
        postgresql_where=text("status = 'open'"),
    ),
    Index(
        "approvals_due",
        "expires_at",
        sqlite_where=text("status = 'open'"),
        postgresql_where=text("status = 'open'"),
    ),
    sqlite_autoincrement=True,
)

# Whom an approval is put to: people, or the administrators of a team, whoever these are.
approval_deciders = Table(
    "approval_deciders",
    metadata,
    Column("key", _Key, primary_key=True),
    Column("approval_key", _Key, ForeignKey("approvals.key", ondelete="CASCADE"), nullable=False),
    Column("team_key", _Key, ForeignKey("teams.key", ondelete="CASCADE"), nullable=False),
    Column("user_key", _Key, ForeignKey("users.key", ondelete="SET NULL")),  # none: the administrators
    Column("open", Boolean, nullable=False),  # as the approval is
    Index("approval_deciders_of_approval", "approval_key"),
    Index("approval_deciders_of_user", "user_key", "team_key", "open", "approval_key"),
    Index("approval_deciders_of_team", "team_key"),
    sqlite_autoincrement=True,
)

# Who does not want to be asked now, and until when.
approval_snoozes = Table(
    "approval_snoozes",
    metadata,
    Column(
        "approval_key", _Key, ForeignKey("approvals.key", ondelete="CASCADE"), primary_key=True, autoincrement=False
    ),
    Column("user_key", _Key, ForeignKey("users.key", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("until", Moment, nullable=False),
    Index("approval_snoozes_by_user", "user_key"),
)

# What makes runs look stuck. One that comes back within minutes is the same one again.
findings = Table(
    "findings",
    metadata,
    Column("key", _Key, primary_key=True),
    Column("id", String(80), nullable=False, unique=True),
    _owned_by_session(),
    Column("run_id", Text, nullable=False),  # as in events; empty: of no run
    Column("activity_id", String(200)),
    Column("agent_name", String(200)),
    Column("code", String(40), nullable=False),
    Column("sentence", Text, nullable=False),
    Column("evidence", JsonValue, nullable=False),  # [{"seq", "quote"}]
    Column("found_at", Moment, nullable=False),
    Column("over_at", Moment),  # none: it still is so
    Column("dismissed_at", Moment),  # when somebody said that it is fine, for the whole run
    Column("dismissed_by", _Key, ForeignKey("users.key", ondelete="SET NULL")),
    Index("findings_of_run", "session_key", "run_id", "code", "key"),
    Index("findings_by_dismisser", "dismissed_by"),
    Index(
        "findings_open",
        "session_key",
        "run_id",
        "code",
        unique=True,
        sqlite_where=text("over_at IS NULL"),
        postgresql_where=text("over_at IS NULL"),
    ),
    sqlite_autoincrement=True,
)

# For how long steps of a kind are usually silent, see utils/findings/usual.py; a digest stands for their names.
usual_silences = Table(
    "usual_silences",
    metadata,
    Column("team_key", _Key, ForeignKey("teams.key", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("what", String(24), primary_key=True),
    Column("counts", JsonValue, nullable=False),  # how many were of each length
    Column("updated_at", Moment, nullable=False),
)

# An answer or a step of which people think something, or did: it stays when they take it back, so that whoever has a
# copy learns of that.
feedback = Table(
    "feedback",
    metadata,
    Column("key", _Key, primary_key=True),
    Column("id", String(80), nullable=False, unique=True),
    _owned_by_team(),
    _owned_by_session(),
    Column("run_id", String(80), nullable=False),  # as in events
    Column("activity_id", String(200), nullable=False),  # the step; empty: the answer of the run
    Column("agent_name", String(200), nullable=False),  # whose it is, as it was called then; empty: not known
    Column("changed_at", Moment, nullable=False),
    Index("feedback_once", "session_key", "run_id", "activity_id", unique=True),
    Index("feedback_in_order", "team_key", "changed_at", "key"),
    sqlite_autoincrement=True,
)
judgements = Table(
    "judgements",
    metadata,
    Column("feedback_key", _Key, ForeignKey("feedback.key", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("user_key", _Key, ForeignKey("users.key", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("verdict", String(8), nullable=False),  # up, down
    Column("at", Moment, nullable=False),
    Index("judgements_by_user", "user_key"),
)
comments = Table(
    "comments",
    metadata,
    Column("key", _Key, primary_key=True),
    Column("id", String(80), nullable=False, unique=True),
    Column("feedback_key", _Key, ForeignKey("feedback.key", ondelete="CASCADE"), nullable=False),
    Column("user_key", _Key, ForeignKey("users.key", ondelete="CASCADE"), nullable=False),
    Column("text", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment),
    Index("comments_by_feedback", "feedback_key", "key"),
    Index("comments_by_user", "user_key", "key"),
    sqlite_autoincrement=True,
)

messages = Table(
    "messages",
    metadata,
    Column("key", _Key, primary_key=True),
    Column("id", String(80), nullable=False, unique=True),
    _owned_by_session(),
    Column("role", String(16), nullable=False),  # user, assistant; step, told: see utils/sessions/messages.py
    Column("run_id", String(80)),
    Column("content", Text, nullable=False),
    Column("citations", Text, nullable=False, default="[]"),  # JSON
    Column("created_at", Moment, nullable=False),
    Index("messages_by_session", "session_key", "key"),
    sqlite_autoincrement=True,
)

# What people have said to the agents of runs at work: when the agents read it, or what became of it instead.
run_messages = Table(
    "run_messages",
    metadata,
    Column("key", _Key, primary_key=True),
    Column("id", String(80), nullable=False),  # by whoever sent it; unique in its session
    _owned_by_session(),
    Column("run_key", _Key, ForeignKey("runs.key", ondelete="CASCADE"), nullable=False),
    Column("message_key", _Key, ForeignKey("messages.key", ondelete="CASCADE"), nullable=False),  # its words
    Column("author_key", _Key, ForeignKey("users.key", ondelete="SET NULL")),
    Column("delivery", String(16), nullable=False),  # queued, steered, next-turn, refused
    Column("reason", Text),
    Column("created_at", Moment, nullable=False),
    Column("settled_at", Moment),
    Index("run_messages_of_session", "session_key", "id", unique=True),
    Index("run_messages_by_run", "run_key", "key"),
    Index("run_messages_by_message", "message_key"),
    Index("run_messages_by_author", "author_key"),
    Index(
        "run_messages_queued",
        "session_key",
        "key",
        sqlite_where=text("delivery = 'queued'"),
        postgresql_where=text("delivery = 'queued'"),
    ),
    sqlite_autoincrement=True,
)

# The texts of agents elsewhere: with which event each begins, and the message that it has become. ``run_id`` is the one
# of the events; empty: of no run.
reported_texts = Table(
    "reported_texts",
    metadata,
    Column("session_key", _Key, ForeignKey("sessions.key", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("run_id", String(80), primary_key=True),
    Column("message_id", String(200), primary_key=True),
    Column("first_seq", BigInteger, nullable=False),
    Column("message_key", BigInteger),
)

documents = Table(
    "documents",
    metadata,
    Column("key", _Key, primary_key=True),
    Column("id", String(80), nullable=False, unique=True),
    _owned_by_session(),
    Column("name", String(255), nullable=False),
    Column("media_type", String(120), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("status", String(16), nullable=False),  # uploading, uploaded, read, failed
    Column("error", Text),
    Column("pages", Integer),
    Column("rows", Integer),
    Column("created_at", Moment, nullable=False),
    Column("notes", Lines, nullable=False, server_default=""),  # what of it could not be read
    Column("unchecked", Boolean, nullable=False, server_default=false()),  # to be looked into before anybody asks
    Index("documents_by_session", "session_key", "key"),
    sqlite_autoincrement=True,
)
Index(
    "documents_unchecked", documents.c.key, sqlite_where=documents.c.unchecked, postgresql_where=documents.c.unchecked
)

# Bytes live in the database, so that every machine that shares it can read them.
document_chunks = Table(
    "document_chunks",
    metadata,
    Column(
        "document_key", _Key, ForeignKey("documents.key", ondelete="CASCADE"), primary_key=True, autoincrement=False
    ),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("data", LargeBinary, nullable=False),
)

# Full text over passages: on SQLite the virtual table `passage_index` (FTS5, external content), kept by triggers, with
# a word for the session beside each text; on PostgreSQL the generated column `words`.
passages = Table(
    "passages",
    metadata,
    Column("id", _Key, primary_key=True),
    _owned_by_session(),
    Column("document_key", _Key, ForeignKey("documents.key", ondelete="CASCADE"), nullable=False),
    Column("n", Integer, nullable=False),  # place in its document, from 0
    Column("reference", String(200), nullable=False),
    Column("text", Text, nullable=False),
    Index("passages_by_document", "document_key", "n"),
    Index("passages_by_session", "session_key"),
    sqlite_autoincrement=True,
)

# People. A secret that is given out (a link, a key) is kept as the SHA-256 of its random bytes, a password as argon2id.
teams = Table(
    "teams",
    metadata,
    Column("key", _Key, primary_key=True),
    Column("id", String(80), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("second_factor_required", Boolean, nullable=False, server_default=false()),
    sqlite_autoincrement=True,
)


users = Table(
    "users",
    metadata,
    Column("key", _Key, primary_key=True),
    Column("id", String(80), nullable=False, unique=True),
    _owned_by_team(),
    Column("email", String(254), nullable=False),  # in small letters; of a service account, its id
    Column("name", String(200), nullable=False),
    Column("role", String(16), nullable=False),  # administrator, member, viewer
    Column("password", Text, nullable=False),
    Column("active", Boolean, nullable=False, default=True),
    Column("created_at", Moment, nullable=False),
    Column("service", Boolean, nullable=False, server_default=false()),  # no person: a program, which has keys only
    Column("erased_at", Moment),  # when the person's data began to be erased
    # How often sign-ins of theirs were ended: what was proved before lets nobody in afterwards.
    Column("sign_ins_ended", Integer, nullable=False, server_default="0"),
    Index("users_email", "email", "team_key", unique=True),
    Index("users_by_team", "team_key", "key"),
    sqlite_autoincrement=True,
)

# Without a team: whoever opens it founds one (the set-up link).
invitations = Table(
    "invitations",
    metadata,
    Column("key", _Key, primary_key=True),
    Column("id", String(80), nullable=False, unique=True),
    _owned_by_team(nullable=True),
    Column("role", String(16), nullable=False),
    Column("secret", String(64), nullable=False, unique=True),
    Column("invited_by", _Key, ForeignKey("users.key", ondelete="SET NULL")),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("email", String(254)),  # to whom it was sent, and no other may use it; none: it was copied
    Index("invitations_by_team", "team_key", "key"),
    sqlite_autoincrement=True,
)

# One browser in which a user signed in: the family of its refresh tokens, of which only the newest may be used, and the
# one before it for a few seconds.
sign_ins = Table(
    "sign_ins",
    metadata,
    Column("key", _Key, primary_key=True),
    Column("id", String(80), nullable=False, unique=True),
    Column("user_key", _Key, ForeignKey("users.key", ondelete="CASCADE"), nullable=False),
    Column("refresh_id", String(80), nullable=False),  # of the newest refresh token
    Column("browser", String(200), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("refreshed_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("spent_refresh_id", String(80)),  # of the token that was exchanged for the newest
    # With a provider: by which identity, in which session of the provider, what it was proven with (sealed, for signing
    # out there), and when the provider is asked again at the latest.
    Column("identity_key", BigInteger),
    Column("provider_session", String(255)),
    Column("id_token", Text),
    Column("latest_end", Moment),
    Index("sign_ins_by_user", "user_key", "key"),
    Index("sign_ins_by_identity", "identity_key"),
    Index("sign_ins_by_expiry", "expires_at"),
    sqlite_autoincrement=True,
)

# Failures of the last hour: after many of them one has to wait, whichever process is asked.
# As whom users are known to OpenID Connect providers, for ever: by issuer and subject. The address may change.
identities = Table(
    "identities",
    metadata,
    Column("key", _Key, primary_key=True),
    Column("user_key", _Key, ForeignKey("users.key", ondelete="CASCADE"), nullable=False),
    Column("issuer", String(500), nullable=False),
    Column("subject", String(255), nullable=False),
    Column("email", String(254)),
    Column("created_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Index("identities_subject", "issuer", "subject", unique=True),
    Index("identities_by_user", "user_key"),
    sqlite_autoincrement=True,
)

# What works once, until it would not work in any case: the states of begun sign-ins, providers' logout tokens.
spent_tokens = Table(
    "spent_tokens",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("expires_at", Moment, nullable=False),
    Index("spent_tokens_by_expiry", "expires_at"),
)

sign_in_attempts = Table(
    "sign_in_attempts",
    metadata,
    Column("key", _Key, primary_key=True),
    Column("subject", String(80), nullable=False),  # the hash of an account, a network, a device
    Column("at", Moment, nullable=False),
    Index("sign_in_attempts_by_subject", "subject", "at"),
    sqlite_autoincrement=True,
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("key", _Key, primary_key=True),
    Column("id", String(80), nullable=False, unique=True),
    Column("user_key", _Key, ForeignKey("users.key", ondelete="CASCADE"), nullable=False),
    Column("name", String(200), nullable=False),
    Column("scopes", String(80), nullable=False),  # of read, emit, run, manage, work, with spaces
    Column("secret", String(64), nullable=False, unique=True),
    Column("hint", String(16), nullable=False),  # how the secret begins, to tell keys apart
    Column("created_at", Moment, nullable=False),
    Column("last_used_at", Moment),
    Column("revoked_at", Moment),
    Column("expires_at", Moment),  # none: never
    Index("api_keys_by_user", "user_key", "key"),
    sqlite_autoincrement=True,
)

# A registered backend. Its key stays with the sessions that chose it when it is deleted: another must not take over.
agents = Table(
    "agents",
    metadata,
    Column("key", _Key, primary_key=True),
    Column("id", String(80), nullable=False, unique=True),
    _owned_by_team(),
    Column("name", String(200), nullable=False),
    Column("description", Text, nullable=False),
    Column("configuration", Text, nullable=False),  # JSON, with its kind
    Column("system_prompt", Text, nullable=False),
    Column("sealed", Text),  # its secrets, JSON that only ServerKey opens
    Column("enabled", Boolean, nullable=False, default=True),
    Column("built_in", Boolean, nullable=False, default=False),  # made with the team, and never deleted
    Column("avatar", LargeBinary),  # an image as utils/registry/avatar.py makes it
    Column("avatar_id", String(80)),  # another one with every image
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Index("agents_name", "team_key", "name", unique=True),
    sqlite_autoincrement=True,
)
Index("agents_built_in", agents.c.team_key, sqlite_where=agents.c.built_in, postgresql_where=agents.c.built_in)

# What people have paused as a whole: an agent, or without one everything of a team. None of its runs is claimed.
pauses = Table(
    "pauses",
    metadata,
    Column("key", _Key, primary_key=True),
    _owned_by_team(),
    Column("agent_key", _Key, ForeignKey("agents.key", ondelete="CASCADE")),
    Column("by_key", BigInteger),  # the user; none: Ringside itself
    Column("reason", Text),  # in their own words
    Column("at", Moment, nullable=False),
    Index("pauses_of_agents", "agent_key", unique=True),
    Index(
        "pauses_of_teams",
        "team_key",
        unique=True,
        sqlite_where=text("agent_key IS NULL"),
        postgresql_where=text("agent_key IS NULL"),
    ),
    sqlite_autoincrement=True,
)

# What calls of tools ask people, or are refused; of those that fit, the first by its position counts.
approval_rules = Table(
    "approval_rules",
    metadata,
    Column("key", _Key, primary_key=True),
    Column("id", String(80), nullable=False, unique=True),
    _owned_by_team(),
    Column("name", String(200), nullable=False),
    Column("tool", String(200), nullable=False),  # a name, in which * stands for anything, ? for one character
    Column("agent_id", String(80)),  # of a registered agent
    Column("agent_name", String(200)),  # of an agent, wherever it works; neither: of every agent
    Column("effect", String(8), nullable=False),  # ask, refuse
    Column("explanation", Text),  # of the team, for whoever is asked, or refused
    Column("decides", String(16), nullable=False),  # session: who may ask in it; administrators; people
    Column("deciders", JsonValue, nullable=False),  # ids of these people
    Column("expires_in", Integer),  # seconds; none: never
    Column("on_expiry", String(8)),  # approve, reject; none: nobody has decided
    Column("enabled", Boolean, nullable=False),
    Column("position", Integer, nullable=False),
    Column("created_by", _Key, ForeignKey("users.key", ondelete="SET NULL")),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Index("approval_rules_by_team", "team_key", "position"),
    Index("approval_rules_by_maker", "created_by"),
    sqlite_autoincrement=True,
)

# Who outside asks for the runs of an agent: a program, or somebody's browser.
workers = Table(
    "workers",
    metadata,
    Column("key", _Key, primary_key=True),
    Column("agent_key", _Key, ForeignKey("agents.key", ondelete="CASCADE"), nullable=False),
    Column("name", String(100), nullable=False),
    Column("seen_at", Moment, nullable=False),
    Index("workers_of_agent", "agent_key", "name", unique=True),
    sqlite_autoincrement=True,
)

# The agent processes of all machines, as they say themselves.
agent_processes = Table(
    "agent_processes",
    metadata,
    Column("owner", String(200), primary_key=True),  # as in runs
    Column("started_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("slots", Integer, nullable=False),
    Column("used", Integer, nullable=False),
)

# A link that sets a forgotten password, once.
password_links = Table(
    "password_links",
    metadata,
    Column("key", _Key, primary_key=True),
    Column("user_key", _Key, ForeignKey("users.key", ondelete="CASCADE"), nullable=False),
    Column("secret", String(64), nullable=False, unique=True),
    Column("expires_at", Moment, nullable=False),
    Column("made_by", BigInteger),  # the administrator; none: the user has asked for it, or the operator has
    Index("password_links_by_user", "user_key"),
    sqlite_autoincrement=True,
)

# The secret that a user's authenticator app has, too (RFC 6238).
second_factors = Table(
    "second_factors",
    metadata,
    Column("user_key", _Key, ForeignKey("users.key", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("sealed", Text, nullable=False),  # the secret, which only ServerKey opens
    Column("made_at", Moment, nullable=False),
    Column("confirmed_at", Moment),  # none: it was shown, and no code of it has been seen; it does not count
    Column("last_step", BigInteger, nullable=False, server_default="0"),  # of the newest code that was used
    Column("wrong", Integer, nullable=False, server_default="0"),  # wrong codes since the last right one
)

# Each lets its user in once in place of a code. Those that were used are deleted.
recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("key", _Key, primary_key=True),
    Column("user_key", _Key, ForeignKey("users.key", ondelete="CASCADE"), nullable=False),
    Column("secret", String(64), nullable=False),
    Index("recovery_codes_by_user", "user_key", "secret", unique=True),
    sqlite_autoincrement=True,
)

# A key pair of a device (WebAuthn), of which the public half is here.
passkeys = Table(
    "passkeys",
    metadata,
    Column("key", _Key, primary_key=True),
    Column("id", String(80), nullable=False, unique=True),
    Column("user_key", _Key, ForeignKey("users.key", ondelete="CASCADE"), nullable=False),
    Column("name", String(200), nullable=False),
    Column("credential_id", String(1400), nullable=False, unique=True),  # base64url, of 1023 bytes at most
    Column("public_key", LargeBinary, nullable=False),  # COSE
    Column("sign_count", BigInteger, nullable=False),  # of those that count how often they were used
    Column("created_at", Moment, nullable=False),
    Column("last_used_at", Moment),
    Index("passkeys_by_user", "user_key", "key"),
    sqlite_autoincrement=True,
)

# Mails that are to be sent, and for a month those that were.
mails = Table(
    "mails",
    metadata,
    Column("key", _Key, primary_key=True),
    Column("id", String(80), nullable=False, unique=True),
    _owned_by_team(),
    Column("recipient", String(254), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("sealed", Text),  # what it says, which only ServerKey opens; none: it is sent, or of no use any more
    Column("status", String(16), nullable=False, server_default="waiting"),  # waiting, sent, failed
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("created_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("error", Text),
    Index("mails_by_team", "team_key", "key"),
    Index("mails_by_status", "status", "due_at"),
    sqlite_autoincrement=True,
)

# Who has forgotten their password, until it is looked up whether the address has an account.
password_requests = Table(
    "password_requests",
    metadata,
    Column("key", _Key, primary_key=True),
    Column("email", String(254), nullable=False),
    Column("at", Moment, nullable=False),
    sqlite_autoincrement=True,
)

session_tags = Table(
    "session_tags",
    metadata,
    Column("session_key", _Key, ForeignKey("sessions.key", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("tag", String(40), primary_key=True),
    Index("session_tags_by_tag", "tag"),
)

# Lets an outsider watch one session.
spectator_links = Table(
    "spectator_links",
    metadata,
    Column("key", _Key, primary_key=True),
    Column("id", String(80), nullable=False, unique=True),
    _owned_by_session(),
    Column("secret", String(64), nullable=False, unique=True),
    Column("hides_tool_data", Boolean, nullable=False),
    Column("made_by", _Key, ForeignKey("users.key", ondelete="SET NULL")),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("revoked_at", Moment),
    Column("last_used_at", Moment),
    Index("spectator_links_by_session", "session_key", "key"),
    Index("spectator_links_by_maker", "made_by"),
    sqlite_autoincrement=True,
)

# What a request with an Idempotency-Key was answered, for the same request sent again.
kept_answers = Table(
    "kept_answers",
    metadata,
    Column("key", _Key, primary_key=True),
    Column("name", String(64), nullable=False, unique=True),  # the hash of who asked for what with which key
    Column("content", String(64), nullable=False),  # the hash of what was sent
    _owned_by_session(),
    Column("status", SmallInteger, nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Index("kept_answers_by_session", "session_key"),
    Index("kept_answers_by_age", "created_at"),
    sqlite_autoincrement=True,
)

# A trace of a program that speaks OpenTelemetry: where it is told, and what of it was.
traces = Table(
    "traces",
    metadata,
    Column("key", _Key, primary_key=True),
    Column("user_key", _Key, ForeignKey("users.key", ondelete="CASCADE"), nullable=False),  # whose key it came with
    Column("trace_id", String(32), nullable=False),
    Column("session_key", _Key, ForeignKey("sessions.key", ondelete="CASCADE")),  # none: nothing of it is told yet
    Column("conversation", String(64)),  # a hash of what its program calls the session
    Column("status", String(16), nullable=False),  # held, open, silent, ended; forgotten: its spans are
    Column("told", Text, nullable=False),  # JSON
    Column("seen_at", Moment, nullable=False),  # when the last span of it arrived
    Index("traces_by_id", "user_key", "trace_id", unique=True),
    Index("traces_by_session", "session_key"),
    Index("traces_by_conversation", "user_key", "conversation"),
    Index("traces_by_status", "status", "seen_at"),
    sqlite_autoincrement=True,
)

# The spans that have arrived: one that is sent again is told once.
spans = Table(
    "spans",
    metadata,
    Column("trace_key", _Key, ForeignKey("traces.key", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("span_id", String(16), primary_key=True),
    Column("parent_id", String(16)),
    Column("agent", String(200)),  # whose step it is; none: not known yet
    Column("counted", Boolean, nullable=False),  # its tokens are told
    Column("step", Text),  # JSON, while there is something of it to be told
    sqlite_with_rowid=False,
)

# How much a team may store and do where its operator has said so, and what was done each day in UTC ("2026-03-14").
team_quotas = Table(
    "team_quotas",
    metadata,
    Column("team_key", _Key, ForeignKey("teams.key", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("quota", String(40), primary_key=True),
    Column("at_most", BigInteger, nullable=False),  # 0: unlimited
)
team_usage = Table(
    "team_usage",
    metadata,
    Column("team_key", _Key, ForeignKey("teams.key", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("what", String(40), primary_key=True),  # events
    Column("day", String(10), primary_key=True),
    Column("count", BigInteger, nullable=False),
)

# What was done to accounts, access and records, and by whom. Names stay as they were then, until a person is erased.
# How the lines are chained: utils/accounts/audit_chain.py.
audit = Table(
    "audit",
    metadata,
    Column("key", _Key, primary_key=True),
    _owned_by_team(),
    Column("at", Moment, nullable=False),
    Column("action", String(80), nullable=False),
    Column("actor", String(300), nullable=False),
    Column("subject", String(300), nullable=False),
    Column("address", String(80)),
    Column("request_id", String(80)),
    Column("seq", BigInteger),  # its place in the team's chain; none: the supervisor will give it one
    Column("salt", String(32)),
    Column("sealed", String(64)),  # the hash of salt, actor, subject and address as they were written
    Column("attests", String(64)),  # of one that tells that names were erased: the hash of its rows in audit_erasures
    Column("hash", String(64)),
    Index("audit_by_team", "team_key", "key"),
    Index("audit_chained", "team_key", "seq", unique=True),
    Index("audit_unchained", "team_key", "key", sqlite_where=text("seq IS NULL"), postgresql_where=text("seq IS NULL")),
    sqlite_autoincrement=True,
)

# The newest line of each team's trail, and the last one that was cut off before the oldest.
audit_chains = Table(
    "audit_chains",
    metadata,
    Column("team_key", _Key, ForeignKey("teams.key", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    Column("hash", String(64), nullable=False),
    Column("cut_seq", BigInteger, nullable=False, server_default="0"),
    Column("cut_hash", String(64), nullable=False, server_default="0" * 64),
    Column("cut_at", Moment),
)

# What the names of a line are sealed with since a person was erased: `erased_in` is the line that tells so.
audit_erasures = Table(
    "audit_erasures",
    metadata,
    Column("team_key", _Key, ForeignKey("teams.key", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("erased_in", BigInteger, primary_key=True, autoincrement=False),
    Column("sealed", String(64), nullable=False),
    Index("audit_erasures_by_line", "team_key", "erased_in", "seq"),
)

# How far each team's trail has been streamed to what is outside.
audit_positions = Table(
    "audit_positions",
    metadata,
    Column("target", String(16), primary_key=True),  # webhook, syslog
    Column("team_key", _Key, ForeignKey("teams.key", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
)

# What people may want to be told of, from the moment it is stored until it is known who is told: see
# utils/log/notable.py.
noted = Table(
    "noted",
    metadata,
    Column("key", _Key, primary_key=True),
    _owned_by_session(),
    Column("seq", BigInteger, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("at", Moment, nullable=False),
    Index("noted_by_session", "session_key"),
    sqlite_autoincrement=True,
)

# What a person is told of, and when, as they chose; who has no row has the defaults.
notice_preferences = Table(
    "notice_preferences",
    metadata,
    Column("user_key", _Key, ForeignKey("users.key", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("kinds", JsonObject, nullable=False),  # kind → {"whose", "browser", "mail"}
    Column("quiet_from", SmallInteger),  # minutes since midnight in ``time_zone``; none: no quiet hours
    Column("quiet_until", SmallInteger),
    Column("time_zone", String(64), nullable=False),
    Column("urgent_passes", Boolean, nullable=False),  # what waits for the person comes in quiet hours, too
    Column("digest", String(8), nullable=False),  # none, hourly, daily
)

# Browsers that people let show notices (RFC 8030).
push_subscriptions = Table(
    "push_subscriptions",
    metadata,
    Column("key", _Key, primary_key=True),
    Column("id", String(80), nullable=False, unique=True),
    Column("user_key", _Key, ForeignKey("users.key", ondelete="CASCADE"), nullable=False),
    Column("endpoint_hash", String(64), nullable=False, unique=True),
    Column("sealed", Text, nullable=False),  # endpoint and keys, JSON that only ServerKey opens
    Column("browser", String(200), nullable=False),
    Column("created_at", Moment, nullable=False),
    # In which somebody let it: with its end nothing is shown any more. None: an API key let it, or it is not known.
    Column("sign_in_key", BigInteger),
    Index("push_subscriptions_by_user", "user_key"),
    Index("push_subscriptions_by_sign_in", "sign_in_key"),
    sqlite_autoincrement=True,
)

# One row: the key pair by which push services know this server (VAPID, RFC 8292).
push_keys = Table(
    "push_keys",
    metadata,
    Column("key", Integer, primary_key=True, autoincrement=False),
    Column("sealed", Text, nullable=False),
)

# Where a team is told of things: a web hook, or a chat.
notice_rules = Table(
    "notice_rules",
    metadata,
    Column("key", _Key, primary_key=True),
    Column("id", String(80), nullable=False, unique=True),
    _owned_by_team(),
    Column("name", String(200), nullable=False),
    Column("channel", String(16), nullable=False),  # webhook, chat
    Column("kinds", JsonValue, nullable=False),
    Column("agent_id", String(80)),  # of its runs alone
    Column("place", String(255), nullable=False),  # for people: what of the address is no secret
    Column("sealed", Text, nullable=False),  # address and signing secret, JSON that only ServerKey opens
    Column("enabled", Boolean, nullable=False),
    Column("failing_since", Moment),  # none: the last notice arrived
    Column("disabled_reason", Text),  # none: nobody but an administrator switched it off
    Column("left_out", BigInteger, nullable=False, server_default="0"),  # notices that were too many to keep
    Column("created_at", Moment, nullable=False),
    Index("notice_rules_by_team", "team_key", "key"),
    sqlite_autoincrement=True,
)

# What is to be sent, and for a while what was: which event, to whom. What it says is made when it is sent.
_waiting, _over = text("status = 'waiting'"), text("status <> 'waiting'")
notices = Table(
    "notices",
    metadata,
    Column("key", _Key, primary_key=True),
    Column("id", String(80), nullable=False, unique=True),
    Column("target", String(40), nullable=False),  # rule-1, push-1, mail-1: what is sent one after the other
    Column("rule_key", _Key, ForeignKey("notice_rules.key", ondelete="CASCADE")),
    Column("user_key", _Key, ForeignKey("users.key", ondelete="CASCADE")),
    Column("subscription_key", _Key, ForeignKey("push_subscriptions.key", ondelete="CASCADE")),
    Column("session_key", _Key, ForeignKey("sessions.key", ondelete="CASCADE")),
    Column("channel", String(16), nullable=False),  # webhook, chat, push, mail
    Column("kind", String(20), nullable=False),
    Column("seq", BigInteger),  # of the event; none: a test, or more than were kept one by one
    Column("thing", String(255), nullable=False),  # what it is about: of each, the newest is told
    Column("count", BigInteger, nullable=False),
    Column("at", Moment, nullable=False),  # when it happened
    Column("status", String(16), nullable=False),  # waiting, sent, failed, needless
    Column("message_id", String(80)),  # in which message it is sent, from the first attempt on
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("due_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("answer_status", Integer),
    Column("answer", Text),  # how it begins
    Column("took_ms", Integer),
    Column("error", Text),
    Index("notices_once", "target", "thing", unique=True, sqlite_where=_waiting, postgresql_where=_waiting),
    Index("notices_due", "due_at", "key", sqlite_where=_waiting, postgresql_where=_waiting),
    Index("notices_over", "target", "ended_at", sqlite_where=_over, postgresql_where=_over),
    Index("notices_by_rule", "rule_key", "key"),
    Index("notices_by_user", "user_key", "key"),
    Index("notices_by_subscription", "subscription_key", "key"),
    Index("notices_by_session", "session_key", "key"),
    sqlite_autoincrement=True,
)

# How many days things are kept, as the settings were when they were last looked at. Before `begins_at`, what was in
# force before is still in force; see utils/sessions/retention.py.
retention = Table(
    "retention",
    metadata,
    Column("what", String(16), primary_key=True),  # sessions, documents, audit
    Column("days", Integer),  # none: for ever
    Column("begins_at", Moment, nullable=False),
    Column("former_days", Integer),
)

# What went wrong and was not the user's own doing.
errors = Table(
    "errors",
    metadata,
    Column("key", _Key, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("severity", String(16), nullable=False),
    Column("code", String(80), nullable=False),
    Column("message", Text, nullable=False),
    _owned_by_team(nullable=True),
    Column("user_id", String(80)),
    Column("session_id", String(160)),
    Column("run_id", Text),
    Column("request_id", String(80)),
    Index("errors_by_team", "team_key", "key"),
    sqlite_autoincrement=True,
)

# One row: something that only the server's secret key can open, so that a wrong key is noticed at the start.
secret_check = Table(
    "secret_check",
    metadata,
    Column("key", Integer, primary_key=True, autoincrement=False),
    Column("sealed", Text, nullable=False),
)
