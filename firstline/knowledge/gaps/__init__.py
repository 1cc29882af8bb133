"""Knowledge gaps: questions that the content did not answer, grouped into topics, and how they are closed (KN5).

Nouns: *gap* (one question of one conversation without an answer), *topic* (gaps alike in meaning).
Verbs: note and settle a gap (the agent's turn), resolve a topic with a short answer, dismiss it.
"""
