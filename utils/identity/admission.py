"""Who is let in, and in which role, by what the provider says of them and what the settings ask for."""

from utils.accounts.principal import ROLES, Role
from utils.identity.errors import ProviderError
from utils.identity.person import Person
from utils.settings import Settings


class NotAdmittedError(ProviderError):
    """The provider knows them, and this server does not let them in."""


def admit(person: Person, settings: Settings) -> Role | None:
    """The role that the groups give; None: administrators give roles here. Raises NotAdmittedError."""
    name = settings.oidc_name
    domains, groups = settings.allowed_domains, settings.allowed_groups
    if domains is not None and not person.verified_domains & set(domains):
        raise NotAdmittedError(
            "not_admitted",
            f"Only people of {' or '.join(domains)} are let in here, and {name} does not say that you are one: it "
            "has to vouch for your e-mail address. Sign in with another account there, or ask an administrator.",
        )
    if person.groups is None and (groups is not None or settings.role_by_group):
        raise NotAdmittedError(
            "not_admitted",
            f"You are in more groups than {name} tells at once, so your role is not known. Ask an administrator to let "
            f"{name} send only the groups that are assigned to this application, or application roles.",
        )
    own = person.groups or frozenset()
    if groups is not None and not own & set(groups):
        raise NotAdmittedError(
            "not_admitted", f"You are in none of the groups of {name} that are let in here. Ask an administrator."
        )
    if not settings.role_by_group:
        return None
    given = {role for group, role in settings.role_by_group.items() if group in own} or {settings.oidc_default_role}
    for role in ROLES:
        if role in given:
            return role
    raise NotAdmittedError(
        "not_admitted", f"None of your groups of {name} has a role here. Ask an administrator to add you to one."
    )


def first_role(settings: Settings) -> Role:
    """Of a new user where administrators give roles. Raises NotAdmittedError."""
    if settings.oidc_default_role == "none":
        raise NotAdmittedError("not_admitted", "You have no account here yet. Ask an administrator for an invitation.")
    return settings.oidc_default_role
