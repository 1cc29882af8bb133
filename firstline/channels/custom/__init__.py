"""Custom channels: an API by which anybody connects a channel of their own (CC1–CC3).

Nouns: custom channel, its accounts, publication, webhook attempt. Verbs: register, change, rotate, archive, publish, report.
"""
