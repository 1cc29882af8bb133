"""Where the deeds begin: Veloria, its agent, and the arguments of a command."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from firstline.kit.database import Tx
from firstline.people.rules import Actor
from tests.world import Shop


@dataclass(frozen=True)
class Scene:
    """Veloria with its agent, where each deed begins; what it prepares is undone after it."""

    shop: Shop
    velo: str

    @property
    def by(self) -> Actor:
        return self.shop.ines

    @property
    def samira(self) -> str:
        return self.shop.samira.id

    @property
    def chat(self) -> str:
        return self.shop.chat.channel_account_id


@dataclass(frozen=True)
class Given:
    """The arguments of a command, without the transaction and who does it."""

    args: tuple[Any, ...]
    named: Mapping[str, Any]


Deed = Callable[[Tx, Scene], Given]


def given(*args: Any, **named: Any) -> Given:
    """Arguments."""
    return Given(args, named)
