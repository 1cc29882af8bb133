"""Teammates and what they may do: accounts, roles, seats, teams, availability, sign-in, API keys, the audit log.

Nouns: account, teammate, team, session, API key, audit entry. Verbs: set up, invite, sign in, create a key, record.
"""
