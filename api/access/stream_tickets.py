"""Stream tickets: whoever may watch a session gets an address at which its stream can be opened without key or cookie.

They are for pages of other web sites, whose EventSource can send neither. A ticket holds, sealed, what it is for: one
session, the sign-in, key or link that asked for it, and a moment a minute ahead. A stream that was opened with it ends
with that grant, as any other does. Nothing of it is stored.
"""

import json
from datetime import datetime, timedelta

from api.services import services
from utils.accounts.principal import Grant, Ownership, Principal, Spectator
from utils.database.moment import from_ms, now, to_ms

PARAMETER = "ticket"
_LIFETIME = timedelta(seconds=60)  # it is in an address, which proxies write down
_PURPOSE = "stream"


def make_ticket(reader: Principal | Spectator, session: Ownership) -> tuple[str, datetime]:
    """The ticket, and when it expires."""
    expires_at = now() + _LIFETIME
    held = {
        "for": _PURPOSE, "session": session.key, "grant": [reader.grant.kind, reader.grant.key],
        "expires_at": to_ms(expires_at),
    }  # fmt: skip
    return services().key.seal(json.dumps(held)), expires_at


def holder_of(ticket: str, session_id: str) -> Principal | Spectator | None:
    """As whom it lets watch the session; None if it is not for this one, has expired, or its grant has ended."""
    try:
        held = json.loads(services().key.open(ticket))
    except ValueError:
        return None
    session = services().sessions.ownership(session_id)
    if not isinstance(held, dict) or held.get("for") != _PURPOSE:
        return None
    skew = timedelta(seconds=services().settings.clock_skew_seconds)  # another machine may have made it
    if now() >= from_ms(held["expires_at"]) + skew:
        return None
    if session is None or session.key != held["session"]:
        return None
    return _holder(Grant(*held["grant"]))


def _holder(grant: Grant) -> Principal | Spectator | None:
    """None once the grant has ended."""
    own = services()
    match grant.kind:
        case "sign-in":
            return own.sign_ins.principals([grant.key]).get(grant.key)
        case "key":
            return own.api_keys.principals([grant.key]).get(grant.key)
        case "link":
            return own.spectator_links.spectators([grant.key]).get(grant.key)
