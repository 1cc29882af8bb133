"""What WhatsApp, Messenger and Instagram share, because all three are Meta's Graph API.

Nouns: signature, trouble (an error of the API), reading. Verbs: verify, ask, classify.
"""
