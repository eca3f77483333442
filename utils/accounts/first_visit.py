"""The first visit: how a server without accounts gets its first one."""

from contextlib import closing

from sqlalchemy import delete, select

from utils.accounts.guessable import GuessablePasswordError, refuse_guessable
from utils.accounts.invitations import Invitations
from utils.accounts.passwords import SHORTEST, hash_password
from utils.accounts.second_factors import seal_second_factors_anew
from utils.accounts.users import Users, add_team, add_user, any_user
from utils.database.base import Database
from utils.database.opening import open_database
from utils.database.tables import invitations, secret_check
from utils.registry.agent_registry import seal_anew
from utils.registry.server_key import ServerKey
from utils.settings import Settings, SettingsError

_TEAM = "Ringside"


def open_for_first_visit(settings: Settings) -> str | None:
    """Make the administrator that ADMIN_EMAIL names, or return the secret of a link that makes one.

    None if there is nothing to open. Called once at every start. Raises SettingsError, and DatabaseError for a secret
    key that is not the database's.
    """
    with closing(open_database(settings)) as database:
        key = ServerKey.of(settings)
        key.check(database)
        seal_anew(database, key)
        seal_second_factors_anew(database, key)
        if Users(database).any():
            return None
        if settings.admin_email is not None and settings.admin_password is not None:
            _found(database, settings.admin_email, settings.admin_password.get_secret_value())
            return None
        return Invitations(database).set_up()


def _found(database: Database, email: str, password: str) -> None:
    if len(password) < SHORTEST:
        raise SettingsError(f"ADMIN_PASSWORD: must have {SHORTEST} characters or more.")
    try:
        refuse_guessable(password, email, _TEAM)
    except GuessablePasswordError as error:
        raise SettingsError(f"ADMIN_PASSWORD: {error}") from None
    hashed = hash_password(password)
    with database.write() as connection:
        # Machines that start at the same time wait here for each other.
        connection.execute(select(secret_check.c.key).with_for_update(key_share=True))
        connection.execute(delete(invitations).where(invitations.c.team_key.is_(None)))  # or wait for whoever uses one
        if not any_user(connection):
            team = add_team(connection, _TEAM)
            add_user(connection, team.key, email, email.partition("@")[0], "administrator", hashed)


def set_up_invitation(base: str, secret: str) -> str:
    """The text that the start prints. The secret follows a #, which browsers do not send, so it is in no access log."""
    return (
        f"ringside: there is no account yet. This link makes you the administrator, once, within a day:\n"
        f"ringside:   {base}/setup#{secret}"
    )
