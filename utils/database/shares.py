"""How many connections to PostgreSQL each process of a machine opens at most: DATABASE_CONNECTIONS, shared out.

A server has few connections to give, and one that has none left refuses everybody. So whoever finds all connections of
its process in use waits for one, and a machine never opens more than it says at its start.
"""

from dataclasses import dataclass, fields, replace
from typing import Literal

from utils.settings import Settings, SettingsError

Role = Literal["web", "agent", "supervisor", "bridge", "program"]
_NAMES = {"web": "web worker", "agent": "agent process", "supervisor": "supervisor", "bridge": "bridge to Kafka"}


@dataclass(frozen=True, slots=True)
class Share:
    """Of one process. Beside its doorbell, what it opens is in pools of their own: a slow search must not hold up the
    events of a stream."""

    transactions: int = 1
    log: int = 1
    checkpoints: int = 0
    doorbell: int = 1
    lock: int = 0

    @property
    def all(self) -> int:
        return sum(getattr(self, field.name) for field in fields(self))


_LEAST: dict[Role, Share] = {
    "web": Share(), "agent": Share(checkpoints=1), "supervisor": Share(), "bridge": Share(lock=1)
}  # fmt: skip
# Of a process beyond those of the settings: a program that emits, a command, an agent process started by hand.
_BY_HAND: dict[Role, Share] = {"program": Share(transactions=2, log=4, checkpoints=1), "agent": Share(3, 2, 2)}
# What a machine without DATABASE_CONNECTIONS opens: 32 with two web workers and two agent processes.
_USUAL = {"web": 6, "agent": 8, "supervisor": 4, "bridge": 4}
# Who is given one more of what, in turn, while there are some.
_TURNS: tuple[tuple[Role, str], ...] = (
    ("web", "transactions"), ("agent", "transactions"), ("web", "log"), ("agent", "log"), ("agent", "checkpoints"),
    ("web", "transactions"), ("agent", "transactions"), ("supervisor", "transactions"), ("bridge", "transactions"),
)  # fmt: skip


class ConnectionShares:
    """Of the processes of one machine, as its settings say. Raises SettingsError when they are too many."""

    def __init__(self, settings: Settings) -> None:
        self._processes: dict[Role, int] = {
            "web": settings.web_concurrency,
            "agent": settings.agent_processes,
            "supervisor": 1,
            "bridge": int(settings.kafka_bootstrap_servers is not None),
        }
        # What one supervisor of all machines does: it holds a lock for each.
        duties = int(settings.smtp_host is not None) + len(settings.audit_targets) + int(settings.removes_what_is_old)
        self._least = _LEAST | {"supervisor": replace(_LEAST["supervisor"], lock=duties)}
        least = sum(self._least[role].all * count for role, count in self._processes.items())
        usual = duties + sum(_USUAL[role] * count for role, count in self._processes.items())
        at_most = usual if settings.database_connections is None else settings.database_connections
        if at_most < least:
            raise SettingsError(
                f"DATABASE_CONNECTIONS is {at_most}, and the processes of this machine need {least} or more. Raise it, "
                "or start fewer (WEB_CONCURRENCY, AGENT_PROCESSES)."
            )
        self._shares = self._dealt(at_most - least)

    def of(self, role: Role) -> Share:
        if role in _BY_HAND and not self._processes.get(role):
            return _BY_HAND[role]
        return self._shares[role]

    @property
    def all(self) -> int:
        return sum(self._shares[role].all * count for role, count in self._processes.items())

    def __str__(self) -> str:
        """For example: 2 web workers with 6 each, 1 supervisor with 4."""
        told = ((count, _NAMES[role], self._shares[role].all) for role, count in self._processes.items() if count)
        return ", ".join(
            f"{count} {name} with {each}" if count == 1 else f"{count} {_plural(name)} with {each} each"
            for count, name, each in told
        )

    def _dealt(self, left: int) -> dict[Role, Share]:
        shares, given = dict(self._least), True
        while given:
            given = False
            for role, what in _TURNS:
                count = self._processes[role]
                if 0 < count <= left:
                    shares[role] = replace(shares[role], **{what: getattr(shares[role], what) + 1})
                    left -= count
                    given = True
        return shares


def _plural(name: str) -> str:
    return name + ("es" if name.endswith("s") else "s")
