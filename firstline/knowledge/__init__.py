"""What the agent was trained on, and finding in it.

Nouns: a *source* (web page, site, file, text, short answer) has *pages* (a document, an entry); a page has *passages*,
the parts an answer cites. Verbs: add, sync, rename, restrict, delete (``commands``), read and embed (``jobs``), find
(``finding``). The way of a question: ``query`` (what is asked) → ``candidates`` (one SQL statement) → ``rank`` (what
fits best) → ``gate`` (is the answer in it).
"""
