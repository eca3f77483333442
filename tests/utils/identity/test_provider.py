"""What a provider says is believed only if it is signed, for us, now, and about this sign-in."""

import time
from collections.abc import Callable, Iterator
from threading import Thread
from typing import Any

import pytest
from joserfc.jwk import RSAKey
from pydantic import SecretStr

from tests.support.lying_issuer import (
    BACK_CHANNEL,
    CLIENT,
    LyingIssuer,
    half_hash,
    lying_issuer,
    signed_with_secret,
    unsigned,
)
from utils.identity import provider as provider_module
from utils.identity.errors import ProviderAwayError, ProviderError, TokenError
from utils.identity.person import Person
from utils.identity.provider import Begun, Provider
from utils.settings import Settings

Change = Callable[[LyingIssuer], object]


@pytest.fixture
def issuer() -> Iterator[LyingIssuer]:
    with lying_issuer() as one:
        yield one


def settings(issuer: LyingIssuer, **more: Any) -> Settings:
    given: dict[str, Any] = {
        "oidc_issuer": issuer.url, "oidc_client_id": CLIENT, "oidc_client_secret": SecretStr("secret"),
        "oidc_name": "Harbour ID", "public_url": "http://ringside.example", "clock_skew_seconds": 30,
    }  # fmt: skip
    return Settings(_env_file=None, **(given | more))


def opened(issuer: LyingIssuer, **more: Any) -> Provider:
    found = Provider.of(settings(issuer, **more))
    assert found is not None
    return found


def sign_in(issuer: LyingIssuer, provider: Provider) -> Person:
    begun = Begun.new()
    issuer.nonce = begun.nonce
    return provider.person(begun, "code")


def change(**claims: Any) -> Change:
    return lambda issuer: issuer.claims.update(claims)


def test_a_person_is_who_the_token_names(issuer: LyingIssuer) -> None:
    person = sign_in(issuer, opened(issuer))
    assert (person.issuer, person.subject, person.email, person.name) == (
        issuer.url, "mara", "mara@harbour.example", "Mara Holm",
    )  # fmt: skip
    assert person.verified_domains == {"harbour.example"}


def hmac_with_the_public_key(issuer: LyingIssuer) -> None:
    """Whoever takes a public key for a shared secret believes anybody who has it."""
    issuer.raw = signed_with_secret(issuer.id_claims(), issuer.key.as_pem(private=False))


def hmac_with_the_client_secret(issuer: LyingIssuer) -> None:
    issuer.raw = signed_with_secret(issuer.id_claims(), b"secret")


def unsigned_token(issuer: LyingIssuer) -> None:
    issuer.raw = unsigned(issuer.id_claims())


def somebody_elses_key(issuer: LyingIssuer) -> None:
    issuer.raw = issuer.signed(issuer.id_claims(), RSAKey.generate_key(2048, {"kid": "first"}))


def changed_after_signing(issuer: LyingIssuer) -> None:
    header, _, signature = issuer.signed(issuer.id_claims()).split(".")
    issuer.raw = f"{header}.{unsigned(issuer.id_claims() | {'sub': 'ada'}).split('.')[1]}.{signature}"


@pytest.mark.parametrize(
    "lie",
    [
        hmac_with_the_public_key,
        hmac_with_the_client_secret,
        unsigned_token,
        somebody_elses_key,
        changed_after_signing,
        change(iss="https://evil.example"),
        change(iss=None),
        change(aud="another"),
        change(aud=None),
        change(aud=[CLIENT, "another"]),  # without azp
        change(aud=[CLIENT, "another"], azp="another"),
        change(nonce="of another sign-in"),
        change(nonce=None),
        change(sub=None),
        change(sub=""),
        change(sub="s" * 256),
        change(sub=7),
        change(exp=int(time.time()) - 60),
        change(exp=None),
        change(iat=int(time.time()) + 600),
        change(nbf=int(time.time()) + 600),
        change(at_hash=half_hash("of another token")),
        lambda issuer: setattr(issuer, "raw", "no token"),
        lambda issuer: setattr(issuer, "raw", issuer.signed({})),
    ],
)
def test_nobody_is_signed_in_by_a_token_that_is_not_right(issuer: LyingIssuer, lie: Change) -> None:
    provider = opened(issuer)
    begun = Begun.new()
    issuer.nonce = begun.nonce
    lie(issuer)
    with pytest.raises(TokenError) as caught:
        provider.person(begun, "code")
    assert "Harbour ID" in str(caught.value)


def test_clocks_may_differ_by_what_the_setting_says(issuer: LyingIssuer) -> None:
    for seconds in (-20, 20):
        issuer.claims = {"exp": int(time.time()) + seconds + 1, "iat": int(time.time()) + seconds}
        sign_in(issuer, opened(issuer))
    issuer.claims = {"exp": int(time.time()) - 20}
    with pytest.raises(TokenError, match="differ by more than 5 seconds"):
        sign_in(issuer, opened(issuer, clock_skew_seconds=5))


def test_a_right_hash_of_the_access_token_is_no_fault(issuer: LyingIssuer) -> None:
    issuer.claims = {"at_hash": half_hash("opaque")}
    sign_in(issuer, opened(issuer))


def test_keys_are_kept_and_fetched_again_for_an_unknown_one_but_not_without_end(issuer: LyingIssuer) -> None:
    provider = opened(issuer)
    for _ in range(3):
        sign_in(issuer, provider)
    assert issuer.asked["/keys"] == 1
    issuer.key = RSAKey.generate_key(2048, {"kid": "second", "use": "sig"})
    issuer.published = [issuer.key]
    sign_in(issuer, provider)
    assert issuer.asked["/keys"] == 2
    # Anybody can send a logout token that names an unknown key.
    stranger = RSAKey.generate_key(2048, {"kid": "unknown"})
    for _ in range(20):
        with pytest.raises(TokenError):
            provider.logout_token(issuer.signed(issuer.logout_claims(), stranger))
    assert issuer.asked["/keys"] <= 7


def test_a_key_that_is_not_for_signatures_signs_nothing(issuer: LyingIssuer) -> None:
    issuer.published = [RSAKey.import_key(issuer.key.as_dict(private=True) | {"use": "enc"})]
    with pytest.raises(TokenError):
        sign_in(issuer, opened(issuer))


def test_what_the_token_lacks_userinfo_tells_if_it_is_about_the_same_person(issuer: LyingIssuer) -> None:
    issuer.claims = {"email": None, "email_verified": None, "name": None}
    issuer.userinfo = {"email": "mara@harbour.example", "email_verified": True, "groups": ["crew"]}
    person = sign_in(issuer, opened(issuer, oidc_roles="crew=member"))
    assert (person.email, person.groups) == ("mara@harbour.example", {"crew"})
    issuer.userinfo["sub"] = "ada"
    with pytest.raises(TokenError):
        sign_in(issuer, opened(issuer, oidc_roles="crew=member"))


def test_userinfo_cannot_change_what_was_signed(issuer: LyingIssuer) -> None:
    issuer.userinfo = {"email": "ada@example.org", "iss": "https://evil.example", "groups": ["officers"]}
    person = sign_in(issuer, opened(issuer, oidc_roles="officers=administrator"))
    assert (person.issuer, person.email) == (issuer.url, "mara@harbour.example")


def test_that_an_address_is_verified_counts_of_that_address_alone(issuer: LyingIssuer) -> None:
    for claims, userinfo, verified in (
        ({"email_verified": None}, {"email": "mara@elsewhere.example", "email_verified": True}, False),
        ({"email_verified": None}, {"email_verified": True}, False),
        ({"email_verified": None}, {"email": "mara@harbour.example", "email_verified": True}, True),
        ({"email_verified": False}, {"email": "mara@harbour.example", "email_verified": True}, False),
        ({"email": None}, {"email": "mara@harbour.example"}, False),
        ({"email": None}, {"email": "mara@harbour.example", "email_verified": True}, True),
    ):
        issuer.claims, issuer.userinfo = {"name": None, **claims}, userinfo
        person = sign_in(issuer, opened(issuer))
        assert (person.email, person.email_verified) == ("mara@harbour.example", verified), (claims, userinfo)


@pytest.mark.parametrize(
    "said",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": None},
        {"jwks_uri": "file:///etc/passwd"},
        {"authorization_endpoint": "javascript:alert(1)"},
    ],
)
def test_a_provider_that_calls_itself_otherwise_is_none(issuer: LyingIssuer, said: dict[str, Any]) -> None:
    issuer.said = said
    with pytest.raises(ProviderAwayError, match="Harbour ID does not answer"):
        opened(issuer).address(Begun.new())


def test_a_provider_that_is_away_is_asked_again_when_it_is_back(
    issuer: LyingIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with lying_issuer() as gone:
        address = gone.url
    provider = opened(issuer, oidc_issuer=address)
    for _ in range(3):
        with pytest.raises(ProviderAwayError):
            provider.address(Begun.new())
    monkeypatch.setattr(provider_module, "_AGAIN_SECONDS", 0.0)
    provider._settings = settings(issuer)
    assert provider.address(Begun.new()).startswith(f"{issuer.url}/authorize?")


def test_a_silent_provider_holds_few_threads(issuer: LyingIssuer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provider_module, "_SECONDS", 2.0)
    monkeypatch.setattr(provider_module, "_WAIT_FOR_TURN", 0.2)
    provider = opened(issuer, web_threads=8)
    issuer.silent.set()
    told: list[tuple[str, float]] = []

    def ask() -> None:
        began = time.monotonic()
        with pytest.raises(ProviderError) as caught:
            provider.address(Begun.new())
        told.append((caught.value.code, time.monotonic() - began))

    threads = [Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert issuer.asked.total() <= 2
    assert sum(seconds < 1.5 for _, seconds in told) >= 6


def test_a_begun_sign_in_asks_for_a_code_with_proof(issuer: LyingIssuer) -> None:
    begun = Begun.new()
    address = opened(issuer).address(begun)
    assert begun.verifier not in address
    for part in (
        "response_type=code", "code_challenge_method=S256", "code_challenge=", f"state={begun.state}",
        f"nonce={begun.nonce}", "redirect_uri=http%3A%2F%2Fringside.example%2Fapi%2Fauth%2Foidc%2Fcallback",
    ):  # fmt: skip
        assert part in address
    assert "scope=openid" in address


def test_a_logout_token_says_whose_sign_ins_end(issuer: LyingIssuer) -> None:
    told = opened(issuer).logout_token(issuer.signed(issuer.logout_claims(sid="s1")))
    assert (told.issuer, told.subject, told.session, told.id) == (issuer.url, "mara", "s1", "one")


@pytest.mark.parametrize(
    "changed",
    [
        {"events": None},
        {"events": {}},
        {"events": [BACK_CHANNEL]},
        {"nonce": "n"},  # an ID token is none
        {"aud": "another"},
        {"iss": "https://evil.example"},
        {"exp": 1},
        {"exp": None},
        {"iat": None},
        {"jti": None},
        {"sub": None},
        {"sub": 7},
    ],
)
def test_another_token_is_no_logout_token(issuer: LyingIssuer, changed: dict[str, Any]) -> None:
    with pytest.raises(TokenError):
        opened(issuer).logout_token(issuer.signed(issuer.logout_claims(**changed)))


def test_an_unsigned_logout_token_ends_nothing(issuer: LyingIssuer) -> None:
    with pytest.raises(TokenError):
        opened(issuer).logout_token(unsigned(issuer.logout_claims()))
