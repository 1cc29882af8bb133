"""What surrounds every page: who reads it, the menu, where one is, what is told."""

from dataclasses import dataclass

from firstline.console.menu import Place
from firstline.console.view.common import Person, Toast


@dataclass(frozen=True)
class Frame:
    """The frame of a page of somebody who is signed in."""

    viewer: Person
    email: str
    account: str
    places: tuple[Place, ...]
    here: str
    cursor: str
    theme: str
    language: str
    toasts: tuple[Toast, ...] = ()
    presence: str = ""
    lacks: tuple[str, ...] = ()
    """What the reader lacks to change anything here, on the pages of the agent (PM2)."""
    agents: tuple[tuple[str, str], ...] = ()
    """Ids and names of the agents, where there are several, on their pages; the first is the one they are about (ID3)."""

    @property
    def place(self) -> Place | None:
        """The place of the rail that this page belongs to."""
        for place in self.places:
            if place.href == self.here or any(item.href == self.here for group in place.groups for item in group.items):
                return place
        return None


@dataclass(frozen=True)
class PlainFrame:
    """The frame of a page before sign-in."""

    theme: str
    language: str
    account: str = ""
    toasts: tuple[Toast, ...] = ()
