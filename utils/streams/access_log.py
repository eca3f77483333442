"""gunicorn's own log and its access log, as parts of the server's log, without the secrets that addresses hold."""

from typing import Any

from gunicorn.glogging import Logger

from utils.logs import configure_logs, log_the_uncaught, without_secrets
from utils.settings import get_settings


class AccessLog(Logger):  # type: ignore[misc]
    """``logger_class = "utils.streams.access_log.AccessLog"``

    What ``--error-logfile`` and ``--access-logfile`` send to "-", the former's default, goes where all entries go.
    """

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        settings = get_settings()
        configure_logs(settings.log_level, settings.log_format, "master")
        log_the_uncaught()
        for log, file in ((self.error_log, cfg.errorlog), (self.access_log, cfg.accesslog)):
            ours = self._get_gunicorn_handler(log) if file == "-" else None
            if ours is not None:
                log.removeHandler(ours)
            log.propagate = ours is not None

    def atoms(self, *arguments: Any) -> dict[str, Any]:
        """What a line can be made of: ``U`` is the path, ``r`` the first line of the request."""
        atoms: dict[str, Any] = super().atoms(*arguments)
        for name in ("U", "r"):
            atoms[name] = " ".join(map(without_secrets, str(atoms[name]).split(" ")))
        return atoms
