"""People's browsers as the model: each open page /worker claims questions and answers with what that browser has."""

from typing import Literal

from agents.backends.base import BackendKind
from agents.backends.outside import WorkedOutside
from utils.registry.configuration import BackendConfiguration
from utils.registry.kinds import Capabilities


class BrowserConfiguration(BackendConfiguration):
    """Members of the team who open the page /worker answer, with a model of their browser or by hand."""

    kind: Literal["browser"]

    @property
    def refuses_secrets(self) -> str:
        return "A browser has its own means to answer, so the agent has no secret. Leave it out."


KIND = BackendKind(
    label="A person’s browser",
    help="Members who open the page Worker answer with a model of their browser, or type the answer.",
    configuration=BrowserConfiguration,
    secrets={},
    can=Capabilities(stream="best-effort", stop="yes"),
    instructions="Sent to the model of the browser before each question. People who answer by hand do not see them.",
    works_outside="browsers",
    open=WorkedOutside,
)
