"""Which one of several topics a message has, or none of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firstline.agent.conditions.fitting import softmax
from firstline.agent.conditions.reading import Reader
from firstline.agent.models.meaning import Meaning

STRENGTH = 20.0
SURE = 0.0
"""How much likelier than none of the topics the best one must be, where no threshold was set on examples held back."""


@dataclass(frozen=True)
class Judged:
    """What a message was taken for. ``lead`` is how much likelier the best topic is than none of them (−1 to 1)."""

    topic: str
    probability: float
    lead: float
    others: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Topics:
    """Topics that were learned from examples."""

    names: tuple[str, ...]
    reader: Reader
    weights: NDArray[np.float32]
    has_none: bool

    @classmethod
    def learn(
        cls, examples: Mapping[str, Sequence[str]], meaning: Meaning, none: Sequence[str] = (), language: str = "en"
    ) -> "Topics":
        """Learn from each topic's examples; the topic's name counts as one.

        :param none: messages that have none of the topics: worth giving from about ten examples a topic on.
        :raises ValueError: with fewer than two classes: there is nothing to tell apart.
        """
        names = tuple(examples)
        texts = [(name, place) for place, name in enumerate(names)]
        texts += [(text, place) for place, name in enumerate(names) for text in examples[name]]
        texts += [(text, len(names)) for text in none]
        classes = len(names) + bool(none)
        if classes < 2:
            raise ValueError("two topics, or one and messages without it, are needed")
        reader = Reader.of([text for text, _ in texts], meaning, language)
        labels = np.array([place for _, place in texts])
        weights = softmax(reader.read(text for text, _ in texts), labels, classes, STRENGTH)
        return cls(names, reader, weights, bool(none))

    def judge(self, text: str) -> Judged:
        """The topic that fits best, and how far it is above none of them."""
        scores = (self.reader.read([text]) @ self.weights)[0]
        p = np.exp(scores - scores.max())
        p /= p.sum()
        own = p[: len(self.names)]
        order = np.argsort(-own, kind="stable")
        best = int(order[0])
        rest = float(p[-1]) if self.has_none else 0.0
        others = tuple((self.names[place], float(own[place])) for place in order[1:4])
        return Judged(self.names[best], float(own[best]), float(own[best]) - rest, others)
