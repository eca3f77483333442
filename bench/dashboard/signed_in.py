"""Windows of a user who has signed in: the dashboard knows nobody without the cookies."""

from typing import TYPE_CHECKING

from bench.server import EMAIL, PASSWORD, Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext


class SignedIn:
    """Signs in once, for sign-ins are limited; every window has the same cookies."""

    def __init__(self, browser: "Browser", server: Server) -> None:
        self._browser = browser
        self._base_url = f"http://127.0.0.1:{server.port}"
        context = browser.new_context(base_url=self._base_url)
        answer = context.request.post("/api/auth/login", data={"email": EMAIL, "password": PASSWORD})
        if not answer.ok:
            raise RuntimeError(f"bench: the browser cannot sign in: {answer.status} {answer.text()}")
        self._cookies = context.storage_state()
        context.close()

    def window(self) -> "BrowserContext":
        return self._browser.new_context(
            viewport={"width": 1440, "height": 900}, base_url=self._base_url, storage_state=self._cookies
        )
