"""Fixtures of routing."""

from collections.abc import Iterator

import pytest

from firstline.kit.clock import FixedClock
from firstline.kit.database import Database
from firstline.routing.receivers import note_assignment
from tests.routing.company import Company, found_company
from tests.world import Shop, found_shop


@pytest.fixture
def company(dsn: str, clock: FixedClock) -> Iterator[Company]:
    """Veloria and Velo, where an assignment is noted as in the product, and no jobs are asked for."""
    database = Database(dsn, clock, followers={"conversation.assigned": (note_assignment,)}, threads=4)
    yield found_company(Shop(database=database, **database.run(found_shop)))
    database.close()
