"""Names that look like settings and are none: a misspelt one would otherwise just have no effect."""

import os
from difflib import get_close_matches

from dotenv import dotenv_values

from utils.settings import Settings

_ALIKE = 0.9  # of difflib's ratio: one or two letters of a long name


def unknown_settings() -> list[str]:
    """A sentence for each line of `.env` that has no effect, and for each variable that resembles a setting."""
    known = [name.upper() for name in Settings.model_fields]
    written = {name.upper() for name in dotenv_values(str(Settings.model_config["env_file"]), interpolate=False)}
    told = [
        f"{name} in .env is no setting, and has no effect.{_meant(name, known)}" for name in sorted(written - {*known})
    ]
    for name in sorted(os.environ.keys() - {*known} - written):
        if meant := _meant(name, known):
            told.append(f"The environment variable {name} is no setting, and has no effect.{meant}")
    return told


def _meant(name: str, known: list[str]) -> str:
    alike = get_close_matches(name, known, 1, _ALIKE)
    return f" Did you mean {alike[0]}?" if alike else ""
