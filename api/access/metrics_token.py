"""The token with which Prometheus reads the metrics: METRICS_TOKEN."""

import hmac

from pydantic import SecretStr


def is_metrics_token(token: SecretStr | None, authorization: str) -> bool:
    """Whether this ``Authorization`` has it. None: there is no token."""
    given = authorization.partition(" ")[2].strip()
    return token is not None and hmac.compare_digest(token.get_secret_value().encode(), given.encode())
