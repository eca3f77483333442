"""The account of the tests: every database has it, and every request of theirs carries its key."""

from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Final

from argon2 import PasswordHasher
from sqlalchemy import insert

from utils.accounts.principal import SCOPES, TeamRecord, UserRecord
from utils.accounts.secret import hash_of
from utils.accounts.users import add_team, add_user
from utils.database.base import Database
from utils.database.moment import now
from utils.database.opening import open_database
from utils.database.tables import api_keys
from utils.settings import Settings

PASSWORD: Final = "a password of the tests"
EMAIL: Final = "ada@example.org"
KEY: Final = "ringside_of-the-tests"
SECRET_KEY: Final = "the secret key of the tests, on every machine"
HEADERS: Final = {"Authorization": f"Bearer {KEY}"}
AUTHORIZATION: Final = f"Authorization: Bearer {KEY}"
# argon2id with the least work: hashing as the product does would take the tests minutes.
QUICK: Final = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
HASHED: Final = "$argon2id$v=19$m=8,t=1,p=1$ZSFi/cWc3QjwqlsWyZvpdg$0B+JiUSHJoLg9CYggB+ALiiUWxPlYrev3Z9tjcA8KkU"


def add_account(database: Database) -> tuple[UserRecord, TeamRecord]:
    """The first team, its administrator, and an API key with all scopes."""
    with database.write() as connection:
        team = add_team(connection, "Harbour")
        user = add_user(connection, team.key, EMAIL, "Ada", "administrator", HASHED)
        connection.execute(
            insert(api_keys).values(
                id="key-tests", user_key=user.key, name="tests", scopes=" ".join(SCOPES), secret=hash_of(KEY),
                hint=KEY[:13], created_at=now(),
                last_used_at=now() + timedelta(days=1),  # so that it is not written
            )
        )  # fmt: skip
    return user, team


def prepare_data(folder: Path) -> Path:
    """The folder of a server's data, with a database that has the account."""
    folder.mkdir(exist_ok=True)
    with closing(open_database(Settings(_env_file=None, data_dir=folder, database_url=None))) as database:
        database.migrate()
        add_account(database)
    return folder
