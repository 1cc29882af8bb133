"""The chat widget: what a visitor's browser loads, and the line between it and the conversation.

Nouns: visitor (a browser, known by a signed token), line (one tab's connection), frame (one message of the protocol).
Verbs: greet a visitor, say, ask for a person, push what was committed, say goodbye.
`static/protocol.js` names the frames as types; `rules.py` reads those that come in, `views.py` makes those that go out.
"""
