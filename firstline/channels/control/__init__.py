"""Who has the word with a customer at the provider: we, or another program on the same page or number (thread control).

Nouns: holder. Verbs: note, hold, regain, pass on, take.
"""
