"""The cookies of a sign-in: an access token for an hour and a refresh token for as long as the sign-in, each a JWT that
no script can read, each with a second cookie whose value unsafe requests repeat in a header (CSRF double submit).

One more says to scripts which sign-in of whom they are of: what a browser keeps for a user is theirs alone.
"""

from datetime import timedelta
from typing import Any, Literal

from flask import Flask, Response, request
from flask_jwt_extended import (
    JWTManager,
    create_access_token,
    create_refresh_token,
    get_csrf_token,
    verify_jwt_in_request,
)
from flask_jwt_extended.exceptions import CSRFError

from utils.accounts.principal import UserRecord
from utils.accounts.sign_ins import SignInRecord
from utils.database.moment import now
from utils.registry.server_key import ServerKey

ACCESS_LIFETIME = timedelta(hours=1)
_KEPT = timedelta(days=7)  # after the end of the sign-in: who comes too late is told why
REFRESH_PATH = "/api/auth"
_ACCESS, _REFRESH = "access_token", "refresh_token"
_ACCESS_CSRF, _REFRESH_CSRF = "csrf_access_token", "csrf_refresh_token"
_WHOSE = "signed_in_as"  # the ids of the user and of the sign-in, as frontend/src/app/services/tokens.ts reads it
SIGN_IN_CLAIM, REFRESH_CLAIM = "sign_in", "refresh"


def register_cookies(app: Flask, key: ServerKey, skew_seconds: int) -> None:
    """``skew_seconds``: by how much the clocks of the machines that sign and read tokens may differ."""
    app.config.update(
        JWT_TOKEN_LOCATION=["cookies"],
        JWT_SECRET_KEY=key.signing_keys[key.signing_name],
        JWT_ACCESS_COOKIE_NAME=_ACCESS,
        JWT_REFRESH_COOKIE_NAME=_REFRESH,
        JWT_ACCESS_CSRF_COOKIE_NAME=_ACCESS_CSRF,
        JWT_REFRESH_CSRF_COOKIE_NAME=_REFRESH_CSRF,
        JWT_COOKIE_CSRF_PROTECT=True,
        JWT_ENCODE_ISSUER="ringside",
        JWT_DECODE_ISSUER="ringside",
        JWT_DECODE_LEEWAY=skew_seconds,
    )
    manager = JWTManager(app)

    @manager.decode_key_loader
    def _key(header: dict[str, Any], _claims: dict[str, Any]) -> bytes:
        return key.signing_keys.get(header.get("kid", ""), key.signing_keys[key.signing_name])


def verified_claims(*, refresh: bool = False) -> dict[str, Any]:
    """Of this request's token. Raises JWTExtendedException or PyJWTError."""
    try:
        _, claims = verify_jwt_in_request(refresh=refresh) or ({}, {})
    except TypeError as error:  # the header is not ASCII, and cannot be compared
        raise CSRFError("CSRF double submit tokens do not match") from error
    return claims


def set_cookies(response: Response, user: UserRecord, sign_in: SignInRecord, key: ServerKey) -> None:
    """Sign this browser in, or on."""
    lifetime = max(sign_in.expires_at - now(), timedelta(seconds=1))
    claims, headers = {SIGN_IN_CLAIM: sign_in.id}, {"kid": key.signing_name}
    access = create_access_token(
        user.id, expires_delta=ACCESS_LIFETIME, additional_claims=claims, additional_headers=headers
    )
    refresh = create_refresh_token(
        user.id,
        expires_delta=lifetime,
        additional_claims={**claims, REFRESH_CLAIM: sign_in.refresh_id},
        additional_headers=headers,
    )
    for name, value, path, hidden in (
        (_ACCESS, access, "/", True),
        (_REFRESH, refresh, REFRESH_PATH, True),
        (_ACCESS_CSRF, get_csrf_token(access), "/", False),
        (_REFRESH_CSRF, get_csrf_token(refresh), "/", False),
        (_WHOSE, f"{user.id}.{sign_in.id}", "/", False),
    ):
        # All as long as the refresh token: an expired access token is worth nothing, but tells that there is more.
        set_cookie(response, name, value, lifetime + _KEPT, path, hidden=hidden)


def clear_cookies(response: Response) -> None:
    for name in (_ACCESS, _REFRESH, _ACCESS_CSRF, _REFRESH_CSRF, _WHOSE):
        path = REFRESH_PATH if name == _REFRESH else "/"
        response.delete_cookie(name, path, secure=request.is_secure, httponly=True, samesite="Strict")


def set_cookie(
    response: Response,
    name: str,
    value: str,
    lifetime: timedelta,
    path: str = "/",
    *,
    hidden: bool = True,
    same_site: Literal["Strict", "Lax"] = "Strict",
) -> None:
    """``hidden``: from scripts. Over HTTPS the browser then sends it over HTTPS only."""
    response.set_cookie(name, value, lifetime, path=path, secure=request.is_secure, httponly=hidden, samesite=same_site)
