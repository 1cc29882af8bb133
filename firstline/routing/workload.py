"""What kind of work a conversation is, and how much of it a teammate may have at once: the pure rules of capacity (RT5)."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from firstline.kit.errors import Invalid

MOST = 1_000


class Work(StrEnum):
    """Capacity is counted separately for these."""

    CALLS = "calls"
    MESSAGING = "messaging"
    EMAIL = "email"


_OF_FAMILY = {"call": Work.CALLS, "calling": Work.CALLS, "voice": Work.CALLS, "email": Work.EMAIL}


def work_of(family: str) -> Work:
    """The kind of work that conversations of a channel family are; whatever is neither calls nor email is messaging."""
    return _OF_FAMILY.get(family, Work.MESSAGING)


@dataclass(frozen=True)
class Capacity:
    """How many open conversations of each kind a teammate may be given; None is no limit, 0 is none."""

    calls: int | None = None
    messaging: int | None = None
    email: int | None = None

    def of(self, work: Work) -> int | None:
        """The limit for one kind."""
        found = getattr(self, work.value)
        return found if found is None else int(found)

    def to_json(self) -> dict[str, int | None]:
        """As REST shows it."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def checked(values: Mapping[str, Any]) -> Capacity:
    """The capacity that was entered.

    :raises Invalid: naming the kind whose limit is no whole number from 0 to :data:`MOST`.
    """
    for kind, limit in values.items():
        if kind not in list(Work):
            raise Invalid(f"There is no kind of work “{kind[:40]}”. Kinds are {', '.join(Work)}.", field="capacity")
        if limit is not None and (not isinstance(limit, int) or isinstance(limit, bool) or not 0 <= limit <= MOST):
            raise Invalid(f"The limit for {kind} is a whole number from 0 to {MOST}, or empty for no limit.", field=kind)
    return Capacity(**dict(values))
