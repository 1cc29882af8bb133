"""How the agent behaves beyond its content: tone, style, approved texts, what it refuses (ID2).

Nouns: guideline, section, condition, draft, version, match. Verbs: add, change, publish, restore, match, apply.
"""
