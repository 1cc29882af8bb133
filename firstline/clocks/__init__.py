"""Clocks: no conversation waits for somebody without one (RT7).

Nouns: a conversation *waits* for the agent, for people, for the customer, or until a time it was put off to; its *clock* is
the next *step* that happens by itself, and when; a *policy* says after how long, for each channel family.
Verbs: ``next_ring`` is pure; ``wind`` follows whatever happens in a conversation; ``ring`` does the step that is due.
"""
