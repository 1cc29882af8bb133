"""Which guidelines hold for a message: words, then examples by meaning; a model confirms what is not sure.

The likeness of a message to a guideline's examples is the mean of three: the nearest example, the centre of all examples,
and the best fit word by word. The limits were set on ``clinc150`` with six examples each of fifty neighbouring intents.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from firstline.agent.guidelines.rules import Known, Match, in_order, takes_part
from firstline.agent.models.lexicon import fold
from firstline.agent.models.meaning import Embedded, Meaning, Remembering

SURE = 0.55
"""Likeness from which on code acts by itself."""
PERHAPS = 0.42
"""Likeness from which on a model is asked."""
RIVAL = 0.12
"""A guideline that fits worse than the best one by more than this is not meant."""
LOOKED_AT = 600
"""Characters of a message that are compared."""

_ABOUT = re.compile(
    r"^(?:when |if )?the (?:customer|visitor|user|person) (?:is |has |seems |wants to |wants "
    r"|asks? (?:about|for|whether|if|how|what)?|says?|mentions?|talks? about|complains? about|writes?(?: about)?)\s*",
    re.IGNORECASE,
)


class Matcher:
    """Finds the guidelines that hold. Without ``meaning`` (an embedder) words alone count."""

    def __init__(self, meaning: Meaning | None = None) -> None:
        self._meaning = Remembering(meaning) if meaning is not None else None

    def match(self, text: str, guidelines: Sequence[Known], family: str) -> tuple[Match, ...]:
        """Those that hold or may hold, the most important first. May take milliseconds: call it in a thread."""
        part = [one for one in guidelines if takes_part(one, family)]
        always = [Match(one, 1.0, True, "always") for one in part if one.guideline.always]
        conditional = [one for one in part if not one.guideline.always]
        found = [match for one in conditional if (match := self._one(text, one)) is not None]
        best = max((one.score for one in found), default=0.0)
        near = [one for one in found if one.score >= best - RIVAL or one.how.startswith("words")]
        return in_order([*always, *near])

    def _one(self, text: str, known: Known) -> Match | None:
        guideline = known.guideline
        if (word := _word_in(text, guideline.words)) is not None:
            return Match(known, 1.0, True, f"words: “{word}”")
        if self._meaning is None or not text.strip():
            return Match(known, 0.0, False, "condition: a model has to tell") if guideline.needs_model else None
        likeness, nearest = self._likeness(text, guideline.examples)
        against, look_alike = self._likeness(text, guideline.counter_examples)
        if against > likeness and against >= PERHAPS:
            return None
        about, _ = self._likeness(text, (_ABOUT.sub("", guideline.condition),) if guideline.condition else ())
        if likeness >= SURE and likeness - against >= RIVAL / 2:
            return Match(known, likeness, True, f"example: “{nearest}”")
        if max(likeness, about) >= PERHAPS or guideline.needs_model:
            why = f"like the example “{nearest}”" if likeness >= about and nearest else "condition: a model has to tell"
            return Match(known, max(likeness, about), False, f"{why}, unlike “{look_alike}”" if against >= PERHAPS else why)
        return None

    def _likeness(self, text: str, examples: Sequence[str]) -> tuple[float, str]:
        """How alike a text and a few examples are, and which of them is the nearest."""
        if self._meaning is None or not examples:
            return 0.0, ""
        here = self._meaning.embed(text[:LOOKED_AT])
        there = [self._meaning.embed(one) for one in examples]
        if not len(here.tokens):
            return 0.0, ""
        nearness = [float(here.vector @ one.vector) for one in there]
        centre = np.mean([one.vector for one in there], axis=0)
        central = float(here.vector @ centre) / max(float(np.linalg.norm(centre)), 1e-9)
        fit = max(_fit(here, one) for one in there)
        best = int(np.argmax(nearness))
        return max((nearness[best] + central + fit) / 3, _same(text, examples[best])), examples[best]


def _fit(here: Embedded, there: Embedded) -> float:
    """How well two texts cover each other, word by word."""
    if not len(here.tokens) or not len(there.tokens):
        return 0.0
    alike = here.tokens @ there.tokens.T
    return float(alike.max(1).mean() + alike.max(0).mean()) / 2


def _same(text: str, example: str) -> float:
    """An example written again is as like as can be, whatever language the embedder knows."""
    return 1.0 if fold(text).strip(" .!?") == fold(example).strip(" .!?") else 0.0


def _word_in(text: str, words: Sequence[str]) -> str | None:
    plain = fold(text)
    return next((word for word in words if _pattern(word).search(plain)), None)


@lru_cache(maxsize=2_000)
def _pattern(word: str) -> re.Pattern[str]:
    inner = r"\s+".join(re.escape(part) for part in fold(word).split())
    return re.compile(rf"(?<!\w){inner}(?!\w)")
