"""A Graph API that lives in memory, with a WhatsApp number, a Facebook page and an Instagram account, and a sender of webhooks.

Nouns: world (what Meta knows), fault (what goes wrong on demand), post (a webhook on its way). Verbs: say, deliver, fail.
"""
