"""Where a conversation stands, read from what the agent said last: its own phrases are known in every language. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from firstline.agent.models.base import Said
from firstline.agent.models.choosing import numbered
from firstline.agent.phrases import recognised
from firstline.people.rules import ActorKind

UNSEEN = "files.unseen"
"""The phrase about files without words: it asks for the matter, so it is no asking back about one."""

LOST = "files.lost"
"""The phrase about words that the provider lost."""

OFFERS = ("uncovered.first", "uncovered.part", "again.same", "upset.offer", UNSEEN)
"""Phrases that offer a person."""

CHOICES = ("clarify.which", "clarify.near")
"""Phrases that offer things to choose from."""

ASKS = ("uncovered.first", "clarify.more", *CHOICES, "again.same", "upset.offer")
"""Phrases that ask something back instead of answering."""

COURTESIES = (
    "greet.hello", "greet.again", "courtesy.thanks", "courtesy.goodbye", "courtesy.how", "courtesy.go_on", "courtesy.declined",
    "about.who", "about.can",
)  # fmt: skip


@dataclass(frozen=True)
class Standing:
    """``asked_back``: times in a row that the agent asked instead of answering. ``answered``: it gave content before."""

    greeted: bool = False
    offered_person: bool = False
    asked_which: bool = False
    asked_back: int = 0
    answered: bool = False
    question: str = ""
    """The customer's last message before the agent asked back."""
    told: tuple[str, ...] = ()
    """Everything the agent said in this engagement."""
    offered: tuple[str, ...] = ()
    """What the agent offered to choose from in its last message, as far as the message tells."""


def standing(history: Sequence[Said]) -> Standing:
    """Read the history of an engagement, oldest first."""
    spoken = [said for said in history if said.by is ActorKind.AGENT]
    if not spoken:
        return Standing()
    ours, last = [said.text for said in spoken], spoken[-1].text
    asked_back = 0
    for text in reversed(ours):
        if not is_any(text, ASKS) or _says_more(text):
            break
        asked_back += 1
    return Standing(
        greeted=True,
        offered_person=is_any(last, OFFERS),
        asked_which=is_any(last, CHOICES),
        asked_back=asked_back,
        answered=any(_says_more(text) for text in ours),
        question=_before_last(history),
        told=tuple(ours),
        offered=spoken[-1].offered or numbered(last),
    )


def is_any(text: str, keys: Sequence[str]) -> bool:
    """Whether a text holds one of the phrases."""
    return any(recognised(key, text) for key in keys)


def _says_more(text: str) -> bool:
    """Whether a message held content: no phrase, or a phrase about one of several questions."""
    return recognised("uncovered.part", text) or not is_any(text, (*ASKS, *COURTESIES, UNSEEN, LOST))


def _before_last(history: Sequence[Said]) -> str:
    last = max(place for place, said in enumerate(history) if said.by is ActorKind.AGENT)
    theirs = [said.text for said in history[:last] if said.by is ActorKind.CONTACT]
    return theirs[-1] if theirs else ""
