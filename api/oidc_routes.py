"""Signing in with the OpenID Connect provider of the settings: there and back, and out."""

import logging
from datetime import timedelta
from urllib.parse import quote, urlencode

from flask import Response, g, redirect, request
from pydantic import BaseModel, Field

from api.access import begun_sign_ins
from api.access.audit import note
from api.access.begun_sign_ins import BegunSignIn
from api.access.cookies import SIGN_IN_CLAIM, set_cookie, set_cookies, verified_claims
from api.access.entering import has_local_sign_in
from api.access.failures import count_failure
from api.access.identity import principal
from api.access.notices import tell_owner
from api.access.proofs import require_password, require_proof
from api.blueprints import ViewGroup
from api.bodies.accounts import Connection, ConnectionBegun
from api.bodies.answers import answer
from api.bodies.errors import ErrorBody
from api.bodies.second_factors import Proof as ProofBody
from api.errors import ApiError, not_found
from api.services import services
from utils.accounts.sign_ins import Proof
from utils.accounts.users import AccountError, SignedOutError
from utils.database.base import DatabaseLostError
from utils.database.moment import from_ms, now
from utils.identity.errors import ProviderAwayError, ProviderError, TokenError
from utils.identity.person import Person
from utils.identity.provider import Begun, Provider

blueprint = ViewGroup("oidc", "Accounts", "/api/auth/oidc")
REFUSED = "sign_in_refused"
_ACCOUNT = "/security"
_SHOWN = timedelta(minutes=1)
_MOVED = {"description": "To another page.", "headers": {"Location": {"schema": {"type": "string"}}}}
_log = logging.getLogger(__name__)


class Beginning(BaseModel):
    next: str = Field(default="/", max_length=2000, description="The page to go on at, of this server.")


class Return(BaseModel):
    """What the provider sends back with the browser."""

    state: str = Field(default="", max_length=200)
    code: str = Field(default="", max_length=4000)
    error: str = Field(default="", max_length=200)
    iss: str | None = Field(default=None, max_length=500)


class LogoutNotice(BaseModel):
    logout_token: str = Field(max_length=20_000)


@blueprint.get(
    "/login",
    summary="Sign in with the provider: leads to its page",
    description="For browsers. From there it leads back to `/api/auth/oidc/callback`.",
    responses={303: _MOVED, 404: ErrorBody},
)
def begin_sign_in(query: Beginning) -> Response:
    one = BegunSignIn(Begun.new(), _own_page(query.next))
    try:
        response = _to(_provider().address(one.begun))
    except ProviderError as error:
        return _turned_away(error, one)
    begun_sign_ins.remember(response, one)
    return response


@blueprint.post(
    "/connect",
    summary="Connect my account to the provider: leads to its page",
    description="From then on one signs in with either. The password shows that it is really the user who does this.",
    responses={200: ConnectionBegun, 401: ErrorBody, 404: ErrorBody, 503: ErrorBody},
)
def connect_provider(body: Connection) -> Response:
    provider = _provider()
    require_password(body.password)
    one = BegunSignIn(Begun.new(), _ACCOUNT, verified_claims()[SIGN_IN_CLAIM])
    try:
        response = answer(ConnectionBegun(continue_at=provider.address(one.begun)))
    except ProviderError as error:
        raise ApiError(503, error.code, str(error), retry_after=5) from None
    begun_sign_ins.remember(response, one)
    return response


@blueprint.post(
    "/disconnect",
    summary="Disconnect my account from the provider",
    description="From then on one signs in with the password; the sign-ins that were made with the provider end.",
    responses={204: None, 401: ErrorBody, 404: ErrorBody, 409: ErrorBody},
)
def disconnect_provider(body: ProofBody) -> Response:
    name, who, own = _provider().name, principal(), services()
    if not has_local_sign_in(who.user):
        raise ApiError(409, "provider_only", f"{name} is your only way in. Ask an administrator of your team.")
    require_proof(body)
    gone = own.arrivals.disconnect(who.user)
    note("identity unlinked", f"{gone} of {name}")
    tell_owner(who.user, who.team, f"An account of {name} was disconnected.")
    return Response(status=204)


@blueprint.get(
    "/callback",
    summary="Where the provider leads back to",
    description="Signs the browser in and leads on; or to the sign-in page, which says why not.",
    responses={303: _MOVED, 404: ErrorBody},
)
def complete_sign_in(query: Return) -> Response:
    provider = _provider()
    one = begun_sign_ins.recall(query.state)
    try:
        if one is None:
            count_failure("provider")
            raise ProviderError(
                "not_begun_here",
                "This sign-in was begun in another browser, took longer than ten minutes, or was used before. Begin "
                f"once more, at {services().settings.public_url}.",
            )
        person = _person(provider, one, query)
        response = _signed_in(person, one) if one.sign_in is None else _connected(person, one.sign_in)
    except (ProviderError, AccountError, ApiError, DatabaseLostError) as error:
        response = _turned_away(error, one)
    begun_sign_ins.forget(response, query.state)
    return response


@blueprint.post(
    "/backchannel-logout",
    summary="The provider says that somebody has signed out there",
    description="OpenID Connect Back-Channel Logout 1.0. Ends the sign-ins here that were made with it.",
    responses={204: None, 404: ErrorBody},
)
def end_by_provider(form: LogoutNotice) -> Response:
    provider, own = _provider(), services()
    try:
        told = provider.logout_token(form.logout_token)
    except ProviderAwayError as error:
        raise ApiError(503, error.code, str(error), retry_after=5) from None
    except ProviderError as error:
        _log.warning("A logout token was refused: %s", error.detail or error)
        count_failure("logout_token")
        raise ApiError(400, error.code, "This logout token is not valid here.") from None
    token = f"{told.issuer} {told.id}"
    if own.spent_tokens.is_spent("logout", token):
        raise _used_before()
    if told.session is not None:  # a sign-in of it may be on its way
        own.spent_tokens.spend("session", f"{told.issuer} {told.session}", now() + 2 * own.begun_sign_ins.lifetime)
    for user in own.sign_ins.end_by_provider(told.issuer, told.subject, told.session):
        note("signed out", f"by {provider.name}", user=user)
    # Last: if this process or the database goes before, the provider tells it once more, which has to count.
    skew = timedelta(seconds=own.settings.clock_skew_seconds)
    if not own.spent_tokens.spend("logout", token, from_ms(int(told.expires_at * 1000)) + skew):
        raise _used_before()
    return Response(status=204)


def _used_before() -> ApiError:
    count_failure("logout_token")
    return ApiError(400, "wrong_token", "This logout token was used before.")


def _person(provider: Provider, one: BegunSignIn, query: Return) -> Person:
    if query.error or not query.code:
        raise ProviderError(
            "provider_refused",
            f"You were not signed in: {provider.name} has ended it, or you have. Begin once more.",
            query.error,
        )
    person = provider.person(one.begun, query.code)
    if query.iss is not None and query.iss != person.issuer:  # RFC 9207
        raise TokenError("wrong_token", "Another provider has answered. Begin once more.", query.iss)
    return person


def _signed_in(person: Person, one: BegunSignIn) -> Response:
    own = services()
    try:
        arrival = own.arrivals.arrive(person)
    except (ProviderError, AccountError) as error:
        own.audit.note(
            own.arrivals.team().key, "sign-in refused", person.named, f"{own.settings.oidc_name}: {error}",
            request.remote_addr, g.get("request_id"),
        )  # fmt: skip
        raise
    for action, subject in arrival.news:
        note(action, subject, user=arrival.user)
    if arrival.cleared is not None:
        more = f"It was connected by your e-mail address, so what let anybody in before ended: {arrival.cleared.words}."
        tell_owner(arrival.user, arrival.team, f"An account of {own.settings.oidc_name} was connected.", more)
    latest_end = now() + timedelta(hours=own.settings.oidc_sign_in_hours)
    proof = Proof(arrival.identity_key, person.session, own.key.seal(person.id_token), latest_end)
    browser = request.user_agent.string[:200]
    try:
        opened = own.sign_ins.open(arrival.user, browser, proof)
    except SignedOutError:
        raise ProviderError("signed_out", "Your account was changed meanwhile. Sign in again.") from None
    if person.session is not None and own.spent_tokens.is_spent("session", f"{person.issuer} {person.session}"):
        own.sign_ins.end(opened.id)
        raise ProviderError("provider_refused", f"You have signed out of {own.settings.oidc_name}. Begin once more.")
    note("signed in", f"{browser}, with {own.settings.oidc_name}", user=arrival.user)
    response = _to(one.next)
    response.delete_cookie(REFUSED)
    set_cookies(response, arrival.user, opened, own.key)
    return response


def _connected(person: Person, sign_in: str) -> Response:
    own = services()
    who = own.sign_ins.principal(sign_in)
    try:
        if who is None:
            raise SignedOutError("The sign-in has ended.")
        own.arrivals.connect(who.user, person)
    except SignedOutError:
        words = "You were signed out meanwhile. Sign in, and connect your account again."
        raise ProviderError("signed_out", words) from None
    note("identity linked", f"{person.named} of {own.settings.oidc_name}", user=who.user)
    tell_owner(who.user, who.team, f"An account of {own.settings.oidc_name} was connected.")
    return _to(f"{_ACCOUNT}?connected=1")


def _turned_away(error: Exception, one: BegunSignIn | None) -> Response:
    """To a page that says why: in a cookie, so that no address can put words there."""
    if isinstance(error, ProviderError):
        _log.warning("Not signed in with %s: %s: %s", services().settings.oidc_name, error.code, error.detail or error)
    words = error.message if isinstance(error, ApiError) else str(error)
    if isinstance(error, DatabaseLostError):
        words = "The database does not answer at present. Try again in a moment."
    page = _ACCOUNT if one is not None and one.sign_in is not None else "/sign-in"
    further = {"next": one.next} if one is not None and page != one.next != "/" else {}
    response = _to(f"{page}?{urlencode({'refused': '1', **further})}")
    set_cookie(response, REFUSED, quote(words), _SHOWN, hidden=False)
    return response


def _provider() -> Provider:
    found = services().provider
    if found is None:
        raise not_found("provider to sign in with")
    return found


def _own_page(wanted: str) -> str:
    """Of this site, whatever somebody has put into the address; browsers take a backslash for a slash."""
    plain = wanted.startswith("/") and wanted.isprintable() and not wanted.startswith(("//", "/\\"))
    return quote(wanted, safe="/?&=#%:+,;@!$'()*~-._") if plain and "\\" not in wanted else "/"


def _to(address: str) -> Response:
    response = redirect(address, 303)
    assert isinstance(response, Response)
    return response
