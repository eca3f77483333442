"""What the views call, put together once by create_app."""

from dataclasses import dataclass, field
from datetime import timedelta
from threading import BoundedSemaphore, Event

from flask import current_app

from agents.assignments import Assignments
from agents.backends.kinds import KINDS
from agents.checkpoints.checkpoints import Checkpoints, open_checkpoints
from api.chronicle_slots import PAUSE_SECONDS, ChronicleSlots
from api.exports.person_archive import PersonArchive
from api.exports.slots import ExportSlots
from api.readiness import ReadinessCheck
from api.trace_slots import TraceSlots
from utils.accounts.api_keys import ApiKeys
from utils.accounts.audit import Audit
from utils.accounts.audit_check import AuditVerification
from utils.accounts.error_log import ErrorLog
from utils.accounts.event_meter import EventMeter
from utils.accounts.invitations import Invitations
from utils.accounts.kept_answers import KeptAnswers
from utils.accounts.known_devices import KnownDevices
from utils.accounts.once_tokens import OnceTokens
from utils.accounts.passkeys import Passkeys, Site
from utils.accounts.password_links import PasswordLinks
from utils.accounts.permits import Permits
from utils.accounts.quotas import Quotas
from utils.accounts.second_factors import SecondFactors
from utils.accounts.sign_in_attempts import Allowance, SignInAttempts
from utils.accounts.sign_ins import Lifetimes, SignIns
from utils.accounts.spectator_links import SpectatorLinks
from utils.accounts.spent_tokens import SpentTokens
from utils.accounts.users import Users
from utils.board.board import NowBoard
from utils.database.base import Database
from utils.database.opening import open_database
from utils.doorbell.base import Doorbell
from utils.doorbell.opening import open_watching_doorbell
from utils.feedback.feedback import Feedback
from utils.feedback.feedback_data import FeedbackData
from utils.findings.findings import Findings
from utils.identity.arrivals import Arrivals
from utils.identity.provider import Provider
from utils.log.activity_log import ActivityLog
from utils.log.opening import open_log
from utils.mail.outbox import Outbox
from utils.metrics.stored import StoredFigures
from utils.notices.outbox import NoticeOutbox
from utils.notices.preferences import NoticePreferences
from utils.notices.push_key import PushKey
from utils.notices.rules import NoticeRules
from utils.notices.subscriptions import PushSubscriptions
from utils.registry.agent_processes import AgentProcesses
from utils.registry.agent_registry import AgentRegistry
from utils.registry.server_key import ServerKey
from utils.registry.workers import Workers
from utils.sessions.addressees import Addressees
from utils.sessions.approval_rules import ApprovalRules
from utils.sessions.approvals import Approvals
from utils.sessions.asking import Asking
from utils.sessions.changes import Changes
from utils.sessions.citations import Citations
from utils.sessions.deletion import SessionDeletion
from utils.sessions.documents import Documents
from utils.sessions.hook_calls import HookCalls
from utils.sessions.message_search import MessageSearch
from utils.sessions.messages import Messages
from utils.sessions.new_session import emitted_session
from utils.sessions.open_runs import OpenRuns
from utils.sessions.passages import Passages
from utils.sessions.pauses import Pauses
from utils.sessions.person_erasure import PersonErasure
from utils.sessions.reported_runs import ReportedRuns
from utils.sessions.run_messages import RunMessages
from utils.sessions.run_queue import RunQueue
from utils.sessions.runs import Runs
from utils.sessions.sessions import Sessions
from utils.sessions.snapshot import SessionSnapshots
from utils.sessions.snoozes import Snoozes
from utils.sessions.tags import Tags
from utils.settings import Settings
from utils.spending.aside import Asides
from utils.spending.budgets import Budgets
from utils.spending.prices import Prices
from utils.spending.usage_report import UsageReports
from utils.streams.source import StreamSource
from utils.traces.traces import Traces

# Each is a mail to somebody who may not have asked for it.
_RESETS = Allowance(3, 3, 20, longest_wait=timedelta(hours=1), first_wait=timedelta(minutes=5))


@dataclass(frozen=True, slots=True)
class Services:
    settings: Settings
    database: Database
    doorbell: Doorbell
    log: ActivityLog
    sessions: Sessions
    deletion: SessionDeletion
    messages: Messages
    message_search: MessageSearch
    tags: Tags
    changes: Changes
    runs: Runs
    run_queue: RunQueue
    run_messages: RunMessages
    hook_calls: HookCalls
    reported_runs: ReportedRuns
    documents: Documents
    passages: Passages
    citations: Citations
    snapshots: SessionSnapshots
    export_slots: ExportSlots
    person_archive: PersonArchive
    erasure: PersonErasure
    wait_slots: BoundedSemaphore
    approvals: Approvals
    approval_rules: ApprovalRules
    snoozes: Snoozes
    addressees: Addressees
    pauses: Pauses
    findings: Findings
    feedback: Feedback
    feedback_data: FeedbackData
    decision_slots: BoundedSemaphore
    work_slots: BoundedSemaphore
    assignments: Assignments
    workers: Workers
    checkpoints: Checkpoints
    agent_processes: AgentProcesses
    open_runs: OpenRuns
    key: ServerKey
    users: Users
    invitations: Invitations
    password_links: PasswordLinks
    sign_ins: SignIns
    sign_in_attempts: SignInAttempts
    reset_attempts: SignInAttempts
    outbox: Outbox
    known_devices: KnownDevices
    second_factors: SecondFactors
    sign_in_steps: OnceTokens
    passkeys: Passkeys | None
    passkey_challenges: OnceTokens
    provider: Provider | None
    arrivals: Arrivals
    begun_sign_ins: OnceTokens
    spent_tokens: SpentTokens
    api_keys: ApiKeys
    quotas: Quotas
    prices: Prices
    budgets: Budgets
    usage_reports: UsageReports
    asides: Asides
    chronicle_slots: ChronicleSlots
    event_meter: EventMeter
    spectator_links: SpectatorLinks
    audit: Audit
    audit_verification: AuditVerification
    error_log: ErrorLog
    kept_answers: KeptAnswers
    streams: StreamSource
    agents: AgentRegistry
    notices: NoticeOutbox
    notice_preferences: NoticePreferences
    notice_rules: NoticeRules
    push_subscriptions: PushSubscriptions
    push_key: PushKey
    traces: Traces
    trace_slots: TraceSlots
    stored_figures: StoredFigures
    readiness: ReadinessCheck
    _accounts: Event = field(default_factory=Event)

    @classmethod
    def open(cls, settings: Settings) -> "Services":
        database = open_database(settings, "web")
        database.migrate()
        doorbell = open_watching_doorbell(database, settings)
        log = open_log(database, doorbell, emitted_session)
        key, skew = ServerKey.of(settings), timedelta(seconds=settings.clock_skew_seconds)
        quotas = Quotas.of(database, settings)
        sessions, messages, runs = Sessions(database, quotas), Messages(database), Runs(database)
        documents = Documents(database, settings.max_document_bytes, quotas)
        deletion = SessionDeletion(database, log)
        run_messages = RunMessages(database, log, doorbell, Asking(quotas, KINDS.outside))
        snapshots = SessionSnapshots(database, log, sessions, messages, runs, run_messages, documents)
        run_queue = RunQueue(database, log, doorbell, outside_kinds=KINDS.outside, quotas=quotas)
        board = NowBoard(database, log, doorbell)
        database.at_close(board.close)
        return cls(
            settings=settings,
            database=database,
            doorbell=doorbell,
            log=log,
            sessions=sessions,
            deletion=deletion,
            messages=messages,
            message_search=MessageSearch(database),
            tags=Tags(database),
            changes=Changes(database),
            runs=runs,
            run_queue=run_queue,
            run_messages=run_messages,
            hook_calls=HookCalls(database, doorbell),
            reported_runs=ReportedRuns(database, log),
            documents=documents,
            passages=Passages(database),
            citations=Citations(database),
            snapshots=snapshots,
            person_archive=PersonArchive(database, snapshots, documents),
            erasure=PersonErasure(database, deletion),
            export_slots=ExportSlots(max(1, settings.web_threads // 4)),
            wait_slots=BoundedSemaphore(max(1, settings.web_threads // 4)),
            approvals=Approvals(database, log, doorbell),
            approval_rules=ApprovalRules(database),
            snoozes=Snoozes(database),
            addressees=Addressees(database),
            pauses=Pauses(database, run_queue, doorbell),
            findings=Findings(database, log),
            feedback=Feedback(database),
            feedback_data=FeedbackData(database),
            decision_slots=BoundedSemaphore(max(1, settings.web_threads // 8)),
            work_slots=BoundedSemaphore(max(1, settings.web_threads // 4)),
            assignments=Assignments(log, run_queue, messages),
            workers=Workers(database),
            checkpoints=open_checkpoints(settings, database),
            agent_processes=AgentProcesses(database),
            open_runs=OpenRuns(database),
            key=key,
            users=Users(database),
            invitations=Invitations(database),
            password_links=PasswordLinks(database),
            sign_ins=SignIns(database, _lifetimes(settings)),
            sign_in_attempts=SignInAttempts(database, _allowance(settings)),
            reset_attempts=SignInAttempts(database, _RESETS if settings.ratelimit_enabled else None),
            outbox=Outbox(database, key),
            known_devices=KnownDevices(key),
            second_factors=SecondFactors(database, key),
            sign_in_steps=OnceTokens(database, key, "sign-in step", timedelta(minutes=10), skew),
            passkeys=Passkeys(database, site) if (site := Site.of(settings.public_url)) is not None else None,
            passkey_challenges=OnceTokens(database, key, "passkey challenge", timedelta(minutes=5), skew),
            provider=Provider.of(settings),
            arrivals=Arrivals(database, settings),
            begun_sign_ins=OnceTokens(database, key, "begun sign-in", timedelta(minutes=10), skew),
            spent_tokens=SpentTokens(database),
            api_keys=ApiKeys(database, quotas),
            quotas=quotas,
            prices=Prices(database),
            budgets=Budgets(database),
            usage_reports=UsageReports(database),
            asides=Asides(database, quotas),
            chronicle_slots=ChronicleSlots(
                max(1, settings.web_threads // 8), PAUSE_SECONDS if settings.ratelimit_enabled else 0
            ),
            event_meter=EventMeter(quotas),
            spectator_links=SpectatorLinks(database),
            audit=Audit(database),
            audit_verification=AuditVerification(database),
            error_log=ErrorLog(database),
            kept_answers=KeptAnswers(database),
            streams=StreamSource(log, doorbell, settings.heartbeat_seconds, Permits(database).ended, board),
            agents=AgentRegistry(database, lambda: key, KINDS),
            notices=NoticeOutbox(database),
            notice_preferences=NoticePreferences(database),
            notice_rules=NoticeRules(database, key),
            push_subscriptions=PushSubscriptions(database, key),
            push_key=PushKey(database, key),
            traces=Traces(database, log, quotas),
            trace_slots=TraceSlots(max(1, settings.web_threads // 4)),
            stored_figures=StoredFigures(database, log, settings.audit_targets),
            readiness=ReadinessCheck(settings, database, log, doorbell),
        )

    @property
    def mail_url(self) -> str | None:
        """Where the links in mails lead; None where no mail is set up."""
        return self.settings.public_url if self.settings.smtp_host is not None else None

    def has_accounts(self) -> bool:
        """Asked until there is one: accounts are never deleted."""
        if not self._accounts.is_set() and self.users.any():
            self._accounts.set()
        return self._accounts.is_set()


def _lifetimes(settings: Settings) -> Lifetimes:
    return Lifetimes(
        timedelta(days=settings.sign_in_days),
        timedelta(days=settings.sign_in_longest_days),
        timedelta(seconds=settings.clock_skew_seconds),
    )


def _allowance(settings: Settings) -> Allowance | None:
    if not settings.ratelimit_enabled:
        return None
    return Allowance(
        settings.sign_in_failures,
        settings.sign_in_failures_per_account,
        settings.sign_in_failures_per_network,
        timedelta(seconds=settings.sign_in_longest_wait_seconds),
    )


def services() -> Services:
    """The services of the app that handles this request."""
    found: Services = current_app.extensions["ringside"]
    return found
