"""Signs that a text tries to instruct the agent: a signal for the trace and for reviewers, and no defence (decision 0026).

Nouns: a *place* (a customer's message, or content: a page, a mail that was forwarded, an action's result), a *sign* with the
words that gave it away. Verbs: look. What may be said and done does not depend on it: that is decided by code for every text
alike. A message that looks like an attack is answered like any other.
"""

from firstline.agent.injection.looking import Inspector, Signal, inspect
from firstline.agent.injection.noting import STRUCTURE, signals

__all__ = ["STRUCTURE", "Inspector", "Signal", "inspect", "signals"]
