"""Schedules: when the agent answers, when a teammate works, when an SLA clock runs (PRODUCT.md §3, WH1–WH5).

Nouns: a *schedule* has a mode, a time zone, *rows* (days with start and end) and *holidays* (dates with rows of their own).
Verbs: ``is_open``, ``next_change``, ``intervals`` in ``rules``; ``from_json`` and ``to_json`` in ``document``; ``describe`` in
``wording``; ``week`` in ``preview``. Everything here is pure: no clock is read, no row is stored.
"""
