"""Time that counts only while something is open: for clocks and service levels."""

from datetime import datetime, timedelta

from firstline.hours.rules import Schedule, intervals

_WINDOW = timedelta(days=14)
_MOST = 30
"""Windows that are looked at: more than a year without an open minute is no business."""


def later(schedule: Schedule, start: datetime, duration: timedelta) -> datetime:
    """The first instant by which so much open time has passed since ``start``; nothing waits longer than closed hours last.

    Where the schedule opens too little within fourteen months, closed time counts too.
    """
    if schedule.mode == "all" or duration <= timedelta(0):
        return start + duration
    left, at = duration, start
    for _ in range(_MOST):
        for opens, closes in intervals(schedule, at, at + _WINDOW):
            if closes - opens >= left:
                return opens + left
            left -= closes - opens
        at += _WINDOW
    return start + duration


def open_time(schedule: Schedule, start: datetime, end: datetime) -> timedelta:
    """How much open time lies between two instants."""
    return (
        sum((closes - opens for opens, closes in intervals(schedule, start, end)), timedelta(0)) if start < end else timedelta(0)
    )
