"""Setting up, registering, signing in, passwords."""

from typing import Annotated

from pydantic import Field, StringConstraints

from api.bodies.base import RequestBody, ResponseBody
from api.bodies.errors import ErrorBody
from api.bodies.fields import Email, Name, Password, PersonName, Token
from api.bodies.team import Team, User
from utils.accounts.passwords import LONGEST
from utils.accounts.principal import Role, Scope


class TeamChoice(ErrorBody):
    """Several teams know the address with this password."""

    teams: list[Team]


class Me(ResponseBody):
    """Who is signed in, or for whom an API key acts."""

    user: User
    team: Team
    scopes: list[Scope] | None = Field(description="Of the API key; null for a sign-in, which may do all of its role.")
    has_password: bool = Field(description="Whether there is a password here; else a provider keeps it.")
    provider: str | None = Field(description="The OpenID Connect provider with which they sign in, by its name.")


class SignedOut(ResponseBody):
    continue_at: str = Field(description="Where the browser goes to sign out of the provider, too.")


class Connection(RequestBody):
    password: Annotated[str, StringConstraints(max_length=LONGEST)] = Field(description="The user's present one.")


class ConnectionBegun(ResponseBody):
    continue_at: str = Field(description="Where the browser goes to sign in with the provider.")


class SetUp(RequestBody):
    token: Token
    team: Name
    name: PersonName
    email: Email
    password: Password


class InvitationToken(RequestBody):
    token: Token = Field(description="What follows the # of the link.")


class Invited(ResponseBody):
    team: str | None = Field(description="null: the link founds the first team.")
    role: Role
    invited_by: str | None


class Registration(RequestBody):
    token: Token
    name: PersonName
    email: Email
    password: Password


class Credentials(RequestBody):
    email: Annotated[str, StringConstraints(max_length=254)]
    password: Annotated[str, StringConstraints(max_length=LONGEST)]
    team: str | None = Field(default=None, max_length=200, description="Its id or name, if several know the address.")


class PasswordChange(RequestBody):
    current: Annotated[str, StringConstraints(max_length=LONGEST)]
    new: Password


class PasswordReset(RequestBody):
    token: Token = Field(description="What follows the # of the link.")
    password: Password
