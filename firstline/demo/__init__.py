"""The demo company: Veloria, a bicycle shop in Leipzig. One world for ``bin/start --demo``, tests and screenshots.

Nouns: world, article, short answer, teammate, customer, sample conversation, question. Verbs: read, show the shop, load.
The content lives in ``help_centre/*.md`` and the ``*.toml`` files beside this one; ``world`` reads and checks it.
"""
