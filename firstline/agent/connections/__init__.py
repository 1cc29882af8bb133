"""Language models that the agent may think with: where they are, what they cost, how much may be spent (AN4, SW7).

Nouns: connection, provider, choice (primary, fallback), price, spend, limit. Verbs: connect, choose, try, spend, limit.
"""
