"""Firstline: an open-source, self-hosted customer agent with a shared inbox and help desk."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
"""Before numpy is imported: its products here are small, and threads that wait for each other cost more than they bring (a turn
took twice the processor time)."""

__version__ = "0.1.0"
