"""Why somebody could not sign in with the provider."""


class ProviderError(Exception):
    """``code`` is the reason, the message is for the person; ``detail`` is for the server's log, without secrets."""

    def __init__(self, code: str, message: str, detail: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.detail = detail


class ProviderAwayError(ProviderError):
    """It does not answer, or not as a provider does."""


class TokenError(ProviderError):
    """A token that is not what it has to be. Nobody is let in with it."""
