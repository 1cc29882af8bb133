"""Which step comes next, and when (RT7, IN8)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstline.clocks.policy import DEFAULTS, checked, default_of
from firstline.clocks.rules import Ring, State, Step, Waits, next_ring
from firstline.hours.document import from_json
from firstline.hours.elapsed import later, open_time
from firstline.hours.rules import Schedule, is_open
from firstline.kit.errors import Invalid

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
CHAT = DEFAULTS["chat"]
ALWAYS = Schedule()
ROWS = [{"days": ["mon", "tue", "wed", "thu", "fri"], "start": "09:00", "end": "17:00"}]
OFFICE = from_json({"mode": "during", "timezone": "Europe/Berlin", "rows": ROWS})


def minutes(count: int) -> timedelta:
    return timedelta(minutes=count)


def state(owner: str, *, pending: bool = True, **facts: Any) -> State:
    return State(**{"owner": owner, "since": NOON, "owner_since": NOON, "pending": pending, **facts})


REMINDS = CHAT.model_copy(update={"remind": 10})
CLOSES = CHAT.model_copy(update={"close_people": 600})
LATER = NOON + minutes(1)
TABLE: list[tuple[str, State, Any, Waits, Step, int]] = [
    ("the agent has 3 minutes", state("agent"), CHAT, Waits.AGENT, Step.HAND_OFF, 3),
    ("from when it got it", state("agent", owner_since=LATER), CHAT, Waits.AGENT, Step.HAND_OFF, 4),
    ("a queue: the customer is told", state("team"), CHAT, Waits.PEOPLE, Step.TELL, 2),
    ("nobody has it: the same", state("nobody"), CHAT, Waits.PEOPLE, Step.TELL, 2),
    ("told already: alert", state("nobody", done={Step.TELL: LATER}), CHAT, Waits.PEOPLE, Step.ALERT, 10),
    ("a teammate who does not answer", state("teammate", done={Step.TELL: LATER}), CHAT, Waits.PEOPLE, Step.REASSIGN, 5),
    (
        "nobody else could take it: alert",
        state("teammate", done={Step.TELL: LATER, Step.REASSIGN: LATER}),
        CHAT,
        Waits.PEOPLE,
        Step.ALERT,
        10,
    ),
    (
        "another teammate has five minutes of their own",
        state("teammate", owner_since=NOON + minutes(3), done={Step.TELL: LATER, Step.REASSIGN: LATER}),
        CHAT,
        Waits.PEOPLE,
        Step.REASSIGN,
        8,
    ),
    ("a teammate in the middle of it is not told on", state("teammate", accepted=True), CHAT, Waits.PEOPLE, Step.ALERT, 10),
    ("overdue: said again an hour later", state("nobody", done=dict.fromkeys(Step, LATER)), CHAT, Waits.PEOPLE, Step.ALERT, 61),
    ("silent with the agent: closed", state("agent", pending=False), CHAT, Waits.CUSTOMER, Step.CLOSE, 15),
    ("silent with a bot: closed", state("bot", pending=False), CHAT, Waits.CUSTOMER, Step.CLOSE, 15),
    ("reminded first, if wanted", state("agent", pending=False), REMINDS, Waits.CUSTOMER, Step.REMIND, 10),
    ("reminded once", state("agent", pending=False, done={Step.REMIND: LATER}), REMINDS, Waits.CUSTOMER, Step.CLOSE, 15),
    ("silent with people: they are told", state("teammate", pending=False), CHAT, Waits.CUSTOMER, Step.FOLLOW_UP, 1440),
    (
        "told again a day later",
        state("teammate", pending=False, done={Step.FOLLOW_UP: NOON + minutes(1440)}),
        CHAT,
        Waits.CUSTOMER,
        Step.FOLLOW_UP,
        2880,
    ),
    ("closed with people, if wanted", state("teammate", pending=False), CLOSES, Waits.CUSTOMER, Step.CLOSE, 600),
    (
        "put off: until then",
        state("teammate", put_off_until=NOON + minutes(90)),
        CHAT,
        Waits.UNTIL,
        Step.WAKE,
        90,
    ),
]


@pytest.mark.promise("RT7", "IN8")
@pytest.mark.parametrize(("what", "case", "policy", "waits", "step", "after"), TABLE, ids=[row[0] for row in TABLE])
def test_what_comes_next(what: str, case: State, policy: Any, waits: Waits, step: Step, after: int) -> None:
    assert case.waits is waits
    assert next_ring(case, policy, ALWAYS) == Ring(step, NOON + minutes(after))


@pytest.mark.promise("RT7")
def test_waiting_for_people_counts_in_business_hours_only() -> None:
    """Noon on a Sunday: the office opens on Monday at 8:00 UTC."""
    opens = datetime(2026, 11, 23, 8, tzinfo=UTC)
    assert next_ring(state("nobody"), CHAT, OFFICE) == Ring(Step.TELL, opens + minutes(2))
    around = CHAT.model_copy(update={"business_hours": False})
    assert next_ring(state("nobody"), around, OFFICE) == Ring(Step.TELL, NOON + minutes(2))
    assert next_ring(state("agent"), CHAT, OFFICE).at == NOON + minutes(3)


owners = st.sampled_from(["agent", "teammate", "team", "nobody", "bot"])
instants = st.integers(0, 10_000).map(lambda count: NOON + minutes(count))
dones = st.dictionaries(st.sampled_from(list(Step)), instants)


@pytest.mark.promise("RT7")
@settings(max_examples=300, deadline=None, derandomize=True)
@given(owners, st.booleans(), st.booleans(), instants, dones, st.sampled_from(list(DEFAULTS)))
def test_every_open_conversation_has_a_next_step(
    owner: str, pending: bool, accepted: bool, owned: datetime, done: dict[Step, datetime], family: str
) -> None:
    case = State(owner, NOON, owned, pending, accepted, None, done)
    found = next_ring(case, default_of(family), OFFICE)
    assert found.at > NOON
    if found.step not in (Step.ALERT, Step.FOLLOW_UP, Step.CLOSE, Step.HAND_OFF, Step.REASSIGN):
        assert found.step not in done


@pytest.mark.promise("RT7")
@settings(max_examples=80, deadline=None, derandomize=True)
@given(st.integers(0, 20_000), st.integers(1, 3_000))
def test_open_time_is_counted_minute_by_minute(start: int, count: int) -> None:
    begins = NOON + minutes(start)
    ends = later(OFFICE, begins, minutes(count))
    assert open_time(OFFICE, begins, ends) == minutes(count)
    assert is_open(OFFICE, ends - timedelta(seconds=1))


def test_a_schedule_that_never_opens_does_not_hold_a_clock_for_ever() -> None:
    closed = from_json(
        {
            "mode": "during",
            "timezone": "UTC",
            "rows": [],
            "holidays": [{"date": "2099-01-01", "rows": ROWS[:0] or [{"start": "09:00", "end": "10:00"}]}],
        }
    )
    assert later(closed, NOON, minutes(5)) == NOON + minutes(5)


@pytest.mark.parametrize(
    ("family", "changes", "field"),
    [
        ("letters", {}, "family"),
        ("chat", {"agent": 0}, "agent"),
        ("chat", {"agent": None}, "agent"),
        ("chat", {"close": "15"}, "close"),
        ("chat", {"alert": 60 * 24 * 91}, "alert"),
        ("chat", {"remind": 15}, None),
        ("chat", {"nonsense": 1}, "nonsense"),
        ("chat", {"business_hours": 1}, "business_hours"),
    ],
)
def test_a_policy_that_cannot_be_meant_is_refused(family: str, changes: dict[str, Any], field: str | None) -> None:
    with pytest.raises(Invalid) as refused:
        checked(family, {**CHAT.model_dump(), **changes})
    assert refused.value.field == field
