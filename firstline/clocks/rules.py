"""Which step comes next in a conversation that waits, and when: pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from firstline.clocks.policy import Policy
from firstline.hours.elapsed import later
from firstline.hours.rules import Schedule


class Waits(StrEnum):
    """Whose turn it is."""

    AGENT = "agent"
    PEOPLE = "people"
    CUSTOMER = "customer"
    UNTIL = "until"


class Step(StrEnum):
    """What happens when a clock runs out."""

    HAND_OFF = "hand_off"
    TELL = "tell"
    REASSIGN = "reassign"
    ALERT = "alert"
    MAIL = "mail"
    """Managers were told by mail; no clock rings for it, it follows the first alert."""
    REMIND = "remind"
    FOLLOW_UP = "follow_up"
    CLOSE = "close"
    WAKE = "wake"


@dataclass(frozen=True)
class State:
    """An open conversation as its clock sees it.

    ``since``: when the customer wrote what nobody answered, or else when anybody last said something. ``done``: the steps of
    this wait, and when each was done last. ``accepted``: the owner has written since they have it.
    """

    owner: str
    since: datetime
    owner_since: datetime
    pending: bool
    accepted: bool = False
    put_off_until: datetime | None = None
    done: Mapping[Step, datetime] | None = None

    @property
    def waits(self) -> Waits:
        """Whose turn it is."""
        if self.put_off_until is not None:
            return Waits.UNTIL
        if not self.pending:
            return Waits.CUSTOMER
        return Waits.AGENT if self.owner == "agent" else Waits.PEOPLE


@dataclass(frozen=True)
class Ring:
    """The step that comes next, and when."""

    step: Step
    at: datetime


def next_ring(state: State, policy: Policy, business_hours: Schedule) -> Ring:
    """The first step that is still to come. There always is one: what was said last is said again after a while."""
    return min(_to_come(state, policy, business_hours), key=lambda ring: (ring.at, list(Step).index(ring.step)))


def _to_come(state: State, policy: Policy, hours: Schedule) -> Iterator[Ring]:
    done = state.done or {}
    match state.waits:
        case Waits.UNTIL:
            assert state.put_off_until is not None
            yield Ring(Step.WAKE, state.put_off_until)
        case Waits.AGENT:
            yield Ring(Step.HAND_OFF, max(state.since, state.owner_since) + _minutes(policy.agent))
        case Waits.PEOPLE:
            yield from _people(state, policy, hours, done)
        case Waits.CUSTOMER if state.owner in ("agent", "bot"):
            silent = state.since + _minutes(policy.close)
            if policy.remind is not None and policy.remind < policy.close and Step.REMIND not in done:
                yield Ring(Step.REMIND, state.since + _minutes(policy.remind))
            yield Ring(Step.CLOSE, silent)
        case Waits.CUSTOMER:
            before = done.get(Step.FOLLOW_UP, state.since)
            yield Ring(Step.FOLLOW_UP, before + _minutes(policy.follow_up))
            if policy.close_people is not None:
                yield Ring(Step.CLOSE, state.since + _minutes(policy.close_people))


def _people(state: State, policy: Policy, hours: Schedule, done: Mapping[Step, datetime]) -> Iterator[Ring]:
    counted = hours if policy.business_hours else Schedule()
    if policy.tell is not None and not state.accepted and Step.TELL not in done:
        yield Ring(Step.TELL, later(counted, state.since, _minutes(policy.tell)))
    if policy.reassign is not None and state.owner == "teammate" and not state.accepted:
        tried = done.get(Step.REASSIGN)
        if tried is None or tried <= state.owner_since:
            yield Ring(Step.REASSIGN, later(counted, max(state.since, state.owner_since), _minutes(policy.reassign)))
    before = done.get(Step.ALERT)
    if before is None:
        yield Ring(Step.ALERT, later(counted, state.since, _minutes(policy.alert)))
    else:
        yield Ring(Step.ALERT, later(counted, before, _minutes(policy.alert_again)))


def _minutes(count: int) -> timedelta:
    return timedelta(minutes=count)
