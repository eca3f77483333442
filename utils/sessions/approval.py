"""An approval: a question that an agent puts to a person, about one step, and what became of it. No I/O.

What is decided counts once and for ever. In the log it is a step of the kind `approval`: it waits, then it ends.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from utils.accounts.principal import Ownership, Principal, UserRecord
from utils.log.events import ActivityStatus, AgentActivity
from utils.sessions.approval_form import check_form, check_values, size_of

ApprovalStatus = Literal["open", "decided", "expired", "withdrawn"]
LONGEST_WORDS = 2000  # characters of a question, or of a comment
LONGEST_NAME = 80  # of a choice's id
LONGEST_LABEL = 200
MAX_CONTEXT_BYTES = 64 * 1024
MOST_CHOICES = 12
MOST_DECIDERS = 50
MOST_SECONDS = 30 * 24 * 60 * 60
DASHBOARD, EXPIRY = "dashboard", "expiry"  # by which way something was decided, beside the names of API keys
_ENDS: Mapping[ApprovalStatus, ActivityStatus] = {
    "decided": "completed", "expired": "failed", "withdrawn": "cancelled"
}  # fmt: skip


class ApprovalError(Exception):
    """Why it cannot be done, with a code for programs and words for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Choice:
    """``form``: whether the approval's form is filled in with it; a rejection needs none."""

    id: str
    label: str
    form: bool = True


APPROVE_OR_REJECT = (Choice("approve", "Approve"), Choice("reject", "Reject", form=False))


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. ``action`` is what the step is about, in a few words; ``context`` is what is to be approved, JSON.

    ``form`` is a JSON schema of what is to be filled in. ``deciders`` are the ids of the users who may decide, and who
    see the question, also where they may not read the session; nobody: whoever may ask in the session. With
    ``administrators`` it is those of the team who decide and see it instead, whoever these are by then. After
    ``expires_in`` seconds the choice ``on_expiry`` counts; None: nobody decided. ``of_rule``: a rule of the team asks
    it about the call that ``context`` tells. Raises ValueError in plain words for what does not fit together.
    """

    action: str
    question: str
    choices: Sequence[Choice] = APPROVE_OR_REJECT
    form: Mapping[str, Any] | None = None
    context: Any = None
    deciders: Sequence[str] = ()
    expires_in: int | None = None
    on_expiry: str | None = None
    of_rule: bool = False
    administrators: bool = False

    def __post_init__(self) -> None:
        ids = [choice.id for choice in self.choices]
        if not 1 <= len(set(ids)) == len(ids) <= MOST_CHOICES:
            raise ValueError(f"choices: must be 1 to {MOST_CHOICES}, each with an id of its own")
        if self.on_expiry is not None and (self.on_expiry not in ids or self.expires_in is None):
            raise ValueError("on_expiry: must be the id of a choice, and needs expires_in")
        if self.form is not None:
            _named("form", lambda: check_form(self.form or {}))
        if _named("context", lambda: size_of(self.context)) > MAX_CONTEXT_BYTES:
            raise ValueError(f"context: must have at most {MAX_CONTEXT_BYTES // 1024} KiB as JSON")


@dataclass(frozen=True, slots=True)
class NewApproval:
    """A question, and the step that waits for its answer. ``name`` is what the backend of a run calls it."""

    activity_id: str
    agent_name: str
    question: Question
    run_id: str | None = None
    parent_id: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of a question. ``status`` is `decided`, or `expired`: nobody decided in time, so there is no choice.

    ``decided_by`` is a name; None: ``via`` is `expiry`, the choice was set for that.
    """

    status: ApprovalStatus
    choice: str | None
    values: Mapping[str, Any] | None
    comment: str | None
    decided_by: str | None
    via: str | None
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class ApprovalRecord:
    """``decided_by`` is the name of the user who has the key ``decider_key``.

    ``deserted``: when it was read, nobody of ``deciders`` was there who could decide.
    """

    key: int
    id: str
    session: Ownership
    run_id: str | None
    activity_id: str
    parent_id: str | None
    name: str | None
    agent_name: str
    action: str
    question: str
    context: Any
    choices: Sequence[Choice]
    form: Mapping[str, Any] | None
    deciders: Sequence[str]
    administrators: bool
    deserted: bool
    expires_at: datetime | None
    on_expiry: str | None
    status: ApprovalStatus
    choice: str | None
    values: Mapping[str, Any] | None
    comment: str | None
    decided_by: str | None
    decider_key: int | None
    via: str | None
    decided_at: datetime | None
    created_at: datetime

    @property
    def session_id(self) -> str:
        return self.session.id

    @property
    def session_title(self) -> str:
        return self.session.title

    @property
    def is_over(self) -> bool:
        return self.status != "open"

    def is_due(self, at: datetime) -> bool:
        return not self.is_over and self.expires_at is not None and self.expires_at <= at

    def label(self, choice: str | None) -> str:
        return next((one.label for one in self.choices if one.id == choice), choice or "")

    @property
    def is_for_session(self) -> bool:
        """Whether it is put to nobody, so that who may ask in the session decides."""
        return not (self.administrators or self.deciders)

    def is_put_to(self, who: Principal) -> bool:
        """Whether it names them; or asks administrators, which it also does while none of those it names is there."""
        if not who.may_work or who.user.team_key != self.session.team_key:
            return False
        if who.user.id in self.deciders:
            return True
        asks = self.administrators or (self.deserted and bool(self.deciders) and not self.is_over)
        return asks and who.is_administrator

    def may_be_read_by(self, who: Principal) -> bool:
        """Whoever it is put to, or has decided it, may, and reads nothing else of a session that is not theirs."""
        return self.is_put_to(who) or self._was_decided_by(who) or who.may_read(self.session)

    def may_be_decided_by(self, who: Principal) -> bool:
        """Of those who may read it, administrators always may: nobody waits for a decider who is not there any more."""
        if not (who.may_work and self.may_be_read_by(who)):
            return False
        if who.is_administrator:
            return True
        return who.may_change(self.session) if self.is_for_session else who.user.id in self.deciders

    def _was_decided_by(self, who: Principal) -> bool:
        """Of what names people: an administrator may have decided in their stead, and is told what was decided."""
        return bool(self.deciders) and who.may_work and who.user.key == self.decider_key

    def require_asks(self, asked: NewApproval) -> None:
        """Raises ApprovalError if it was asked with other words."""
        if not self._asks(asked):
            words = "There is another question about this step already. Ask about a step of its own."
            raise ApprovalError("approval_differs", words)

    def _asks(self, asked: NewApproval) -> bool:
        q, lasts = asked.question, (self.expires_at - self.created_at) if self.expires_at is not None else None
        if q.of_rule:  # the rule may have other words since
            return (self.run_id, self.context) == (asked.run_id, q.context)
        return (
            self.run_id, self.parent_id, self.agent_name, self.action, self.question, self.context,
            list(self.choices), self.form, list(self.deciders), lasts and lasts.total_seconds(), self.on_expiry,
        ) == (
            asked.run_id, asked.parent_id, asked.agent_name, q.action, q.question, q.context,
            list(q.choices), q.form, list(q.deciders), q.expires_in, q.on_expiry,
        )  # fmt: skip

    def was_decided_as(self, who: UserRecord, choice: str, values: Any, comment: str | None) -> bool:
        """Whether that is the decision that stands: one that is sent again."""
        stands = (self.status, self.decider_key, self.choice, self.values, self.comment)
        return stands == ("decided", who.key, choice, values, comment)

    def check(self, choice: str, values: Mapping[str, Any] | None) -> None:
        """Raises ValueError in plain words for what cannot be chosen or does not fit the form."""
        chosen = next((one for one in self.choices if one.id == choice), None)
        if chosen is None:
            raise ValueError(f"choice: must be {' or '.join(one.id for one in self.choices)}")
        if self.form is None and values is not None:
            raise ValueError("values: this approval has no form to fill in")
        if values is not None and not chosen.form:
            raise ValueError(f"values: “{chosen.label}” is chosen without the form")
        if self.form is not None and chosen.form:
            check_values(self.form, values or {})

    @property
    def decision(self) -> Decision:
        return Decision(
            self.status, self.choice, self.values, self.comment, self.decided_by, self.via, self.decided_at
        )  # fmt: skip

    def waiting_event(self) -> AgentActivity:
        """The step as it waits."""
        told = {
            "approval_id": self.id, "question": self.question, "context": self.context,
            "choices": [asdict(one) for one in self.choices], "form": self.form, "expires_at": self.expires_at,
            "on_expiry": self.on_expiry, "deciders": list(self.deciders) or None,
            "administrators": self.administrators or None,
        }  # fmt: skip
        return self._event("waiting", input=_without_none(told))

    def end_event(self) -> AgentActivity:
        """The end of the step."""
        words = {
            "decided": None,
            "expired": f"Nobody decided by {_moment(self.expires_at)}.",
            "withdrawn": "Withdrawn: nobody needs the decision any more.",
        }
        told = {
            "choice": self.choice, "values": self.values, "comment": self.comment, "decided_by": self.decided_by,
            "decided_at": self.decided_at, "via": self.via,
        }  # fmt: skip
        output = _without_none(told) if self.status == "decided" else None
        return self._event(_ENDS[self.status], output=output, details=words.get(self.status))

    def what_became(self) -> str:
        """For whoever comes too late."""
        match self.status:
            case "decided" if self.via == EXPIRY:
                return f"The time was over, so “{self.label(self.choice)}” was chosen at {_moment(self.decided_at)}."
            case "decided":
                who = self.decided_by or "Somebody"
                return f"{who} has chosen “{self.label(self.choice)}” already, at {_moment(self.decided_at)}."
            case "expired":
                return f"The time for this decision was over at {_moment(self.expires_at)}."
            case _:
                return "Nobody needs this decision any more: what asked for it has ended."

    def _event(self, status: ActivityStatus, **told: Any) -> AgentActivity:
        return AgentActivity(
            session_id=self.session.id, run_id=self.run_id, activity_id=self.activity_id, parent_id=self.parent_id,
            agent_name=self.agent_name, action=self.action, kind="approval", status=status, **told,
        )  # fmt: skip


def _without_none(told: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if value is not None}


def _moment(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment is not None else "an unknown time"


def _named(field: str, check: Any) -> Any:
    """What the check gives; what it raises, with the name of the field."""
    try:
        return check()
    except ValueError as error:
        raise ValueError(f"{field}: {error}") from error
