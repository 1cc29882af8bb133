"""Messages that a provider approved beforehand, as it last told of them: what may be sent when the reply window is closed.

Nouns: template, state. Verbs: replace_all, note_state, sendable, which.
"""
