"""The key pair by which push services know this server (VAPID, RFC 8292): made once, for all machines, and sealed.

A browser subscribes to its public half; with another pair, every subscription would be refused.
"""

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from utils.database.base import Database
from utils.database.tables import push_keys
from utils.registry.server_key import ServerKey


class PushKey:
    def __init__(self, database: Database, key: ServerKey) -> None:
        self._database = database
        self._key = key

    def private(self) -> ec.EllipticCurvePrivateKey:
        """Raises ValueError if it was sealed with a key that is no longer known."""
        with self._database.read() as connection:
            sealed = connection.scalar(select(push_keys.c.sealed))
        if sealed is None:
            sealed = self._make()
        number = int(self._key.open(sealed), 16)
        return ec.derive_private_key(number, ec.SECP256R1())

    def public(self) -> bytes:
        """65 bytes, as a browser's ``applicationServerKey`` is."""
        form = serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        return self.private().public_key().public_bytes(*form)

    def _make(self) -> str:
        """Of two processes that make one at the same time, the first one's counts."""
        made = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
        dialect = postgresql if self._database.dialect == "postgresql" else sqlite
        row = dialect.insert(push_keys).values(key=1, sealed=self._key.seal(f"{made:064x}")).on_conflict_do_nothing()
        with self._database.write() as connection:
            connection.execute(row)
            sealed: str = connection.execute(select(push_keys.c.sealed)).scalar_one()
        return sealed
