"""JSON that somebody else wrote."""

import json
from typing import Any


def decoded(body: bytes | str) -> Any:
    """The value of a body. :raises ValueError: if it is no JSON, or nested absurdly deep."""
    try:
        return json.loads(body)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def storable(value: Any) -> Any:
    """The same without what PostgreSQL cannot store in texts: U+0000 goes, half of a surrogate pair becomes “?”."""
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {storable(key): storable(one) for key, one in value.items()}
    if isinstance(value, list):
        return [storable(one) for one in value]
    return value
