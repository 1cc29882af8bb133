"""Topics that people take over, in plain language (HO1): "refunds over 100 euros", "legal threats".

A topic is known by messages that customers wrote of it, matched like a guideline's examples: code acts on what is surely meant
and on nothing else. Its own words count as one more example. "Over" and a figure in a topic is a limit: it holds for messages
that name a figure above it. Its limits of likeness are those of guidelines.
"""

import math
import re
from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from firstline.agent.guidelines.matching import Matcher
from firstline.agent.guidelines.rules import Guideline, Known, Section

TOPICS = 20
EXAMPLES = 20

Example = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]

_NUMBER = r"\d{1,3}(?:[ .,’']\d{3})+(?!\d)|\d+(?:[.,]\d{1,2})?(?!\d)"
_CURRENCY = r"(?:€|\$|£|eur(?:os?)?|usd|dollars?|gbp|pounds?|chf|francs?|franken)"
_LIMIT = re.compile(
    rf"\b(?:over|above|more than|exceeding|über|mehr als|más de|plus de|più di|(?P<itself>at least|ab|mindestens))"
    rf"\s+(?:€|\$|£)?\s*(?P<figure>{_NUMBER})",
    re.IGNORECASE,
)
_AMOUNT = re.compile(rf"{_CURRENCY}\s*({_NUMBER})|({_NUMBER})\s*{_CURRENCY}(?!\w)", re.IGNORECASE)


class Topic(BaseModel):
    """What a customer may write about that people take over."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    about: str = Field(max_length=120, description="The topic in plain language, such as “Refunds over 100 euros”.")
    examples: tuple[Example, ...] = Field(
        max_length=EXAMPLES, description="What customers write about it: two or more, as different as they come."
    )

    @field_validator("about")
    @classmethod
    def _named(cls, about: str) -> str:
        about = " ".join(about.split())
        if not about:
            raise ValueError("say what the topic is about, such as “Legal threats”")
        return about

    @field_validator("examples")
    @classmethod
    def _shown(cls, examples: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(examples)) < 2:
            raise ValueError("give each topic two messages or more that customers write about it; a name alone is not recognised")
        return tuple(dict.fromkeys(examples))

    @property
    def limit(self) -> float | None:
        """The figure that a message has to exceed; for “at least 100” the last one below 100."""
        found = _LIMIT.search(self.about)
        if found is None:
            return None
        figure = _number(found["figure"])
        return math.nextafter(figure, 0.0) if found["itself"] else figure


def topic_in(matcher: Matcher, text: str, topics: Sequence[Topic], family: str) -> tuple[Topic, str] | None:
    """The topic that a message surely has, and why, for people. Takes milliseconds: call it in a thread."""
    if not topics or not text.strip():
        return None
    known = [Known(str(place), _as_guideline(topic)) for place, topic in enumerate(topics)]
    for match in matcher.match(text, known, family):
        topic = topics[int(match.known.id)]
        if match.sure and exceeds(topic.limit, text):
            return topic, match.how
    return None


def exceeds(limit: float | None, text: str) -> bool:
    """Whether a message names an amount of money above a limit; without a limit, always."""
    if limit is None:
        return True
    return any(_number(one[1] or one[2]) > limit for one in _AMOUNT.finditer(text))


def _as_guideline(topic: Topic) -> Guideline:
    return Guideline(
        section=Section.GUARDRAIL, title=topic.about[:80], text=topic.about, examples=(topic.about, *topic.examples), words=()
    )


def _number(written: str) -> float:
    """1.200 and 1,200 are thousands, 99,90 and 99.90 are not."""
    plain = re.sub(r"[ .,’'](?=\d{3}(?:\D|$))", "", written)
    return float(plain.replace(",", "."))
