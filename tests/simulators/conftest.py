"""The running product."""

from tests.product.conftest import product

__all__ = ["product"]
