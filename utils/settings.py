"""Every setting of the product: an environment variable or a line in `.env`, read once, checked at start."""

import base64
import binascii
import re
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from utils.project import PROJECT
from utils.validation_words import validation_words

_HOST = r"(?:\[[^][@/?#\s]*\]|[^][:,@/?#\s]*)(?::\d*)?"
_PARTS = rf"(?:[^@/?#\s]*@)?{_HOST}(?:,{_HOST})*(?:/[^@/?#\s]*)?(?:\?(?:[a-z_]+=\S*)?)?"
# user:password@host:port,host:port/name?option=value, where % begins two hexadecimal digits
_POSTGRES = re.compile(rf"(?!.*%(?![\dA-Fa-f]{{2}})){_PARTS}")


_THIS_MACHINE = ("localhost", "127.0.0.1")
_ANY_TENANT = r"/(?:$|common|organizations|consumers)\b"
GOOGLE = "https://accounts.google.com"
_ROLES = ("administrator", "member", "viewer")


class SettingsError(ValueError):
    """A setting has a wrong value. The message names it, in plain words."""


def _upper(value: str) -> str:
    return value.upper()


def _lower(value: str) -> str:
    return value.lower()


class Settings(BaseSettings):
    """docs/settings.md documents these fields; a test compares the two."""

    model_config = SettingsConfigDict(env_file=PROJECT / ".env", env_ignore_empty=True, extra="ignore", frozen=True)

    data_dir: Path = Field(
        default=Path("var"),
        description="Where the database lives. A local disk, never a network share. Relative paths start in the "
        "project's folder.",
    )
    database_url: SecretStr | None = Field(
        default=None,
        description="A PostgreSQL database for everything, shared by any number of machines: "
        "`postgresql://user:password@host/name`. Left out: SQLite in DATA_DIR, for one machine.",
    )
    accept_data_loss: bool = Field(
        default=False,
        description="On Azure App Service: start without DATABASE_URL, though everything is lost at each restart.",
    )
    database_connections: int | None = Field(
        default=None,
        ge=1,
        le=10_000,
        description="How many connections to PostgreSQL the processes of this machine open at most, all together. Left "
        "out: 6 for each web worker, 8 for each agent process, 4 for the supervisor, and 4 for the bridge to Kafka.",
    )
    sqlite_synchronous: Annotated[Literal["FULL", "NORMAL"], BeforeValidator(_upper)] = Field(
        default="FULL",
        description="FULL: an acknowledged event survives a power cut. NORMAL: it survives any crash of a process, "
        "but a power cut may take back the newest events.",
    )

    port: int = Field(default=8000, ge=1, le=65535, description="Where startup.sh and main.py listen.")
    allowed_hosts: str | None = Field(
        default=None,
        description="Host names the server answers to, with commas; `.example.org` means all below it. Left out: any "
        "name.",
    )
    public_url: str | None = Field(
        default=None,
        description="The address at which systems outside reach this server: `https://ringside.example.org`. With it, "
        "agents of kinds that call back are given addresses to call; left out, they are asked again and again.",
    )
    web_concurrency: int = Field(default=2, ge=1, le=64, description="Web workers. One holds 15,000 streams.")
    web_threads: int = Field(
        default=8, ge=2, le=64, description="Threads of a web worker for the API. Streams need none."
    )
    heartbeat_seconds: float = Field(default=30, gt=0, le=300, description="Seconds between heartbeats on a stream.")
    graceful_seconds: int = Field(
        default=10,
        ge=1,
        le=600,
        description="How long a server that stops may take: requests are finished, then runs are given back. "
        "1 counts as 2.",
    )

    secret_key: SecretStr | None = Field(
        default=None,
        description="Signs the cookies and seals what nobody may read in the database: 32 random characters or more, "
        "the same on every machine. Left out: one machine makes its own, in DATA_DIR (`secret.key`).",
    )
    previous_secret_keys: SecretStr | None = Field(
        default=None,
        description="Secret keys that SECRET_KEY has replaced, with spaces: what they sealed and signed still works.",
    )
    admin_email: str | None = Field(
        default=None,
        description="With ADMIN_PASSWORD: the first start makes this administrator, and prints no set-up link.",
    )
    admin_password: SecretStr | None = Field(
        default=None,
        description="That administrator's password, used while there is no account. 10 characters or more.",
    )
    allow_puter: bool = Field(
        default=False,
        description="The page Worker may load the script of Puter.js, and ask its models.",
    )
    ratelimit_enabled: bool = Field(
        default=True, description="0 lifts all limits of how often one may try. For load tests only."
    )
    ratelimit: str = Field(
        default="1200 per minute",
        description="How often one user, key or address may ask. Opening a stream is not counted.",
    )
    ratelimit_storage_uri: str = Field(
        default="memory://",
        description="Where that is counted: each web worker for itself, or `redis://host:6379/0` for all together.",
    )
    ratelimit_failed: str = Field(
        default="300 per minute",
        description="How many requests with a wrong key, link or cookie may come from one address. Those with a right "
        "one are answered in any case.",
    )
    sign_in_failures: int = Field(
        default=5,
        ge=1,
        le=100,
        description="Wrong passwords for one account from one network, or in one browser that knows the account, that "
        "cost no waiting. After that the wait doubles with each. They are forgotten after an hour.",
    )
    sign_in_failures_per_account: int = Field(
        default=50, ge=1, le=10_000, description="The same for one account from all networks together."
    )
    sign_in_failures_per_network: int = Field(
        default=50, ge=1, le=10_000, description="The same for one network, for all accounts together."
    )
    sign_in_longest_wait_seconds: int = Field(
        default=900, ge=1, le=3600, description="How long the wait after a wrong password grows at most."
    )
    sign_in_days: float = Field(
        default=7, ge=0.05, le=365, description="A sign-in that is not used for so many days ends."
    )
    sign_in_longest_days: float = Field(
        default=30, ge=0.05, le=365, description="So many days after it began a sign-in ends, however much it is used."
    )
    clock_skew_seconds: int = Field(
        default=30, ge=0, le=300, description="By how much the clocks of the server's machines may differ."
    )
    password_sign_in: Annotated[Literal["all", "administrators", "none"], BeforeValidator(_lower)] = Field(
        default="all",
        description="Who may sign in with a password. `none` and `administrators` need OIDC_ISSUER.",
    )
    oidc_issuer: str | None = Field(
        default=None,
        description="An OpenID Connect provider with which people sign in: `https://login.example.org/realms/harbour`. "
        "Left out: none.",
    )
    oidc_client_id: str | None = Field(default=None, description="As what this server is registered there.")
    oidc_client_secret: SecretStr | None = Field(
        default=None, description="The secret of that registration. Left out: it is a public client, which has none."
    )
    oidc_name: str = Field(
        default="single sign-on", min_length=1, max_length=60, description="What people call it: Continue with …"
    )
    oidc_scopes: str = Field(default="openid profile email", description="What is asked for, with spaces.")
    oidc_groups_claim: str = Field(
        default="groups", min_length=1, description="Where the provider lists a person's groups."
    )
    oidc_roles: str | None = Field(
        default=None,
        description="Roles by group, with commas: `ringside-admins=administrator, staff=member`. The highest holds, at "
        "each sign-in anew. Left out: administrators give roles.",
    )
    oidc_default_role: Annotated[Literal["administrator", "member", "viewer", "none"], BeforeValidator(_lower)] = Field(
        default="member", description="The role of who is in none of those groups. `none` keeps them out."
    )
    oidc_allowed_groups: str | None = Field(
        default=None, description="Only who is in one of these groups is let in, with commas. Left out: everybody."
    )
    oidc_allowed_domains: str | None = Field(
        default=None,
        description="Only who has an e-mail address there, which the provider has verified, is let in, with commas. "
        "Left out: everybody.",
    )
    oidc_link_by_email: bool = Field(
        default=False,
        description="A first sign-in goes to the user who has the same e-mail address, if the provider says that it "
        "has verified it.",
    )
    oidc_team: str | None = Field(
        default=None, description="The team that people join, by its name or id. Left out: the first one."
    )
    oidc_sign_in_hours: float = Field(
        default=24,
        ge=0.1,
        le=8760,
        description="So many hours after it began, such a sign-in ends, and the provider is asked again.",
    )
    max_streams_per_user: int = Field(
        default=0, ge=0, description="How many streams one user may have open at a web worker. 0: no limit."
    )
    max_streams_per_ip: int = Field(default=0, ge=0, description="The same for one address. 0: no limit.")
    cors_origins: str | None = Field(
        default=None,
        description="Web sites whose pages may call the API with an API key, and watch with a stream ticket, with "
        "commas: `https://example.org`. Left out: none.",
    )
    trusted_proxies: int = Field(
        default=0,
        ge=0,
        le=10,
        description="How many proxies stand in front (nginx: 1; Azure App Service: 1). Only what they say of a "
        "client's address and of HTTPS is believed. 0: nobody's word.",
    )

    kafka_bootstrap_servers: str | None = Field(
        default=None,
        description="Apache Kafka, or Azure Event Hubs, beside the database: `host:9092`, several with commas. There "
        "questions come in, and answers and events go out. Left out: without Kafka.",
    )
    kafka_security_protocol: Annotated[
        Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"], BeforeValidator(_upper)
    ] = Field(default="PLAINTEXT", description="How the brokers are spoken to. Azure Event Hubs: SASL_SSL.")
    kafka_sasl_mechanism: Annotated[Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"], BeforeValidator(_upper)] = (
        Field(default="PLAIN", description="How Ringside signs in, with a SASL protocol.")
    )
    kafka_sasl_username: str | None = Field(
        default=None, description="The name it signs in with. Azure Event Hubs: `$ConnectionString`."
    )
    kafka_sasl_password: SecretStr | None = Field(
        default=None, description="The password for it. Azure Event Hubs: the connection string."
    )
    kafka_ca_file: Path | None = Field(
        default=None, description="Certificates that sign the brokers'. Left out: those the system trusts."
    )
    kafka_group: str = Field(
        default="ringside", min_length=1, description="The consumer group that shares the questions out."
    )
    kafka_requests_topic: str = Field(default="ringside.requests", description="Where questions are taken from.")
    kafka_responses_topic: str = Field(default="ringside.responses", description="Where answers to them go.")
    kafka_events_topic: str = Field(default="ringside.events", description="Where every event of every session goes.")
    kafka_dead_letters_topic: str = Field(
        default="ringside.dead-letters", description="Where questions go that cannot be asked, with the reason."
    )
    kafka_partitions: int = Field(
        default=6, ge=1, le=1000, description="Partitions of the topics that are made where they are missing."
    )

    smtp_host: str | None = Field(
        default=None,
        description="The mail server that takes Ringside's mails: invitations, password links, notices. Needs "
        "MAIL_FROM and PUBLIC_URL. Left out: no mail; links are copied.",
    )
    smtp_port: int = Field(default=587, ge=1, le=65535, description="Its port. With SMTP_SECURITY=tls mostly 465.")
    smtp_security: Annotated[Literal["starttls", "tls", "none"], BeforeValidator(_lower)] = Field(
        default="starttls", description="How it is spoken to; without encryption only on one's own machine."
    )
    smtp_user: str | None = Field(default=None, description="The name Ringside signs in with there.")
    smtp_password: SecretStr | None = Field(default=None, description="The password for it.")
    smtp_ca_file: Path | None = Field(
        default=None, description="Certificates that sign the mail server's. Left out: those the system trusts."
    )
    mail_from: str | None = Field(
        default=None, description="The sender of all mails: `Ringside <ringside@example.org>`."
    )

    agent_processes: int = Field(
        default=2,
        ge=0,
        le=64,
        description="Agent processes that run beside the web workers. 0 on a machine that only serves.",
    )
    agent_concurrency: int = Field(default=4, ge=1, le=64, description="Runs one agent process works on at a time.")
    agent_reserve: int = Field(
        default=1,
        ge=0,
        le=16,
        description="Runs an agent process takes beyond AGENT_CONCURRENCY: so many of users or agents that have none "
        "at work, and as many more of agents that have none. 0: none.",
    )
    max_runs_per_agent: int = Field(
        default=0, ge=0, description="How many runs of one registered agent work at the same time. 0: no limit."
    )
    max_runs_per_user: int = Field(
        default=0, ge=0, description="How many questions of one user are worked on at the same time. 0: no limit."
    )
    max_runs_per_team: int = Field(
        default=0,
        ge=0,
        description="How many runs of one team work at the same time. 0: no limit. Set it where several teams share "
        "the agents.",
    )
    run_seconds: int = Field(
        default=3600,
        ge=0,
        le=31_536_000,
        description="How long an agent process may work on a run, over all its attempts; what it waits does not count. "
        "An agent may have another limit in its configuration. 0: no limit.",
    )
    checkpoint_hours: float = Field(
        default=24,
        ge=0,
        le=24 * 365,
        description="So long after its end, a run can begin again from one of its steps: its checkpoints are kept, "
        "with what its agents have found. 0: they go with its end.",
    )
    checkpoint_runs: int = Field(
        default=200, ge=0, le=100_000, description="Of at most so many runs, the newest, they are kept after the end."
    )
    lease_seconds: float = Field(
        default=6,
        ge=0.5,
        le=300,
        description="A run whose agent process shows no sign of life for so long is taken over by another.",
    )
    work_lease_seconds: float = Field(
        default=30,
        ge=1,
        le=3600,
        description="The same for a run whose worker is a program or a browser outside.",
    )
    max_losses: int = Field(
        default=3, ge=1, le=10, description="How many agent processes a run may lose before it fails."
    )

    stuck_after_seconds: float = Field(
        default=10,
        ge=0,
        le=600,
        description="A run that repeats itself is told to be stuck when it goes on like that for so long.",
    )
    stuck_silence_seconds: float = Field(
        default=300,
        ge=1,
        le=86_400,
        description="After so long without a word, a step is told to be stuck of which is not known how long it "
        "usually takes; a tool after twice as long. One that is known may take longer than usual, and a fifth of this.",
    )
    reported_run_silence_seconds: float = Field(
        default=900,
        ge=600,
        le=31_536_000,
        description="A run that a program outside reports ends when nothing was heard of it for so long. The package "
        "`ringside` gives a sign of life every five minutes.",
    )

    max_session_events: int = Field(
        default=0, ge=0, description="How many of its newest events a session keeps. 0: all of them."
    )
    audit_webhook_url: str | None = Field(
        default=None,
        description="Each entry of the audit trail is sent there, signed with AUDIT_WEBHOOK_SECRET. Both or none.",
    )
    audit_webhook_secret: SecretStr | None = Field(
        default=None, description="`whsec_` and 24 to 64 random bytes in base64, as Standard Webhooks has it."
    )
    audit_syslog: str | None = Field(
        default=None,
        description="A syslog server for the entries of the audit trail: `tls://host:6514`, `tcp://` or `udp://`.",
    )
    retain_sessions_days: int | None = Field(
        default=None,
        ge=1,
        le=36_500,
        description="A session without activity for so many days is removed. Left out: none is.",
    )
    retain_documents_days: int | None = Field(
        default=None, ge=1, le=36_500, description="A document is removed so many days after it was added."
    )
    retain_audit_days: int | None = Field(
        default=None, ge=1, le=36_500, description="An entry of the audit trail is removed after so many days."
    )
    retention_grace_hours: float = Field(
        default=24,
        ge=0,
        le=24 * 90,
        description="So long after one of RETAIN_… was set or shortened, nothing is removed by it.",
    )
    max_document_mb: int = Field(
        default=50, ge=1, le=2000, description="Largest document, in MiB. A larger upload is refused before it is read."
    )
    parse_seconds: float = Field(default=120, gt=0, description="How long reading one document may take.")
    parse_memory_mb: int = Field(default=1024, ge=128, description="Memory the reader of one document may use, in MiB.")

    quota_storage_mb: int = Field(
        default=0, ge=0, description="How much the documents of a team take, in MiB. 0: no limit, as for all QUOTA_…."
    )
    quota_sessions: int = Field(default=0, ge=0, description="How many sessions a team has.")
    quota_api_keys: int = Field(default=0, ge=0, description="How many API keys of a team work.")
    quota_events_per_day: int = Field(
        default=0, ge=0, description="How many events a team's programs tell in a day (UTC)."
    )
    quota_tokens_per_day: int = Field(
        default=0, ge=0, description="How many tokens a team's agents use in a day (UTC), as model servers count them."
    )
    quota_tokens_per_month: int = Field(default=0, ge=0, description="The same in a month.")

    openai_api_key: SecretStr | None = Field(
        default=None,
        description="Key of an OpenAI-compatible server. Without it and `OPENAI_BASE_URL` the built-in extraction "
        "answers.",
    )
    openai_base_url: str | None = Field(
        default=None, description="Address of that server; left out, OpenAI's own. It may need no key."
    )
    openai_model: str = Field(default="gpt-5-mini", description="The model to ask.")
    model_timeout_seconds: float = Field(
        default=60,
        gt=0,
        description="Longest silence of the model server before a call is given up. No call takes longer than 15 "
        "minutes.",
    )
    model_plan_tokens: int = Field(
        default=4096,
        ge=64,
        le=65_536,
        description="Longest plan, tool call or review that a model may write, in tokens, with its reasoning.",
    )

    agent_hosts: str | None = Field(
        default=None,
        description="Host names that registered agents may call, of model servers and other systems, with commas; "
        "`.example.org` means all below it. Left out: any, also those that only this machine can reach. Set it where a "
        "team's administrators are not the server's.",
    )

    push_hosts: str = Field(
        default="fcm.googleapis.com,.push.services.mozilla.com,.notify.windows.com,.push.apple.com",
        description="Host names of the push services to which notices for browsers are sent, with commas: a browser "
        "names its own, so that anybody could name any address. Empty: none.",
    )
    notice_later_minutes: int = Field(
        default=10,
        ge=0,
        le=1440,
        description="How long an approval waits for whom it was put to, until others who may decide are told of it.",
    )

    log_level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lower)] = Field(
        default="info", description="How much the server's log says."
    )
    log_format: Annotated[Literal["json", "text"], BeforeValidator(_lower)] | None = Field(
        default=None, description="The form of its entries. Left out: text on a terminal, JSON elsewhere."
    )
    metrics_token: SecretStr | None = Field(
        default=None,
        description="Who sends it as `Authorization: Bearer …` may read `/metrics`, also while the database is away: "
        "32 characters or more.",
    )

    @field_validator("database_url")
    @classmethod
    def _postgresql(cls, url: SecretStr | None) -> SecretStr | None:
        """Hosts also write postgres://, SQLAlchemy names a driver; left empty means left out.

        A character that ends the password too early would make a host of its rest, which everybody may read.
        """
        given = url.get_secret_value().strip() if url is not None else ""
        if not given:
            return None
        scheme, separator, rest = given.partition("://")
        if not separator or scheme.lower().partition("+")[0] not in ("postgresql", "postgres"):
            raise ValueError("must begin with postgresql://. Leave it out to use SQLite in DATA_DIR")
        if not _POSTGRES.fullmatch(rest):
            raise ValueError(
                "must be written postgresql://user:password@host:5432/name. In the names and the password write "
                "@ as %40, / as %2F, : as %3A, ? as %3F, # as %23, % as %25 and a space as %20"
            )
        return SecretStr(f"postgresql://{rest}")

    @field_validator("allowed_hosts", "agent_hosts", "push_hosts")
    @classmethod
    def _names(cls, hosts: str | None) -> str | None:
        if hosts is not None and re.search("[/:]", hosts):
            raise ValueError("must be names such as ringside.example.org, with commas: no http:// and no port")
        return hosts

    @field_validator("ratelimit", "ratelimit_failed")
    @classmethod
    def _limits(cls, words: str) -> str:
        from limits import parse_many  # 95 ms, and few set it

        try:
            parse_many(words)
        except ValueError:
            raise ValueError("must be written like `1200 per minute` or `20/second; 1200/minute`") from None
        return words

    @field_validator("ratelimit_storage_uri")
    @classmethod
    def _storage(cls, uri: str) -> str:
        if not uri.startswith(("memory://", "redis://", "rediss://", "redis+unix://", "redis+sentinel://")):
            raise ValueError("must begin with redis:// or be left out")
        return uri

    @field_validator("cors_origins")
    @classmethod
    def _origins(cls, origins: str | None) -> str | None:
        for origin in (origins or "").split(","):
            if origin.strip() and not re.fullmatch(r"https?://[^/*\s]+", origin.strip()):
                raise ValueError("must be addresses such as https://example.org, with commas: no path, no star")
        return origins

    @field_validator("public_url")
    @classmethod
    def _public(cls, url: str | None) -> str | None:
        if url is not None and not re.fullmatch(r"https?://[^/?#@\s]+(?:/[^?#\s]*)?", url.strip()):
            raise ValueError("must be an address such as https://ringside.example.org, without ? and #")
        return url and url.strip().rstrip("/")

    @field_validator("openai_base_url", "audit_webhook_url")
    @classmethod
    def _address(cls, url: str | None) -> str | None:
        if url is not None and not re.fullmatch(r"https?://\S+", url.strip()):
            raise ValueError("must begin with http:// or https://")
        return url and url.strip()

    @field_validator("secret_key", "metrics_token")
    @classmethod
    def _long(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None and len(key.get_secret_value()) < 32:
            raise ValueError(
                "must have 32 characters or more. python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
            )
        return key

    @field_validator(
        "kafka_group", "kafka_requests_topic", "kafka_responses_topic", "kafka_events_topic", "kafka_dead_letters_topic"
    )
    @classmethod
    def _topic(cls, name: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9._-]{1,249}", name) or name in (".", ".."):
            raise ValueError("must have 1 to 249 letters, digits, dots, _ and -")
        return name

    @field_validator("kafka_bootstrap_servers")
    @classmethod
    def _brokers(cls, servers: str | None) -> str | None:
        names = [name.strip() for name in (servers or "").split(",") if name.strip()]
        if not all(re.fullmatch(r"(?:\[[^]\s]+\]|[^\s:/]+):\d+", name) for name in names):
            raise ValueError("must be written host:9092, several with commas: no http:// and with the port")
        return ",".join(names) or None

    @model_validator(mode="after")
    def _signed_in_to_kafka(self) -> Self:
        if self.kafka_security_protocol.startswith("SASL") and not (
            self.kafka_sasl_username and self.kafka_sasl_password
        ):
            raise ValueError("KAFKA_SECURITY_PROTOCOL=SASL_… needs KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD")
        topics = self.kafka_requests_topic, self.kafka_responses_topic, self.kafka_events_topic
        if len({*topics, self.kafka_dead_letters_topic}) < 4:
            raise ValueError("each of the KAFKA_…_TOPIC settings must name another topic")
        return self

    @field_validator("admin_email")
    @classmethod
    def _signing_in(cls, email: str | None) -> str | None:
        if email is not None and not re.fullmatch(r"[^@\s<>,]+@[^@\s<>,]+", email):
            raise ValueError("must be written ada@example.org: the sign-in page asks for an e-mail address")
        return email

    @field_validator("mail_from")
    @classmethod
    def _sender(cls, sender: str | None) -> str | None:
        if sender is not None and not re.fullmatch(r"[^<>\r\n]*<[^@\s<>,]+@[^@\s<>,]+>|[^@\s<>,]+@[^@\s<>,]+", sender):
            raise ValueError("must be written ringside@example.org or Ringside <ringside@example.org>")
        return sender

    @model_validator(mode="after")
    def _mailing(self) -> Self:
        if self.smtp_host is not None and (self.mail_from is None or self.public_url is None):
            raise ValueError("SMTP_HOST needs MAIL_FROM and PUBLIC_URL, which is where the links in mails lead")
        if self.smtp_host is not None and not self.answers_to_public_url:
            raise ValueError(
                "SMTP_HOST: links in mails lead to PUBLIC_URL, whose host name ALLOWED_HOSTS has to contain"
            )
        if (self.smtp_user is None) != (self.smtp_password is None):
            raise ValueError("SMTP_USER and SMTP_PASSWORD belong together: set both, or none")
        own = self.smtp_host in ("localhost", "127.0.0.1", "::1")
        if self.smtp_password is not None and self.smtp_security == "none" and not own:
            raise ValueError("SMTP_SECURITY=none would send SMTP_PASSWORD for everybody to read")
        return self

    @field_validator("oidc_issuer")
    @classmethod
    def _issuer(cls, url: str | None) -> str | None:
        found = re.fullmatch(r"(https?)://([^/?#@\s:]+)(?::\d+)?(/[^?#\s]*)?", url.strip()) if url is not None else None
        if url is not None and (found is None or (found[1] == "http" and found[2] not in _THIS_MACHINE)):
            raise ValueError("must be an address such as https://login.example.org, without ? and #")
        if found is not None and found[2] == "login.microsoftonline.com" and re.match(_ANY_TENANT, found[3] or "/"):
            raise ValueError(
                "must name your tenant: https://login.microsoftonline.com/<tenant id>/v2.0. Any tenant's people would "
                "be let in otherwise"
            )
        return url and url.strip().removesuffix("/.well-known/openid-configuration")

    @field_validator("oidc_scopes")
    @classmethod
    def _scopes(cls, scopes: str) -> str:
        if "openid" not in scopes.split():
            raise ValueError("must contain openid")
        return " ".join(scopes.split())

    @field_validator("oidc_roles")
    @classmethod
    def _roles(cls, roles: str | None) -> str | None:
        for group, _, role in _pairs(roles):
            if not group or role not in _ROLES:
                raise ValueError("must be written group=administrator, group=member or group=viewer, with commas")
        return roles

    @field_validator("oidc_allowed_domains")
    @classmethod
    def _domains(cls, domains: str | None) -> str | None:
        if any(not re.fullmatch(r"[^@\s/:.]+(?:\.[^@\s/:.]+)+", name) for name in _named(domains) or ()):
            raise ValueError("must be names such as example.org, with commas: no @")
        return domains

    @model_validator(mode="after")
    def _provided(self) -> Self:
        if self.oidc_issuer is None:
            if self.password_sign_in in ("administrators", "none"):
                raise ValueError(f"PASSWORD_SIGN_IN={self.password_sign_in} needs OIDC_ISSUER: nobody could sign in")
            if self.oidc_client_id is not None:
                raise ValueError("OIDC_CLIENT_ID needs OIDC_ISSUER")
        elif self.oidc_client_id is None:
            raise ValueError("OIDC_ISSUER needs OIDC_CLIENT_ID")
        elif self.public_url is None:
            raise ValueError("OIDC_ISSUER needs PUBLIC_URL: the address of this server, where people come back to")
        elif not self.answers_to_public_url:
            raise ValueError(
                "OIDC_ISSUER: people come back to PUBLIC_URL, whose host name ALLOWED_HOSTS has to contain"
            )
        elif self.oidc_issuer == GOOGLE and not (self.oidc_allowed_domains or self.oidc_allowed_groups):
            raise ValueError("OIDC_ISSUER=https://accounts.google.com needs OIDC_ALLOWED_DOMAINS: it is for everybody")
        return self

    @model_validator(mode="after")
    def _both(self) -> Self:
        if (self.admin_email is None) != (self.admin_password is None):
            raise ValueError("ADMIN_EMAIL and ADMIN_PASSWORD belong together: set both, or none")
        return self

    @model_validator(mode="after")
    def _longest(self) -> Self:
        if self.sign_in_longest_days < self.sign_in_days:
            raise ValueError("SIGN_IN_LONGEST_DAYS must not be less than SIGN_IN_DAYS")
        return self

    @field_validator("audit_syslog")
    @classmethod
    def _syslog(cls, address: str | None) -> str | None:
        if address is not None and not re.fullmatch(r"(?:tls|tcp|udp)://(?:\[[^]\s]+\]|[^\s:/@]+):\d{1,5}", address):
            raise ValueError("must be written tls://host:6514, tcp://host:601 or udp://host:514")
        return address

    @model_validator(mode="after")
    def _signed_webhook(self) -> Self:
        if (self.audit_webhook_url is None) != (self.audit_webhook_secret is None):
            raise ValueError("AUDIT_WEBHOOK_URL and AUDIT_WEBHOOK_SECRET belong together: set both, or none")
        if self.audit_webhook_secret is not None and not 24 <= len(self.audit_webhook_key) <= 64:
            raise ValueError(
                "AUDIT_WEBHOOK_SECRET must be whsec_ and 24 to 64 bytes in base64. "
                "echo whsec_$(openssl rand -base64 32)"
            )
        return self

    @property
    def audit_webhook_key(self) -> bytes:
        """Empty: it is none."""
        given = self.audit_webhook_secret.get_secret_value() if self.audit_webhook_secret is not None else ""
        try:
            return base64.b64decode(given.removeprefix("whsec_"), validate=True)
        except binascii.Error:
            return b""

    @property
    def removes_what_is_old(self) -> bool:
        days = (self.retain_sessions_days, self.retain_documents_days, self.retain_audit_days)
        return any(one is not None for one in days)

    @property
    def audit_targets(self) -> list[str]:
        """Where the audit trail is streamed to."""
        given = {"webhook": self.audit_webhook_url, "syslog": self.audit_syslog}
        return [target for target, address in given.items() if address is not None]

    @field_validator("openai_api_key")
    @classmethod
    def _one_word(cls, key: SecretStr | None) -> SecretStr | None:
        """A key is sent in a header, where a line break would be refused at every question."""
        words = key.get_secret_value().split() if key is not None else []
        if len(words) > 1:
            raise ValueError("must be one word; there is a space or a line break in it")
        return SecretStr(words[0]) if words else None

    @property
    def data_path(self) -> Path:
        folder = self.data_dir.expanduser()
        return folder if folder.is_absolute() else PROJECT / folder

    @property
    def previous_secrets(self) -> list[str]:
        return self.previous_secret_keys.get_secret_value().split() if self.previous_secret_keys is not None else []

    @property
    def trusted_origins(self) -> list[str]:
        return [origin.strip() for origin in (self.cors_origins or "").split(",") if origin.strip()]

    @property
    def trusted_hosts(self) -> list[str] | None:
        """The names of ALLOWED_HOSTS; None: any."""
        return _named(self.allowed_hosts)

    @property
    def role_by_group(self) -> dict[str, str]:
        """What OIDC_ROLES says; without an entry, administrators give roles."""
        return {group: role for group, _, role in _pairs(self.oidc_roles)}

    def allows_password(self, role: str) -> bool:
        """Whether who has this role may sign in with a password or a passkey."""
        return {"all": True, "administrators": role == "administrator", "none": False}[self.password_sign_in]

    @property
    def allowed_groups(self) -> list[str] | None:
        return _named(self.oidc_allowed_groups)

    @property
    def allowed_domains(self) -> list[str] | None:
        return [name.lower() for name in _named(self.oidc_allowed_domains) or ()] or None

    def allows_agents_at(self, address: str) -> bool:
        """Whether a registered agent may have a model server there."""
        return _is_among((urlsplit(address).hostname or "").lower(), _named(self.agent_hosts))

    def allows_push_to(self, address: str) -> bool:
        """Whether a browser's push service may be there. Over HTTP on this machine alone."""
        parts, hosts = urlsplit(address), _named(self.push_hosts)
        safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname == "127.0.0.1")
        return safe and hosts is not None and _is_among((parts.hostname or "").lower(), hosts)

    @property
    def answers_to_public_url(self) -> bool:
        return _is_among(urlsplit(self.public_url or "").hostname or "", self.trusted_hosts)

    @property
    def model(self) -> str | None:
        """The name of the model that answers; None: the built-in extraction does."""
        return self.openai_model if self.openai_api_key or self.openai_base_url else None

    @property
    def max_document_bytes(self) -> int:
        return self.max_document_mb * 1024 * 1024


def _named(hosts: str | None) -> list[str] | None:
    names = [name.strip() for name in (hosts or "").split(",")]
    return [name for name in names if name] or None


def _is_among(host: str, names: list[str] | None) -> bool:
    return names is None or any(
        host.endswith(name.lower()) if name.startswith(".") else host == name.lower() for name in names
    )


def _pairs(words: str | None) -> list[tuple[str, str, str]]:
    """``group=role``; the name of a group may have an equals sign in it."""
    pairs = [pair.rpartition("=") for pair in _named(words) or ()]
    return [(group.strip(), sign, role.strip().lower()) for group, sign, role in pairs]


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The settings of this process. Raises SettingsError."""
    return read_settings()


def read_settings() -> Settings:
    """What the environment and `.env` say now. Raises SettingsError."""
    try:
        return Settings()
    except ValidationError as error:
        wrong = [
            ": ".join([*(str(name).upper() for name in one["loc"]), validation_words(one)])
            for one in error.errors(include_url=False)
        ]
        raise SettingsError(f"{'; '.join(wrong)}. Correct it in the environment or in .env.") from None
