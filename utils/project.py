"""Where Ringside is, and which version of it. Cheap to import: children that read one document need the first."""

import tomllib
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
VERSION: str = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["version"]
