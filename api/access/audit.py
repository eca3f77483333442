"""A note in the audit trail about what this request does."""

from flask import g, request

from api.services import services
from utils.accounts.principal import UserRecord


def note(action: str, subject: str = "", *, user: UserRecord | None = None) -> None:
    """``user``: who did it, where the request itself does not know yet."""
    actor = user or g.principal.user
    services().audit.note(actor.team_key, action, actor.named, subject, request.remote_addr, g.get("request_id"))
