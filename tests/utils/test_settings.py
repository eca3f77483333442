"""Settings: every one is documented, and a wrong one is refused at the start."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from utils.project import PROJECT, VERSION
from utils.settings import Settings, SettingsError, get_settings


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_says_what_it_is(name: str) -> None:
    assert Settings.model_fields[name].description


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("PORT", "70000"),
        ("PORT", "0"),
        ("ALLOWED_HOSTS", "http://ringside.example.org"),
        ("ALLOWED_HOSTS", "ringside.example.org:8000"),
        ("AGENT_HOSTS", "https://models.example.org"),
        ("OPENAI_BASE_URL", "localhost:11434"),
        ("OPENAI_API_KEY", "sk-1\nsk-2"),
        ("PUBLIC_URL", "ringside.example.org"),
        ("PUBLIC_URL", "https://ringside.example.org/?run=1"),
        ("PUBLIC_URL", "https://ada:secret@ringside.example.org"),
        ("WEB_CONCURRENCY", "0"),
        ("WEB_THREADS", "1"),
        ("HEARTBEAT_SECONDS", "0"),
        ("SQLITE_SYNCHRONOUS", "OFF"),
        ("AGENT_PROCESSES", "-1"),
        ("AGENT_RESERVE", "-1"),
        ("MAX_RUNS_PER_AGENT", "-1"),
        ("MAX_RUNS_PER_USER", "few"),
        ("RUN_SECONDS", "-1"),
        ("LEASE_SECONDS", "0"),
        ("REPORTED_RUN_SILENCE_SECONDS", "300"),
        ("STUCK_AFTER_SECONDS", "-1"),
        ("STUCK_SILENCE_SECONDS", "0"),
        ("AUDIT_WEBHOOK_URL", "siem.example.org"),
        ("AUDIT_SYSLOG", "siem.example.org:514"),
        ("AUDIT_SYSLOG", "http://siem.example.org:514"),
        ("RETAIN_SESSIONS_DAYS", "0"),
        ("RETAIN_DOCUMENTS_DAYS", "never"),
        ("RETAIN_AUDIT_DAYS", "-1"),
        ("RETENTION_GRACE_HOURS", "-1"),
        ("MAX_DOCUMENT_MB", "0"),
        ("LOG_LEVEL", "loud"),
        ("RATELIMIT_FAILED", "often"),
        ("SIGN_IN_FAILURES", "0"),
        ("SIGN_IN_FAILURES_PER_ACCOUNT", "0"),
        ("SIGN_IN_FAILURES_PER_NETWORK", "0"),
        ("SIGN_IN_LONGEST_WAIT_SECONDS", "86400"),
        ("SIGN_IN_DAYS", "0"),
        ("SIGN_IN_LONGEST_DAYS", "0"),
        ("CLOCK_SKEW_SECONDS", "3600"),
        ("OIDC_ISSUER", "login.example.org"),
        ("OIDC_ISSUER", "http://login.example.org"),
        ("OIDC_ISSUER", "https://login.example.org/?tenant=1"),
        ("OIDC_ISSUER", "https://login.microsoftonline.com/common/v2.0"),
        ("OIDC_ISSUER", "https://login.microsoftonline.com/organizations/v2.0"),
        ("OIDC_ISSUER", "https://login.microsoftonline.com"),
        ("OIDC_SCOPES", "profile email"),
        ("OIDC_ROLES", "crew"),
        ("OIDC_ROLES", "crew=captain"),
        ("OIDC_ROLES", "=member"),
        ("OIDC_DEFAULT_ROLE", "captain"),
        ("OIDC_ALLOWED_DOMAINS", "@example.org"),
        ("OIDC_SIGN_IN_HOURS", "0"),
        ("PASSWORD_SIGN_IN", "some"),
        ("LOG_FORMAT", "xml"),
        ("METRICS_TOKEN", "short"),
        ("SMTP_PORT", "0"),
        ("SMTP_SECURITY", "ssl"),
        ("ADMIN_EMAIL", "ada"),
        ("MAIL_FROM", "Ringside"),
        ("MAIL_FROM", "Ringside <ringside@example.org>\nBcc: everybody@example.org"),
    ],
)
def test_a_wrong_value_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError, match=name.lower()):
        Settings(_env_file=None)


def test_what_is_wrong_is_told_in_plain_words_that_name_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEB_THREADS", "1")
    get_settings.cache_clear()
    with pytest.raises(SettingsError, match=r"^WEB_THREADS: .*must be 2 or more.*Correct it"):
        get_settings()


def test_a_sign_in_cannot_be_idle_for_longer_than_it_lasts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGN_IN_DAYS", "31")
    get_settings.cache_clear()
    with pytest.raises(SettingsError, match="SIGN_IN_LONGEST_DAYS must not be less than SIGN_IN_DAYS"):
        get_settings()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"PUBLIC_URL": ""}, "SMTP_HOST needs MAIL_FROM and PUBLIC_URL"),
        ({"MAIL_FROM": ""}, "SMTP_HOST needs MAIL_FROM and PUBLIC_URL"),
        ({"ALLOWED_HOSTS": "other.example"}, "whose host name ALLOWED_HOSTS has to contain"),
        ({"SMTP_USER": "ringside"}, "SMTP_USER and SMTP_PASSWORD belong together"),
        ({"SMTP_USER": "r", "SMTP_PASSWORD": "s", "SMTP_SECURITY": "none"}, "for everybody to read"),
    ],
    ids=str,
)
def test_mail_is_set_up_as_a_whole(monkeypatch: pytest.MonkeyPatch, changed: dict[str, str], words: str) -> None:
    whole = {
        "SMTP_HOST": "mail.example.org",
        "MAIL_FROM": "r@example.org",
        "PUBLIC_URL": "https://ringside.example.org",
    }
    for name, value in (whole | changed).items():
        monkeypatch.setenv(name, value)
    get_settings.cache_clear()
    with pytest.raises(SettingsError, match=words):
        get_settings()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"OIDC_ISSUER": "https://login.example.org"}, "OIDC_ISSUER needs OIDC_CLIENT_ID"),
        ({"OIDC_ISSUER": "https://login.example.org", "OIDC_CLIENT_ID": "r"}, "OIDC_ISSUER needs PUBLIC_URL"),
        ({"OIDC_CLIENT_ID": "r"}, "OIDC_CLIENT_ID needs OIDC_ISSUER"),
        ({"PASSWORD_SIGN_IN": "none"}, "PASSWORD_SIGN_IN=none needs OIDC_ISSUER: nobody could sign in"),
        (
            {
                "OIDC_ISSUER": "https://login.example.org",
                "OIDC_CLIENT_ID": "r",
                "PUBLIC_URL": "https://r.example",
                "ALLOWED_HOSTS": "other.example",
            },
            "whose host name ALLOWED_HOSTS has to contain",
        ),
        (
            {"OIDC_ISSUER": "https://accounts.google.com", "OIDC_CLIENT_ID": "r", "PUBLIC_URL": "https://r.example"},
            "needs OIDC_ALLOWED_DOMAINS: it is for everybody",
        ),
    ],
)
def test_a_provider_is_set_up_as_a_whole(monkeypatch: pytest.MonkeyPatch, given: dict[str, str], words: str) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    get_settings.cache_clear()
    with pytest.raises(SettingsError, match=words):
        get_settings()


def test_a_name_of_a_group_may_have_an_equals_sign_in_it() -> None:
    given = Settings(_env_file=None, oidc_roles="CN=officers=administrator, crew = Member")
    assert given.role_by_group == {"CN=officers": "administrator", "crew": "member"}


def test_the_address_of_discovery_may_be_given_for_the_issuer() -> None:
    address = "https://login.microsoftonline.com/0000-1111/v2.0"
    given = Settings(
        _env_file=None, oidc_issuer=f"{address}/.well-known/openid-configuration", oidc_client_id="r",
        public_url="https://r.example",
    )  # fmt: skip
    assert given.oidc_issuer == address


def test_words_may_be_written_in_capitals_or_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_LEVEL", "INFO")
    monkeypatch.setenv("SQLITE_SYNCHRONOUS", "normal")
    settings = Settings(_env_file=None)
    assert (settings.log_level, settings.sqlite_synchronous) == ("info", "NORMAL")


def test_an_empty_value_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "PORT"):
        monkeypatch.setenv(name, "")
    settings = Settings(_env_file=None)
    assert (settings.openai_api_key, settings.model, settings.port) == (None, None, 8000)


@pytest.mark.parametrize("given", [{"openai_api_key": "k"}, {"openai_base_url": "http://localhost:11434/v1"}])
def test_a_key_or_an_address_is_enough_for_a_model_to_answer(given: dict[str, Any]) -> None:
    assert Settings(_env_file=None, openai_model="m", **given).model == "m"
    assert Settings(_env_file=None, openai_model="m").model is None


def test_settings_come_from_the_environment_and_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    env = tmp_path / ".env"
    env.write_text("WEB_THREADS=5\nHEARTBEAT_SECONDS=7\nSOMETHING_ELSE=1\n")
    monkeypatch.setenv("WEB_THREADS", "6")
    settings = Settings(_env_file=env)
    assert (settings.web_threads, settings.heartbeat_seconds) == (6, 7)


def test_a_relative_data_dir_starts_in_the_projects_folder() -> None:
    assert Settings(_env_file=None, data_dir=Path("some/where")).data_path == PROJECT / "some" / "where"
    assert Settings(_env_file=None, data_dir=Path("/abs")).data_path == Path("/abs")
    assert Settings(_env_file=None, data_dir=Path("~/ring")).data_path == Path.home() / "ring"


def test_the_key_of_the_model_server_is_never_shown() -> None:
    settings = Settings(_env_file=None, openai_api_key=SecretStr("sk-secret"))
    assert "sk-secret" not in repr(settings)
    assert "sk-secret" not in str(settings.model_dump())


def test_the_dashboard_has_the_version_of_the_project() -> None:
    package, lock = (json.loads((PROJECT / "frontend" / f"package{name}.json").read_text()) for name in ("", "-lock"))
    assert package["version"] == lock["version"] == lock["packages"][""]["version"] == VERSION


@pytest.mark.parametrize(
    "given",
    [
        "postgresql://ring:secret@db:5432/ring?sslmode=require&connect_timeout=3",
        "postgresql://ring:s%40c%2Fr%3Aet@db/ring",
        "postgresql://ring:with:colons@db1:5432,db2/ring",
        "postgresql://[::1]:5432/ring",
        "postgresql:///ring?host=/run/postgresql",
        "postgresql://ring@db/ring?application_name=a@b",
        "postgresql://",
    ],
)
def test_the_address_of_a_postgresql_database_is_taken_as_it_is(given: str) -> None:
    for scheme in ("postgresql", "postgres", "POSTGRESQL+psycopg"):
        url = Settings(_env_file=None, database_url=SecretStr(f" {scheme}{given[10:]}\n")).database_url
        assert url is not None
        assert url.get_secret_value() == given


@pytest.mark.parametrize(
    "given",
    [
        "postgresql://ring:s3c/ret@db:5432/ring",
        "postgresql://ring:s3c@ret@db/ring",
        "postgresql://ring:s3c?ret@db/ring",
        "postgresql://ring:s3c#ret@db/ring",
        "postgresql://ring:s3c ret@db/ring",
        "postgresql://ring:s3c%ret@db/ring",
        "postgresql://ring:s3cret",
        "mysql://ring:s3cret@db/ring",
        "s3cret",
    ],
)
def test_an_address_that_would_be_cut_within_its_password_is_refused_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", given)
    get_settings.cache_clear()
    with pytest.raises(SettingsError, match=r"^DATABASE_URL: must be") as refused:
        get_settings()
    assert "s3c" not in str(refused.value)
    assert "ret@" not in str(refused.value)
