"""Who holds a run."""

import socket


def owner_name(pid: int, token: str) -> str:
    """Names an agent process in the runs it holds. The token is its alone: pids and names of machines come twice."""
    return f"{socket.gethostname()}/{pid}/{token}"
