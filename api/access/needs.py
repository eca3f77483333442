"""Who may call what. Every address of the server has a row; one without a row keeps the application from starting.

Which sessions one may read or change is asked where a session is looked up: api/access/identity.py.
"""

from collections.abc import Mapping
from enum import Enum, auto

from flask import Flask


class Need(Enum):
    NOTHING = auto()  # also while there is no account
    ACCOUNTS = auto()  # anybody, once there is an account
    WATCH = auto()  # a user, a key with the scope read, or whoever has a link to this session
    READ = auto()  # a user, or a key with the scope read
    RUN = auto()  # a member, or a member's key with the scope run
    JUDGE = auto()  # a user who is signed in, or a user's key with the scope run
    MANAGE = auto()  # a member, or a member's key with the scope manage
    CHANGE = auto()  # a member, or a member's key with one of the two
    EMIT = auto()  # a member, or a member's key with the scope emit
    FOLLOW = auto()  # a user, or a key with the scope read, or emit: whoever asks a person reads the answer
    CREATE = auto()  # a member, or a member's key with the scope run or emit
    WORK = auto()  # a member, or a member's key with the scope work
    SIGN_IN = auto()  # a user in a browser: no key may make another key
    ADMINISTRATOR = auto()  # the same, of the role
    FIGURES = auto()  # READ, or a program on this machine itself


ACCESS: Mapping[str, Need] = {
    "dashboard": Need.NOTHING,
    "operations.healthz": Need.NOTHING,
    "operations.readyz": Need.NOTHING,
    "operations.metrics": Need.FIGURES,
    "operations.read_info": Need.ACCOUNTS,
    "operations.read_package": Need.NOTHING,
    "auth.set_up": Need.NOTHING,
    "auth.read_invitation": Need.NOTHING,
    "auth.register": Need.ACCOUNTS,
    "auth.login": Need.ACCOUNTS,
    "auth.refresh": Need.ACCOUNTS,
    "auth.logout": Need.ACCOUNTS,
    "auth.reset_password": Need.ACCOUNTS,
    "oidc.begin_sign_in": Need.ACCOUNTS,
    "oidc.connect_provider": Need.SIGN_IN,
    "oidc.disconnect_provider": Need.SIGN_IN,
    "oidc.complete_sign_in": Need.ACCOUNTS,
    "oidc.end_by_provider": Need.ACCOUNTS,
    "auth.me": Need.READ,
    "auth.change_password": Need.SIGN_IN,
    "team.read_quotas": Need.READ,
    "usage.read_usage": Need.READ,
    "usage.export_usage": Need.READ,
    "usage.read_spending": Need.READ,
    "prices.list_prices": Need.READ,
    "prices.add_prices": Need.ADMINISTRATOR,
    "prices.import_prices": Need.ADMINISTRATOR,
    "prices.remove_price": Need.ADMINISTRATOR,
    "budgets.list_budgets": Need.ADMINISTRATOR,
    "budgets.add_budget": Need.ADMINISTRATOR,
    "budgets.remove_budget": Need.ADMINISTRATOR,
    "passkeys.ask_for_passkey": Need.ACCOUNTS,
    "passkeys.sign_in_with_passkey": Need.ACCOUNTS,
    "passkeys.list_passkeys": Need.SIGN_IN,
    "passkeys.prepare_passkey": Need.SIGN_IN,
    "passkeys.add_passkey": Need.SIGN_IN,
    "passkeys.remove_passkey": Need.SIGN_IN,
    "second_factor.take_step": Need.ACCOUNTS,
    "second_factor.set_up_in_step": Need.ACCOUNTS,
    "second_factor.read_second_factor": Need.SIGN_IN,
    "second_factor.set_up_second_factor": Need.SIGN_IN,
    "second_factor.confirm_second_factor": Need.SIGN_IN,
    "second_factor.renew_recovery_codes": Need.SIGN_IN,
    "second_factor.remove_second_factor": Need.SIGN_IN,
    "team.list_users": Need.SIGN_IN,
    "team.change_user": Need.ADMINISTRATOR,
    "team.make_password_link": Need.ADMINISTRATOR,
    "team.hand_over": Need.ADMINISTRATOR,
    "team.reset_second_factor": Need.ADMINISTRATOR,
    "team.make_service_account": Need.ADMINISTRATOR,
    "team.change_team": Need.ADMINISTRATOR,
    "person.export_me": Need.SIGN_IN,
    "person.export_user": Need.ADMINISTRATOR,
    "person.erase_user": Need.ADMINISTRATOR,
    "team.list_invitations": Need.ADMINISTRATOR,
    "team.invite": Need.ADMINISTRATOR,
    "team.withdraw_invitation": Need.ADMINISTRATOR,
    "audit.read_audit": Need.ADMINISTRATOR,
    "audit.export_audit": Need.ADMINISTRATOR,
    "audit.check_audit": Need.ADMINISTRATOR,
    "team.read_errors": Need.ADMINISTRATOR,
    "mail.forget_password": Need.ACCOUNTS,
    "mail.list_mails": Need.ADMINISTRATOR,
    "mail.send_again": Need.ADMINISTRATOR,
    "mail.send_test": Need.ADMINISTRATOR,
    "notices.read_notices": Need.SIGN_IN,
    "notices.change_notices": Need.SIGN_IN,
    "notices.add_browser": Need.SIGN_IN,
    "notices.remove_browser": Need.SIGN_IN,
    "notices.test_notices": Need.SIGN_IN,
    "notice_rules.list_rules": Need.ADMINISTRATOR,
    "notice_rules.add_rule": Need.ADMINISTRATOR,
    "notice_rules.change_rule": Need.ADMINISTRATOR,
    "notice_rules.delete_rule": Need.ADMINISTRATOR,
    "notice_rules.renew_secret": Need.ADMINISTRATOR,
    "notice_rules.test_notice_rule": Need.ADMINISTRATOR,
    "notice_rules.list_deliveries": Need.ADMINISTRATOR,
    "notice_rules.send_notice_again": Need.ADMINISTRATOR,
    "approval_rules.list_approval_rules": Need.ADMINISTRATOR,
    "approval_rules.add_approval_rule": Need.ADMINISTRATOR,
    "approval_rules.change_approval_rule": Need.ADMINISTRATOR,
    "approval_rules.delete_approval_rule": Need.ADMINISTRATOR,
    "approval_rules.try_approval_rules": Need.ADMINISTRATOR,
    "operator.read_operations": Need.ADMINISTRATOR,
    "operator.release_run": Need.ADMINISTRATOR,
    "operator.stop_run": Need.ADMINISTRATOR,
    "keys.list_keys": Need.SIGN_IN,
    "keys.create_key": Need.SIGN_IN,
    "keys.revoke_key": Need.SIGN_IN,
    "links.list_links": Need.SIGN_IN,
    "links.create_link": Need.SIGN_IN,
    "links.revoke_link": Need.SIGN_IN,
    "links.list_team_links": Need.ADMINISTRATOR,
    "links.revoke_team_link": Need.ADMINISTRATOR,
    "links.open_link": Need.ACCOUNTS,
    "agents.list_agents": Need.READ,
    "agents.list_kinds": Need.READ,
    "agents.create_agent": Need.ADMINISTRATOR,
    "agents.read_agent": Need.ADMINISTRATOR,
    "agents.test_agent": Need.ADMINISTRATOR,
    "agents.test_new_agent": Need.ADMINISTRATOR,
    "agents.change_agent": Need.ADMINISTRATOR,
    "agents.delete_agent": Need.ADMINISTRATOR,
    "agents.put_avatar": Need.ADMINISTRATOR,
    "agents.delete_avatar": Need.ADMINISTRATOR,
    "agents.read_avatar": Need.READ,
    "sessions.create_session": Need.CREATE,
    "sessions.create_sample": Need.RUN,
    "sessions.list_sessions": Need.READ,
    "sessions.read_session": Need.WATCH,
    "sessions.change_session": Need.CHANGE,
    "sessions.delete_session": Need.MANAGE,
    "tags.list_tags": Need.READ,
    "changes.read_changes": Need.READ,
    "export.export_session": Need.READ,
    "documents.add_documents": Need.RUN,
    "documents.list_documents": Need.WATCH,
    "documents.download_document": Need.READ,
    "documents.delete_document": Need.MANAGE,
    "documents.read_passage": Need.WATCH,
    "messages.post_message": Need.RUN,
    "messages.list_messages": Need.WATCH,
    "messages.list_runs": Need.WATCH,
    "messages.read_run": Need.READ,
    "messages.cancel_run": Need.RUN,
    "chronicles.write_chronicle": Need.RUN,
    "messages.reorder_queue": Need.RUN,
    "messages.send_into_run": Need.RUN,
    "messages.list_run_messages": Need.READ,
    "messages.pause_run": Need.RUN,
    "messages.resume_run": Need.RUN,
    "messages.ask_again": Need.RUN,
    "messages.read_restart": Need.READ,
    "hooks.receive_call": Need.ACCOUNTS,  # whoever has the secret of the run
    "pauses.list_pauses": Need.READ,
    "pauses.pause_agent": Need.ADMINISTRATOR,
    "pauses.resume_agent": Need.ADMINISTRATOR,
    "pauses.pause_team": Need.ADMINISTRATOR,
    "pauses.resume_team": Need.ADMINISTRATOR,
    "approvals.ask": Need.EMIT,
    "tool_calls.ask_about_call": Need.EMIT,
    "tool_calls.ask_about_call_in_run": Need.WORK,
    "approvals.list_approvals": Need.READ,
    "approvals.read_approval": Need.FOLLOW,
    "approvals.decide": Need.RUN,
    "approvals.snooze": Need.RUN,
    "approvals.end_snooze": Need.RUN,
    "findings.list_findings": Need.READ,
    "findings.dismiss": Need.RUN,
    "feedback.list_feedback": Need.READ,
    "feedback.list_feedback_of_run": Need.READ,
    "feedback.judge": Need.JUDGE,
    "feedback.withdraw_judgement": Need.JUDGE,
    "feedback.add_comment": Need.JUDGE,
    "feedback.change_comment": Need.JUDGE,
    "feedback.delete_comment": Need.JUDGE,
    "feedback.export_feedback": Need.READ,
    "process.process": Need.RUN,
    "chat.chat": Need.RUN,
    "assignments.claim": Need.WORK,
    "assignments.beat": Need.WORK,
    "assignments.tell": Need.WORK,
    "assignments.take_messages": Need.WORK,
    "assignments.keep": Need.WORK,
    "assignments.ask_in_run": Need.WORK,
    "assignments.end": Need.WORK,
    "assignments.release": Need.WORK,
    "activity.watch_session": Need.WATCH,
    "activity.make_ticket": Need.WATCH,
    "activity.read_activity": Need.WATCH,
    "activity.emit_events": Need.EMIT,
    "now.watch_now": Need.READ,
    "traces.take_traces": Need.EMIT,
    "traces.take_metrics": Need.EMIT,
    "traces.take_logs": Need.EMIT,
}
_DESCRIPTION = ("openapi.", "swagger.")  # the pages of the API's own description


def need_of(endpoint: str) -> Need:
    return Need.ACCOUNTS if endpoint.startswith(_DESCRIPTION) else ACCESS[endpoint]


def check_complete(app: Flask) -> None:
    """Raises KeyError for an address of the application that has no row."""
    for rule in app.url_map.iter_rules():
        need_of(rule.endpoint)
