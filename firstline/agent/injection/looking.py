"""Whether a text shows signs of an injected instruction: structure, and for a customer's message also its likeness to examples.

The examples are our own (``examples.toml``). How often it is right is measured by ``bench/run injection``.
"""

import threading
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.resources import files
from typing import Any

from firstline.agent.conditions.several import Conditions
from firstline.agent.injection.signs import Place, Sign, signs_of
from firstline.agent.models.meaning import Meaning
from firstline.agent.sentences import sentences

FLAGGED = 1.0
"""Weight from which on a text is flagged."""
ALIKE = 0.85
"""Probability from which on likeness to the examples is a sign. Set on one half of the development sets (decision 0026)."""
READ = 20_000
"""Characters that are looked at."""
UNITS = 12
"""Sentences of a message whose meaning is looked at: its first and last ones."""


@dataclass(frozen=True)
class Signal:
    """What was found in one text."""

    signs: tuple[Sign, ...] = ()

    @property
    def flagged(self) -> bool:
        """Whether a reviewer should look."""
        return sum(one.weight for one in self.signs) >= FLAGGED

    def as_json(self) -> list[dict[str, Any]]:
        """For the trace."""
        return [asdict(one) for one in self.signs]


def inspect(text: str, place: Place) -> Signal:
    """Signs of the structure alone: microseconds."""
    return Signal(tuple(signs_of(text[:READ], place)))


class Inspector:
    """Also knows the meaning of a text. Learns at its first use; safe in several threads."""

    def __init__(self, meaning: Meaning | None = None) -> None:
        self._meaning = meaning
        self._learned: Conditions | None = None
        self._learning = threading.Lock()

    def look(self, text: str, place: Place) -> Signal:
        """Look at a text with all there is. Takes milliseconds for each sentence: call it in a thread."""
        found = inspect(text, place)
        if found.flagged or self._meaning is None or not text.strip():
            return found
        score, words = self.likeness(text[:READ], place)
        return Signal((*found.signs, Sign("like_an_attack", words[:120], 1.0))) if score >= ALIKE else found

    def likeness(self, text: str, place: Place) -> tuple[float, str]:
        """The highest probability that one of the sentences is an attack, and which one it is."""
        names = ("attack", "planted") if place == "content" else ("attack",)
        learned = self._conditions()
        if learned is None:
            return 0.0, ""
        scored = []
        for unit in _units(text):
            told = learned.judge(unit)
            scored.append((max(told[name] for name in names), unit))
        return max(scored, default=(0.0, ""))

    def _conditions(self) -> Conditions | None:
        with self._learning:
            if self._learned is None and self._meaning is not None:
                listed = _examples()
                planted = {"attack": listed["attacks"], "planted": listed["planted"]}
                self._learned = Conditions.learn(planted, self._meaning, listed["harmless"])
        return self._learned


def _units(text: str) -> Sequence[str]:
    whole = sentences(text)
    told = whole if len(whole) <= UNITS else [*whole[: UNITS // 2], *whole[-UNITS // 2 :]]
    return [*told, *([text] if 1 < len(whole) <= UNITS else [])]


def _examples() -> Mapping[str, list[str]]:
    text = (files("firstline.agent.injection") / "examples.toml").read_text("utf-8")
    listed: Mapping[str, list[str]] = tomllib.loads(text)
    return listed
