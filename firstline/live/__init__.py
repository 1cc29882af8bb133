"""Stop ⑥: committed events to the viewers who may see them, over one WebSocket a page.

A page connects to ``/live?cursor=X`` with the cursor rendered into it, so nothing falls between. It receives JSON:
``{"cursor", "kind", "subject", "data", "at"}`` for an event, ``{"signal": {…}}`` for what is not kept (typing, viewing),
and ``{"bye": true}`` after ten minutes or at shutdown, when it connects again with its last cursor. It may send
``{"typing": conversation, "on": true}`` and ``{"viewing": conversation}``. Where WebSockets are blocked,
``GET /live/poll?cursor=X`` answers ``{"events": […], "cursor"}`` after at most 20 seconds.
"""
