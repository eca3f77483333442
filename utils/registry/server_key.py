"""The server's secret key: signs its cookies and encrypts secrets in the database.

All machines that share a database need the same key. It comes from SECRET_KEY; without that setting, a machine makes
its own and keeps it in DATA_DIR. The keys for each purpose are derived from it by HKDF (RFC 5869). Encryption (called
sealing in the code) is Fernet (https://github.com/fernet/spec): AES-128-CBC with HMAC-SHA256.
"""

import base64
import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import select, text, update

from utils.database.base import Database, DatabaseError
from utils.database.private_folder import KEY_FILE
from utils.database.tables import secret_check
from utils.settings import Settings

_PROOF = "ringside"


class ServerKey:
    """``secrets``: the current one, then former ones, which still decrypt and verify what they encrypted and signed."""

    def __init__(self, *secrets: str) -> None:
        self._secrets = secrets
        boxes = [Fernet(base64.urlsafe_b64encode(_derive(one, "seal"))) for one in secrets]
        self._present, self._box = boxes[0], MultiFernet(boxes)
        self.signing_keys = {_name(one): _derive(one, "sign") for one in secrets}
        self._hook_keys = [_derive(one, "hook") for one in secrets]

    @classmethod
    def of(cls, settings: Settings) -> "ServerKey":
        if settings.secret_key is None:
            return cls(_kept_in(settings.data_path), *settings.previous_secrets)
        return cls(settings.secret_key.get_secret_value(), *settings.previous_secrets)

    @property
    def signing_name(self) -> str:
        """The name of the current key in ``signing_keys``."""
        return next(iter(self.signing_keys))

    def seal(self, plain: str) -> str:
        return self._box.encrypt(plain.encode()).decode()

    def open(self, sealed: str) -> str:
        """Raises ValueError for a value that was sealed with none of these keys."""
        try:
            return self._box.decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            raise ValueError("This was sealed with another SECRET_KEY.") from error

    def renewed(self, sealed: str) -> str:
        """The value sealed with the current key; unchanged if it already is. Raises ValueError as open() does."""
        plain = self.open(sealed)
        try:
            self._present.decrypt(sealed.encode())
        except InvalidToken:
            return self.seal(plain)
        return sealed

    def hook_secret(self, run_id: str) -> str:
        """The secret in a run's callback addresses: 43 characters that fit into an address. Nothing of it is stored."""
        return _hook_secret(self._hook_keys[0], run_id)

    def is_hook_secret(self, run_id: str, given: str) -> bool:
        return any(hmac.compare_digest(_hook_secret(key, run_id).encode(), given.encode()) for key in self._hook_keys)

    def check(self, database: Database) -> None:
        """Raises DatabaseError if the database was set up with another key.

        With the wrong key, users would be signed out and secrets could not be read.
        """
        with database.write() as connection:
            # As text, for Core has ON CONFLICT only by dialect. Two first processes may do this at the same time.
            connection.execute(
                text("INSERT INTO secret_check (key, sealed) VALUES (1, :sealed) ON CONFLICT (key) DO NOTHING"),
                {"sealed": self.seal(_PROOF)},
            )
            sealed = connection.execute(select(secret_check.c.sealed)).scalar_one()
            try:
                self.open(sealed)
            except ValueError as error:
                raise DatabaseError(
                    f"The database {database.place} was set up with another SECRET_KEY. Give this machine the same "
                    "one as the others have (if none was set, it is in secret.key in DATA_DIR), or add the old one to "
                    "PREVIOUS_SECRET_KEYS. If it is lost, see “A lost secret key” in docs/operations.md."
                ) from error
            connection.execute(update(secret_check).values(sealed=self.seal(_PROOF)))


def _derive(secret: str, purpose: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=f"ringside {purpose}".encode()).derive(secret.encode())


def _hook_secret(key: bytes, run_id: str) -> str:
    proof = hmac.digest(key, run_id.encode(), "sha256")
    return base64.urlsafe_b64encode(proof).decode().rstrip("=")


def _name(secret: str) -> str:
    return hashlib.sha256(_derive(secret, "name")).hexdigest()[:12]


def _kept_in(folder: Path) -> str:
    """The secret in the file, which the first process makes."""
    path = folder / KEY_FILE
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        # Written elsewhere and then linked, so that no process reads an incomplete key.
        made = folder / f".{KEY_FILE}.{os.getpid()}.{secrets.token_hex(4)}"
        made.touch(mode=0o600)
        with made.open("w") as file:
            file.write(secrets.token_urlsafe(48) + "\n")
            file.flush()
            os.fsync(file.fileno())  # what is encrypted with it may be on the disk a moment later
        with suppress(FileExistsError):
            os.link(made, path)
        made.unlink()
    if not (kept := path.read_text().strip()):
        raise DatabaseError(
            f"The secret key in {path} is empty. Restore the file from a backup. Where there is no database yet, "
            "delete it: a new one is made. If it is lost, see “A lost secret key” in docs/operations.md."
        )
    return kept
