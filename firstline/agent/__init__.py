"""The customer agent: who it is, how a turn runs, what counts as evidence, when people take over.

Nouns: agent, identity, handoff settings, situation, draft, turn, journal, brief. Verbs: create, publish, think, check, commit.
"""
