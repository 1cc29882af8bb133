"""The shop's console for each test."""

import pytest

from tests.console.office import Office
from tests.world import Shop


@pytest.fixture
def office(shop: Shop) -> Office:
    """Veloria's console."""
    return Office(shop)
