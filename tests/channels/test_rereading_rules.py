"""When what was missed is read back, and from when on."""

from datetime import UTC, datetime, timedelta

import pytest

from firstline.channels.rereading.commands import sentence
from firstline.channels.rereading.rules import SLACK, Silence, Situation, due, span_from

NOW = datetime(2026, 11, 22, 9, 46, tzinfo=UTC)
SILENT = "Nothing was delivered for longer than at any time in the last week."
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.mark.promise("CH4", "CH7")
@pytest.mark.parametrize(
    ("looked", "begun", "silence", "why"),
    [
        (None, None, None, "Once a day."),
        (5 * MINUTE, 3 * HOUR, None, ""),
        (5 * MINUTE, 25 * HOUR, None, "Once a day."),
        (31 * MINUTE, 10 * MINUTE, None, "Firstline was not running for a while."),
        (
            5 * MINUTE,
            3 * HOUR,
            Silence(9 * HOUR, 8 * HOUR, 50),
            SILENT,
        ),
        (5 * MINUTE, 3 * HOUR, Silence(7 * HOUR, 8 * HOUR, 50), ""),
        (5 * MINUTE, 3 * HOUR, Silence(9 * HOUR, 8 * HOUR, 19), ""),
        (5 * MINUTE, 3 * HOUR, Silence(50 * MINUTE, 2 * MINUTE, 5000), ""),
        (5 * MINUTE, 30 * MINUTE, Silence(9 * HOUR, 8 * HOUR, 50), ""),
    ],
)
def test_a_reading_is_due_once_a_day_after_an_absence_and_in_an_unusual_silence(
    looked: timedelta | None, begun: timedelta | None, silence: Silence | None, why: str
) -> None:
    seen = Situation(NOW, NOW - looked if looked else None, NOW - begun if begun else None, silence)
    assert due(seen) == why


@pytest.mark.promise("CH4")
@pytest.mark.parametrize(
    ("complete", "last", "connected", "since"),
    [
        (DAY, HOUR, 30 * DAY, DAY + SLACK),
        (None, HOUR, 30 * DAY, HOUR + SLACK),
        (None, None, 2 * HOUR, 2 * HOUR),
        (DAY, HOUR, HOUR, HOUR),
        (90 * DAY, 90 * DAY, 200 * DAY, 7 * DAY),
    ],
)
def test_the_span_begins_where_the_last_ended_and_never_before_the_account_was_connected(
    complete: timedelta | None, last: timedelta | None, connected: timedelta, since: timedelta
) -> None:
    found = span_from(NOW - complete if complete else None, NOW - last if last else None, NOW - connected, NOW)
    assert found == NOW - since


def test_the_outcome_is_one_plain_sentence() -> None:
    assert sentence(118, 117, 1) == "server 118, ingested 117, read back 1, nothing missing"
    assert sentence(118, 115, 1) == "server 118, ingested 115, read back 1, missing 2"
