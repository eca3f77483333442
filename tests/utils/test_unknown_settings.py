"""A misspelt setting is told at the start."""

from pathlib import Path

import pytest

from utils.settings import Settings
from utils.unknown_settings import unknown_settings


@pytest.fixture
def env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setitem(Settings.model_config, "env_file", tmp_path / ".env")
    return tmp_path / ".env"


def test_what_env_has_and_is_no_setting_is_told_with_what_may_be_meant(env_file: Path) -> None:
    env_file.write_text("ALLOWED_HOST=ringside.example.org\nport=8001\nCOLOUR='blue'\n# HOST=x\n")
    assert unknown_settings() == [
        "ALLOWED_HOST in .env is no setting, and has no effect. Did you mean ALLOWED_HOSTS?",
        "COLOUR in .env is no setting, and has no effect.",
    ]


def test_of_the_environment_only_what_resembles_a_setting_is_told(
    env_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not env_file.exists()
    assert unknown_settings() == []
    monkeypatch.setenv("DATABASE_ULR", "postgresql://secret@db/x")
    monkeypatch.setenv("COLOUR", "blue")
    assert unknown_settings() == [
        "The environment variable DATABASE_ULR is no setting, and has no effect. Did you mean DATABASE_URL?"
    ]
