"""Which action a message calls for, where no model thinks: nearness in meaning to the examples and to *when to use it*."""

from collections.abc import Mapping

import numpy as np

from firstline.agent.actions.definition import Definition
from firstline.agent.models.intents import read
from firstline.agent.models.meaning import Meaning, Remembering

NEAR = 0.62
"""Cosine to an example from which on it is meant. Chosen by hand on a few messages of the demo company; not measured."""
NEAR_DESCRIPTION = 0.5
"""The same to the description alone: a description is further from a message than another message is."""
APART = 0.03
"""How much nearer the best action has to be than the next one."""


class Nearest:
    """Tells actions apart by examples."""

    def __init__(self, meaning: Meaning) -> None:
        self._meaning = Remembering(meaning)

    def best(self, text: str, definitions: Mapping[str, Definition]) -> str | None:
        """The id of the action that is meant; None for none, or for two alike."""
        reading = read(text)
        if reading.asks_person or not reading.matter:
            return None
        vector = self._meaning.embed(reading.matter).vector
        scores = sorted(((self._score(vector, one), id_) for id_, one in definitions.items()), reverse=True)
        if not scores or scores[0][0] < 1.0:
            return None
        if len(scores) > 1 and scores[0][0] - scores[1][0] < APART:
            return None
        return scores[0][1]

    def _score(self, vector: "np.ndarray[tuple[int], np.dtype[np.float32]]", definition: Definition) -> float:
        """How near, in parts of what is near enough."""
        examples = [float(vector @ self._meaning.embed(one).vector) / NEAR for one in definition.examples]
        described = float(vector @ self._meaning.embed(definition.when).vector) / NEAR_DESCRIPTION
        return max([*examples, described])
