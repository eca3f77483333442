"""A person as the provider describes them: claims of the ID token, completed by those of the userinfo endpoint."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from utils.mail.mail_server import is_deliverable
from utils.settings import GOOGLE, Settings

_LONGEST_EMAIL, _LONGEST_NAME = 254, 200
_GOOGLE_MAIL = ("gmail.com", "googlemail.com")


@dataclass(frozen=True, slots=True)
class Person:
    """Identified by ``issuer`` and ``subject`` for ever; everything else may change, and may be somebody's invention.

    ``verified_domains``: of which the provider vouches that the person belongs there. ``groups`` is None where the
    provider has not said which there are. ``session`` is the provider's own, ``id_token`` what it has signed.
    """

    issuer: str
    subject: str
    email: str | None
    email_verified: bool
    name: str | None
    verified_domains: frozenset[str]
    groups: frozenset[str] | None
    session: str | None = None
    id_token: str = ""

    def proven_by(self, id_token: str) -> "Person":
        return replace(self, id_token=id_token)

    @property
    def named(self) -> str:
        """For the audit trail."""
        return self.email or self.name or self.subject


def person_of(claims: Mapping[str, Any], settings: Settings) -> Person:
    """``claims``: of which iss and sub were validated."""
    email = _email(claims.get("email")) or _email(claims.get("preferred_username")) or _email(claims.get("upn"))
    # Only the word of the provider about this very claim counts: an administrator of a tenant can write any address
    # into a profile, and Microsoft Entra ID passes it on without saying that it is verified.
    verified = claims.get("email_verified") in (True, "true") and email == _email(claims.get("email"))
    domain = email.rpartition("@")[2] if email else ""
    domains = frozenset([domain] if verified else [])
    if claims["iss"] == GOOGLE:
        domains = _workspace(claims)
        verified = verified and domain in (*domains, *_GOOGLE_MAIL)
    session = claims.get("sid")
    return Person(
        issuer=claims["iss"],
        subject=claims["sub"],
        email=email,
        email_verified=verified,
        name=_name(claims.get("name")),
        verified_domains=domains,
        groups=_groups(claims, settings.oidc_groups_claim),
        session=session if isinstance(session, str) and len(session) <= 255 else None,
    )


def completed(claims: Mapping[str, Any], userinfo: Mapping[str, Any]) -> dict[str, Any]:
    """The claims of the ID token, and what userinfo says beyond them.

    That an address is verified is said of the address beside it, and of no other.
    """
    found = {**userinfo, **claims}
    of_it = [one for one in (claims, userinfo) if "email_verified" in one and one.get("email") == found.get("email")]
    return {**found, "email_verified": of_it[0]["email_verified"] if of_it else False}


def _workspace(claims: Mapping[str, Any]) -> frozenset[str]:
    """The Google Workspace that the account belongs to.

    ``email_verified`` does not say so: anybody may have an account of Google with an address of another provider or of
    an organisation, verified once, and keeps it when they have left there.
    """
    hosted = claims.get("hd")
    return frozenset([hosted.lower()] if isinstance(hosted, str) else [])


def has_groups(claims: Mapping[str, Any], settings: Settings) -> bool:
    return _at(claims, settings.oidc_groups_claim) is not None


def _groups(claims: Mapping[str, Any], claim: str) -> frozenset[str] | None:
    """Where somebody is in more groups than fit (Entra ID: 200), only a place is named at which to ask for them."""
    found = _at(claims, claim)
    elsewhere = claims.get("_claim_names")
    if found is None and ((isinstance(elsewhere, dict) and claim in elsewhere) or claims.get("hasgroups")):
        return None
    if isinstance(found, str):
        return frozenset([found])
    return frozenset(one for one in found if isinstance(one, str)) if isinstance(found, list) else frozenset()


def _at(claims: Mapping[str, Any], path: str) -> Any:
    """The claim of that name, or within others: ``realm_access.roles``."""
    if path in claims:
        return claims[path]
    first, dot, rest = path.partition(".")
    inner = claims.get(first)
    return _at(inner, rest) if dot and isinstance(inner, dict) else None


def _name(given: Any) -> str | None:
    """In one line, and without what stands around an address: people are written as Name <address>."""
    if not isinstance(given, str):
        return None
    return " ".join(given.replace("<", " ").replace(">", " ").split())[:_LONGEST_NAME] or None


def _email(given: Any) -> str | None:
    if not isinstance(given, str) or len(given) > _LONGEST_EMAIL or any(character.isspace() for character in given):
        return None
    address = given.lower()
    return address if is_deliverable(address) else None
