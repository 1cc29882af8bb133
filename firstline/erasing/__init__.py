"""Forgetting a person: what belongs to them goes, wherever it lies, and a report says what went, what stays and why.

Nouns: erasure, person, report. Verbs: ask for one, cut off, remove, search, report (decision 0028).
"""
