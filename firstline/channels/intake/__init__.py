"""Stop ①: what providers deliver is kept as it came, parsed, and applied, in one transaction.

Nouns: raw delivery, dead letter. Verbs: take, apply, replay, discard.
"""

from firstline.channels.intake.taking import Intake

__all__ = ["Intake"]
