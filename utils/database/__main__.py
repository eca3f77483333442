"""``python -m utils.database`` brings the schema of the configured database to this version."""

import sys

from utils.database.base import DatabaseError
from utils.database.opening import prepare
from utils.settings import SettingsError, get_settings


def main() -> None:
    try:
        prepare(get_settings())
    except (SettingsError, DatabaseError) as error:
        sys.exit(f"ringside: {error}")


if __name__ == "__main__":
    main()
