"""Request and response bodies of the HTTP API. The OpenAPI document and the Angular client come from these."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, StringConstraints

from api.bodies.backend_kinds import AgentSecrets, Configuration, KindName, SecretName
from utils.accounts.passwords import LONGEST, SHORTEST
from utils.accounts.principal import Role, Scope
from utils.log.events import Citation, LoggedEvent, RunStatus, SessionId
from utils.sessions.plain_line import plain_line
from utils.sessions.sessions import Priority
from utils.sessions.tags import MAX_TAG_LENGTH, MAX_TAGS, clean_tag

Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(plain_line)
]
Email = Annotated[str, StringConstraints(strip_whitespace=True, max_length=254, pattern=r"^\s*[^@\s]+@[^@\s]+\s*$")]
# What people type is not cut or trimmed.
Password = Annotated[str, StringConstraints(min_length=SHORTEST, max_length=LONGEST)]
Token = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
ValidHours = Annotated[int, Field(ge=1, le=24 * 365, description="How long it works.")]
AgentId = Annotated[str, StringConstraints(max_length=80)]
Title = Name
Tag = Annotated[str, StringConstraints(min_length=1, max_length=MAX_TAG_LENGTH), AfterValidator(clean_tag)]
TagSet = Annotated[list[Tag], Field(max_length=MAX_TAGS, description="Kept in lower case.")]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ErrorDetail(_Body):
    code: str = Field(description="A stable name for programs.")
    message: str = Field(description="Plain words: what is wrong and what to do.")


class ErrorBody(_Body):
    """Every failed request answers with this shape."""

    error: ErrorDetail


class User(_Body):
    id: str
    email: str
    name: str
    role: Role
    active: bool
    created_at: datetime


class UserList(_Body):
    users: list[User]


class UserChange(_Body):
    name: Name | None = None
    role: Role | None = None
    active: StrictBool | None = Field(default=None, description="false signs the user out everywhere, at once.")


class HandOver(_Body):
    to: str = Field(max_length=80, description="The id of an active member or administrator of the team.")


class HandedOver(_Body):
    sessions: int = Field(description="How many there were.")


class Team(_Body):
    id: str
    name: str


class TeamChange(_Body):
    name: Name


class TeamChoice(ErrorBody):
    """Several teams know the address with this password."""

    teams: list[Team]


class Me(_Body):
    """Who is signed in, or for whom an API key acts."""

    user: User
    team: Team
    scopes: list[Scope] | None = Field(description="Of the API key; null for a sign-in, which may do all of its role.")


class SetUp(_Body):
    token: Token
    team: Name
    name: Name
    email: Email
    password: Password


class InvitationToken(_Body):
    token: Token = Field(description="What follows the # of the link.")


class Invited(_Body):
    team: str | None = Field(description="null: the link founds the first team.")
    role: Role
    invited_by: str | None


class Registration(_Body):
    token: Token
    name: Name
    email: Email
    password: Password


class Credentials(_Body):
    email: Annotated[str, StringConstraints(max_length=254)]
    password: Annotated[str, StringConstraints(max_length=LONGEST)]
    team: str | None = Field(default=None, max_length=200, description="Its id or name, if several know the address.")


class PasswordChange(_Body):
    current: Annotated[str, StringConstraints(max_length=LONGEST)]
    new: Password


class PasswordReset(_Body):
    token: Token = Field(description="What follows the # of the link.")
    password: Password


class NewPasswordLink(_Body):
    token: str = Field(description="The link is /reset#token. It works once, for a day. Nobody can read it again.")


class Invitation(_Body):
    id: str
    role: Role
    invited_by: str | None
    created_at: datetime
    expires_at: datetime


class InvitationList(_Body):
    invitations: list[Invitation]


class InvitationWish(_Body):
    role: Role = "member"
    valid_hours: ValidHours = 72


class NewInvitation(_Body):
    invitation: Invitation
    token: str = Field(description="The link is /join#token. Nobody can read it again.")


class AuditEntry(_Body):
    at: datetime
    action: str
    actor: str
    subject: str
    address: str | None
    request_id: str | None


class AuditPage(_Body):
    entries: list[AuditEntry]
    next_cursor: str | None


class ErrorEntry(_Body):
    """Something that went wrong and was not the user's own doing."""

    at: datetime
    severity: Literal["warning", "error"]
    code: str
    message: str
    user_id: str | None
    session_id: str | None
    session_readable: bool = Field(description="Whether you may open that session.")
    run_id: str | None
    request_id: str | None


class ErrorPage(_Body):
    entries: list[ErrorEntry]
    next_cursor: str | None


class ApiKey(_Body):
    id: str
    name: str
    scopes: list[Scope]
    hint: str = Field(description="How the key begins.")
    user_id: str
    user_name: str
    created_at: datetime
    last_used_at: datetime | None


class ApiKeyList(_Body):
    keys: list[ApiKey]


class ApiKeyWish(_Body):
    name: Name
    scopes: list[Scope] = Field(min_length=1, max_length=3)


class NewApiKey(_Body):
    key: ApiKey
    secret: str = Field(description="Send it as `Authorization: Bearer …`. Nobody can read it again.")


class SpectatorLink(_Body):
    id: str
    hides_tool_data: bool
    made_by: str | None
    created_at: datetime
    expires_at: datetime


class SpectatorLinkList(_Body):
    links: list[SpectatorLink]


class SpectatorLinkWish(_Body):
    valid_hours: ValidHours = 24
    hides_tool_data: StrictBool = Field(
        default=False, description="Leave out what tools were given and what they answered."
    )


class NewSpectatorLink(_Body):
    link: SpectatorLink
    token: str = Field(description="The link is /watch#token. Nobody can read it again.")


class SpectatorToken(_Body):
    token: Token = Field(description="What follows the # of the link.")


class Spectating(_Body):
    session_id: str
    expires_at: datetime


class Agent(_Body):
    """A registered backend, as everybody of the team may see it."""

    id: str
    name: str
    description: str
    kind: KindName
    enabled: bool = Field(description="Whether it may be chosen and asked.")
    built_in: bool = Field(description="It came with the team, and cannot be deleted.")
    avatar: str | None = Field(description="The address of its picture, another one with every picture.")


class AgentList(_Body):
    agents: list[Agent] = Field(description="The built-in one first, then by age.")


class AgentDetail(Agent):
    """The same with what only administrators see. Secrets are never told, only which of them are set."""

    configuration: Configuration
    system_prompt: str
    secrets: list[SecretName] = Field(description="The names of those that are set.")
    created_at: datetime
    updated_at: datetime


Description = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000)]
SystemPrompt = Annotated[
    str,
    Field(
        max_length=20_000,
        description="Told to the model before the agents' own instructions. Built-in extraction does without it.",
    ),
]


class NewAgent(_Body):
    name: Name
    description: Description = ""
    configuration: Configuration
    system_prompt: SystemPrompt = ""
    secrets: AgentSecrets = Field(default_factory=AgentSecrets)
    enabled: StrictBool = True


class AgentChange(_Body):
    """What is left out stays as it is."""

    name: Name | None = None
    description: Description | None = None
    configuration: Configuration | None = Field(
        default=None, description="The whole of it; the kind stays. With another address the key must be given again."
    )
    system_prompt: SystemPrompt | None = None
    secrets: AgentSecrets | None = None
    enabled: StrictBool | None = None


class SessionAgent(_Body):
    """Who answers in a session."""

    id: str | None = Field(description="null when it was deleted.")
    name: str
    avatar: str | None
    state: Literal["ready", "disabled", "deleted"] = Field(description="Only one that is ready can be asked.")


class Info(_Body):
    """What this server is."""

    version: str
    mode: Literal["model", "built-in"] = Field(description="Who answers: a model server, or built-in extraction.")
    model: str | None = Field(description="The model's name, in model mode.")
    max_document_bytes: int
    document_types: list[str] = Field(description="File name extensions that can be read, with the dot.")
    heartbeat_seconds: float


class Run(_Body):
    id: str
    session_id: str
    status: RunStatus
    question: str
    attempt: int = Field(description="0 until a process has claimed it.")
    reason: str | None
    first_seq: int = Field(description="The seq of the run's first event.")
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class SnippetPart(_Body):
    text: str
    match: bool = Field(description="Whether this is what was looked for.")


class Snippet(_Body):
    """The piece of a message that a search found."""

    message_id: str
    run_id: str | None
    role: Literal["user", "assistant"]
    created_at: datetime
    parts: list[SnippetPart]


class Session(_Body):
    id: str
    title: str
    archived: bool
    head: int = Field(description="The seq of the newest event; 0 when nothing has happened.")
    created_at: datetime
    updated_at: datetime
    last_run: Run | None
    owner: str | None = Field(description="The owner's name; null when an emitter made it.")
    mine: bool = Field(description="Whether you are the owner.")
    shared: bool = Field(description="Whether the owner's team may watch it.")
    may_change: bool = Field(description="Whether you may ask, rename, share, delete; or only watch.")
    agent: SessionAgent
    tags: list[str] = Field(description="Empty for who has a spectator link: they are the team's own matter.")
    priority: Priority = Field(description="Normal for who has a spectator link.")
    snippets: list[Snippet] = Field(description="Of a list that was asked with `query`: its newest messages found.")
    watchable_until: datetime | None = Field(description="When your spectator link expires; null if you need none.")


class SessionPage(_Body):
    sessions: list[Session]
    next_cursor: str | None = Field(description="Pass as ?cursor= for the next page; null on the last.")


class NewSession(_Body):
    id: SessionId | None = Field(default=None, description="Made by the server when left out.")
    title: Title | None = None
    agent_id: AgentId | None = Field(default=None, description="Who answers; left out, the team's first agent.")
    tags: TagSet = Field(default_factory=list)
    priority: Priority = "normal"


class SessionChange(_Body):
    title: Title | None = None
    archived: StrictBool | None = None
    agent_id: AgentId | None = Field(default=None, description="Who answers from the next question on.")
    shared: StrictBool | None = Field(
        default=None, description="Whether the team may watch it. Only its owner may say."
    )
    tags: TagSet | None = Field(default=None, description="All that it has from now on.")
    priority: Priority | None = None


class TagCount(_Body):
    tag: str
    sessions: int


class TagList(_Body):
    tags: list[TagCount]


class Sample(_Body):
    """A session with sample documents, and a question to ask them."""

    session: Session
    question: str


class Document(_Body):
    id: str
    name: str
    media_type: str
    size: int = Field(description="Bytes.")
    status: Literal["uploaded", "read", "failed"]
    error: str | None = Field(description="Why it could not be read, in plain words.")
    pages: int | None
    rows: int | None
    created_at: datetime


class DocumentList(_Body):
    documents: list[Document]


class Passage(_Body):
    """A piece of a document, with its neighbours for context."""

    id: int
    document_id: str
    document_name: str
    reference: str = Field(description="'page 12', 'rows 2-41', 'Section 3'.")
    text: str
    before: str | None
    after: str | None


class NewMessage(_Body):
    content: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]


class Message(_Body):
    id: str
    role: Literal["user", "assistant"]
    run_id: str | None
    content: str = Field(description="Markdown; [1] refers to the citation with that number.")
    citations: list[Citation]
    created_at: datetime


class AcceptedMessage(_Body):
    message: Message
    run: Run


class MessagePage(_Body):
    messages: list[Message]
    next_cursor: str | None


class RunPage(_Body):
    runs: list[Run]
    next_cursor: str | None


class ActivityPage(_Body):
    """Events that follow ``after``: at most ``limit``, fewer where they are large; the log goes on up to ``head``."""

    events: list[LoggedEvent]
    first: int = Field(description="The oldest seq still kept.")
    head: int = Field(description="The newest seq.")


class NewEvents(_Body):
    """Events of the one session that the address names, in their order. Without `time` they happen now."""

    events: list[LoggedEvent] = Field(min_length=1, max_length=1000)


class Emitted(_Body):
    seq: int = Field(description="Of the last of them. They are stored.")


class Health(_Body):
    status: Literal["ok"]


class Readiness(_Body):
    """``ok``, or in plain words what is wrong. A runner ``elsewhere`` is on other machines."""

    status: Literal["ready", "not ready"]
    database: str
    log: str
    runner: str
