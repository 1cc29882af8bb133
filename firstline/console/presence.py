"""Availability in words, for the board, the menu and the form."""

from collections.abc import Callable

from firstline.console.view.common import Times
from firstline.console.words import _
from firstline.people.availability.queries import Presence
from firstline.people.availability.rules import Why


def state(found: Presence) -> str:
    """Available, away, or out of office."""
    if found.available:
        return _("Available")
    return _("Out of office") if found.why is Why.OUT_OF_OFFICE else _("Away")


def detail(found: Presence, times: Times) -> str:
    """Until when, or since when, and a note."""
    absence = found.plan.absence
    parts = []
    if absence is not None and absence.holds(times.now):
        parts.append(_("until %(time)s", time=times.moment(absence.end).short))
        parts.append(absence.note)
    elif absence is not None:
        parts.append(_("out of office from %(time)s", time=times.moment(absence.start).short))
    elif found.next_change is not None and found.why is not Why.BY_HAND:
        parts.append(_("until %(time)s", time=times.moment(found.next_change).short))
    elif found.since is not None:
        parts.append(_("since %(time)s", time=times.moment(found.since).short))
    return ", ".join(part for part in parts if part)


def set_by(found: Presence, name_of: Callable[[str], str]) -> str:
    """Who else set it; empty if nobody did."""
    if not found.switched_by_somebody_else:
        return ""
    who = name_of(found.switched_by or "")
    return _("%(name)s set you available.", name=who) if found.available else _("%(name)s set you away.", name=who)


def told(found: Presence, times: Times, name_of: Callable[[str], str]) -> str:
    """What the menu says of oneself."""
    by = set_by(found, name_of)
    more = detail(found, times)
    return by or (f"{state(found)}, {more}" if more else state(found))
