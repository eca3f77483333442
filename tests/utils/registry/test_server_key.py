"""The server's secret key: it can be replaced, and a wrong one is noticed."""

from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from tests.support.at_once import at_once
from utils.database.base import Database, DatabaseError
from utils.registry import server_key
from utils.registry.server_key import ServerKey
from utils.settings import Settings

OLD, NEW, OTHER = "the old secret" * 3, "the new secret" * 3, "quite another secret" * 2


def settings_with(folder: Path, **given: object) -> Settings:
    return Settings(_env_file=None, data_dir=folder, **{"secret_key": None, **given})  # type: ignore[arg-type]


def test_what_is_sealed_is_opened_by_the_same_secret_only() -> None:
    sealed = ServerKey(OLD).seal("Ünder the lid 😀")
    assert "lid" not in sealed
    assert ServerKey(OLD).open(sealed) == "Ünder the lid 😀"
    for wrong in (ServerKey(NEW), ServerKey(NEW, OTHER)):
        with pytest.raises(ValueError, match="another SECRET_KEY"):
            wrong.open(sealed)


@pytest.mark.parametrize("sealed", ["", "x", "gAAAAA==", "é"])
def test_what_was_never_sealed_is_not_opened(sealed: str) -> None:
    with pytest.raises(ValueError):
        ServerKey(OLD).open(sealed)


def test_a_secret_that_was_replaced_still_opens_and_the_new_one_seals() -> None:
    before, after = ServerKey(OLD), ServerKey(NEW, OLD)
    assert after.open(before.seal("x")) == "x"
    with pytest.raises(ValueError):
        before.open(after.seal("x"))
    assert ServerKey(NEW).open(after.seal("x")) == "x"
    assert after.signing_name == ServerKey(NEW).signing_name
    assert after.signing_keys == ServerKey(NEW).signing_keys | before.signing_keys


def test_sealing_signing_and_naming_use_different_keys() -> None:
    key = ServerKey(OLD)
    assert key.signing_keys[key.signing_name] != server_key._derive(OLD, "seal")
    assert len(key.signing_keys[key.signing_name]) == 32
    assert key.signing_name not in (OLD, NEW)
    assert OLD.encode() not in key.signing_keys[key.signing_name]


def test_the_settings_name_the_secret_and_those_it_replaced(tmp_path: Path) -> None:
    key = ServerKey.of(settings_with(tmp_path, secret_key=NEW * 2, previous_secret_keys="first second-one"))
    assert key.signing_keys == ServerKey(NEW * 2, "first", "second-one").signing_keys
    assert not (tmp_path / "secret.key").exists()


def test_without_a_setting_a_machine_makes_its_secret_once_and_keeps_it_to_itself(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    first = ServerKey.of(settings_with(folder))
    kept = folder / "secret.key"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert len(kept.read_text().strip()) >= 43
    assert ServerKey.of(settings_with(folder)).signing_keys == first.signing_keys
    assert [path.name for path in folder.iterdir()] == ["secret.key"]
    assert ServerKey.of(settings_with(tmp_path / "other")).signing_keys != first.signing_keys


def test_a_kept_secret_that_was_emptied_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret.key").write_text("\n")
    with pytest.raises(DatabaseError, match="is empty"):
        ServerKey.of(settings_with(tmp_path))


def test_processes_that_start_at_the_same_instant_have_one_secret(tmp_path: Path) -> None:
    for number in range(5):
        folder = tmp_path / str(number)
        done = at_once(*[lambda folder=folder: ServerKey.of(settings_with(folder)).signing_name] * 6)  # type: ignore[misc]
        assert len(set(done)) == 1, done
        assert [path.name for path in folder.iterdir()] == ["secret.key"]


def test_moving_from_the_kept_secret_to_a_setting_is_a_rotation(tmp_path: Path) -> None:
    before = ServerKey.of(settings_with(tmp_path))
    kept = (tmp_path / "secret.key").read_text().strip()
    after = ServerKey.of(settings_with(tmp_path, secret_key=NEW, previous_secret_keys=kept))
    assert after.open(before.seal("x")) == "x"


# The database remembers whose it is


def test_a_database_takes_the_first_key_and_refuses_another(database: Database) -> None:
    ServerKey(OLD).check(database)
    ServerKey(OLD).check(database)
    with pytest.raises(DatabaseError, match="PREVIOUS_SECRET_KEYS") as refused:
        ServerKey(NEW).check(database)
    assert OLD not in str(refused.value)
    assert NEW not in str(refused.value)
    ServerKey(OLD).check(database)


def test_after_a_rotation_the_old_key_alone_is_refused_and_the_new_one_alone_is_right(database: Database) -> None:
    ServerKey(OLD).check(database)
    ServerKey(NEW, OLD).check(database)
    ServerKey(NEW).check(database)
    with pytest.raises(DatabaseError):
        ServerKey(OLD).check(database)


def test_of_two_first_keys_at_the_same_instant_one_is_refused(database: Database) -> None:
    for _ in range(5):
        done = at_once(lambda: ServerKey(OLD).check(database), lambda: ServerKey(NEW).check(database))
        assert [type(one) for one in done if one is not None] == [DatabaseError], done
        with database.write() as connection:
            connection.execute(text("DELETE FROM secret_check"))


def test_a_short_secret_is_refused_by_the_settings() -> None:
    with pytest.raises(ValueError, match="32 characters"):
        Settings(_env_file=None, secret_key=SecretStr("short"))
