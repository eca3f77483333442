"""Who sends this request, and which sessions, runs and agents they may access.

Programs send an API key (``Authorization: Bearer ringside_…``), browsers the cookies of their sign-in, guests the
cookie of a spectator link. Resources you may not access answer 404.
"""

import hashlib
from collections.abc import Sequence

from flask import Flask, g, request
from flask_jwt_extended.exceptions import CSRFError, JWTExtendedException, NoAuthorizationError
from jwt import ExpiredSignatureError, PyJWTError

from agents.assignments import is_held_by
from agents.backends.kinds import KINDS
from api.access.cookies import SIGN_IN_CLAIM, verified_claims
from api.access.failures import Kind, count_failure
from api.access.metrics_token import is_metrics_token
from api.access.needs import Need, check_complete, need_of
from api.access.stream_tickets import PARAMETER, holder_of
from api.errors import ApiError, not_found
from api.services import services
from utils.accounts.principal import Ownership, Principal, Scope, Spectator
from utils.findings.finding_rows import FindingRecord
from utils.log.store import Fence
from utils.registry.agent_registry import AgentRecord
from utils.sessions.approval import ApprovalRecord
from utils.sessions.runs import RunRecord

_SCOPES: dict[Need, tuple[Scope, ...]] = {
    Need.WATCH: ("read",),
    Need.READ: ("read",),
    Need.FIGURES: ("read",),
    Need.RUN: ("run",),
    Need.JUDGE: ("run",),
    Need.MANAGE: ("manage",),
    Need.CHANGE: ("run", "manage"),
    Need.EMIT: ("emit",),
    Need.FOLLOW: ("read", "emit"),
    Need.CREATE: ("run", "emit"),
    Need.WORK: ("work",),
}
_WORK = frozenset({Need.RUN, Need.MANAGE, Need.CHANGE, Need.EMIT, Need.CREATE, Need.WORK})
_LOOPBACK = {"127.0.0.1", "::1"}
_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-IP")


def register_identity(app: Flask) -> None:
    check_complete(app)
    app.before_request(_identify)


def principal() -> Principal:
    """The user who sends this request, by sign-in or by key."""
    found: Principal = g.principal
    return found


def readable(session_id: str) -> Ownership:
    """The session, if it may be read. Raises the 404 that the view answers with."""
    session = services().sessions.ownership(session_id)
    if session is None or not reader_of(session):
        raise not_found("session")
    return session


def changeable(session_id: str) -> Ownership:
    """The session, if it may be changed. Raises 404, or 403 for one that may only be watched."""
    session = readable(session_id)
    if not principal().may_change(session):
        raise ApiError(403, "forbidden", "You may watch this session, but only its owner may change it.")
    return session


def readable_run(run_id: str, session_id: str | None = None) -> RunRecord:
    """The run, if its session may be read. Of those that agents elsewhere report under one id, it is the newest."""
    runs, sessions = services().runs, services().sessions
    own = runs.get(run_id)
    for run in [own] if own is not None else runs.reported(run_id, session_id):
        session = sessions.ownership(run.session_id)
        if session is not None and reader_of(session) and session_id in (None, session.id):
            return run
    raise not_found("run")


def readable_approval(approval_id: str) -> ApprovalRecord:
    """The approval, if it may be read; or its session emitted to, for a key that may not read: it may have asked."""
    approval, who = services().approvals.get(approval_id), principal()
    if approval is None:
        raise not_found("approval")
    if not (approval.may_be_read_by(who) if who.has("read") else who.may_change(approval.session)):
        raise not_found("approval")
    return approval


def decidable_approval(approval_id: str) -> ApprovalRecord:
    """The approval, if one may decide. Raises 404, or 403 for one that others decide."""
    approval, who = services().approvals.get(approval_id), principal()
    if approval is None or not approval.may_be_read_by(who):
        raise not_found("approval")
    if not approval.may_be_decided_by(who):
        words = "You may watch this session, but only its owner or an administrator may decide in it."
        if not approval.is_for_session:
            words = "Others were asked to decide. Only they, or an administrator of the team, may do so."
        raise ApiError(403, "forbidden", words)
    return approval


def dismissible_finding(finding_id: str) -> FindingRecord:
    """The finding, if one may say that it is fine. Raises 404, or 403 for one of a session that one only watches."""
    finding, who = services().findings.get(finding_id), principal()
    if finding is None or not who.may_read(finding.session):
        raise not_found("finding")
    if not who.may_change(finding.session):
        raise ApiError(403, "forbidden", "You may watch this session, but only its owner may say that this is fine.")
    return finding


def workable_run(run_id: str, attempt: int) -> tuple[RunRecord, AgentRecord]:
    """The run that this claimant has claimed as this attempt, and its agent. Raises 404, or StaleRunError."""
    own = services()
    run = own.runs.get(run_id)
    agent = own.agents.with_key(run.agent_key) if run is not None and run.agent_key is not None else None
    if (
        run is None
        or agent is None
        or agent.team_key != principal().team.key
        or agent.configuration.kind not in works_for()
    ):
        raise not_found("run")
    if run.attempt != attempt or not (run.ended or is_held_by(run, claimant())):
        raise Fence(run.id, attempt).stale()
    return run, agent


def claimant() -> str:
    """By what right runs are claimed: a key, or one sign-in."""
    grant = principal().grant
    return f"{grant.kind}-{grant.key}"


def works_for() -> frozenset[str]:
    """The kinds of agents whose runs this request may claim: programs have keys, browsers are signed in."""
    return KINDS.worked_by("programs" if principal().scopes is not None else "browsers")


def usable_agent(agent_id: str | None) -> int | None:
    """The key of an agent that the team's sessions may use; None for None. Raises the 404 for an unknown one."""
    if agent_id is None:
        return None
    agent = services().agents.usable(principal().team.key, agent_id)
    if agent is None:
        raise not_found("agent")
    return agent.key


def require_colleagues(user_ids: Sequence[str]) -> None:
    """Raises the 400 that names who is no user of the team."""
    known = {user.id for user in services().users.of_team(principal().team.key)} if user_ids else set()
    if unknown := [one for one in user_ids if one not in known]:
        words = f"There is no {' or '.join(unknown)} in the team. Name deciders by the ids of users."
        raise ApiError(400, "invalid_request", words)


def reader_of(session: Ownership) -> Principal | Spectator | None:
    """As whom this request may read it: as a user before as a spectator, who may see less."""
    known: list[Principal | Spectator | None] = [g.get("principal"), g.get("spectator")]
    for one in known:
        if one is not None and one.may_read(session):
            return one
    return None


def words_of_end(sign_in_id: str) -> str:
    """Why a sign-in does not work any more."""
    if services().sign_ins.has_expired(sign_in_id):
        return words_of_age()
    return "You were signed out. Sign in again."


def words_of_age() -> str:
    settings = services().settings
    idle, longest = f"{settings.sign_in_days:g}", f"{settings.sign_in_longest_days:g}"
    words = f"it lasts {longest} days at most, and {idle} days without use"
    if settings.oidc_issuer is not None:
        words += f"; with {settings.oidc_name}, {settings.oidc_sign_in_hours:g} hours"
    return f"Your sign-in has ended: {words}. Sign in again."


def lacks(*scopes: Scope) -> ApiError:
    """What a request gets whose key has none of the scopes."""
    return ApiError(403, "forbidden", f"This API key lacks the scope {' or '.join(scopes)}. Make one that has it.")


def link_cookie(session_id: str) -> str:
    """The name of the cookie that holds the link to a session: a browser may have several."""
    return "spectator_" + hashlib.sha256(session_id.encode()).hexdigest()[:16]


def _identify() -> None:
    if request.endpoint is None:
        return  # there is nothing at this address, and whoever asks may know it
    need = need_of(request.endpoint)
    if need is Need.NOTHING or request.method == "OPTIONS":
        return
    if need is Need.FIGURES and (_comes_from_this_machine() or _has_metrics_token()):
        return  # before the database is asked for anything: it may not answer
    if not services().has_accounts():
        raise ApiError(403, "setup_needed", "This server has no account yet. Open the link that its start has printed.")
    if request.endpoint == "activity.watch_session" and PARAMETER in request.args:
        _admit(request.args[PARAMETER])
        return
    if need is Need.ACCOUNTS:
        return
    refusal = _find_principal()
    if need is Need.WATCH and _find_spectator():
        if refusal is None and not principal().has("read"):
            del g.principal  # such a key adds nothing to the link
        return
    if refusal is not None:
        kind = refusal.kind or ("spectator_link" if need is Need.WATCH and _shows_link() else None)
        if kind is not None:
            count_failure(kind)
        raise refusal
    _require(need, principal())


def _admit(ticket: str) -> None:
    """Its holder, whoever else sends the request."""
    holder = holder_of(ticket, (request.view_args or {})["session_id"])
    if holder is None:
        count_failure("stream_ticket")
        raise ApiError(401, "wrong_ticket", "This ticket has expired or is not for this session. Make a new one.")
    if isinstance(holder, Principal):
        g.principal = holder
    else:
        g.spectator = holder


class _UnidentifiedError(ApiError):
    """``kind``: of what was wrong; None where nothing was shown."""

    def __init__(self, status: int, code: str, message: str, kind: Kind | None = None) -> None:
        super().__init__(status, code, message)
        self.kind = kind


def _find_principal() -> _UnidentifiedError | None:
    """Remember who it is; or why nobody is let in."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        found = services().api_keys.principal(secret.strip())
        wrong = _wrong_key(secret.strip()) if found is None else None
    else:
        try:
            claims = verified_claims()
        except CSRFError:
            return _UnidentifiedError(
                403,
                "csrf",
                "The header X-CSRF-TOKEN must repeat the cookie csrf_access_token. Reload the page.",
                "csrf",
            )
        except ExpiredSignatureError:
            return _UnidentifiedError(
                401,
                "token_expired",
                "The access token has expired. POST /api/auth/refresh for a new one.",
                "expired_token",
            )
        except NoAuthorizationError:
            return _UnidentifiedError(401, "signed_out", "Sign in first.")
        except (JWTExtendedException, PyJWTError):
            return _UnidentifiedError(401, "signed_out", "This sign-in is not valid here. Sign in again.", "token")
        sign_in = claims.get(SIGN_IN_CLAIM, "")
        found = services().sign_ins.principal(sign_in)
        wrong = _UnidentifiedError(401, "signed_out", "" if found else words_of_end(sign_in), "ended_sign_in")
    if found is None:
        return wrong
    g.principal = found
    return None


def _shows_link() -> bool:
    return link_cookie((request.view_args or {}).get("session_id", "")) in request.cookies


def _wrong_key(secret: str) -> _UnidentifiedError:
    expired_at = services().api_keys.expired_at(secret)
    if expired_at is None:
        return _UnidentifiedError(
            401, "wrong_key", "This API key is unknown or was revoked. Make a new one in the dashboard.", "api_key"
        )
    words = f"This API key expired on {expired_at:%Y-%m-%d}. Make a new one in the dashboard."
    return _UnidentifiedError(401, "key_expired", words, "api_key")


def _find_spectator() -> bool:
    session_id = (request.view_args or {}).get("session_id", "")
    secret = request.cookies.get(link_cookie(session_id))
    link = services().spectator_links.find(secret) if secret else None
    if link is not None and link.session_id == session_id:
        g.spectator = link.spectator
    return "spectator" in g


def _require(need: Need, who: Principal) -> None:
    scopes = _SCOPES.get(need, ())
    if not scopes and who.scopes is not None:
        raise ApiError(403, "forbidden", "An API key cannot do this. Sign in to the dashboard.")
    if scopes and not any(map(who.has, scopes)):
        raise lacks(*scopes)
    if need is Need.ADMINISTRATOR and not who.is_administrator:
        raise ApiError(403, "forbidden", "This is for administrators of the team. Ask one of them.")
    if need in _WORK and not who.may_work:
        raise ApiError(403, "forbidden", "Viewers may only watch. Ask an administrator to make you a member.")


def _has_metrics_token() -> bool:
    return is_metrics_token(services().settings.metrics_token, request.headers.get("Authorization", ""))


def _comes_from_this_machine() -> bool:
    """Directly, and not through a proxy that runs here too."""
    return request.remote_addr in _LOOPBACK and not any(name in request.headers for name in _FORWARDED)
