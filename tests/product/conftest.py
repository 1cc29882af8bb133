"""The product, running."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.product.running import Product
from tests.world import Shop


@pytest.fixture
def product(shop: Shop, tmp_path: Path) -> Iterator[Product]:
    """The product over Veloria's database, serving."""
    with Product(shop, tmp_path).running() as running:
        yield running
