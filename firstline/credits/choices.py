"""What usage settings can be: checked by name and limit, pure."""

from collections.abc import Callable, Mapping
from typing import Any

from firstline.credits.room import Growth
from firstline.credits.rules import MOST, ChargeableEvent
from firstline.kit.errors import Invalid

Check = Callable[[str, Any], Any]


def checked(changes: Mapping[str, Any]) -> dict[str, Any]:
    """The settings as they are kept.

    :raises Invalid: naming the field and its limits.
    """
    kept = {}
    for field, value in changes.items():
        check = _CHECKS.get(field)
        if check is None:
            raise Invalid(f"There is no usage setting {field[:60]!r}.", field=field)
        kept[field] = check(field, value)
    return kept


def _whole(low: int, high: int) -> Check:
    def check(field: str, value: Any) -> int:
        if type(value) is not int or not low <= value <= high:
            raise Invalid(f"{field} is {str(value)[:40]!r}; a whole number from {low:,} to {high:,} is possible.", field=field)
        return value

    return check


def _cap(field: str, value: Any) -> int | None:
    return None if value is None else int(_whole(0, MOST)(field, value))


def _one_of(*possible: str) -> Check:
    def check(field: str, value: Any) -> str:
        if value not in possible:
            raise Invalid(f"{field} is {str(value)[:40]!r}; possible is {', '.join(possible)}.", field=field)
        return str(value)

    return check


def _warn_at(field: str, value: Any) -> list[int]:
    if not isinstance(value, list) or len(value) > 5 or any(type(one) is not int or not 1 <= one <= 100 for one in value):
        raise Invalid("warn_at is a list of up to five whole percentages from 1 to 100.", field=field)
    return sorted(set(value))


def _packs(field: str, value: Any) -> list[int]:
    sizes = value if isinstance(value, list) else []
    if not 1 <= len(sizes) <= 12 or any(type(one) is not int or not 1 <= one <= MOST for one in sizes):
        raise Invalid(f"packs is a list of 1 to 12 sizes, each a whole number of credits from 1 to {MOST:,}.", field=field)
    return sorted(set(sizes))


_CHECKS: Mapping[str, Check] = {
    "price": _whole(1, MOST),
    "allowance": _whole(0, MOST),
    "reset_day": _whole(1, 31),
    "resolved_after_hours": _whole(1, 24 * 30),
    "cap": _cap,
    "chargeable_event": _one_of(*ChargeableEvent),
    "growth": _one_of(*Growth),
    "warn_at": _warn_at,
    "packs": _packs,
}
