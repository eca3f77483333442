"""Who may do what: every operation of the server, called by everybody, on a shared and on a private session.

The tables are the documentation. Their operations are those of the OpenAPI document, no more and no less. A number is
the status of the answer; an error has the code that CODES names, and tells nothing of what is hidden: where somebody
cannot read a session, each answer about it is the answer about a session that does not exist, byte by byte.
"""

import io
import logging
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from werkzeug.test import TestResponse

from agents.backends.built_in.chat import ChatConfiguration
from agents.connectors.remote import RemoteConfiguration
from api.access.identity import link_cookie
from api.app import create_app
from api.bodies.approval_rules import NewApprovalRule
from api.operations.description import DescribedApplication
from api.operations.package import WHEEL
from api.services import Services
from tests.support.account import EMAIL, HASHED, PASSWORD, SECRET_KEY
from tests.support.browser import Browser
from tests.support.errors import assert_error
from tests.support.events import activity, citing
from tests.support.pictures import PICTURE
from tests.support.push_browser import PushBrowser
from utils.accounts.principal import Role, Scope, TeamRecord, UserRecord
from utils.accounts.users import add_team, add_user
from utils.database.base import Database
from utils.database.moment import now_ms
from utils.database.tables import metadata
from utils.feedback.opinion import Subject
from utils.findings.finding import Found
from utils.findings.findings import Place
from utils.log.events import Usage
from utils.notices.trial import try_rule
from utils.registry.agent_registry import AgentRecord
from utils.sessions.approval import NewApproval, Question
from utils.sessions.passages import NewPassage
from utils.settings import Settings
from utils.spending.bookkeeping import Bookkeeping
from utils.spending.budget import NewBudget
from utils.spending.price import NewPrice

CODES = {"401": "signed_out", "403": "forbidden", "404": "not_found", "409": "invitation_unusable"}
# Of these, another one.
CODES_OF = {
    ("POST /api/auth/passkey/options", "409"): "passkeys_off",
    ("POST /api/auth/passkey", "409"): "passkeys_off",
    ("POST /api/auth/passkeys/options", "409"): "passkeys_off",
    ("POST /api/auth/passkeys", "409"): "passkeys_off",
    ("POST /api/auth/passkeys/{passkey_id}/remove", "409"): "passkeys_off",
    ("POST /api/auth/forgotten", "409"): "mail_off",
    ("POST /api/team/mails/{mail_id}/again", "409"): "mail_off",
    ("POST /api/team/mails/test", "409"): "mail_off",
    ("POST /api/runs/{run_id}/chronicle", "409"): "no_model",
    ("POST /api/auth/step", "401"): "step_over",
    ("POST /api/auth/step/setup", "401"): "step_over",
    ("POST /api/auth/second-factor/recovery-codes", "409"): "second_factor_off",
}

# anon   nobody: no cookie and no key               admin  an administrator of that team
# link   has a spectator link to this very session  other  an administrator of another team
# view   a viewer of the session's team             read   an API key of the owner, with only the scope read
# memb   a member of it, not the owner              emit   the same with only the scope emit
# owner  a member of it, who owns the session       run    the same with only the scope run
#                                                   mana   the same with only the scope manage
#                                                   work   the same with only the scope work
# gone   a member who was deactivated, with cookies that have not expired
CALLERS = ("anon", "link", "view", "memb", "owner", "admin", "other", "read", "emit", "run", "mana", "work", "gone")

OF_THE_SERVER = """
                                                    anon link view memb owner admin other read emit run  mana work gone
GET    /healthz                                     200  200  200  200  200   200   200   200  200  200  200  200  200
GET    /readyz                                      200  200  200  200  200   200   200   200  200  200  200  200  200
GET    /metrics                                     401  401  200  200  200   200   200   200  403  403  403  403  401
GET    /sdk/{filename}                              200  200  200  200  200   200   200   200  200  200  200  200  200
GET    /api/info                                    200  200  200  200  200   200   200   200  200  200  200  200  200
POST   /api/auth/setup                              409  409  409  409  409   409   409   409  409  409  409  409  409
POST   /api/auth/invitation                         200  200  200  200  200   200   200   200  200  200  200  200  200
POST   /api/auth/register                           201  201  201  201  201   201   201   201  201  201  201  201  201
POST   /api/auth/login                              200  200  200  200  200   200   200   200  200  200  200  200  200
POST   /api/auth/reset                              204  204  204  204  204   204   204   204  204  204  204  204  204
POST   /api/auth/refresh                            401  401  200  200  200   200   200   401  401  401  401  401  401
POST   /api/auth/logout                             204  204  204  204  204   204   204   204  204  204  204  204  204
GET    /api/auth/oidc/login                         404  404  404  404  404   404   404   404  404  404  404  404  404
GET    /api/auth/oidc/callback                      404  404  404  404  404   404   404   404  404  404  404  404  404
POST   /api/auth/oidc/backchannel-logout            404  404  404  404  404   404   404   404  404  404  404  404  404
POST   /api/auth/oidc/connect                       401  401  404  404  404   404   404   403  403  403  403  403  401
POST   /api/auth/oidc/disconnect                    401  401  404  404  404   404   404   403  403  403  403  403  401
GET    /api/auth/me                                 401  401  200  200  200   200   200   200  403  403  403  403  401
POST   /api/auth/password                           401  401  204  204  204   204   204   403  403  403  403  403  401
POST   /api/auth/passkey/options                    409  409  409  409  409   409   409   409  409  409  409  409  409
POST   /api/auth/passkey                            409  409  409  409  409   409   409   409  409  409  409  409  409
GET    /api/auth/passkeys                           401  401  200  200  200   200   200   403  403  403  403  403  401
POST   /api/auth/passkeys/options                   401  401  409  409  409   409   409   403  403  403  403  403  401
POST   /api/auth/passkeys                           401  401  409  409  409   409   409   403  403  403  403  403  401
POST   /api/auth/passkeys/{passkey_id}/remove       401  401  409  409  409   409   409   403  403  403  403  403  401
POST   /api/auth/step                               401  401  401  401  401   401   401   401  401  401  401  401  401
POST   /api/auth/step/setup                         401  401  401  401  401   401   401   401  401  401  401  401  401
GET    /api/auth/second-factor                      401  401  200  200  200   200   200   403  403  403  403  403  401
POST   /api/auth/second-factor                      401  401  200  200  200   200   200   403  403  403  403  403  401
POST   /api/auth/second-factor/confirm              401  401  401  401  401   401   401   403  403  403  403  403  401
POST   /api/auth/second-factor/recovery-codes       401  401  409  409  409   409   409   403  403  403  403  403  401
POST   /api/auth/second-factor/remove               401  401  204  204  204   204   204   403  403  403  403  403  401
GET    /api/team/usage                              401  401  200  200  200   200   200   200  403  403  403  403  401
GET    /api/usage                                   401  401  200  200  200   200   200   200  403  403  403  403  401
GET    /api/usage/export                            401  401  200  200  200   200   200   200  403  403  403  403  401
GET    /api/prices                                  401  401  200  200  200   200   200   200  403  403  403  403  401
POST   /api/prices                                  401  401  403  403  403   201   201   403  403  403  403  403  401
POST   /api/prices/import                           401  401  403  403  403   201   201   403  403  403  403  403  401
DELETE /api/prices/{price_id}                       401  401  403  403  403   204   404   403  403  403  403  403  401
GET    /api/budgets                                 401  401  403  403  403   200   200   403  403  403  403  403  401
POST   /api/budgets                                 401  401  403  403  403   201   201   403  403  403  403  403  401
DELETE /api/budgets/{budget_id}                     401  401  403  403  403   204   404   403  403  403  403  403  401
GET    /api/team/users                              401  401  200  200  200   200   200   403  403  403  403  403  401
PATCH  /api/team/users/{user_id}                    401  401  403  403  403   200   404   403  403  403  403  403  401
POST   /api/team/users/{user_id}/password-link      401  401  403  403  403   201   404   403  403  403  403  403  401
POST   /api/team/users/{user_id}/hand-over          401  401  403  403  403   200   404   403  403  403  403  403  401
DELETE /api/team/users/{user_id}/second-factor      401  401  403  403  403   204   404   403  403  403  403  403  401
GET    /api/auth/me/export                          401  401  200  200  200   200   200   403  403  403  403  403  401
GET    /api/team/users/{user_id}/export             401  401  403  403  403   200   404   403  403  403  403  403  401
POST   /api/team/users/{user_id}/erase              401  401  403  403  403   202   404   403  403  403  403  403  401
PATCH  /api/team                                    401  401  403  403  403   200   200   403  403  403  403  403  401
GET    /api/team/invitations                        401  401  403  403  403   200   200   403  403  403  403  403  401
POST   /api/team/invitations                        401  401  403  403  403   201   201   403  403  403  403  403  401
DELETE /api/team/invitations/{invitation_id}        401  401  403  403  403   204   404   403  403  403  403  403  401
POST   /api/team/service-accounts                   401  401  403  403  403   201   201   403  403  403  403  403  401
POST   /api/auth/forgotten                          409  409  409  409  409   409   409   409  409  409  409  409  409
GET    /api/team/mails                              401  401  403  403  403   200   200   403  403  403  403  403  401
POST   /api/team/mails/{mail_id}/again              401  401  403  403  403   409   409   403  403  403  403  403  401
POST   /api/team/mails/test                         401  401  403  403  403   409   409   403  403  403  403  403  401
GET    /api/notices                                 401  401  200  200  200   200   200   403  403  403  403  403  401
PUT    /api/notices                                 401  401  200  200  200   200   200   403  403  403  403  403  401
POST   /api/notices/browsers                        401  401  201  201  201   201   201   403  403  403  403  403  401
DELETE /api/notices/browsers/{browser_id}           401  401  404  404  204   404   404   403  403  403  403  403  401
POST   /api/notices/test                            401  401  202  202  202   202   202   403  403  403  403  403  401
GET    /api/team/notice-rules                       401  401  403  403  403   200   200   403  403  403  403  403  401
POST   /api/team/notice-rules                       401  401  403  403  403   201   201   403  403  403  403  403  401
PATCH  /api/team/notice-rules/{rule_id}             401  401  403  403  403   200   404   403  403  403  403  403  401
DELETE /api/team/notice-rules/{rule_id}             401  401  403  403  403   204   404   403  403  403  403  403  401
POST   /api/team/notice-rules/{rule_id}/secret      401  401  403  403  403   200   404   403  403  403  403  403  401
POST   /api/team/notice-rules/{rule_id}/test        401  401  403  403  403   202   404   403  403  403  403  403  401
GET    /api/team/notice-rules/{rule_id}/deliveries  401  401  403  403  403   200   404   403  403  403  403  403  401
POST   /api/team/notice-rules/{rule_id}/deliveries/{notice_id}/again 401 401 403 403 403 202 404 403 403 403 403 403 401
GET    /api/team/approval-rules                     401  401  403  403  403   200   200   403  403  403  403  403  401
POST   /api/team/approval-rules                     401  401  403  403  403   201   201   403  403  403  403  403  401
POST   /api/team/approval-rules/try                 401  401  403  403  403   200   200   403  403  403  403  403  401
PATCH  /api/team/approval-rules/{approval_rule_id}  401  401  403  403  403   200   404   403  403  403  403  403  401
DELETE /api/team/approval-rules/{approval_rule_id}  401  401  403  403  403   204   404   403  403  403  403  403  401
GET    /api/team/links                              401  401  403  403  403   200   200   403  403  403  403  403  401
DELETE /api/team/links/{link_id}                    401  401  403  403  403   204   404   403  403  403  403  403  401
GET    /api/team/audit                              401  401  403  403  403   200   200   403  403  403  403  403  401
GET    /api/team/audit/export                       401  401  403  403  403   200   200   403  403  403  403  403  401
GET    /api/team/audit/check                        401  401  403  403  403   200   200   403  403  403  403  403  401
GET    /api/team/errors                             401  401  403  403  403   200   200   403  403  403  403  403  401
GET    /api/keys                                    401  401  200  200  200   200   200   403  403  403  403  403  401
POST   /api/keys                                    401  401  201  201  201   201   201   403  403  403  403  403  401
DELETE /api/keys/{key_id}                           401  401  404  404  204   204   404   403  403  403  403  403  401
POST   /api/hooks/{run_id}/{secret}/{name}          200  200  200  200  200   200   200   200  200  200  200  200  200
POST   /api/watch                                   200  200  200  200  200   200   200   200  200  200  200  200  200
GET    /api/agents                                  401  401  200  200  200   200   200   200  403  403  403  403  401
GET    /api/agents/kinds                            401  401  200  200  200   200   200   200  403  403  403  403  401
POST   /api/agents                                  401  401  403  403  403   201   201   403  403  403  403  403  401
GET    /api/agents/{agent_id}                       401  401  403  403  403   200   404   403  403  403  403  403  401
POST   /api/agents/test                             401  401  403  403  403   200   200   403  403  403  403  403  401
POST   /api/agents/{agent_id}/test                  401  401  403  403  403   200   404   403  403  403  403  403  401
PATCH  /api/agents/{agent_id}                       401  401  403  403  403   200   404   403  403  403  403  403  401
DELETE /api/agents/{agent_id}                       401  401  403  403  403   204   404   403  403  403  403  403  401
GET    /api/agents/{agent_id}/avatar                401  401  200  200  200   200   404   200  403  403  403  403  401
PUT    /api/agents/{agent_id}/avatar                401  401  403  403  403   200   404   403  403  403  403  403  401
DELETE /api/agents/{agent_id}/avatar                401  401  403  403  403   200   404   403  403  403  403  403  401
GET    /api/pauses                                  401  401  200  200  200   200   200   200  403  403  403  403  401
PUT    /api/agents/{agent_id}/pause                 401  401  403  403  403   200   404   403  403  403  403  403  401
DELETE /api/agents/{agent_id}/pause                 401  401  403  403  403   200   404   403  403  403  403  403  401
PUT    /api/team/pause                              401  401  403  403  403   200   200   403  403  403  403  403  401
DELETE /api/team/pause                              401  401  403  403  403   200   200   403  403  403  403  403  401
GET    /api/sessions                                401  401  200  200  200   200   200   200  403  403  403  403  401
GET    /api/approvals                               401  401  200  200  200   200   200   200  403  403  403  403  401
GET    /api/findings                                401  401  200  200  200   200   200   200  403  403  403  403  401
GET    /api/feedback/export                         401  401  200  200  200   200   200   200  403  403  403  403  401
GET    /api/tags                                    401  401  200  200  200   200   200   200  403  403  403  403  401
GET    /api/changes                                 401  401  200  200  200   200   200   200  403  403  403  403  401
GET    /sse/now                                     401  401  200  200  200   200   200   200  403  403  403  403  401
POST   /v1/traces                                   401  401  403  200  200   200   200   403  200  403  403  403  401
POST   /v1/metrics                                  401  401  403  200  200   200   200   403  200  403  403  403  401
POST   /v1/logs                                     401  401  403  200  200   200   200   403  200  403  403  403  401
POST   /api/sessions                                401  401  403  201  201   201   201   403  201  201  403  403  401
POST   /api/process                                 401  401  403  202  202   202   202   403  403  403  403  403  401
POST   /chat                                        401  401  403  202  202   202   202   403  403  403  403  403  401
POST   /api/assignments/claim                       401  401  403  204  204   204   204   403  403  403  403  204  401
POST   /api/assignments/runs/{run_id}/beat          401  401  403  404  404   404   404   403  403  403  403  200  401
POST   /api/assignments/runs/{run_id}/records       401  401  403  404  404   404   404   403  403  403  403  200  401
POST   /api/assignments/runs/{run_id}/messages      401  401  403  404  404   404   404   403  403  403  403  200  401
PUT    /api/assignments/runs/{run_id}/state         401  401  403  404  404   404   404   403  403  403  403  200  401
POST   /api/assignments/runs/{run_id}/ask           401  401  403  404  404   404   404   403  403  403  403  200  401
POST   /api/assignments/runs/{run_id}/tool-calls    401  401  403  404  404   404   404   403  403  403  403  200  401
POST   /api/assignments/runs/{run_id}/end           401  401  403  404  404   404   404   403  403  403  403  200  401
POST   /api/assignments/runs/{run_id}/release       401  401  403  404  404   404   404   403  403  403  403  204  401
POST   /api/sessions/sample                         401  401  403  201  201   201   201   403  403  201  403  403  401
GET    /api/operations                              401  401  403  403  403  200  200  403  403  403  403  403  401
POST   /api/operations/runs/{run_id}/stop           401  401  403  403  403  200  404  403  403  403  403  403  401
POST   /api/operations/runs/{run_id}/release        401  401  403  403  403  200  404  403  403  403  403  403  401
"""

# A session that its owner shares with the team: all of it may watch, administrators may keep order.
OF_A_SHARED_SESSION = """
                                                    anon link view memb owner admin other read emit run  mana work gone
GET    /api/sessions/{session_id}                   401  200  200  200  200   200   404   200  403  403  403  403  401
GET    /api/sessions/{session_id}/documents         401  200  200  200  200   200   404   200  403  403  403  403  401
GET    /api/sessions/{session_id}/passages/{passage_id} 401 200 200 200 200   200   404   200  403  403  403  403  401
GET    /api/sessions/{session_id}/messages          401  200  200  200  200   200   404   200  403  403  403  403  401
GET    /api/sessions/{session_id}/runs              401  200  200  200  200   200   404   200  403  403  403  403  401
GET    /api/sessions/{session_id}/activity          401  200  200  200  200   200   404   200  403  403  403  403  401
GET    /sse/agent-activity/{session_id}             401  200  200  200  200   200   404   200  403  403  403  403  401
POST   /api/sessions/{session_id}/stream-ticket     401  201  201  201  201   201   404   201  403  403  403  403  401
GET    /api/sessions/{session_id}/export            401  401  200  200  200   200   404   200  403  403  403  403  401
GET    /api/sessions/{session_id}/spending          401  401  200  200  200   200   404   200  403  403  403  403  401
GET    /api/runs/{run_id}                           401  401  200  200  200   200   404   200  403  403  403  403  401
PATCH  /api/sessions/{session_id}                   401  401  403  403  200   200   404   403  403  204  403  403  401
DELETE /api/sessions/{session_id}                   401  401  403  403  204   204   404   403  403  403  204  403  401
POST   /api/sessions/{session_id}/documents         401  401  403  403  201   201   404   403  403  201  403  403  401
DELETE /api/sessions/{session_id}/documents/{document_id} 401 401 403 403 204 204   404   403  403  403  204  403  401
GET    /api/sessions/{session_id}/documents/{document_id}/content 401 401 200 200 200 200 404 200 403 403 403 403 401
POST   /api/sessions/{session_id}/messages          401  401  403  403  202   202   404   403  403  202  403  403  401
PUT    /api/sessions/{session_id}/queue             401  401  403  403  204   204   404   403  403  204  403  403  401
POST   /api/sessions/{session_id}/events            401  401  403  403  201   201   404   403  201  403  403  403  401
POST   /api/sessions/{session_id}/approvals         401  401  403  403  201   201   404   403  201  403  403  403  401
POST   /api/sessions/{session_id}/tool-calls        401  401  403  403  200   200   404   403  200  403  403  403  401
GET    /api/approvals/{approval_id}                 401  401  200  200  200   200   404   200  200  403  403  403  401
POST   /api/approvals/{approval_id}/decision        401  401  403  403  200   200   404   403  403  204  403  403  401
PUT    /api/approvals/{approval_id}/snooze          401  401  403  403  204   204   404   403  403  204  403  403  401
DELETE /api/approvals/{approval_id}/snooze          401  401  403  403  204   204   404   403  403  204  403  403  401
POST   /api/findings/{finding_id}/dismiss           401  401  403  403  200   200   404   403  403  204  403  403  401
GET    /api/sessions/{session_id}/feedback          401  401  200  200  200   200   404   200  403  403  403  403  401
GET    /api/runs/{run_id}/feedback                  401  401  200  200  200   200   404   200  403  403  403  403  401
PUT    /api/runs/{run_id}/feedback                  401  401  204  204  204   204   404   403  403  204  403  403  401
DELETE /api/runs/{run_id}/feedback                  401  401  204  204  204   204   404   403  403  204  403  403  401
POST   /api/runs/{run_id}/feedback/comments         401  401  201  201  201   201   404   403  403  201  403  403  401
PATCH  /api/runs/{run_id}/feedback/comments/{comment_id} 401 401 403 403 200 403 404 403 403 200 403 403 401
DELETE /api/runs/{run_id}/feedback/comments/{comment_id} 401 401 403 403 204 403 404 403 403 204 403 403 401
POST   /api/runs/{run_id}/cancel                    401  401  403  403  202   202   404   403  403  202  403  403  401
POST   /api/runs/{run_id}/pause                     401  401  403  403  202   202   404   403  403  202  403  403  401
POST   /api/runs/{run_id}/resume                    401  401  403  403  202   202   404   403  403  202  403  403  401
POST   /api/runs/{run_id}/again                     401  401  403  403  202   202   404   403  403  202  403  403  401
GET    /api/runs/{run_id}/steps/{activity_id}/restart 401 401 403 403 200   200   404   200  403  403  403  403  401
POST   /api/runs/{run_id}/messages                  401  401  403  403  202   202   404   403  403  202  403  403  401
GET    /api/runs/{run_id}/messages                  401  401  200  200  200   200   404   200  403  403  403  403  401
POST   /api/runs/{run_id}/chronicle                 401  401  403  403  409   409   404   403  403  403  403  403  401
GET    /api/sessions/{session_id}/links             401  401  403  403  200   200   404   403  403  403  403  403  401
POST   /api/sessions/{session_id}/links             401  401  403  403  201   201   404   403  403  403  403  403  401
DELETE /api/sessions/{session_id}/links/{link_id}   401  401  403  403  204   204   404   403  403  403  403  403  401
"""

# A session that only its owner may see, and whoever has a link to it.
OF_A_PRIVATE_SESSION = """
                                                    anon link view memb owner admin other read emit run  mana work gone
GET    /api/sessions/{session_id}                   401  200  404  404  200   404   404   200  403  403  403  403  401
GET    /api/sessions/{session_id}/documents         401  200  404  404  200   404   404   200  403  403  403  403  401
GET    /api/sessions/{session_id}/passages/{passage_id} 401 200 404 404 200   404   404   200  403  403  403  403  401
GET    /api/sessions/{session_id}/messages          401  200  404  404  200   404   404   200  403  403  403  403  401
GET    /api/sessions/{session_id}/runs              401  200  404  404  200   404   404   200  403  403  403  403  401
GET    /api/sessions/{session_id}/activity          401  200  404  404  200   404   404   200  403  403  403  403  401
GET    /sse/agent-activity/{session_id}             401  200  404  404  200   404   404   200  403  403  403  403  401
POST   /api/sessions/{session_id}/stream-ticket     401  201  404  404  201   404   404   201  403  403  403  403  401
GET    /api/sessions/{session_id}/export            401  401  404  404  200   404   404   200  403  403  403  403  401
GET    /api/sessions/{session_id}/spending          401  401  404  404  200   404   404   200  403  403  403  403  401
GET    /api/runs/{run_id}                           401  401  404  404  200   404   404   200  403  403  403  403  401
PATCH  /api/sessions/{session_id}                   401  401  403  404  200   404   404   403  403  204  403  403  401
DELETE /api/sessions/{session_id}                   401  401  403  404  204   404   404   403  403  403  204  403  401
POST   /api/sessions/{session_id}/documents         401  401  403  404  201   404   404   403  403  201  403  403  401
DELETE /api/sessions/{session_id}/documents/{document_id} 401 401 403 404 204 404   404   403  403  403  204  403  401
GET    /api/sessions/{session_id}/documents/{document_id}/content 401 401 404 404 200 404 404 200 403 403 403 403 401
POST   /api/sessions/{session_id}/messages          401  401  403  404  202   404   404   403  403  202  403  403  401
PUT    /api/sessions/{session_id}/queue             401  401  403  404  204   404   404   403  403  204  403  403  401
POST   /api/sessions/{session_id}/events            401  401  403  404  201   404   404   403  201  403  403  403  401
POST   /api/sessions/{session_id}/approvals         401  401  403  404  201   404   404   403  201  403  403  403  401
POST   /api/sessions/{session_id}/tool-calls        401  401  403  404  200   404   404   403  200  403  403  403  401
GET    /api/approvals/{approval_id}                 401  401  404  404  200   404   404   200  200  403  403  403  401
POST   /api/approvals/{approval_id}/decision        401  401  403  404  200   404   404   403  403  204  403  403  401
PUT    /api/approvals/{approval_id}/snooze          401  401  403  404  204   404   404   403  403  204  403  403  401
DELETE /api/approvals/{approval_id}/snooze          401  401  403  404  204   404   404   403  403  204  403  403  401
POST   /api/findings/{finding_id}/dismiss           401  401  403  404  200   404   404   403  403  204  403  403  401
GET    /api/sessions/{session_id}/feedback          401  401  404  404  200   404   404   200  403  403  403  403  401
GET    /api/runs/{run_id}/feedback                  401  401  404  404  200   404   404   200  403  403  403  403  401
PUT    /api/runs/{run_id}/feedback                  401  401  404  404  204   404   404   403  403  204  403  403  401
DELETE /api/runs/{run_id}/feedback                  401  401  404  404  204   404   404   403  403  204  403  403  401
POST   /api/runs/{run_id}/feedback/comments         401  401  404  404  201   404   404   403  403  201  403  403  401
PATCH  /api/runs/{run_id}/feedback/comments/{comment_id} 401 401 404 404 200 404 404 403 403 200 403 403 401
DELETE /api/runs/{run_id}/feedback/comments/{comment_id} 401 401 404 404 204 404 404 403 403 204 403 403 401
POST   /api/runs/{run_id}/cancel                    401  401  403  404  202   404   404   403  403  202  403  403  401
POST   /api/runs/{run_id}/pause                     401  401  403  404  202   404   404   403  403  202  403  403  401
POST   /api/runs/{run_id}/resume                    401  401  403  404  202   404   404   403  403  202  403  403  401
POST   /api/runs/{run_id}/again                     401  401  403  404  202   404   404   403  403  202  403  403  401
GET    /api/runs/{run_id}/steps/{activity_id}/restart 401 401 404 404 200   404   404   200  403  403  403  403  401
POST   /api/runs/{run_id}/messages                  401  401  403  404  202   404   404   403  403  202  403  403  401
GET    /api/runs/{run_id}/messages                  401  401  404  404  200   404   404   200  403  403  403  403  401
POST   /api/runs/{run_id}/chronicle                 401  401  403  404  409   404   404   403  403  403  403  403  401
GET    /api/sessions/{session_id}/links             401  401  404  404  200   404   404   403  403  403  403  403  401
POST   /api/sessions/{session_id}/links             401  401  404  404  201   404   404   403  403  403  403  403  401
DELETE /api/sessions/{session_id}/links/{link_id}   401  401  404  404  204   404   404   403  403  403  403  403  401
"""


def rows(table: str) -> dict[str, dict[str, str]]:
    """``{"GET /healthz": {"anon": "200", ...}}``"""
    head, *lines = [line.split() for line in table.strip().splitlines()]
    assert head == list(CALLERS)
    return {f"{method} {path}": dict(zip(CALLERS, cells, strict=True)) for method, path, *cells in lines}


SERVER, SHARED, PRIVATE = rows(OF_THE_SERVER), rows(OF_A_SHARED_SESSION), rows(OF_A_PRIVATE_SESSION)
# While there is no account, a server answers to these and to nothing else.
BEFORE_AN_ACCOUNT = {
    "GET /healthz": 200, "GET /readyz": 200, "GET /metrics": 200, "GET /sdk/{filename}": 404,
    "POST /api/auth/setup": 409, "POST /api/auth/invitation": 409,
}  # fmt: skip

# Every session's title, event, message, document and passage has it; whoever may not see the session never sees it.
MARK = "herring"
_UNKNOWN = {
    "session_id": "session-unknown", "document_id": "doc-unknown", "passage_id": "999999", "run_id": "run-unknown",
    "link_id": "link-unknown", "key_id": "key-unknown", "user_id": "user-unknown", "gone_id": "user-unknown",
    "invitation_id": "invitation-none", "agent_id": "agent-unknown", "ended_run_id": "run-unknown",
    "mail_id": "mail-unknown", "passkey_id": "passkey-unknown", "approval_id": "approval-unknown",
    "finding_id": "finding-unknown", "comment_id": "comment-unknown", "activity_id": "step-unknown",
    "browser_id": "push-unknown", "rule_id": "rule-unknown", "notice_id": "notice-unknown",
    "approval_rule_id": "rule-unknown",
    "price_id": "price-unknown", "budget_id": "budget-unknown",
    "secret": "x" * 43, "name": "done", "filename": "unknown.whl", "held_run_id": "run-unknown",
}  # fmt: skip


class _MadeWhenAsked(dict[str, str]):
    """Ids of things, each made when somebody asks for it: a request needs few of them, and most are used up by one."""

    def __init__(self, makers: Mapping[str, Callable[[], str | dict[str, str]]]) -> None:
        super().__init__()
        self._makers = makers

    def __missing__(self, name: str) -> str:
        made = self._makers[name]()
        self.update({name: made} if isinstance(made, str) else made)
        return self[name]


@dataclass
class Target:
    """What a request is about: the ids of its path, and the secret of a link to its session."""

    ids: dict[str, str]
    link: str = ""
    invitation: str = ""
    password_link: str = ""


class World:
    """Two teams, everybody of CALLERS, and sessions with something of everything in them."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.own: Services = app.extensions["ringside"]
        [(admin, team, _)] = self.own.users.with_email(EMAIL)
        self.team = team
        self.users = {
            "view": self._user(team, "Vera", "viewer"),
            "memb": self._user(team, "Max", "member"),
            "owner": self._user(team, f"Olive {MARK}", "member"),
            "admin": admin,
            "gone": self._user(team, "Gus", "member"),
        }
        with self.own.database.write() as connection:
            self.pier = add_team(connection, "Pier")
        self.users["other"] = self._user(self.pier, "Fay", "administrator")
        scopes: dict[str, Scope] = {
            "read": "read", "emit": "emit", "run": "run", "mana": "manage", "work": "work"
        }  # fmt: skip
        made = {one: self.own.api_keys.create(self.users["owner"].key, one, [scope]) for one, scope in scopes.items()}
        self.keys = {one: secret for one, (_, secret) in made.items()}
        self.claimant = f"key-{made['work'][0].key}"
        for user in self.users.values():  # each has an app to confirm
            self.own.second_factors.prepare(user.key)
        self._gone = Browser(app, self.users["gone"]).cookies  # of a time when he was active
        self.own.users.change(team.key, self.users["gone"].id, active=False)
        self._targets: dict[str, Target] = {}
        self._names = 0

    def _user(self, team: TeamRecord, name: str, role: Role) -> UserRecord:
        with self.own.database.write() as connection:
            return add_user(connection, team.key, f"{name.partition(' ')[0]}@example.org", name, role, HASHED)

    def browser(self, caller: str, link: str = "", session_id: str = "") -> Browser:
        """A new one of the caller's. It is on another machine."""
        browser = Browser(self.app, None if caller == "gone" else self.users.get(caller), "192.0.2.1")
        if caller == "gone":
            for name, value in self._gone.items():
                browser.put(name, value)
        if caller in self.keys:
            browser.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {self.keys[caller]}"
        if caller == "link":
            browser.set_cookie(link_cookie(session_id), link)
        return browser

    def target(self, kind: str) -> Target:
        """``shared`` or ``private``, a session; ``server``, what is none of a session's."""
        if kind not in self._targets:
            self._targets[kind] = self._things() if kind == "server" else self.session(shared=kind == "shared")
        return self._targets[kind]

    def used_up(self, kind: str) -> None:
        """The target was changed: the next one gets another."""
        del self._targets[kind]

    def session(self, shared: bool, owner: str = "owner") -> Target:
        user = self.users[owner]
        session = self.own.sessions.create(title=f"About a {MARK}", owner=user)
        self.own.sessions.change(session.id, shared=shared)
        used = Usage(model="tiny", input_tokens=3, output_tokens=1)
        step = {"details": f"A {MARK}", "agent_name": f"The {MARK}", "status": "completed", "usage": used}
        self.own.log.append(session.id, [activity(session.id).model_copy(update=step)])
        Bookkeeping(self.own.database).settle_all()
        ended = self.own.run_queue.request(session.id, f"Which {MARK}?")
        assert ended is not None
        self.own.run_queue.cancel(ended[1].id)
        asked = self.own.run_queue.request(session.id, f"Whose {MARK}?")
        assert asked is not None
        done = activity(session.id, run_id=asked[1].id).model_copy(update={**step, "activity_id": f"step-{session.id}"})
        self.own.log.append(session.id, [done])
        added = self.own.documents.add(session.id, f"{MARK}.txt", io.BytesIO(f"A red {MARK}.".encode()))
        self.own.passages.replace(added.id, [NewPassage("line 1", f"A red {MARK}.")])
        self.own.documents.mark_read(added.id)
        [passage] = self.own.passages.search(session.id, [MARK])
        self.own.log.append(session.id, [citing(session.id, passage.id)])
        question = NewApproval("pay", "Purser", Question("Pay", f"Pay for the {MARK}?"))
        approval, _ = self.own.approvals.ask(session.id, session.key, question)
        found = Found("repeats", f"Called search(“{MARK}”) 3 times with the same answer.", 0)
        stuck = self.own.findings.begin(Place(session.key, session.id, ""), found)
        assert stuck is not None
        subject = Subject(session.id, session.key, asked[1].id)
        comment = self.own.feedback.comment(subject, user, f"That is no {MARK}.")
        assert comment is not None
        assert self.own.feedback.judge(subject, user, "down")
        link, secret = self.own.spectator_links.create(session.key, user.key, timedelta(hours=1), hides_tool_data=False)
        said = self.own.run_messages.send(asked[1], f"said-{asked[1].id}", f"Only {MARK}.", user, reads=True)
        assert said is not None
        ids = {
            "session_id": session.id, "run_id": asked[1].id, "document_id": added.id, "passage_id": str(passage.id),
            "link_id": link.id, "ended_run_id": ended[1].id, "approval_id": approval.id,
            "finding_id": stuck.id, "comment_id": comment.id, "activity_id": f"step-{session.id}",
        }  # fmt: skip
        return Target(ids, link=secret)

    def _things(self) -> Target:
        invitation, secret = self.own.invitations.invite(self.team, self.users["admin"], "member", timedelta(hours=1))
        key, _ = self.own.api_keys.create(self.users["owner"].key, "another", ["read"])
        shared = self.own.sessions.get(self.target("shared").ids["session_id"])
        assert shared is not None
        link, token = self.own.spectator_links.create(
            shared.key, self.users["owner"].key, timedelta(hours=1), hides_tool_data=False
        )
        run_id = self.target("private").ids["run_id"]
        known = {
            "user_id": self.users["view"].id, "gone_id": self.users["gone"].id, "invitation_id": invitation.id,
            "mail_id": "mail-unknown", "passkey_id": "passkey-unknown", "key_id": key.id, "link_id": link.id,
            "run_id": run_id, "secret": self.own.key.hook_secret(run_id), "name": "done", "filename": WHEEL,
        }  # fmt: skip
        ids = _MadeWhenAsked({
            "agent_id": lambda: self.agent(self.team).id,
            "browser_id": self.notices, "rule_id": self.notices, "notice_id": self.notices,
            "held_run_id": self.claimed_run,
            "price_id": lambda: self.own.prices.add(self.team.key, [NewPrice("tiny", "EUR", 1, 2)])[0].id,
            "budget_id": self._budget,
            "approval_rule_id": self._approval_rule,
        })  # fmt: skip
        ids.update(known)
        made = self.own.password_links.make(self.team.key, self.users["memb"].id)
        assert made is not None
        return Target(ids, token, secret, made[1])

    def notices(self) -> dict[str, str]:
        """A browser of each but the guests, so that all have a way to them; the owner's own, and a rule of the team."""
        own = self.own
        for user in self.users.values():
            one = PushBrowser("https://fcm.googleapis.com", f"/{user.id}")
            browser = own.push_subscriptions.add(user.key, one.endpoint, "Firefox")
            if user is self.users["owner"]:
                browser_id = browser.id
        for former in own.notice_rules.of_team(self.team.key):  # a team has at most fifty
            own.notice_rules.remove(self.team.key, former.id)
        rule, _ = own.notice_rules.add(self.team.key, "Watch", "webhook", "https://example.org/hook", ["run_failed"])
        try_rule(own.notices, rule)
        [delivery] = own.notices.of_rule(rule.key).items
        return {"browser_id": browser_id, "rule_id": rule.id, "notice_id": delivery.id}

    def _budget(self) -> str:
        for former in self.own.budgets.of_team(self.team.key):  # a team has at most two hundred
            self.own.budgets.remove(self.team.key, former.budget.id)
        team = NewBudget("team", None, "all", "tokens", None, 10**9, hard=False)
        return self.own.budgets.add(self.team.key, team).id

    def _approval_rule(self) -> str:
        rules = self.own.approval_rules
        for former in rules.of_team(self.team.key):  # a team has at most a hundred
            rules.remove(self.team.key, former.id)
        made = NewApprovalRule(name="Deletions ask", tool="*delete_*").model_dump()
        return rules.add(self.team.key, self.users["admin"], made).id

    def claimed_run(self) -> str:
        """One that a program outside works on: its key may tell of it, whoever asked, and no browser."""
        self._names += 1
        outside = self.own.agents.create(
            self.team.key, name=f"Program {self._names}", configuration=RemoteConfiguration(kind="remote")
        )
        session = self.own.sessions.create(owner=self.users["admin"])
        asked = self.own.run_queue.request(session.id, f"Whither, {MARK}?", agent_key=outside.key)
        assert asked is not None
        self.own.pauses.resume(self.team.key, None, self.users["admin"])  # a caller may have paused everything
        assert self.own.assignments.claim([outside], "a worker", self.claimant) is not None
        return asked[1].id

    def agent(self, team: TeamRecord) -> AgentRecord:
        """A registered one, with a picture."""
        self._names += 1
        configuration = ChatConfiguration(kind="chat")
        agent = self.own.agents.create(team.key, name=f"Agent {self._names}", configuration=configuration)
        self.own.agents.set_avatar(team.key, agent.id, b"a picture")
        return agent

    def ask(self, browser: Browser, operation: str, target: Target, **headers: str) -> TestResponse:
        """The answer to an operation's request."""
        path, sent = self.request(operation, target, **headers)
        return browser.open(path, **sent)

    def request(self, operation: str, target: Target, **headers: str) -> tuple[str, dict[str, Any]]:
        """The request of an operation, with all that it needs to succeed: its path, and what is sent."""
        method, path = operation.split()
        self._names += 1
        sent: dict[str, Any] = BODIES[operation](self, target) if operation in BODIES else {}
        if path.endswith(("/hand-over", "/erase")):  # of somebody who is deactivated
            path = path.replace("user_id", "gone_id")
        if path.startswith(("/api/assignments/", "/api/operations/")):  # of a run that a worker holds
            path = path.replace("run_id", "held_run_id")
        if path.startswith("/api/runs/") and path.endswith("/again"):  # of a run that has ended
            path = path.replace("run_id", "ended_run_id")
        headers = {**(headers or {}), **sent.pop("headers", {})}
        return path.format_map(target.ids), {"method": method, "headers": headers, **sent}

    def rows(self) -> dict[str, int]:
        """How many each table has."""
        counts = ", ".join(f"(SELECT count(*) FROM {name})" for name in metadata.tables)
        with self.own.database.read() as connection:
            return dict(zip(metadata.tables, connection.execute(text(f"SELECT {counts}")).one(), strict=True))


# What is sent; an operation that is not here needs no body.
BODIES: dict[str, Callable[[World, Target], dict[str, Any]]] = {
    "POST /api/auth/setup": lambda world, target: {
        "json": {
            "token": target.invitation, "team": "T", "name": "N", "email": f"a{world._names}@b.c", "password": PASSWORD
        }
    },
    "POST /api/auth/invitation": lambda world, target: {"json": {"token": target.invitation}},
    "POST /api/auth/register": lambda world, target: {
        "json": {
            "token": target.invitation, "name": "N", "email": f"new{world._names}@example.org", "password": PASSWORD
        }
    },
    "POST /api/auth/login": lambda world, target: {"json": {"email": EMAIL, "password": PASSWORD}},
    "POST /api/auth/oidc/backchannel-logout": lambda world, target: {"data": {"logout_token": "t"}},
    "POST /api/auth/oidc/connect": lambda world, target: {"json": {"password": PASSWORD}},
    "POST /api/auth/oidc/disconnect": lambda world, target: {"json": {"password": PASSWORD}},
    "POST /api/auth/reset": lambda world, target: {"json": {"token": target.password_link, "password": PASSWORD}},
    "POST /api/auth/password": lambda world, target: {"json": {"current": PASSWORD, "new": PASSWORD}},
    "POST /api/auth/passkey": lambda world, target: {"json": {"credential": {}}},
    "POST /api/auth/passkeys": lambda world, target: {"json": {"name": "Phone", "credential": {}}},
    "POST /api/auth/passkeys/options": lambda world, target: {"json": {"password": PASSWORD}},
    "POST /api/auth/passkeys/{passkey_id}/remove": lambda world, target: {"json": {"password": PASSWORD}},
    "POST /api/auth/forgotten": lambda world, target: {"json": {"email": EMAIL}},
    "POST /api/auth/step": lambda world, target: {"json": {"code": "123456"}},
    "POST /api/auth/second-factor": lambda world, target: {"json": {"password": PASSWORD}},
    "POST /api/auth/second-factor/confirm": lambda world, target: {"json": {"code": "123456"}},
    "POST /api/auth/second-factor/recovery-codes": lambda world, target: {"json": {"password": PASSWORD}},
    "POST /api/auth/second-factor/remove": lambda world, target: {"json": {"password": PASSWORD}},
    "PATCH /api/team/users/{user_id}": lambda world, target: {"json": {"name": "Vera"}},
    "POST /api/team/users/{user_id}/hand-over": lambda world, target: {"json": {"to": world.users["memb"].id}},
    "POST /api/team/users/{user_id}/erase": lambda world, target: {"json": {"email": world.users["gone"].email}},
    "PUT /api/notices": lambda world, target: {"json": {"kinds": {"run_failed": {"whose": "team"}}}},
    "POST /api/notices/browsers": lambda world, target: {
        "json": PushBrowser("https://fcm.googleapis.com", f"/{world._names}").subscription
    },
    "POST /api/team/notice-rules": lambda world, target: {
        "json": {"name": "W", "channel": "webhook", "url": "https://example.org/hook", "kinds": ["run_failed"]}
    },
    "PATCH /api/team/notice-rules/{rule_id}": lambda world, target: {"json": {"name": "Another"}},
    "POST /api/team/approval-rules": lambda world, target: {"json": {"name": "R", "tool": "rm"}},
    "POST /api/team/approval-rules/try": lambda world, target: {"json": {"tool": "rm"}},
    "PATCH /api/team/approval-rules/{approval_rule_id}": lambda world, target: {"json": {"name": "Another"}},
    "PATCH /api/team": lambda world, target: {"json": {"name": "Renamed"}},
    "POST /api/team/invitations": lambda world, target: {"json": {"role": "viewer"}},
    "POST /api/team/service-accounts": lambda world, target: {"json": {"name": "A program"}},
    "POST /api/keys": lambda world, target: {"json": {"name": "mine", "scopes": ["read"]}},
    "POST /api/watch": lambda world, target: {"json": {"token": target.link}},
    "POST /v1/traces": lambda world, target: {"json": {"resourceSpans": []}},
    "POST /v1/metrics": lambda world, target: {"json": {"resourceMetrics": []}},
    "POST /v1/logs": lambda world, target: {"json": {"resourceLogs": []}},
    "POST /api/sessions": lambda world, target: {"json": {"title": "Mine"}},
    "POST /api/agents": lambda world, target: {
        "json": {"name": f"New {world._names}", "configuration": {"kind": "chat"}}
    },
    "POST /api/agents/test": lambda world, target: {"json": {"configuration": {"kind": "documents", "source": "none"}}},
    "PATCH /api/agents/{agent_id}": lambda world, target: {"json": {"description": "Another"}},
    "PUT /api/agents/{agent_id}/pause": lambda world, target: {"json": {}},
    "PUT /api/sessions/{session_id}/queue": lambda world, target: {"json": {"runs": ["run-x"]}},
    "PUT /api/team/pause": lambda world, target: {"json": {}},
    "PUT /api/agents/{agent_id}/avatar": lambda world, target: {"data": {"file": (io.BytesIO(PICTURE), "a.png")}},
    "PATCH /api/sessions/{session_id}": lambda world, target: {"json": {"title": "Renamed"}},
    "POST /api/sessions/{session_id}/documents": lambda world, target: {
        "data": {"files": [(io.BytesIO(b"A text."), "a.txt")]}
    },
    "POST /api/sessions/{session_id}/messages": lambda world, target: {"json": {"content": "And then?"}},
    "POST /api/sessions/{session_id}/events": lambda world, target: {
        "json": {"events": [activity(target.ids["session_id"]).model_dump(mode="json")]}
    },
    "POST /api/sessions/{session_id}/approvals": lambda world, target: {
        "json": {"activity_id": f"a{world._names}", "agent_name": "Purser", "action": "Pay", "question": "Pay?"}
    },
    "POST /api/sessions/{session_id}/tool-calls": lambda world, target: {
        "json": {"call_id": f"c{world._names}", "agent_name": "Purser", "tool": "delete_file"}
    },
    "PUT /api/approvals/{approval_id}/snooze": lambda world, target: {
        "json": {"until": (datetime.now(UTC) + timedelta(hours=1)).isoformat()}
    },
    "PUT /api/runs/{run_id}/feedback": lambda world, target: {"json": {"verdict": "up"}},
    "POST /api/runs/{run_id}/feedback/comments": lambda world, target: {"json": {"text": "Too short."}},
    "PATCH /api/runs/{run_id}/feedback/comments/{comment_id}": lambda world, target: {"json": {"text": "Short."}},
    "POST /api/prices": lambda world, target: {
        "json": {"prices": [{"model": "tiny", "currency": "EUR", "input": 1, "output": 2}]}
    },
    "POST /api/prices/import": lambda world, target: {"json": {"text": "model,currency,input,output\ntiny,EUR,1,2"}},
    "POST /api/budgets": lambda world, target: {"json": {"scope": "team", "unit": "tokens", "at_most": 10**9}},
    "POST /api/approvals/{approval_id}/decision": lambda world, target: {"json": {"choice": "approve"}},
    "POST /chat": lambda world, target: {
        "json": {"session_id": f"chat-{world._names}", "message": "Why?"}, "headers": {"Prefer": "wait=1"}
    },
    "POST /api/process": lambda world, target: {
        "json": {"prompt": "Whither?", "model": "Document agents", "wait": 0}
    },
    "POST /api/assignments/claim": lambda world, target: {"json": {}},
    "POST /api/assignments/runs/{run_id}/beat": lambda world, target: {"json": {"attempt": 1}},
    "POST /api/assignments/runs/{run_id}/records": lambda world, target: {
        "json": {"attempt": 1, "first": 0, "records": []}
    },
    "POST /api/assignments/runs/{run_id}/messages": lambda world, target: {"json": {"attempt": 1}},
    "POST /api/runs/{run_id}/messages": lambda world, target: {"json": {"text": "Only this winter."}},
    "PUT /api/assignments/runs/{run_id}/state": lambda world, target: {"json": {"attempt": 1, "state": {}}},
    "POST /api/assignments/runs/{run_id}/ask": lambda world, target: {
        "json": {"attempt": 1, "key": "pay", "action": "Pay", "question": "Pay?"}
    },
    "POST /api/assignments/runs/{run_id}/tool-calls": lambda world, target: {
        "json": {"attempt": 1, "call_id": "c", "tool": "delete_file"}
    },
    "POST /api/assignments/runs/{run_id}/end": lambda world, target: {
        "json": {"attempt": 1, "status": "completed", "answer": "There."}
    },
    "POST /api/assignments/runs/{run_id}/release": lambda world, target: {"json": {"attempt": 1}},
    "POST /api/sessions/{session_id}/links": lambda world, target: {"json": {}},
}  # fmt: skip


@pytest.fixture(scope="module")
def worlds(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], World]]:
    """The world of each database, made when it is first asked for."""
    made: dict[str, World] = {}
    with ExitStack() as stack:

        def world(kind: str) -> World:
            if kind not in made:
                folder = tmp_path_factory.mktemp("tenancy")
                settings = Settings(
                    _env_file=None, data_dir=folder, sqlite_synchronous="NORMAL", agent_processes=0,
                    openai_api_key=None, secret_key=SECRET_KEY, ratelimit_enabled=False,
                )  # fmt: skip
                if kind == "sqlite":
                    shutil.copy(request.getfixturevalue("migrated"), folder / "ringside.db")
                else:
                    server = request.getfixturevalue("postgres")
                    url = server.create("ringside_tenancy", "ringside_template")
                    stack.callback(server.drop, "ringside_tenancy")
                    settings = Settings(_env_file=None, **settings.model_dump() | {"database_url": url})
                made[kind] = World(stack.enter_context(an_app(settings)))
            return made[kind]

        yield world


class an_app:  # noqa: N801
    """``create_app`` for a while: afterwards the log goes where it went."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def __enter__(self) -> Flask:
        root = logging.getLogger()
        self._log = root.handlers[:], root.level
        self._app = create_app(self._settings)
        return self._app

    def __exit__(self, *_: object) -> None:
        logging.getLogger().handlers[:] = self._log[0]
        logging.getLogger().setLevel(self._log[1])
        self._app.extensions["ringside"].database.close()
        self._app.extensions["ringside"].doorbell.close()


@pytest.fixture
def world(worlds: Callable[[str], World], database_kind: str, quick_hashing: None) -> World:
    return worlds(database_kind)


def operations(app: Flask) -> set[str]:
    assert isinstance(app, DescribedApplication)
    return {f"{method.upper()} {path}" for path, item in app.api_doc["paths"].items() for method in item}


@pytest.mark.any_database
def test_every_operation_has_its_row_and_every_row_its_operation(world: World) -> None:
    assert set(SERVER) | set(SHARED) == operations(world.app)
    assert set(SHARED) == set(PRIVATE)
    assert set(SERVER) & set(SHARED) == set()


@pytest.mark.parametrize("operation", SERVER)
def test_what_is_of_the_server(world: World, operation: str) -> None:
    assert answers(world, operation, "server", SERVER) == SERVER[operation]


@pytest.mark.parametrize("operation", SHARED)
def test_what_is_of_a_shared_session(world: World, operation: str) -> None:
    assert answers(world, operation, "shared", SHARED) == SHARED[operation]


@pytest.mark.parametrize("operation", PRIVATE)
def test_what_is_of_a_private_session(world: World, operation: str) -> None:
    assert answers(world, operation, "private", PRIVATE) == PRIVATE[operation]


def code_of(operation: str, status: str, caller: str) -> str:
    if operation == "POST /api/auth/second-factor/confirm" and caller in ("view", "memb", "owner", "admin", "other"):
        return "wrong_code"
    return CODES_OF.get((operation, status), CODES[status])


def answers(world: World, operation: str, kind: str, table: dict[str, dict[str, str]]) -> dict[str, str]:
    """What each caller gets. What a refusal must not tell or do is asserted on the way."""
    found: dict[str, str] = {}
    for caller in CALLERS:
        target = world.target(kind)
        browser = world.browser(caller, target.link, target.ids.get("session_id", ""))
        path, sent = world.request(operation, target)
        before = world.rows()
        with closing(browser.open(path, **sent)) as response:
            found[caller] = status = str(response.status_code)
            assert_kept_by_nobody(operation, response)
            if status < "400":
                bare = operation.endswith(("/spending", "/restart"))  # figures, and words of ours
                if "session_id" in target.ids and operation.startswith("GET") and not bare:
                    assert MARK in read(response), f"{caller} sees nothing of it"
                elif not operation.startswith("GET"):
                    world.used_up(kind)
                continue
            if operation.startswith("POST /v1/"):
                assert set(response.json) == {"code", "message"}, "as OTLP has it"
            else:
                assert_error(response, int(status), code_of(operation, status, caller))
        assert MARK not in response.text, f"{caller} sees some of it"
        assert world.rows() == before, f"{caller} was refused, and something was done"
        hidden = kind != "server" and table["GET /api/sessions/{session_id}"][caller] != "200"
        if hidden or status == "404":
            unknown = world.ask(browser, operation, Target(_UNKNOWN, "unknown", "unknown"))
            assert (unknown.status, unknown.data) == (response.status, response.data), f"{caller} learns that it exists"
        if operation.startswith("GET"):
            with closing(world.ask(browser, operation.replace("GET", "HEAD"), target)) as response:
                assert str(response.status_code) == status
    return found


# What is kept is the same for all, or has its own address for each content.
KEPT = {"GET /api/agents/{agent_id}/avatar": "private, no-cache"}


def assert_kept_by_nobody(operation: str, response: TestResponse) -> None:
    """Neither by a proxy nor by a browser that others use, too."""
    [said] = response.headers.get_all("Cache-Control")
    if response.mimetype != "application/json" and operation in KEPT:
        assert said == KEPT[operation]
    else:
        assert "no-store" in said.split(", "), operation


def read(response: TestResponse) -> str:
    """The answer; of a stream, its beginning."""
    if not response.is_streamed or response.mimetype != "text/event-stream":
        return response.text
    seen = ""
    for chunk in response.iter_encoded():
        seen += chunk.decode()
        if "event: agentActivity" in seen:
            break
    return seen


# What the tables cannot say


def test_before_there_is_an_account_only_its_making_is_answered(settings: Settings, database: Database) -> None:
    with database.write() as connection:
        connection.execute(text("DELETE FROM teams"))
        connection.execute(text("DELETE FROM users"))
    with an_app(settings) as app:
        browser = Browser(app)
        for operation in operations(app):
            method, path = operation.split()
            sent = {"json": {"token": "t", "team": "T", "name": "N", "email": "a@b.c", "password": PASSWORD}}
            if operation == "POST /api/auth/invitation":
                sent = {"json": {"token": "t"}}
            response = browser.open(path.format(**_UNKNOWN), method=method, **sent if method != "GET" else {})
            if operation in BEFORE_AN_ACCOUNT:
                assert response.status_code == BEFORE_AN_ACCOUNT[operation], operation
            elif operation.startswith("POST /v1/"):
                assert response.status_code == 403
            else:
                assert_error(response, 403, "setup_needed")
        assert_error(browser.get("/openapi/openapi.json"), 403, "setup_needed")
        with browser.get("/") as page:
            assert page.status_code in (200, 503), "the dashboard, built or not"


def test_what_is_of_another_session_answers_as_what_is_not(world: World) -> None:
    """Its owner asks for things of somebody else's private session by way of an own one."""
    mine, foreign = world.session(shared=False), world.session(shared=False, owner="memb")
    browser = world.browser("owner")
    for operation, kind in [
        ("DELETE /api/sessions/{session_id}/documents/{document_id}", "document_id"),
        ("GET /api/sessions/{session_id}/passages/{passage_id}", "passage_id"),
        ("DELETE /api/sessions/{session_id}/links/{link_id}", "link_id"),
    ]:
        before = world.rows()
        there, nowhere = (
            world.ask(browser, operation, Target(mine.ids | {kind: ids[kind]})) for ids in (foreign.ids, _UNKNOWN)
        )
        assert_error(there, 404, "not_found")
        assert (there.status, there.data) == (nowhere.status, nowhere.data), operation
        assert world.rows() == before
    there, nowhere = (
        browser.get(f"/sse/agent-activity/{mine.ids['session_id']}?run_id={ids['run_id']}")
        for ids in (foreign.ids, _UNKNOWN)
    )
    assert_error(there, 404, "not_found")
    assert there.data == nowhere.data


def test_an_agent_of_another_team_cannot_be_chosen_and_answers_as_what_is_not(world: World) -> None:
    for caller, team in (("owner", world.pier), ("other", world.team)):
        foreign, browser = world.agent(team), world.browser(caller)
        path = f"/api/sessions/{world.session(shared=False, owner=caller).ids['session_id']}"
        before = world.rows()
        for ask in (partial(browser.post, "/api/sessions"), partial(browser.patch, path)):
            there, nowhere = (ask(json={"agent_id": agent_id}) for agent_id in (foreign.id, "agent-unknown"))
            assert_error(there, 404, "not_found")
            assert (there.status, there.data) == (nowhere.status, nowhere.data)
        assert world.rows() == before


def test_a_spectator_is_told_who_answers_and_gets_no_address_of_a_picture(world: World) -> None:
    target, agent = world.session(shared=False), world.agent(world.team)
    path = f"/api/sessions/{target.ids['session_id']}"
    chosen = world.browser("owner").patch(path, json={"agent_id": agent.id}).json["agent"]
    assert chosen["avatar"].startswith(f"/api/agents/{agent.id}/avatar?v=")
    seen = world.browser("link", target.link, target.ids["session_id"]).get(path).json["agent"]
    assert seen == chosen | {"avatar": None}


def test_metadata_are_for_the_team_alone(world: World) -> None:
    target = world.session(shared=False)
    path, metadata = f"/api/sessions/{target.ids['session_id']}", {"customer": "C-17"}
    assert world.browser("owner").patch(path, json={"metadata": metadata}).json["metadata"] == metadata
    asked = world.browser("owner").post(f"{path}/messages", json={"content": "Why?", "metadata": {"order": "O-4"}})
    assert asked.status_code == 202
    guest = world.browser("link", target.link, target.ids["session_id"])
    for seen in (path, f"{path}/runs", f"{path}/messages", f"{path}/activity"):
        told = guest.get(seen)
        assert told.status_code == 200
        assert "C-17" not in told.text
        assert "O-4" not in told.text
    assert guest.get(path).json["metadata"] == {}


def test_a_link_opens_no_other_session(world: World) -> None:
    linked = world.session(shared=True)
    for other in (world.session(shared=True), world.session(shared=False)):
        browser = world.browser("link", linked.link, linked.ids["session_id"])
        browser.set_cookie(link_cookie(other.ids["session_id"]), linked.link)  # put where the other's would be
        for operation in SHARED:
            assert_error(world.ask(browser, operation, other), 401, "signed_out")


def test_nobodys_lists_show_another_team_or_what_is_private(world: World) -> None:
    shared, private = world.session(shared=True), world.session(shared=False)
    own = world.session(shared=False, owner="other")
    ours = {shared.ids["session_id"], private.ids["session_id"], own.ids["session_id"]}
    for caller, seen in {
        "view": [shared], "memb": [shared], "owner": [shared, private], "admin": [shared], "read": [shared, private],
        "other": [own],
    }.items():  # fmt: skip
        listed = world.browser(caller).get("/api/sessions?limit=200").json["sessions"]
        assert {one["id"] for one in listed} & ours == {one.ids["session_id"] for one in seen}, caller
        found = world.browser(caller).get(f"/api/sessions?limit=200&query={MARK}").json["sessions"]
        assert {one["id"] for one in found} & ours == {one.ids["session_id"] for one in seen}, caller
    stranger = world.browser("other")
    world.agent(world.team)
    for path in (
        "/api/team/users", "/api/team/invitations", "/api/team/audit", "/api/keys", "/api/keys?whole_team=1",
        "/api/agents", "/api/team/links",
    ):  # fmt: skip
        told = stranger.get(path)
        assert told.status_code == 200
        for name in ("Vera", "Max", "Olive", "Ada", "Gus", "key-tests", f"Agent {world._names}"):
            assert name not in told.text, path


def test_figures_are_for_this_machine_itself_without_a_sign_in_unless_a_proxy_asks(world: World) -> None:
    for address in ("127.0.0.1", "::1"):
        browser = Browser(world.app, address=address)
        assert browser.get("/metrics").status_code == 200
        for header in ("X-Forwarded-For", "Forwarded", "X-Real-IP"):
            assert_error(browser.get("/metrics", headers={header: "192.0.2.7"}), 401, "signed_out")


def test_a_session_without_an_owner_is_its_teams_and_administrators_keep_it(world: World) -> None:
    """An emitter made it."""
    session_id = f"emitted-{now_ms()}"
    world.own.log.append(session_id, [activity(session_id)])
    path = f"/api/sessions/{session_id}"
    for caller, statuses in {
        "view": (200, 403), "memb": (200, 403), "admin": (200, 200), "other": (404, 404), "run": (403, 403),
    }.items():  # fmt: skip
        browser = world.browser(caller)
        answered = (browser.get(path).status_code, browser.patch(path, json={"title": "T"}).status_code)
        assert answered == statuses, caller
    # Nobody could ever see it again.
    assert_error(world.browser("admin").patch(path, json={"shared": False}), 403, "forbidden")
    assert world.browser("view").get(path).status_code == 200


def test_only_the_owner_says_whether_the_team_may_watch(world: World) -> None:
    target = world.session(shared=True)
    path = f"/api/sessions/{target.ids['session_id']}"
    assert_error(world.browser("admin").patch(path, json={"shared": False}), 403, "forbidden")
    assert world.browser("view").get(path).json["shared"] is True
    assert world.browser("owner").patch(path, json={"shared": False}).json["shared"] is False
    assert_error(world.browser("view").get(path), 404, "not_found")


def test_an_id_that_another_has_is_taken_and_no_more_is_told(world: World) -> None:
    """Ids are the server's, so this much can be known."""
    target = world.session(shared=False)
    response = world.browser("other").post("/api/sessions", json={"id": target.ids["session_id"]})
    assert_error(response, 409, "session_exists")
    assert MARK not in response.text


def test_a_viewer_may_not_change_even_what_was_once_their_own(world: World) -> None:
    target = world.session(shared=False, owner="view")
    path = f"/api/sessions/{target.ids['session_id']}"
    browser = world.browser("view")
    assert browser.get(path).json["may_change"] is False
    assert_error(browser.patch(path, json={"title": "T"}), 403, "forbidden")
    assert_error(browser.post(f"{path}/links", json={}), 403, "forbidden")


def test_a_key_never_shows_more_than_its_scopes_whatever_cookies_come_along(world: World) -> None:
    """A key without the scope read, and a link that hides what tools were given: the link is what counts."""
    target = world.session(shared=False)
    session_id = target.ids["session_id"]
    session = world.own.sessions.get(session_id)
    assert session is not None
    shown = activity(session_id).model_copy(update={"input": {"secret": "a tool's"}})
    world.own.log.append(session_id, [shown])
    _, hiding = world.own.spectator_links.create(
        session.key, world.users["owner"].key, timedelta(hours=1), hides_tool_data=True
    )
    browser = world.browser("emit")
    browser.set_cookie(link_cookie(session_id), hiding)
    told = browser.get(f"/api/sessions/{session_id}/activity")
    assert told.status_code == 200
    assert "a tool's" not in told.text


def test_a_key_without_the_scope_read_gets_no_stream_of_what_it_asked(world: World) -> None:
    target = world.session(shared=False)
    path = f"/api/sessions/{target.ids['session_id']}/messages"
    before = world.rows()
    asked = {"json": {"content": "And then?"}, "headers": {"Accept": "text/event-stream"}}
    assert_error(world.browser("run").post(path, **asked), 403, "forbidden")
    assert world.rows() == before, "nothing was asked"
    with closing(world.browser("owner").post(path, **asked)) as stream:
        assert stream.mimetype == "text/event-stream"
