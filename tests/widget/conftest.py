"""A served chat for each test."""

from collections.abc import Iterator

import pytest

from tests.widget.serving import Served
from tests.world import Shop


@pytest.fixture
def chat(shop: Shop) -> Iterator[Served]:
    """The shop's chat, served. Time does not soften its limits: on a busy machine it would, between one message and the next."""
    with Served(shop, steady=lambda: 0.0).running() as served:
        yield served
