"""A simulated Meta for the tests of its channels."""

from collections.abc import Iterator

import pytest

from tests.channels.meta import Meta, Server, serving
from tests.world import Shop


@pytest.fixture(scope="session")
def meta_server() -> Iterator[Server]:
    with serving() as server:
        yield server


@pytest.fixture
def meta(shop: Shop, meta_server: Server) -> Meta:
    return Meta(shop, meta_server)
