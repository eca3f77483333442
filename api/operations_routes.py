"""Health, readiness, metrics, and what this server is."""

from flask import Response

from api.blueprints import ViewGroup
from api.bodies.answers import answer
from api.bodies.errors import ErrorBody
from api.bodies.operations import Health, Info, Readiness, SignInProvider
from api.bodies.parameters import PackagePath
from api.errors import not_found
from api.operations import package
from api.operations.metrics import render_metrics
from api.services import services
from utils.project import VERSION
from utils.sessions.documents import DOCUMENT_TYPES

blueprint = ViewGroup("operations", "Operations")
_FILE = {"type": "string", "format": "binary"}


@blueprint.get("/api/info", summary="What this server is", responses={200: Info})
def read_info() -> Response:
    settings = services().settings
    return answer(
        Info(
            version=VERSION,
            mode="model" if settings.model else "built-in",
            model=settings.model,
            max_document_bytes=settings.max_document_bytes,
            document_types=sorted(DOCUMENT_TYPES),
            heartbeat_seconds=settings.heartbeat_seconds,
            package=f"/sdk/{package.WHEEL}" if package.WHEEL else None,
            provider=_provider(),
            passwords=settings.password_sign_in,
            puter=settings.allow_puter,
            passkeys=services().passkeys is not None,
            mail=settings.smtp_host is not None,
        )
    )


@blueprint.get(
    "/sdk/<filename>",
    summary="The Python package for programs that report what they do",
    responses={
        200: {"description": "A wheel, for pip.", "content": {"application/zip": {"schema": _FILE}}},
        404: ErrorBody,
    },
)
def read_package(path: PackagePath) -> Response:
    if path.filename != package.WHEEL:
        raise not_found("file")
    return Response(package.wheel(), content_type="application/zip")


@blueprint.get("/healthz", summary="The process is alive", responses={200: Health})
def healthz() -> Response:
    return answer(Health(status="ok"))


@blueprint.get(
    "/readyz",
    summary="What this server cannot do at the moment",
    description="`503` when requests had better go to another server.",
    responses={200: Readiness, 503: Readiness},
)
def readyz() -> Response:
    check = services().readiness
    parts = check.look()
    cannot, serves = check.cannot(parts), check.serves(parts)
    status = "not ready" if not serves else "limited" if cannot else "ready"
    return answer(Readiness(status=status, cannot=cannot, **parts), 200 if serves else 503)


@blueprint.get(
    "/metrics",
    summary="Prometheus metrics",
    responses={200: {"description": "Metrics.", "content": {"text/plain": {"schema": {"type": "string"}}}}},
)
def metrics() -> Response:
    return render_metrics(services().stored_figures)


def _provider() -> SignInProvider | None:
    provider = services().provider
    return SignInProvider(name=provider.name, address=provider.entrance) if provider is not None else None
