"""The OpenID Connect provider of the settings, and all that is asked of it.

    provider = Provider.of(settings)
    address = provider.address(begun)              # where the browser goes
    person = provider.person(begun, code)          # when it has come back with a code

Authlib speaks OAuth 2.0 (authorization code with PKCE, RFC 7636) and checks the claims of tokens, joserfc their
signatures. Only signatures by keys that the provider publishes count: with `none` or HS256, whoever knows nothing, or
the public key, could sign. The provider may be away at any time: it is asked when somebody signs in and not before,
each time only by so many threads that the others go on, and what it said is kept for a while.
"""

import logging
import secrets
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from utils.database.outage import Outage
from utils.identity.errors import ProviderAwayError, ProviderError, TokenError
from utils.identity.person import Person, completed, has_groups, person_of
from utils.settings import Settings

if TYPE_CHECKING:
    from authlib.integrations.httpx_client import OAuth2Client
    from joserfc.jwk import KeySet

_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
_SECONDS = 5.0  # of silence, after which it counts as away
_AGAIN_SECONDS = 2.0  # so long after a failure it is not asked again: whoever comes in between is told at once
_WAIT_FOR_TURN = 1.0
_METADATA_SECONDS, _KEYS_SECONDS = 3600.0, 600.0
_RENEWALS, _RENEWAL_SECONDS = 5, 60.0  # so often in so long keys are fetched because a token names an unknown one
_MOST_BYTES = 1024 * 1024
_BACK_CHANNEL = "http://schemas.openid.net/event/backchannel-logout"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Begun:
    """What is known of a sign-in between its beginning and its end, and of which only its browser knows the whole."""

    state: str
    nonce: str
    verifier: str

    @classmethod
    def new(cls) -> "Begun":
        return cls(*(secrets.token_urlsafe(32) for _ in range(3)))


@dataclass(frozen=True, slots=True)
class LogoutToken:
    """Whose sign-ins are to end: all of the subject, or those of one session of the provider."""

    issuer: str
    subject: str | None
    session: str | None
    id: str
    expires_at: float


class Provider:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.name = settings.oidc_name
        self.entrance = f"{settings.public_url}/api/auth/oidc/login"
        self.callback = f"{settings.public_url}/api/auth/oidc/callback"
        self._turns = threading.BoundedSemaphore(max(1, settings.web_threads // 4))
        self._failed_at = -_AGAIN_SECONDS
        self._metadata: tuple[float, dict[str, Any]] | None = None
        self._keys: tuple[float, KeySet] | None = None
        self._renewals: deque[float] = deque(maxlen=_RENEWALS)
        self._outage = Outage(_log, f"{settings.oidc_issuer} does not answer, nobody signs in with it", "provider")

    @classmethod
    def of(cls, settings: Settings) -> "Provider | None":
        return cls(settings) if settings.oidc_issuer is not None else None

    def look(self) -> None:
        """At a start: whether it answers. If it does not, that is in the log, and nothing else happens."""

        def ask() -> None:
            try:
                self._discovered()
            except ProviderError as error:
                if not self._outage.open:  # which has told it
                    _log.warning("Nobody can sign in with %s at present: %s", self.name, error.detail)

        threading.Thread(target=ask, name="provider", daemon=True).start()

    def address(self, begun: Begun) -> str:
        """Where the browser goes to sign in. Raises ProviderError."""
        metadata = self._discovered()
        with self._client() as client:
            address, _ = client.create_authorization_url(
                metadata["authorization_endpoint"],
                state=begun.state,
                nonce=begun.nonce,
                code_verifier=begun.verifier,
            )
        return str(address)

    def person(self, begun: Begun, code: str) -> Person:
        """Who has signed in there. Raises ProviderError."""
        metadata = self._discovered()
        token = self._token(metadata, begun, code)
        id_token = token.get("id_token")
        if not isinstance(id_token, str):
            raise self._wrong("it has sent no ID token")
        claims = self._id_claims(metadata, id_token, begun.nonce, token.get("access_token"))
        if "userinfo_endpoint" in metadata and self._lacks(claims):
            claims = completed(claims, self._userinfo(metadata, token, claims["sub"]))
        return person_of(claims, self._settings).proven_by(id_token)

    def sign_out_address(self, id_token: str | None) -> str | None:
        """Where the browser goes to sign out there, too (RP-Initiated Logout 1.0); None if it goes nowhere."""
        from authlib.common.urls import add_params_to_uri

        try:
            endpoint = self._discovered().get("end_session_endpoint")
        except ProviderError:
            return None
        if endpoint is None:
            return None
        given = {
            "id_token_hint": id_token,
            "client_id": self._settings.oidc_client_id,
            "post_logout_redirect_uri": f"{self._settings.public_url}/sign-in",
        }
        return str(add_params_to_uri(endpoint, {name: value for name, value in given.items() if value}))

    def logout_token(self, raw: str) -> LogoutToken:
        """Back-Channel Logout 1.0, section 2.6, but for what makes it work once. Raises ProviderError."""
        from authlib.oauth2.claims import JWTClaims

        metadata = self._discovered()
        header, claims = self._verified(metadata, raw)
        events = claims.get("events")
        if header.get("typ", "logout+jwt").lower() not in ("logout+jwt", "jwt"):
            raise self._wrong("the logout token is of another type")
        if not isinstance(events, dict) or _BACK_CHANNEL not in events or "nonce" in claims:
            raise self._wrong("it is no logout token")
        essential = {name: {"essential": True} for name in ("iat", "jti", "exp")}
        self._check(JWTClaims(claims, header, self._expected(metadata) | essential))
        subject, session = claims.get("sub"), claims.get("sid")
        if not isinstance(subject or session, str):
            raise self._wrong("the logout token names nobody")
        return LogoutToken(claims["iss"], subject, session, str(claims["jti"]), float(claims["exp"]))

    # What is checked

    def _id_claims(self, metadata: Mapping[str, Any], raw: str, nonce: str, access_token: str | None) -> dict[str, Any]:
        from authlib.oidc.core import CodeIDToken

        header, claims = self._verified(metadata, raw)
        known = {"nonce": nonce, "client_id": self._settings.oidc_client_id, "access_token": access_token}
        self._check(CodeIDToken(claims, header, self._expected(metadata), known))
        if not 1 <= len(claims["sub"]) <= 255:
            raise self._wrong("the subject has no or more than 255 characters")
        return claims

    def _expected(self, metadata: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        return {
            "iss": {"essential": True, "value": metadata["issuer"]},
            "aud": {"essential": True, "value": self._settings.oidc_client_id},
        }

    def _check(self, claims: Any) -> None:
        from joserfc.errors import ExpiredTokenError, JoseError

        try:
            claims.validate(leeway=self._settings.clock_skew_seconds)
        except ExpiredTokenError as error:
            raise TokenError(
                "wrong_token",
                f"What {self.name} has signed has expired: its clock and that of this server differ by more than "
                f"{self._settings.clock_skew_seconds} seconds, or it took too long. Try again.",
                str(error),
            ) from None
        except JoseError as error:
            raise self._wrong(str(error)) from None

    def _verified(self, metadata: Mapping[str, Any], raw: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Header and claims of a token that the provider has signed. Raises ProviderError."""
        from joserfc import jwt
        from joserfc.errors import InvalidKeyIdError, JoseError
        from joserfc.jws import JWSRegistry

        registry = JWSRegistry(algorithms=_ALGORITHMS, strict_check_header=False)
        try:
            try:
                token = jwt.decode(raw, self._key_set(metadata), registry=registry)
            except InvalidKeyIdError:  # it has new keys
                token = jwt.decode(raw, self._key_set(metadata, renew=True), registry=registry)
        except (JoseError, ValueError, TypeError) as error:
            raise self._wrong(f"{type(error).__name__}: {error}") from None
        if not isinstance(token.claims, dict):
            raise self._wrong("the token has no claims")
        return dict(token.header), token.claims

    def _wrong(self, detail: str) -> TokenError:
        return TokenError(
            "wrong_token",
            f"What {self.name} has answered cannot be trusted, so nobody was signed in. Try again; if it happens "
            "again, tell an administrator of this server.",
            detail,
        )

    # What is asked

    def _discovered(self) -> dict[str, Any]:
        """What the provider says of itself (Discovery 1.0)."""
        kept = self._metadata
        if kept is not None and time.monotonic() - kept[0] < _METADATA_SECONDS:
            return kept[1]
        issuer = str(self._settings.oidc_issuer)
        try:
            found = self._read(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
            self._refuse_foreign(issuer, found)
        except ProviderAwayError:
            if kept is None:
                raise
            return kept[1]  # addresses seldom change
        self._metadata = (time.monotonic(), found)
        return found

    def _refuse_foreign(self, issuer: str, found: Mapping[str, Any]) -> None:
        if str(found.get("issuer", "")).rstrip("/") != issuer.rstrip("/"):
            raise self._away(f"OIDC_ISSUER is {issuer}, but it calls itself {found.get('issuer')!r}")
        needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        begin = "https://" if issuer.startswith("https://") else "http"
        if missing := [name for name in needed if not str(found.get(name, "")).startswith(begin)]:
            raise self._away(f"{issuer} names no {', '.join(missing)}")

    def _key_set(self, metadata: Mapping[str, Any], *, renew: bool = False) -> "KeySet":
        kept = self._keys
        if renew and not self._may_renew():
            raise self._wrong("it names a key that the provider does not have, as others did just now")
        if kept is not None and not renew and time.monotonic() - kept[0] < _KEYS_SECONDS:
            return kept[1]
        found = _key_set(self._read(metadata["jwks_uri"]).get("keys"))
        self._keys = (time.monotonic(), found)
        return found

    def _may_renew(self) -> bool:
        """Anybody can send a token that names an unknown key; the provider is not to suffer from it."""
        at = time.monotonic()
        if len(self._renewals) == _RENEWALS and at - self._renewals[0] < _RENEWAL_SECONDS:
            return False
        self._renewals.append(at)
        return True

    def _token(self, metadata: Mapping[str, Any], begun: Begun, code: str) -> dict[str, Any]:
        from authlib.integrations.base_client import OAuthError

        basic = "client_secret_basic" in metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        method = "none" if self._settings.oidc_client_secret is None else None if basic else "client_secret_post"
        with self._asking(), self._client(method) as client:
            try:
                token = client.fetch_token(metadata["token_endpoint"], code=code, code_verifier=begun.verifier)
            except OAuthError as error:
                raise self._refused(error) from None
        return dict(token)

    def _refused(self, error: Any) -> ProviderError:
        detail = f"{error.error}: {error.description}"
        if error.error in ("invalid_client", "unauthorized_client"):
            return ProviderError(
                "provider_refused",
                f"{self.name} does not know this server. An administrator has to correct OIDC_CLIENT_ID and "
                "OIDC_CLIENT_SECRET.",
                detail,
            )
        return ProviderError(
            "provider_refused", f"{self.name} has refused to say who you are. Begin once more.", detail
        )

    def _lacks(self, claims: Mapping[str, Any]) -> bool:
        wanted = self._settings.allowed_groups is not None or bool(self._settings.role_by_group)
        return "email" not in claims or "name" not in claims or (wanted and not has_groups(claims, self._settings))

    def _userinfo(self, metadata: Mapping[str, Any], token: Mapping[str, Any], subject: str) -> dict[str, Any]:
        """Claims about the same subject; some providers put into an ID token no more than that."""
        found = self._read(metadata["userinfo_endpoint"], {"Authorization": f"Bearer {token.get('access_token')}"})
        if found.get("sub") != subject:
            raise self._wrong("userinfo is about somebody else")
        return found

    def _read(self, address: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        with self._asking(), self._client() as client:
            response = client.request("GET", address, headers=dict(headers or {}), withhold_token=True)
            response.raise_for_status()
            found = response.json() if len(response.content) <= _MOST_BYTES else None
        if not isinstance(found, dict):
            raise self._away(f"{address} answers no JSON object")
        return found

    def _client(self, method: str | None = None) -> "OAuth2Client":
        from authlib.integrations.httpx_client import OAuth2Client

        secret = self._settings.oidc_client_secret
        return OAuth2Client(
            self._settings.oidc_client_id,
            secret.get_secret_value() if secret is not None else None,
            token_endpoint_auth_method=method,
            scope=self._settings.oidc_scopes,
            redirect_uri=self.callback,
            code_challenge_method="S256",
            timeout=_SECONDS,
        )

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """Within it the provider is asked, by a few threads at a time. Raises ProviderAwayError."""
        import httpx2

        if time.monotonic() - self._failed_at < _AGAIN_SECONDS:
            raise self._away("it did not answer a moment ago")
        if not self._turns.acquire(timeout=_WAIT_FOR_TURN):
            raise ProviderAwayError("crowded", "Too many people sign in at the same time. Try again in a moment.")
        try:
            yield
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
            self._failed_at = time.monotonic()
            self._outage.goes_on(f"{type(error).__name__}: {error}")
            raise self._away(f"{type(error).__name__}: {error}") from None
        else:
            self._outage.is_over()
        finally:
            self._turns.release()

    def _away(self, detail: str) -> ProviderAwayError:
        name = self.name[:1].upper() + self.name[1:]
        words = f"{name} does not answer at present. Try again in a moment."
        return ProviderAwayError("provider_away", words, detail)


def _key_set(published: Any) -> "KeySet":
    """Of the keys that sign; those of kinds that we do not know are left out."""
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet, import_key

    keys = []
    for one in published if isinstance(published, list) else []:
        if isinstance(one, dict) and one.get("use", "sig") == "sig" and one.get("kty") in ("RSA", "EC", "OKP"):
            try:
                keys.append(import_key(one))
            except (JoseError, ValueError):
                _log.warning("A key of the provider cannot be read: %s", one.get("kid"))
    return KeySet(keys)
