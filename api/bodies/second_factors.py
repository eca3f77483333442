"""Second factors: an authenticator app, and recovery codes."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from api.bodies.accounts import Me
from api.bodies.base import RequestBody, ResponseBody
from utils.accounts.passwords import LONGEST

Code = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]


class SecondFactorState(ResponseBody):
    on: bool
    since: datetime | None
    recovery_codes_left: int
    required: bool = Field(description="By the team.")


class Proof(RequestBody):
    """One of the two: that whoever sits here is who has signed in."""

    password: Annotated[str, StringConstraints(max_length=LONGEST)] | None = None
    code: Code | None = Field(default=None, description="Of the authenticator app, or a recovery code.")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.password is None) == (self.code is None):
            raise ValueError("needs the password or a code")
        return self


class PasswordProof(RequestBody):
    password: Annotated[str, StringConstraints(max_length=LONGEST)]


class SecondFactorCode(RequestBody):
    code: Code = Field(description="Of the authenticator app. To sign in, a recovery code does, too.")


class SecondFactorSetup(ResponseBody):
    secret: str = Field(description="In base 32, to be typed into an app.")
    address: str = Field(description="The same as an app reads it: otpauth://")
    picture: str = Field(description="The same as a QR code: the address of an SVG image, data:image/svg+xml")


class RecoveryCodes(ResponseBody):
    recovery_codes: list[str] = Field(description="Each works once. Nobody can read them again.")


class SignedIn(ResponseBody):
    me: Me
    recovery_codes: list[str] | None = Field(description="Where the second factor was set up in this step.")
