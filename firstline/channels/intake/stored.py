"""A stored delivery, as its channel reads it."""

from typing import Any

from sqlalchemy import Row

from firstline.channels.base import RawRequest


def request_of(row: Row[Any]) -> RawRequest:
    """The delivery in a row of ``raw_delivery``, with what was fetched for it."""
    brought = bytes(row.brought) if row.brought is not None else None
    return RawRequest(row.method, row.rest, row.query, row.headers, bytes(row.body), row.at, row.url, brought)
