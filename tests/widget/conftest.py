"""A served chat for each test."""

from collections.abc import Iterator

import pytest

from tests.widget.serving import Served
from tests.world import Shop


@pytest.fixture
def chat(shop: Shop) -> Iterator[Served]:
    """The shop's chat, served."""
    with Served(shop).running() as served:
        yield served
