"""Email: mailboxes over IMAP and SMTP, mail providers' webhooks, and a receiver of our own.

Pure: ``mime`` (bytes to a mail), ``addresses``, ``headers``, ``bodies`` and ``quotes`` (what a mail says), ``automatic`` (what
no machine may answer), ``bounces``, ``authentication``, ``pointers`` (signed reply addresses and message ids), ``parse``,
``render``. With a database: ``placing`` (which conversation, and whether to answer), ``mailboxes`` (what was read).
With a network: ``smtp``, ``imap``, ``tokens``, ``watcher``, ``receiver``.
"""
