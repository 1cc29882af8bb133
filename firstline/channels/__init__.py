"""Channels: adapters that look alike, each one folder.

Nouns: channel, channel account, capabilities, raw delivery. Verbs: connect, change, check, take in, deliver.
"""
