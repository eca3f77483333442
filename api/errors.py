"""One shape for every failed request: ``{"error": {"code", "message"}}``."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pysqlite3
from flask import Flask, Response, current_app, g, make_response, request
from pydantic import ValidationError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, MethodNotAllowed, RequestEntityTooLarge, SecurityError

from api.bodies.errors import ErrorBody, ErrorDetail
from api.protocols.otlp import OtlpError, UnpackedTooLargeError
from utils.accounts.error_log import ErrorLog
from utils.accounts.passwords import PasswordsBusyError
from utils.accounts.quotas import QuotaExceededError
from utils.accounts.users import AccountError, SignedOutError
from utils.database.base import DatabaseLostError
from utils.database.paging import CursorError
from utils.database.write_lock import WriteTurnError
from utils.log.errors import NotStoredError, SessionGoneError, StaleRunError, passing_trouble
from utils.log.events import EventError, EventTooLargeError
from utils.logs import without_secrets
from utils.metrics.figures import QUOTA_REFUSALS
from utils.registry.agent_registry import AgentRegistryError
from utils.registry.avatar import AvatarError
from utils.sessions.approval import ApprovalError
from utils.sessions.documents import DocumentError
from utils.sessions.run_message import RunMessageError
from utils.sessions.sessions import SessionExistsError
from utils.spending.aside import BudgetPassedError
from utils.validation_words import validation_words

_MOST_PROBLEMS = 10  # that one answer names
_log = logging.getLogger(__name__)

_AVATAR_STATUS = {"too_large": 413, "crowded": 503}
_DOCUMENT_STATUS = {"too_large": 413, "unsupported_type": 415, "unknown_session": 404, "unknown_document": 404}
_QUOTA_STATUS = {"storage": 413, "sessions": 403, "api_keys": 403}
_WORDS = {
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not answer to that method."),
    415: ("unsupported_media_type", "Send JSON, with the header Content-Type: application/json."),
}


class ApiError(Exception):
    """A failure with a status, a code and a message for the client."""

    def __init__(self, status: int, code: str, message: str, retry_after: int | None = None) -> None:
        """``retry_after``: the seconds until another try may succeed."""
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.retry_after = retry_after


def not_found(noun: str) -> ApiError:
    return ApiError(404, "not_found", f"There is no such {noun}. It may have been deleted.")


@contextmanager
def plainly() -> Iterator[None]:
    """What does not fit together is refused in the words of the ValueError, which name the field."""
    try:
        yield
    except ValueError as error:
        raise ApiError(400, "invalid_request", f"Please correct the request: {error}.") from error


def invalid(error: ValidationError) -> Response:
    """The answer to a request that does not fit its schema."""
    problems = []
    for problem in error.errors(include_url=False, include_input=False):
        place, words = ".".join(str(part) for part in problem["loc"]), validation_words(problem)
        problems.append(f"{place}: {words}" if place else f"the body {words}")
    if request.is_json and request.get_json(silent=True) is None:
        problems = ["the body is not valid JSON"]
    if (more := len(problems) - _MOST_PROBLEMS) > 0:  # a batch may have the same one hundreds of times
        problems = [*problems[:_MOST_PROBLEMS], f"and {more:,} more"]
    return error_response(400, "invalid_request", "Please correct the request: " + "; ".join(problems) + ".")


def error_response(status: int, code: str, message: str) -> Response:
    body = ErrorBody(error=ErrorDetail(code=code, message=message))
    response = make_response(body.model_dump_json(), status)
    response.content_type = "application/json"
    return response


def _keep(code: str, message: str) -> None:
    """Write to the error log, with what is known of the request."""
    who = g.get("principal")
    error_log: ErrorLog = current_app.extensions["ringside"].error_log
    error_log.write(
        "error",
        code,
        message,
        team_key=who.team.key if who is not None else None,
        user_id=who.user.id if who is not None else None,
        session_id=(request.view_args or {}).get("session_id"),
        run_id=(request.view_args or {}).get("run_id"),
        request_id=g.get("request_id"),
    )


def register_error_handlers(app: Flask) -> None:
    @app.errorhandler(ApiError)
    def _known(error: ApiError) -> Response:
        response = error_response(error.status, error.code, error.message)
        response.retry_after = error.retry_after
        return response

    @app.errorhandler(PasswordsBusyError)
    def _busy(error: PasswordsBusyError) -> Response:
        response = error_response(503, "crowded", str(error))
        response.retry_after = 1
        return response

    @app.errorhandler(AccountError)
    @app.errorhandler(AgentRegistryError)
    @app.errorhandler(ApprovalError)
    @app.errorhandler(RunMessageError)
    def _conflict(error: AccountError | AgentRegistryError | ApprovalError | RunMessageError) -> Response:
        return error_response(409, error.code, str(error))

    @app.errorhandler(SignedOutError)
    def _signed_out(error: SignedOutError) -> Response:
        return error_response(401, "signed_out", "Your password or another way to sign in was changed. Sign in again.")

    @app.errorhandler(QuotaExceededError)
    def _quota(error: QuotaExceededError) -> Response:
        QUOTA_REFUSALS.labels(error.quota).inc()
        response = error_response(_QUOTA_STATUS.get(error.quota, 429), error.code, str(error))
        response.retry_after = error.retry_after
        return response

    @app.errorhandler(BudgetPassedError)
    def _budget(error: BudgetPassedError) -> Response:
        return error_response(409, error.code, str(error))

    @app.errorhandler(AvatarError)
    def _avatar(error: AvatarError) -> Response:
        response = error_response(_AVATAR_STATUS.get(error.code, 400), error.code, str(error))
        response.retry_after = 1 if error.code == "crowded" else None
        return response

    @app.errorhandler(DocumentError)
    def _document(error: DocumentError) -> Response:
        return error_response(_DOCUMENT_STATUS.get(error.code, 400), error.code, error.message)

    @app.errorhandler(EventError)
    def _event(error: EventError) -> Response:
        too_large = isinstance(error, EventTooLargeError)
        return error_response(413 if too_large else 400, "too_large" if too_large else "invalid_request", str(error))

    @app.errorhandler(OtlpError)
    def _otlp(error: OtlpError) -> Response:
        too_large = isinstance(error, UnpackedTooLargeError)
        return error_response(413 if too_large else 400, "too_large" if too_large else "invalid_request", str(error))

    @app.errorhandler(CursorError)
    def _cursor(error: CursorError) -> Response:
        return error_response(400, "invalid_cursor", str(error))

    @app.errorhandler(SessionExistsError)
    def _exists(error: SessionExistsError) -> Response:
        return error_response(409, "session_exists", str(error))

    @app.errorhandler(SessionGoneError)
    def _gone(error: SessionGoneError) -> Response:
        return error_response(404, error.code, "The session was deleted during the request.")

    @app.errorhandler(StaleRunError)
    def _stale(error: StaleRunError) -> Response:
        return error_response(409, error.code, str(error))

    @app.errorhandler(NotStoredError)
    def _not_stored(error: NotStoredError) -> Response:
        _log.error("Not stored: %s", error)
        _keep(error.code, str(error))
        return error_response(503, error.code, str(error))

    @app.errorhandler(pysqlite3.OperationalError)
    @app.errorhandler(OperationalError)
    @app.errorhandler(WriteTurnError)
    def _storage(error: Exception) -> Response:
        """A full or busy disk outside the log, for a record: the driver's error, wrapped by SQLAlchemy or not."""
        kind = passing_trouble(error)
        return _unexpected(error) if kind is None else _not_stored(kind)

    @app.errorhandler(TimeoutError)
    def _silent(_error: TimeoutError) -> Response:
        return error_response(408, "request_timeout", "Nothing more of the request came for 30 seconds. Send it again.")

    @app.errorhandler(SecurityError)
    def _unknown_name(_error: SecurityError) -> Response:
        return error_response(
            400, "unknown_host", "This server does not answer to that host name. Its owner can add it to ALLOWED_HOSTS."
        )

    @app.errorhandler(DatabaseLostError)
    def _lost(error: DatabaseLostError) -> Response:
        _log.error("%s", error)
        return error_response(503, "database_lost", "The database does not answer at present. Try again in a moment.")

    @app.errorhandler(RequestEntityTooLarge)
    def _too_large(_error: RequestEntityTooLarge) -> Response:
        limit = (request.max_content_length or 0) // 1024 // 1024
        return error_response(413, "too_large", f"The request is too large: this address takes at most {limit} MiB.")

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Response:
        if error.response is not None:
            return make_response(error.response)
        status = error.code or 500
        code, words = _WORDS.get(status, (error.name.lower().replace(" ", "_"), error.description or error.name))
        response = error_response(status, code, words)
        if isinstance(error, MethodNotAllowed):
            response.allow.update(error.valid_methods or ())
        return response

    @app.errorhandler(RecursionError)
    def _nested(_error: RecursionError) -> Response:
        return error_response(400, "invalid_request", "Please correct the request: its JSON is nested too deeply.")

    @app.errorhandler(Exception)
    def _unexpected(error: Exception) -> Response:
        asked = f"{request.method} {without_secrets(request.path)}"
        _log.exception("%s failed", asked, exc_info=error)
        _keep("internal_error", f"{asked}: {type(error).__name__}")
        return error_response(
            500,
            "internal_error",
            "Something went wrong on the server; trying again may help. Its administrator finds this in the error log "
            f"by the number {g.get('request_id')}.",
        )
