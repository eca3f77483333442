"""Where the parts of the web application are put together."""

from flask import request
from flask_openapi3.models.info import Info
from werkzeug.middleware.proxy_fix import ProxyFix

from api import (
    agent_routes,
    approval_routes,
    approval_rule_routes,
    assignment_routes,
    audit_routes,
    auth_routes,
    budget_routes,
    change_routes,
    chat_routes,
    chronicle_routes,
    document_routes,
    export_routes,
    feedback_routes,
    finding_routes,
    hook_routes,
    key_routes,
    link_routes,
    mail_routes,
    message_routes,
    notice_routes,
    notice_rule_routes,
    now_routes,
    oidc_routes,
    operations_routes,
    operator_routes,
    passkey_routes,
    pause_routes,
    person_routes,
    price_routes,
    process_routes,
    registry_routes,
    second_factor_routes,
    session_routes,
    tag_routes,
    team_routes,
    tool_call_routes,
    trace_routes,
    usage_routes,
)
from api.access.cookies import register_cookies
from api.access.failures import register_failures
from api.access.front import ClientAddress, ProbeHost
from api.access.identity import register_identity
from api.access.protection import register_protection
from api.access.rate_limits import register_rate_limits
from api.bodies.errors import ErrorBody
from api.errors import ApiError, invalid, register_error_handlers
from api.json_text import register_json
from api.operations.compression import register_compression
from api.operations.dashboard import register_dashboard
from api.operations.description import SECURITY, DescribedApplication, register_description
from api.operations.metrics import register_metrics
from api.operations.request_log import register_request_log
from api.operations.request_span import register_request_spans
from api.services import Services
from utils.logs import configure_logs
from utils.project import VERSION
from utils.settings import Settings, get_settings
from utils.streams.source import STREAM_SOURCE
from utils.tracing import start_tracing

_MAX_JSON_BYTES = 1024 * 1024
_PEOPLE = (
    auth_routes, second_factor_routes, passkey_routes, oidc_routes, team_routes, person_routes, audit_routes,
    key_routes, link_routes, mail_routes, notice_routes, notice_rule_routes,
    approval_rule_routes,
)  # fmt: skip
_OUTSIDE = (hook_routes, assignment_routes, process_routes)
_SESSIONS = (
    agent_routes, now_routes, trace_routes, change_routes, session_routes, tag_routes, export_routes, document_routes,
    message_routes, approval_routes, tool_call_routes, pause_routes, finding_routes, chronicle_routes, feedback_routes,
    usage_routes, price_routes, budget_routes,
)  # fmt: skip


def create_app(settings: Settings | None = None) -> DescribedApplication:
    """The application. Opens the database, and migrates it if that has not been done."""
    settings = settings or get_settings()
    configure_logs(settings.log_level, settings.log_format, "web")
    start_tracing()
    app = DescribedApplication(
        "ringside",
        info=Info(title="Ringside", version=VERSION, description="Watch AI agents at work, live and in order."),
        security_schemes=SECURITY,
        validation_error_status=400,
        validation_error_model=ErrorBody,
        validation_error_callback=invalid,
        static_folder=None,
    )
    app.config["MAX_CONTENT_LENGTH"] = _MAX_JSON_BYTES  # uploads have a limit of their own
    app.config["TRUSTED_HOSTS"] = settings.trusted_hosts
    register_json(app)
    services = Services.open(settings)
    app.extensions.update({"ringside": services, STREAM_SOURCE: services.streams})
    if services.provider is not None:
        services.provider.look()
        services.arrivals.tell_locked_out()
    for routes in (
        *_PEOPLE,
        registry_routes,
        *_SESSIONS,
        hook_routes,
        assignment_routes,
        process_routes,
        chat_routes,
        operations_routes,
        operator_routes,
    ):
        app.register_api(routes.blueprint)
    register_request_log(app, settings)  # first, like the next, so that it knows whatever refuses a request
    register_request_spans(app)
    register_metrics(app)
    register_compression(app)
    register_description(app)
    register_dashboard(app, allow_puter=settings.allow_puter)
    register_error_handlers(app)
    register_protection(app, settings.trusted_origins)
    app.before_request(_refuse_when_crowded)
    register_cookies(app, services.key, settings.clock_skew_seconds)
    register_failures(app, settings)
    register_identity(app)
    register_rate_limits(app, settings)
    if settings.trusted_hosts:
        front = ProbeHost(app.wsgi_app, settings.trusted_hosts, settings.metrics_token)
        app.wsgi_app = front  # type: ignore[method-assign]
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(ClientAddress(app.wsgi_app), x_for=hops, x_proto=hops)  # type: ignore[method-assign]
    return app


def _refuse_when_crowded() -> None:
    """The server has set some threads aside for requests that do not upload."""
    if request.environ.get("ringside.crowded"):
        raise ApiError(503, "crowded", "Too many uploads arrive at the same time. Try again in a moment.")
