"""What a listener of the doorbell has heard."""

from utils.doorbell.base import DoorbellListener


def hints(listener: DoorbellListener) -> set[str]:
    """Since the last call, each once."""
    return {ring.hint for ring in listener.rings()}
