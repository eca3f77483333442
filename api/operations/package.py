"""The package `ringside` for other people's programs, as this server gives it out: `pip install` takes its address.

It is built once for each process, from sdk/python by flit, which is its build backend wherever it is built.
"""

import tomllib
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from utils.project import PROJECT

_PROJECT = PROJECT / "sdk" / "python" / "pyproject.toml"


def _name() -> str | None:
    if not _PROJECT.is_file():
        return None
    version: str = tomllib.loads(_PROJECT.read_text())["project"]["version"]
    return f"ringside-{version}-py3-none-any.whl"  # pip reads name and version from it


WHEEL: Final = _name()  # None: this server was installed without the package


@cache
def wheel() -> bytes:
    from flit_core.wheel import make_wheel_in

    with TemporaryDirectory() as folder:
        return Path(make_wheel_in(_PROJECT, Path(folder)).file).read_bytes()
