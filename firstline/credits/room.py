"""Whether the agent can take one more conversation, and what has to be bought for it: pure (SW3, SW4)."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Growth(StrEnum):
    """What happens when the credits of a period run out while a pack is bought."""

    UPGRADE = "upgrade"
    OVERAGE = "overage"


@dataclass(frozen=True)
class Books:
    """What the decision looks at, in credits.

    ``free`` is the balance less what is held for conversations that the agent has; ``spoken_for`` is what this period used
    and holds, which the cap limits.
    """

    price: int
    free: int
    spoken_for: int
    pack: int = 0
    packs: tuple[int, ...] = ()
    growth: Growth = Growth.UPGRADE
    cap: int | None = None


@dataclass(frozen=True)
class Room:
    """The answer. ``pack`` is the size to upgrade to, ``overage`` the credits to buy one by one; both need room to be there."""

    there: bool
    why: str
    pack: int | None = None
    overage: int = 0


def room_for_one(books: Books) -> Room:
    """Whether one more conversation can be paid, by what there is or by what the owner allows to be bought."""
    if books.cap is not None and books.spoken_for + books.price > books.cap:
        return Room(False, f"The monthly cap of {books.cap:,} credits is reached")
    if books.free >= books.price:
        return Room(True, "Credits left")
    if not books.pack:
        return Room(False, "No credits left")
    lacking = books.price - books.free
    if books.growth is Growth.OVERAGE:
        return Room(True, "Paid as overage", overage=lacking)
    larger = next((size for size in sorted(books.packs) if size - books.pack >= lacking), None)
    if larger is None:
        return Room(False, "No credits left, and there is no larger pack")
    return Room(True, f"Paid by the upgrade to the pack of {larger:,} credits", pack=larger)


def next_pack(pack: int, packs: Iterable[int]) -> int | None:
    """The size after the present one; None after the largest."""
    return min((size for size in packs if size > pack), default=None)
