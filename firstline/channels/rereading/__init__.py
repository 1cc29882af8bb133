"""After a gap in a provider's deliveries, what was missed is read back from it (decision 0032).

Nouns: gap, reading, span, silence. Verbs: look, begin, read, take in, finish.
"""
