"""Firstline: an open-source, self-hosted customer agent with a shared inbox and help desk."""

__version__ = "0.1.0"
