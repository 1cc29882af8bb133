"""Fixtures of clocks."""

from collections.abc import Iterator
from typing import Any

import pytest

from firstline.kit.clock import FixedClock
from firstline.kit.database import Database
from firstline.wiring import FOLLOWS
from tests.routing.company import Company, found_company
from tests.world import Shop


@pytest.fixture
def company(dsn: str, clock: FixedClock, shop_template: tuple[str, dict[str, Any]], shop: Shop) -> Iterator[Company]:
    """Veloria and Velo, with everything that follows in the product."""
    database = Database(dsn, clock, followers=FOLLOWS, threads=4)
    yield found_company(Shop(database=database, **shop_template[1]))
    database.close()
