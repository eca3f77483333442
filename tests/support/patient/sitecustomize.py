"""Imported by Python when it starts with this folder on PYTHONPATH: the kinds of the folder are found, too."""

from pathlib import Path

import agents.connectors

agents.connectors.__path__ = [str(Path(__file__).parent / "kinds"), *agents.connectors.__path__]
