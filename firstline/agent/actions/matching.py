"""Which action a message calls for, where no model thinks: nearness in meaning to the examples and to *when to use it*.

How near a message is to the examples is the mean of two: the nearest example, and the middle of all of them. The limits come
from the train part of ``clinc150`` (``bench/run matching``): about three in a hundred messages of other matters begin an action.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from firstline.agent.actions.definition import Definition
from firstline.agent.models.intents import read
from firstline.agent.models.meaning import REMEMBERED, Meaning, Remembering

NEAR = 0.54
"""Nearness to the examples from which on an action is meant: .53 with one example, .54 with three, .56 with seven."""
NEAR_DESCRIPTION = 0.50
"""Nearness to the description alone. By itself .45 would do; it counts beside the examples, so it is stricter."""
APART = 0.03
"""How much nearer the best action has to be than the next one, in parts of what is near enough."""

Vector = NDArray[np.float32]


class Nearest:
    """Tells actions apart by examples."""

    def __init__(self, meaning: Meaning, most: int = REMEMBERED) -> None:
        self._meaning = Remembering(meaning, most)

    def best(self, text: str, definitions: Mapping[str, Definition]) -> str | None:
        """The id of the action that is meant; None for none, or for two alike."""
        reading = read(text)
        if reading.asks_person or not reading.matter:
            return None
        ranked = self.ranked(reading.matter, definitions)
        if not ranked or ranked[0][0] < 1.0:
            return None
        if len(ranked) > 1 and ranked[0][0] - ranked[1][0] < APART:
            return None
        return ranked[0][1]

    def ranked(self, matter: str, definitions: Mapping[str, Definition]) -> list[tuple[float, str]]:
        """The actions with how near a message is to each, the nearest first; from 1 on it is near enough."""
        vector = self._meaning.embed(matter).vector
        return sorted(((self._score(vector, one), id_) for id_, one in definitions.items()), reverse=True)

    def _score(self, vector: Vector, definition: Definition) -> float:
        described = float(vector @ self._meaning.embed(definition.when).vector) / NEAR_DESCRIPTION
        if not definition.examples:
            return described
        examples = [self._meaning.embed(one).vector for one in definition.examples]
        return max(likeness(vector, examples) / NEAR, described)


def likeness(vector: Vector, examples: Sequence[Vector]) -> float:
    """How near a message is to examples: the mean of the nearest and of their middle."""
    stacked = np.stack(examples)
    middle = stacked.mean(axis=0)
    length = float(np.linalg.norm(middle)) or 1.0
    return (float((stacked @ vector).max()) + float(vector @ middle) / length) / 2
