"""gunicorn's access log, without the secrets that addresses hold."""

from typing import Any

from gunicorn.glogging import Logger

from utils.logs import without_secrets


class AccessLog(Logger):  # type: ignore[misc]
    """``logger_class = "utils.streams.access_log.AccessLog"``"""

    def atoms(self, *arguments: Any) -> dict[str, Any]:
        """What a line can be made of: ``U`` is the path, ``r`` the first line of the request."""
        atoms: dict[str, Any] = super().atoms(*arguments)
        for name in ("U", "r"):
            atoms[name] = " ".join(map(without_secrets, str(atoms[name]).split(" ")))
        return atoms
