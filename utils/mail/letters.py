"""What Ringside writes to people: short plain text, with nothing in it that tells who has read it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

_CHANGED_BY_WHOM = (
    "If that was not you, ask an administrator of your team for a password link at once, and check what else has "
    "changed under Security."
)
LINK_LIFETIME = timedelta(days=1)
NOTICE_LIFETIME = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Letter:
    """``lifetime``: for how long it is of any use; later it is not sent any more."""

    subject: str
    text: str
    lifetime: timedelta = NOTICE_LIFETIME


def invitation(team: str, invited_by: str, url: str, lifetime: timedelta) -> Letter:
    text = (
        f"{invited_by} invites you to the team {team} in Ringside, where you watch AI agents at work.\n\n"
        f"Make your account there. The link works once, until it expires:\n\n{url}\n\n"
        "If you do not know what this is about, you need not do anything.\n"
    )
    return Letter(invitation_subject(invited_by), text, lifetime)


def invitation_subject(invited_by: str) -> str:
    """Alone among the subjects it names somebody."""
    return f"{invited_by} invites you to Ringside"


def password_link(name: str, team: str, url: str) -> Letter:
    text = (
        f"Hello {name},\n\n"
        f"with this link you set a new password for your account in the team {team}. It works once, for a day:\n\n"
        f"{url}\n\n"
        "If you did not ask for it, you need not do anything: your password is what it was.\n"
    )
    return Letter("Set a new password for Ringside", text, LINK_LIFETIME)


def notice(name: str, team: str, what: str, address: str | None, url: str, more: str = "") -> Letter:
    """``what``: a sentence, such as 'Your password was changed.'; ``more``: what follows from it."""
    where = f" It was done from the network address {address}." if address else ""
    words = " ".join(filter(None, (f"{what}{where}", more, f"The account is yours in the team {team}.")))
    text = f"Hello {name},\n\n{words}\n\n{_CHANGED_BY_WHOM}\n\n{url}\n"
    return Letter(f"Ringside: {what.rstrip('.')}", text)


def test_letter(name: str, url: str) -> Letter:
    return Letter(
        "A test mail of Ringside", f"Hello {name},\n\nthis mail shows that Ringside can send mail.\n\n{url}\n"
    )


def notices(name: str, subject: str, entries: Sequence[tuple[str, str, str]], more: int, settings_url: str) -> Letter:
    """``entries``: title, words and address of each; ``more``: how many there are beside them."""
    parts = [f"{title}\n{words}\n{url}" if words != title else f"{title}\n{url}" for title, words, url in entries]
    if more:
        parts.append(f"And {more:,} more.")
    text = "\n\n".join([f"Hello {name},", *parts, f"Choose what you are told of:\n{settings_url}"])
    return Letter(subject, f"{text}\n")
