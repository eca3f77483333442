"""Periodic clean-up: old events, interrupted deletions and uploads, checkpoints of ended runs, what has expired."""

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from agents.checkpoints.checkpoints import Checkpoints
from agents.processes.listening import Listening
from utils.accounts.error_log import ErrorLog
from utils.accounts.invitations import Invitations
from utils.accounts.kept_answers import KeptAnswers
from utils.accounts.password_links import PasswordLinks
from utils.accounts.sign_in_attempts import SignInAttempts
from utils.accounts.sign_ins import SignIns
from utils.accounts.spent_tokens import SpentTokens
from utils.bridge.positions import PublishedPositions
from utils.database.base import DatabaseLostError
from utils.database.outage import Outage
from utils.log.activity_log import ActivityLog
from utils.mail.outbox import Outbox
from utils.notices.outbox import NoticeOutbox
from utils.sessions.deletion import SessionDeletion
from utils.sessions.documents import Documents
from utils.sessions.messages import Messages
from utils.sessions.person_erasure import PersonErasure
from utils.sessions.reported_runs import ReportedRuns
from utils.sessions.retention import Retention
from utils.settings import Settings
from utils.traces.traces import Traces

_EVERY_SECONDS = 60.0
_log = logging.getLogger(__name__)


class Housekeeping:
    def __init__(
        self,
        settings: Settings,
        log: ActivityLog,
        deletion: SessionDeletion,
        checkpoints: Checkpoints,
        documents: Documents,
        invitations: Invitations,
        password_links: PasswordLinks,
        sign_ins: SignIns,
        sign_in_attempts: SignInAttempts,
        spent_tokens: SpentTokens,
        error_log: ErrorLog,
        kept_answers: KeptAnswers,
        messages: Messages,
        traces: Traces,
        reported_runs: ReportedRuns,
        outbox: Outbox,
        erasure: PersonErasure,
        retention: Retention,
        published: PublishedPositions,
        notices: NoticeOutbox,
    ) -> None:
        self._notices = notices
        self._passed_on = None if settings.kafka_bootstrap_servers is None else published.seqs
        self._outbox = outbox
        self._retention = retention
        self._erasure = erasure
        self._messages = messages
        self._traces = traces
        self._reported_runs = reported_runs
        self._silence = timedelta(seconds=settings.reported_run_silence_seconds)
        self._kept_answers = kept_answers
        self._sign_ins = sign_ins
        self._sign_in_attempts = sign_in_attempts
        self._spent_tokens = spent_tokens
        self._invitations = invitations
        self._password_links = password_links
        self._error_log = error_log
        self._keep = settings.max_session_events
        self._log = log
        self._deletion = deletion
        self._checkpoints = checkpoints
        self._documents = documents
        self._due = time.monotonic() + _EVERY_SECONDS
        self._listening = Listening(timedelta(seconds=2 * _EVERY_SECONDS))
        self._outage = Outage(_log, "Nothing can be tidied up", "housekeeping")

    def tidy_if_due(self) -> None:
        """Once a minute; what fails is said in the log and tried again."""
        if time.monotonic() < self._due:
            return
        self._due = time.monotonic() + _EVERY_SECONDS
        try:
            self.tidy()
            self._outage.is_over()
        except DatabaseLostError as error:
            self._outage.goes_on(error)

    def tidy(self) -> None:
        """A step that fails keeps no other from its work. Raises DatabaseLostError, which concerns all of them."""
        steps: dict[str, Callable[[], object]] = {
            "deleted sessions": self._deletion.finish,
            "people who are erased": self._erasure.finish,
            "interrupted uploads": self._documents.erase_abandoned,
            "old events": self._trim,
            "checkpoints": self._checkpoints.tidy,
            "invitations": self._invitations.forget_expired,
            "password links": self._password_links.forget_expired,
            "sign-ins": self._sign_ins.forget_expired,
            "tokens that work once": self._spent_tokens.forget_expired,
            "failed sign-ins": self._sign_in_attempts.forget_old,
            "old errors": self._error_log.forget_old,
            "answers kept for repeated requests": self._kept_answers.forget_old,
            "traces of no agent": self._traces.forget_held,
            "traces without an end": partial(self._end_silent, self._traces),
            "runs of silent programs": partial(self._end_silent, self._reported_runs),
            "old spans": self._traces.forget_spans,
            "old mails": self._outbox.tidy,
            "old notices": self._notices.tidy,
            "what is older than it is kept": self._retention.remove_old,
        }
        for what, step in steps.items():
            try:
                step()
                self._listening.go_on()
            except DatabaseLostError:
                raise
            except Exception:
                _log.exception("The housekeeping of %s failed; trying again in a minute", what)

    def _end_silent(self, programs: Traces | ReportedRuns) -> None:
        if self._listening.has_lasted(self._silence):
            programs.end_silent(self._silence)

    def _trim(self) -> None:
        if self._keep:
            for session_id in self._log.trim_all(self._keep, self._passed_on):
                self._messages.forget_steps(session_id, self._keep)
