"""What both browsers are asked to do, whatever wire they listen on."""

import json
from abc import ABC, abstractmethod
from typing import Any

from tests.support.waiting import wait_until

SECONDS = 20
# An element with this text, of those that match; null if there is none.
_FIND = """
  const found = [...document.querySelectorAll(%s)].find(
    (one) => !%s || (one.getAttribute("aria-label") ?? one.textContent).trim().startsWith(%s));
"""


class Browser(ABC):
    """A browser with its first tab open. Scripts speak of the tab that `switch_to` has named last."""

    @abstractmethod
    def open(self, url: str) -> None:
        """Load an address; returns when it is loaded."""

    @abstractmethod
    def run(self, script: str) -> Any:
        """The value that the body of a function returns in the page."""

    @abstractmethod
    def new_tab(self) -> str:
        """Another tab, in front; its name."""

    @abstractmethod
    def tab(self) -> str:
        """The name of the tab that is spoken of."""

    @abstractmethod
    def switch_to(self, tab: str) -> None: ...

    @abstractmethod
    def close(self) -> None: ...

    def click(self, selector: str, text: str = "") -> None:
        script = "if (!found || found.disabled) return false; found.click(); return true;"
        self.wait_for(self._find(selector, text) + script, f"{text} in {selector}")

    def fill(self, selector: str, text: str) -> None:
        script = "found.value = %s; found.dispatchEvent(new Event('input', { bubbles: true })); return true;"
        self.wait_for(self._find(selector) + "if (!found) return false;" + script % json.dumps(text), selector)

    def expect_text(self, selector: str, text: str, seconds: float = SECONDS) -> None:
        """The text stands somewhere in what matches."""
        script = "return [...document.querySelectorAll(%s)].some((one) => one.textContent.includes(%s));"
        self.wait_for(script % (json.dumps(selector), json.dumps(text)), f"{text} in {selector}", seconds)

    def wait_for(self, script: str, what: str, seconds: float = SECONDS) -> None:
        wait_until(lambda: self.run(script) is True, seconds, what)

    def _find(self, selector: str, text: str = "") -> str:
        wanted = json.dumps(text)
        return _FIND % (json.dumps(selector), wanted, wanted)
