"""The demo shop at ``/demo``: product pages with the widget, a basket that forgets, and the help centre that citations lead to.

Nouns: product, part, package, basket, page. Verbs: show, add to basket.
"""

from firstline.demo.shop.api import first_chat, router

__all__ = ["first_chat", "router"]
