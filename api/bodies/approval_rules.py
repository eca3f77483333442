"""Rules about calls of tools, and what programs are told of a call that they are about to make."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints

from api.bodies.approvals import LONGEST_DECISION_WAIT
from api.bodies.assignments import Held, WorkGoesOn
from api.bodies.base import RequestBody, ResponseBody
from api.bodies.fields import Name
from utils.log.events import ShortText
from utils.sessions.approval import LONGEST_NAME, MOST_DECIDERS, MOST_SECONDS
from utils.sessions.approval_rule import LONGEST_TOOL, MOST_OF_TEAM, Decides, Effect, OnExpiry
from utils.sessions.plain_line import plain_line

ToolName = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_TOOL), AfterValidator(plain_line)
]
_Words = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000), AfterValidator(plain_line)
]
_Id = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_NAME)]
_OF_AGENT = "Of a registered agent; null, without agent_name: the rule is about every agent."
_OF_NAME = "The name of an agent, wherever it works, in any case of its letters."
_EXPIRES_IN = "Seconds until the time to decide is over. null: never."
_ON_EXPIRY = "What counts then. null: nobody has decided, and the call is refused."
_DECIDES = "`session`: who may ask in the session. Administrators always may."


class NewApprovalRule(RequestBody):
    name: Name
    tool: ToolName = Field(description="A name, in which * stands for anything and ? for one character.")
    agent_id: str | None = Field(default=None, max_length=80, description=_OF_AGENT)
    agent_name: Name | None = Field(default=None, description=_OF_NAME)
    effect: Effect = Field(default="ask", description="`ask` a person, or `refuse` the call.")
    explanation: _Words | None = Field(default=None, description="For whoever is asked, or is refused.")
    decides: Decides = Field(default="session", description=_DECIDES)
    deciders: list[_Id] = Field(default_factory=list, max_length=MOST_DECIDERS, description="Ids of users.")
    expires_in: int | None = Field(default=None, ge=1, le=MOST_SECONDS, description=_EXPIRES_IN)
    on_expiry: OnExpiry | None = Field(default=None, description=_ON_EXPIRY)


class ApprovalRuleChange(RequestBody):
    """What is left out stays."""

    name: Name = Field(default_factory=str)
    tool: ToolName = Field(default_factory=str)
    agent_id: str | None = Field(default=None, max_length=80, description=_OF_AGENT)
    agent_name: Name | None = Field(default=None, description=_OF_NAME)
    effect: Effect = "ask"
    explanation: _Words | None = None
    decides: Decides = "session"
    deciders: list[_Id] = Field(default_factory=list, max_length=MOST_DECIDERS)
    expires_in: int | None = Field(default=None, ge=1, le=MOST_SECONDS, description=_EXPIRES_IN)
    on_expiry: OnExpiry | None = Field(default=None, description=_ON_EXPIRY)
    enabled: bool = True
    position: int = Field(default=0, ge=0, lt=MOST_OF_TEAM, description="The place in the order, from 0.")


class ApprovalRule(ResponseBody):
    id: str
    name: str
    tool: str
    agent_id: str | None
    agent_name: str | None
    effect: Effect
    explanation: str | None
    decides: Decides
    deciders: Sequence[str]
    expires_in: int | None
    on_expiry: OnExpiry | None
    enabled: bool
    created_by: str | None = Field(description="The name of the user. null: they are gone.")
    created_at: datetime
    changed_at: datetime


class ApprovalRuleList(ResponseBody):
    rules: list[ApprovalRule] = Field(description="In their order: of those that fit a call, the first counts.")


class RuleTrial(RequestBody):
    tool: ToolName
    agent_id: str | None = Field(default=None, max_length=80)
    agent_name: Name | None = None


class RuleTrialAnswer(ResponseBody):
    outcome: Literal["passes", "asks", "refused"]
    rule: ApprovalRule | None


class _Call(RequestBody):
    tool: ToolName
    input: Any = Field(default=None, description="What the tool is given, any JSON; people see it.")
    wait: int = Field(
        default=0, ge=0, le=LONGEST_DECISION_WAIT, description="For how many seconds, if a person is asked."
    )


class ToolCall(_Call):
    """A call that is to be made. Sent again with the same ``call_id``, it is asked about once."""

    call_id: ShortText = Field(description="Your own for this call, unique in its run, or in its session without one.")
    agent_name: ShortText
    run_id: ShortText | None = None
    parent_id: ShortText | None = Field(default=None, description="The step that makes the call.")


class WorkToolCall(Held, _Call):
    """The same in a run that you have claimed."""

    call_id: ShortText = Field(description="Your own for this call, unique in the run.")
    agent_name: ShortText | None = Field(default=None, description="Who calls; left out, the registered agent.")


class ToolCallAnswer(ResponseBody):
    """Whether the call may be made. Make it only if it is `allowed`; `asks`: a person has not decided yet."""

    status: Literal["allowed", "refused", "asks"]
    words: str | None = Field(description="Why it was refused, for the agent; or what is asked.")
    rule: str | None = Field(description="The name of the rule; null: no rule fits, or a person has decided already.")
    approval_id: str | None
    decided_by: str | None = Field(
        description="Whose decision it is; null: a rule's, also where nobody decided in time."
    )


class WorkToolCallAnswer(ToolCallAnswer, WorkGoesOn):
    pass
