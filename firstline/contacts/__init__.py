"""Customers and the identities by which channels know them.

Nouns: contact, identity. Verbs: recognise (find or create by an identity), describe, add an identity.
"""
