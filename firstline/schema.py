"""Every table of the product in one place, for migrations and tests."""

import importlib
import pkgutil

import firstline
from firstline.kit import blobs, events, idempotency, worker
from firstline.kit.tables import metadata

for found in pkgutil.walk_packages(firstline.__path__, "firstline."):
    if found.name.rpartition(".")[2] == "tables":
        importlib.import_module(found.name)

__all__ = ["blobs", "events", "idempotency", "metadata", "worker"]
