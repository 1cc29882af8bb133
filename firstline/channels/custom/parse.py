"""A signed webhook of a custom channel: its events as happenings. Pure."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from firstline.channels.base import Account, RawRequest
from firstline.channels.custom.events import READERS
from firstline.channels.custom.messages import Publication, Report, happening_of, status_of
from firstline.channels.happenings import Happening, Ignored, Parsed, Problem
from firstline.kit.foreign import decoded, storable

MOST = 1_000
"""Events in one delivery."""


def parse(account: Account, request: RawRequest) -> Parsed:
    """A signed webhook: one event, or a list of them. Types that are not known are ignored."""
    if request.at is None:
        raise ValueError("the time of the delivery is not known")
    body = decoded(request.body)
    events = body if isinstance(body, list) else [body]
    happenings: list[Happening] = []
    problems: list[Problem] = []
    for event in events[:MOST]:
        try:
            happenings.append(_event(account, event, request.at))
        except (ValidationError, ValueError, TypeError, KeyError) as error:
            problems.append(Problem(said(error), json.dumps(event, default=str).encode()))
    if len(events) > MOST:
        rest = json.dumps(events[MOST:]).encode()
        problems.append(Problem(f"A delivery has at most {MOST:,} events; {len(events) - MOST:,} more were not read.", rest))
    return Parsed(tuple(happenings), tuple(problems))


def _event(account: Account, event: Any, now: datetime) -> Happening:
    if not isinstance(event, Mapping):
        raise TypeError("an event is an object with type and data")
    kind, data = event.get("type"), event.get("data")
    if kind == "message.published":
        if not isinstance(data, Mapping):
            raise TypeError("message.published needs data")
        return happening_of(account, Publication.model_validate({"account_id": account.id, **data}), now)
    if kind == "message.status":
        if not isinstance(data, Mapping) or not isinstance(data.get("message_id"), str):
            raise TypeError("message.status needs data with message_id")
        return status_of(str(storable(data["message_id"][:300])), Report.model_validate(data), now)
    if isinstance(kind, str) and kind in READERS:
        return READERS[kind](account, data, now)
    return Ignored(f"Events of type {str(kind)[:80]} mean nothing here.")


def said(error: Exception) -> str:
    """What is wrong, by its place."""
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
    return str(error)
