"""What the tests of spending share."""

import pytest

from utils.database.base import Database
from utils.spending.bookkeeping import Bookkeeping
from utils.spending.prices import Prices


@pytest.fixture
def books(database: Database) -> Bookkeeping:
    return Bookkeeping(database)


@pytest.fixture
def prices(database: Database) -> Prices:
    return Prices(database)
