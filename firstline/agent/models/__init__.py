"""Who thinks in a turn: one port, and the answerer that needs no model.

Nouns: situation, thinker, tools, part, draft (reply, clarify, hand off, act, stay quiet), reason. Verb: think.
"""
