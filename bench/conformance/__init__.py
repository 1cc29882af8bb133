"""The conformance cases of the channels, by number: what comes in, and what must happen.

Each channel has a module of cases, registered with ``@case``. ``bench/run conformance`` runs them all against two whole
Firstlines over one database, and prints JSON; ``tests/contracts/test_conformance.py`` runs the same.
"""
