"""django-eventstream under uvicorn, one process, without Redis: events go to the listeners of the process.

Run as ``uvicorn django_app:application``.
"""

import django
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

settings.configure(
    ALLOWED_HOSTS=["*"],
    SECRET_KEY="of the benchmark",
    INSTALLED_APPS=["django_eventstream"],
    ROOT_URLCONF=__name__,
    LOGGING_CONFIG=None,
)
django.setup()

from django.core.asgi import get_asgi_application  # noqa: E402
from django_eventstream import send_event  # noqa: E402


async def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


async def publish(request: HttpRequest, channel: str) -> HttpResponse:
    send_event(channel, "agentActivity", request.body.decode(), json_encode=False)
    return HttpResponse(status=204)


urlpatterns = [
    path("healthz", healthz),
    path("events/<channel>", include("django_eventstream.urls"), {"format-channels": ["{channel}"]}),
    path("publish/<channel>", publish),
]
application = get_asgi_application()
