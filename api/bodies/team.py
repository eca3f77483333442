"""The team: its users and invitations."""

from datetime import datetime
from typing import Literal, Self

from pydantic import Field, StrictBool, model_validator

from api.bodies.base import RequestBody, ResponseBody
from api.bodies.fields import Email, Name, PersonName, ValidHours
from utils.accounts.principal import Role
from utils.accounts.quotas import Quota


class User(ResponseBody):
    id: str
    email: str = Field(description="Empty for a service account, and for somebody who is erased.")
    name: str
    role: Role
    active: bool
    created_at: datetime
    erased: bool = Field(description="The data of this person was erased, or is being erased.")
    service: bool = Field(description="A service account: a program, which has API keys and cannot sign in.")

    @model_validator(mode="after")
    def _without_address(self) -> Self:
        """What a record of one has there is no address; nor is that of somebody who is erased."""
        if self.service or self.erased:
            self.email = ""
        return self


class QuotaUsage(ResponseBody):
    """What is stored now, or has happened since the day or the month began, in UTC."""

    quota: Quota
    used: int = Field(description="Bytes for `storage`.")
    limit: int | None = Field(description="None: unlimited.")
    resets_at: datetime | None = Field(description="When it is counted anew; None: what is stored.")
    state: Literal["ok", "near", "reached"] = Field(description="near: four fifths of the limit or more.")


class UsageList(ResponseBody):
    usage: list[QuotaUsage]


class TeamUser(User):
    second_factor: bool | None = Field(description="Whether they have one; null for those who are no administrators.")


class UserList(ResponseBody):
    users: list[TeamUser]


class UserChange(RequestBody):
    name: PersonName | None = None
    role: Role | None = None
    active: StrictBool | None = Field(
        default=None,
        description="false signs the user out everywhere, at once, and revokes the spectator links, invitations, "
        "password links and API keys that they made.",
    )


class ChangedUser(User):
    """With what was revoked because the account was deactivated, or is no administrator's any more."""

    revoked_links: int
    revoked_invitations: int
    revoked_keys: int
    revoked_password_links: int = Field(description="That they made for others.")


class ServiceAccountWish(RequestBody):
    name: PersonName
    role: Role = "member"


class ErasureWish(RequestBody):
    email: str = Field(max_length=254, description="The person's address, to confirm who is meant.")
    to: str | None = Field(
        default=None,
        max_length=80,
        description="The id of whoever gets the sessions that the person shared. Left out, they stay.",
    )


class HandOver(RequestBody):
    to: str = Field(max_length=80, description="The id of an active member or administrator of the team.")


class HandedOver(ResponseBody):
    sessions: int = Field(description="How many there were.")


class Team(ResponseBody):
    id: str
    name: str
    second_factor_required: bool = Field(description="Who signs in with a password has to have a second factor.")


class TeamChange(RequestBody):
    name: Name | None = None
    second_factor_required: StrictBool | None = None


class Invitation(ResponseBody):
    id: str
    role: Role
    invited_by: str | None
    created_at: datetime
    expires_at: datetime
    email: str | None = Field(description="To whom it was sent, and who alone may use it; null: its link was copied.")


class InvitationList(ResponseBody):
    invitations: list[Invitation]


class InvitationWish(RequestBody):
    role: Role = "member"
    valid_hours: ValidHours = 72
    email: Email | None = Field(
        default=None, description="Where the link is sent to, if mail is set up; no other address may use it."
    )


class NewInvitation(ResponseBody):
    invitation: Invitation
    token: str = Field(description="The link is /join#token. Nobody can read it again.")
    mailed: bool = Field(description="Whether it was put into the outbox, too.")


class NewPasswordLink(ResponseBody):
    token: str = Field(description="The link is /reset#token. It works once, for a day. Nobody can read it again.")
    mailed: bool = Field(description="Whether it was put into the outbox, too.")
