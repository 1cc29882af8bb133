"""What the demo shop sells."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Literal

from firstline.demo.reading import STRICT, read_table, take

FILE = Path(__file__).parent / "catalogue.toml"


@dataclass(frozen=True)
class Fact:
    """One detail below the picture."""

    title: str
    text: str
    __pydantic_config__: ClassVar = STRICT


@dataclass(frozen=True)
class Priced:
    """Something with a price in cents."""

    name: str
    price: int
    __pydantic_config__: ClassVar = STRICT

    @property
    def euros(self) -> str:
        """The price as the shop writes it, like €1,849.00."""
        return euros(self.price)


@dataclass(frozen=True)
class Product(Priced):
    """A bike with a page of its own; ``page`` is the end of its address, ``read`` names articles about it."""

    id: str
    page: str
    family: str
    drawing: Literal["gravel", "city", "cargo"]
    about: str
    promises: tuple[str, ...]
    sizes: tuple[str, ...]
    usual_size: int
    facts: tuple[Fact, ...]
    read: tuple[str, ...]
    __pydantic_config__: ClassVar = {**STRICT, "str_min_length": 0}


@dataclass(frozen=True)
class PartOnSale(Priced):
    """A card on the page of parts."""

    note: str
    icon: str
    read: str


@dataclass(frozen=True)
class Package(Priced):
    """A service of the workshop."""

    includes: str


@dataclass(frozen=True)
class Catalogue:
    """Everything on sale."""

    products: tuple[Product, ...]
    parts: tuple[PartOnSale, ...]
    packages: tuple[Package, ...]

    @cached_property
    def by_id(self) -> Mapping[str, Product]:
        """Products by their id."""
        return {one.id: one for one in self.products}

    @cached_property
    def by_page(self) -> Mapping[str, Product]:
        """Products by the end of their address."""
        return {one.page: one for one in self.products}


def read_catalogue(path: Path = FILE) -> Catalogue:
    """:raises BadWorld: naming the entry and the field that are wrong."""
    tables = read_table(path)
    catalogue = Catalogue(
        take(tables, "product", tuple[Product, ...]),
        take(tables, "part", tuple[PartOnSale, ...]),
        take(tables, "package", tuple[Package, ...]),
    )
    tables.nothing_left()
    return catalogue


def euros(cents: int) -> str:
    """An amount as the shop writes it."""
    return f"€{cents / 100:,.2f}"
