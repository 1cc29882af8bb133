"""What a message is about, learned from a few examples of each topic: no model, milliseconds.

Nouns: a *topic* (an intent, a condition) has examples; its name or description always counts as one more. Verbs: learn
(:meth:`Topics.learn` where one topic holds, :meth:`Conditions.learn` where several may hold at once), judge. A message is
read as its vector together with its words and word pairs.
"""

from firstline.agent.conditions.several import Conditions
from firstline.agent.conditions.topics import Judged, Topics

__all__ = ["Conditions", "Judged", "Topics"]
