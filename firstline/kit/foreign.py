"""JSON that somebody else wrote."""

import json
from typing import Any


def decoded(body: bytes | str) -> Any:
    """The value of a body. :raises ValueError: if it is no JSON, or nested absurdly deep."""
    try:
        return json.loads(body)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
