"""Minutes as people write them: ``15 min``, ``4 h``, ``3 days``."""

import re

from firstline.console.words import _
from firstline.kit.errors import Invalid

_UNITS = {"m": 1, "min": 1, "minute": 1, "h": 60, "hour": 60, "d": 1440, "day": 1440, "w": 10_080, "week": 10_080}
_WRITTEN = re.compile(r"([0-9]{1,6})\s*([a-z]*)")


def shown(minutes: int | None) -> str:
    """The shortest way to write it; nothing for never."""
    if minutes is None:
        return ""
    if minutes % 1440 == 0:
        days = minutes // 1440
        return "1 day" if days == 1 else f"{days} days"
    return f"{minutes // 60} h" if minutes % 60 == 0 else f"{minutes} min"


def read(written: str, field: str) -> int | None:
    """Minutes; None for nothing or never.

    :raises Invalid: at the field.
    """
    text = written.strip().lower()
    if text in ("", "never", "-"):
        return None
    found = _WRITTEN.fullmatch(text)
    unit = found[2].removesuffix("s") if found else ""
    if found is None or (unit and unit not in _UNITS):
        raise Invalid(_("“%(entered)s” is no time. Write it as 15 min, 4 h or 3 days.", entered=written[:40]), field=field)
    return int(found[1]) * (_UNITS[unit] if unit else 1)
