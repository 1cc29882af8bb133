"""Every table of the product in one place, for migrations and tests."""

from firstline.kit import events, jobs
from firstline.kit.tables import metadata

TABLES = (events.event, jobs.sweep)

__all__ = ["TABLES", "metadata"]
