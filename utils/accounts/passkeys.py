"""Passkeys: key pairs of devices (W3C Web Authentication), with which one signs in without a password.

A passkey is bound to this server's name, so that no other site can ask for it, and its device asks for a finger, a face
or a PIN: it is two factors in one. Challenges are once-only tokens (utils/accounts/once_tokens.py).
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from utils.accounts.principal import TeamRecord, UserRecord
from utils.accounts.users import USER_AND_TEAM, AccountError, lock_as_seen, user_and_team
from utils.database.base import Database
from utils.database.moment import now
from utils.database.records import columns_of, record
from utils.database.tables import passkeys, teams, users

_NAME = "Ringside"
_MOST = 20  # of one user
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Site:
    """What passkeys are bound to: the name of the server, and the origin of its pages."""

    name: str
    origin: str

    @classmethod
    def of(cls, public_url: str | None) -> "Site | None":
        """None where there can be no passkeys: without an address, and where that is a number."""
        parts = urlsplit(public_url or "")
        if parts.hostname is None or _is_number(parts.hostname):
            return None
        return cls(parts.hostname, f"{parts.scheme}://{parts.netloc}".lower())


@dataclass(frozen=True, slots=True)
class PasskeyRecord:
    key: int
    id: str
    name: str
    created_at: datetime
    last_used_at: datetime | None


class WrongPasskeyError(ValueError):
    """What a browser has sent is not the answer of a passkey that is known here. The message says why.

    ``user``: whose the passkey is, where it is known.
    """

    def __init__(self, message: str, user: UserRecord | None = None) -> None:
        super().__init__(message)
        self.user = user


class Passkeys:
    def __init__(self, database: Database, site: Site) -> None:
        self._database = database
        self._site = site

    def creation_options(self, user: UserRecord, challenge: bytes) -> Json:
        """What the browser is asked for a new passkey of the user."""
        from webauthn import generate_registration_options
        from webauthn.helpers import base64url_to_bytes, options_to_json_dict
        from webauthn.helpers.structs import (
            AuthenticatorSelectionCriteria,
            PublicKeyCredentialDescriptor,
            ResidentKeyRequirement,
            UserVerificationRequirement,
        )

        there = select(passkeys.c.credential_id).where(passkeys.c.user_key == user.key)
        with self._database.read() as connection:
            known = connection.scalars(there).all()
        options = generate_registration_options(
            rp_id=self._site.name,
            rp_name=_NAME,
            user_id=user.id.encode(),
            user_name=user.email,
            user_display_name=user.name,
            challenge=challenge,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(id=base64url_to_bytes(one)) for one in known],
        )
        return options_to_json_dict(options)

    def add(self, user: UserRecord, name: str, credential: Json, challenge: bytes) -> PasskeyRecord:
        """Raises WrongPasskeyError, AccountError for one that is known or one too many, and SignedOutError."""
        from webauthn import verify_registration_response
        from webauthn.helpers import bytes_to_base64url
        from webauthn.helpers.exceptions import WebAuthnException

        try:
            verified = verify_registration_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=self._site.name,
                expected_origin=self._site.origin,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, KeyError, TypeError) as error:
            raise WrongPasskeyError(str(error)) from error
        made = insert(passkeys).values(
            id=f"passkey-{secrets.token_hex(8)}", user_key=user.key, name=name,
            credential_id=bytes_to_base64url(verified.credential_id), public_key=verified.credential_public_key,
            sign_count=verified.sign_count, created_at=now(),
        )  # fmt: skip
        if len(self.of(user.key)) >= _MOST:
            raise AccountError("too_many_passkeys", f"An account has {_MOST} passkeys at most. Remove one first.")
        try:
            with self._database.write() as connection:
                lock_as_seen(connection, user)
                row = connection.execute(made.returning(*columns_of(PasskeyRecord, passkeys))).one()
        except IntegrityError as error:
            raise AccountError("passkey_known", "This passkey is known here already.") from error
        return record(PasskeyRecord, row)

    def request_options(self, challenge: bytes) -> Json:
        """What a browser is asked by which somebody signs in: any passkey that it has for this server."""
        from webauthn import generate_authentication_options
        from webauthn.helpers import options_to_json_dict
        from webauthn.helpers.structs import UserVerificationRequirement

        options = generate_authentication_options(
            rp_id=self._site.name, challenge=challenge, user_verification=UserVerificationRequirement.REQUIRED
        )
        return options_to_json_dict(options)

    def use(self, credential: Json, challenge: bytes) -> tuple[UserRecord, TeamRecord, str]:
        """Whose passkey has answered, and its name. Raises WrongPasskeyError."""
        from webauthn import base64url_to_bytes, verify_authentication_response
        from webauthn.helpers.exceptions import WebAuthnException

        query = select(
            *USER_AND_TEAM, *columns_of(PasskeyRecord, passkeys), passkeys.c.public_key, passkeys.c.sign_count
        )
        query = query.select_from(passkeys.join(users).join(teams)).where(users.c.active)
        with self._database.read() as connection:
            row = connection.execute(query.where(passkeys.c.credential_id == str(credential.get("id")))).first()
        if row is None:
            raise WrongPasskeyError("This passkey is not known here.")
        user, team = user_and_team(row)
        try:
            verified = verify_authentication_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=self._site.name,
                expected_origin=self._site.origin,
                credential_public_key=row.public_key,
                credential_current_sign_count=row.sign_count,
                require_user_verification=True,
            )
            handle = credential["response"].get("userHandle")
            if handle is None or base64url_to_bytes(handle) != user.id.encode():
                raise WrongPasskeyError("This passkey is of another account.")
        except (WebAuthnException, ValueError, KeyError, TypeError, AttributeError) as error:
            raise WrongPasskeyError(str(error), user) from error
        # A copy of the device would count from where the original was: of two at the same moment, one is heard.
        same = update(passkeys).where(passkeys.c.key == row.key, passkeys.c.sign_count == row.sign_count)
        with self._database.write() as connection:
            moved = connection.execute(same.values(sign_count=verified.new_sign_count, last_used_at=now()))
        if not moved.rowcount:
            raise WrongPasskeyError("This passkey was used elsewhere at the same moment.", user)
        return user, team, row.name

    def of(self, user_key: int) -> list[PasskeyRecord]:
        """The user's, oldest first."""
        query = select(*columns_of(PasskeyRecord, passkeys)).where(passkeys.c.user_key == user_key)
        with self._database.read() as connection:
            return [record(PasskeyRecord, row) for row in connection.execute(query.order_by(passkeys.c.key))]

    def remove(self, user_key: int, passkey_id: str) -> str | None:
        """Its name; None if there is none."""
        one = delete(passkeys).where(passkeys.c.user_key == user_key, passkeys.c.id == passkey_id)
        with self._database.write() as connection:
            name: str | None = connection.scalar(one.returning(passkeys.c.name))
        return name


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
