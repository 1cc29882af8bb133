"""What a text states that can be looked up: numbers, prices, dates, times, links, addresses, codes, names.

Nouns: fact, kind, known (the facts of a text). Verbs: read (a text's facts), compare (whether a text holds a fact).
"""
