"""Reading JSON that somebody else wrote: what is missing or of another type is nothing, never an error."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from firstline.kit.foreign import storable

DEEPEST = 60
_MILLISECONDS = 10**11
_LATEST = 4_102_444_800
"""The year 2100: a later time is nonsense."""


def mapping(value: Any) -> Mapping[str, Any]:
    """An object, else an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: Any) -> Iterator[Any]:
    """The items of a list; of anything else none."""
    yield from value if isinstance(value, list) else ()


def word(value: Any, most: int = 20_000) -> str:
    """A string, or a number as a string, without what PostgreSQL cannot store; else an empty one."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    text = value if isinstance(value, str) else (str(value) if abs(value) < 10**40 else "")
    return str(storable(text[:most]))


def number(value: Any) -> int | None:
    """A whole number, also one in a string; else None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if abs(value) < 10**18 else None
    if isinstance(value, float):
        return int(value) if abs(value) < 10**18 else None
    if isinstance(value, str) and value.isascii() and value.strip().isdigit() and len(value) < 19:
        return int(value)
    return None


def instant(value: Any) -> datetime:
    """A time in seconds or milliseconds, number or digits.

    :raises ValueError: if it is none.
    """
    found = number(value)
    if found is None or found < 0:
        raise ValueError(f"“{word(value, 40)}” is no time")
    seconds = found / 1000 if found > _MILLISECONDS else float(found)
    if seconds > _LATEST:
        raise ValueError(f"“{word(value, 40)}” is no time of this century")
    return datetime.fromtimestamp(seconds, UTC)


def moment(value: Any) -> datetime:
    """A time as the Graph API writes it (``2022-07-12T19:11:07+0000``), or as webhooks do.

    :raises ValueError: if it is none.
    """
    said = word(value, 60)
    if number(value) is not None or "T" not in said:
        return instant(value)
    found = datetime.fromisoformat(said)
    if found.tzinfo is None or not 1971 <= found.year < 2100:
        raise ValueError(f"“{said[:40]}” is no time of this century")
    return found.astimezone(UTC)


def shortened(value: Any) -> bytes:
    """A part of a delivery, for the dead letters."""
    try:
        return json.dumps(value).encode()[:20_000]
    except (TypeError, ValueError, RecursionError):
        return b""


def plain(value: Any, depth: int = 0) -> Any:
    """The same without what cannot be stored as JSON in the database: NULs, lone surrogates, numbers that are none."""
    if depth > DEEPEST:
        return None
    if isinstance(value, dict):
        return {word(key, 200): plain(one, depth + 1) for key, one in list(value.items())[:200]}
    if isinstance(value, list):
        return [plain(one, depth + 1) for one in value[:200]]
    if isinstance(value, str):
        return word(value)
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else None
    if isinstance(value, int) and not isinstance(value, bool):
        return value if abs(value) < 10**40 else None
    return value
