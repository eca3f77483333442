"""The server's log has no secret in it."""

import pytest

from utils.accounts.secret import new_secret
from utils.logs import without_secrets
from utils.registry.server_key import ServerKey


def test_an_address_with_a_secret_in_it_is_told_without_it() -> None:
    hook = ServerKey("x" * 32).hook_secret("run-1")
    for secret in (new_secret(), new_secret("ringside_"), hook, "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln"):
        for path in (
            f"/api/sessions/{secret}",
            f"/api/sessions/{secret}/links",
            f"/{secret}.js",
            f"/api/hooks/run-1/{secret}/step?a=b",
        ):
            told = without_secrets(path)
            assert secret not in told
            assert told.startswith(path[: path.index(secret) + 4] + "…")


@pytest.mark.parametrize(
    "path", ["/", "/api/sessions/session-0123456789abcdef/messages", "/api/sessions/nightly:2026-03-14", "/a//b/"]
)
def test_any_other_address_is_told_as_it_is(path: str) -> None:
    assert without_secrets(path) == path
