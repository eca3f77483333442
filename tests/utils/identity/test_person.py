"""What a provider says of a person, and who is let in by it."""

from typing import Any

import pytest

from utils.identity.admission import NotAdmittedError, admit
from utils.identity.person import Person, person_of
from utils.settings import Settings

ROLES = "crew=member, CN=officers=administrator"


def settings(**more: Any) -> Settings:
    return Settings(_env_file=None, oidc_name="Harbour ID", **more)


def person(given: Settings | None = None, **claims: Any) -> Person:
    return person_of({"iss": "https://login.example.org", "sub": "mara", **claims}, given or settings())


def test_an_address_is_verified_only_by_the_providers_own_word_about_it() -> None:
    for claims, verified in (
        ({"email": "Mara@Harbour.example", "email_verified": True}, True),
        ({"email": "mara@harbour.example", "email_verified": "true"}, True),  # some send text
        ({"email": "mara@harbour.example"}, False),  # Microsoft Entra ID: anybody's invention (nOAuth)
        ({"email": "mara@harbour.example", "email_verified": False}, False),
        ({"preferred_username": "mara@harbour.example", "email_verified": True}, False),
    ):
        found = person(**claims)
        assert (found.email, found.email_verified) == ("mara@harbour.example", verified), claims
        assert bool(found.verified_domains) is verified


@pytest.mark.parametrize(
    "email", ["mara", "@harbour.example", "mara@", "a b@c.example", "m@" + "h" * 300, "<m@c.example>", "m@c,d", 7, None]
)
def test_what_is_no_address_is_none(email: Any) -> None:
    assert person(email=email, email_verified=True).email is None


def test_nobody_is_called_as_somebody_else_is_written() -> None:
    assert person(name="Mara <ada@example.org>\n").name == "Mara ada@example.org"
    assert person(name="<>").name is None


@pytest.mark.parametrize(
    ("email", "hosted", "verified", "domains"),
    [
        ("mara@harbour.example", "harbour.example", True, {"harbour.example"}),
        ("mara@harbour.example", "Harbour.Example", True, {"harbour.example"}),
        ("mara@alias.example", "harbour.example", False, {"harbour.example"}),
        # Anybody's account with that address, which stays when its owner has left.
        ("mara@harbour.example", None, False, set()),
        ("mara@harbour.example", "pier.example", False, {"pier.example"}),
        ("mara@gmail.com", None, True, set()),
        ("mara@googlemail.com", None, True, set()),
    ],
)
def test_google_vouches_for_whom_a_workspace_has(
    email: str, hosted: str | None, verified: bool, domains: set[str]
) -> None:
    claims = {"email": email, "email_verified": True} | ({"hd": hosted} if hosted else {})
    found = person(iss="https://accounts.google.com", **claims)
    assert (found.email_verified, found.verified_domains) == (verified, domains)
    unsaid = person(iss="https://accounts.google.com", **{**claims, "email_verified": False})
    assert (unsaid.email_verified, unsaid.verified_domains) == (False, domains)


def test_only_people_of_a_google_workspace_are_let_in() -> None:
    given = settings(oidc_allowed_domains="harbour.example")
    google = {"iss": "https://accounts.google.com", "email": "mara@harbour.example", "email_verified": True}
    assert admit(person(**google, hd="harbour.example"), given) is None
    with pytest.raises(NotAdmittedError, match="has to vouch"):
        admit(person(**google), given)


@pytest.mark.parametrize(
    ("claims", "groups"),
    [
        ({"groups": ["crew", 7, "officers"]}, {"crew", "officers"}),
        ({"groups": "crew"}, {"crew"}),
        ({}, set()),
        ({"_claim_names": {"groups": "src1"}, "_claim_sources": {"src1": {"endpoint": "https://graph"}}}, None),
        ({"hasgroups": "true"}, None),
    ],
)
def test_groups_are_known_or_said_to_be_elsewhere(claims: dict[str, Any], groups: set[str] | None) -> None:
    assert person(**claims).groups == groups


def test_groups_may_be_within_another_claim() -> None:
    claim = settings(oidc_groups_claim="realm_access.roles")
    assert person(claim, realm_access={"roles": ["crew"]}).groups == {"crew"}
    flat = settings(oidc_groups_claim="https://ringside.example/groups")
    assert person(flat, **{"https://ringside.example/groups": ["crew"]}).groups == {"crew"}


def test_the_highest_role_of_all_groups_holds() -> None:
    for groups, role in (
        (["crew"], "member"),
        (["crew", "CN=officers"], "administrator"),
        (["CN=officers"], "administrator"),
        (["others"], "viewer"),
        ([], "viewer"),
    ):
        assert admit(person(groups=groups), settings(oidc_roles=ROLES, oidc_default_role="viewer")) == role


def test_without_roles_by_group_administrators_give_them() -> None:
    assert admit(person(groups=["crew"]), settings()) is None


def test_who_is_in_too_many_groups_is_told_so_where_it_matters() -> None:
    many = {"_claim_names": {"groups": "src1"}}
    assert admit(person(**many), settings()) is None
    for given in ({"oidc_roles": ROLES}, {"oidc_allowed_groups": "crew"}):
        with pytest.raises(NotAdmittedError, match="more groups than Harbour ID tells at once"):
            admit(person(**many), settings(**given))
