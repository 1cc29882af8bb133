"""Readers: a file or a web page in, pages of blocks out.

They run in a process of their own with limits on time and memory (``sandbox``), because what they read is hostile until
shown otherwise. Each raises :class:`Unreadable` with the cause and the cure; anything else is reported as a broken file.
"""
