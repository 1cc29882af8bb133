"""Usage: the customer agent's switch and its credits (PRODUCT.md §5).

Nouns: the *switch*; a *ledger* of immutable entries whose sum is the balance; a *period* from one reset of the monthly allowance
to the next. Verbs: ``switch``, ``change_settings``, ``grant``, ``charge``, ``refund``, ``open_period``.
"""
