"""The basket of the demo shop: a cookie with product and size, nothing kept on the server. It is read as hostile input."""

from collections.abc import Sequence
from dataclasses import dataclass

from firstline.demo.shop.catalogue import Catalogue, Product

COOKIE = "veloria_basket"
MOST = 9


@dataclass(frozen=True)
class Chosen:
    """One article in the basket; ``size`` is a place in the product's sizes."""

    product: Product
    size: int

    @property
    def size_label(self) -> str:
        """The size as the page offers it."""
        return self.product.sizes[self.size]


def read(cookie: str, catalogue: Catalogue) -> tuple[Chosen, ...]:
    """What a cookie such as ``trail-4.2~city-3.0`` stands for; what cannot be in a basket is left out."""
    found = (choose(*item.partition(".")[::2], catalogue) for item in cookie[:400].split("~"))
    return tuple(one for one in found if one is not None)[:MOST]


def choose(product_id: str, size: str, catalogue: Catalogue) -> Chosen | None:
    """An article by id and size, or None when there is no such thing."""
    product = catalogue.by_id.get(product_id)
    if product is None or not (size.isascii() and size.isdigit() and len(size) < 3 and int(size) < len(product.sizes)):
        return None
    return Chosen(product, int(size))


def write(chosen: Sequence[Chosen]) -> str:
    """The cookie for a basket; the newest that fit."""
    return "~".join(f"{one.product.id}.{one.size}" for one in chosen[-MOST:])
