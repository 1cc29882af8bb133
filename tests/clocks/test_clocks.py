"""No conversation without a clock: what happens by itself when somebody is waited for too long (RT7, IN8)."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from firstline.agent.surroundings import SURROUNDINGS
from firstline.clocks import commands, queries
from firstline.clocks.jobs import Clocks
from firstline.clocks.queries import Clock
from firstline.clocks.rules import Step, Waits
from firstline.conversations import ownership, replying
from firstline.conversations import queries as conversations
from firstline.conversations.record import note_language, settle
from firstline.conversations.rules import Entry, Owner, OwnerKind
from firstline.conversations.tables import conversation
from firstline.invariants import violations
from firstline.kit.clock import FixedClock
from firstline.kit.database import Tx
from firstline.kit.errors import Forbidden, Invalid
from firstline.people import commands as people
from firstline.people.availability.commands import set_business_hours
from tests.routing.company import Company
from tests.world import Shop


def wait(company: Company, clock: FixedClock, minutes: int) -> None:
    """Time goes by, and clocks ring."""
    clock.advance(timedelta(minutes=minutes))
    asyncio.run(Clocks(company.database, SURROUNDINGS).ring_due())


def clock_of(company: Company, conversation_id: str) -> Clock:
    found = company.database.run(queries.clock_of, conversation_id)
    assert found is not None
    return found


def told(company: Company, conversation_id: str) -> list[str]:
    """What the customer was told by itself."""
    return [one.text for one in entries(company, conversation_id) if one.data.get("clock") and one.direction == "out"]


def alerts(company: Company, conversation_id: str) -> list[str]:
    return [one.text for one in entries(company, conversation_id) if one.kind == "alert"]


def entries(company: Company, conversation_id: str) -> list[Entry]:
    return list(company.database.run(conversations.timeline, conversation_id))


def agent_answers(company: Company, conversation_id: str) -> None:
    def answer(tx: Tx) -> None:
        from firstline.conversations.record import locked
        from firstline.people.rules import Actor

        found = locked(tx, conversation_id)
        replying.agent_reply(tx, found, "Within six weeks.", Actor.agent(company.velo), {}, turn_id="trn_1")
        settle(tx, conversation_id, found.last_seq)
        commands.wind(tx, conversation_id)

    company.database.run(answer)


def both_in_service(company: Company) -> None:
    company.database.run(people.join_team, company.shop.service, company.shop.jonas.id, by=company.shop.ines)


@pytest.mark.promise("RT7")
def test_an_agent_that_does_not_answer_loses_the_conversation_and_the_customer_is_told(
    company: Company, clock: FixedClock
) -> None:
    company.deploys(fallback=company.service())
    talk = company.hears("Is the first service free?")
    company.database.run(note_language, talk, "de")
    assert (clock_of(company, talk).waits, clock_of(company, talk).step) == (Waits.AGENT, Step.HAND_OFF)
    wait(company, clock, 2)
    assert company.owner(talk) == ("agent", company.velo)
    wait(company, clock, 1)
    assert company.owner(talk) == ("teammate", company.shop.samira.id)
    handoff = next(one for one in entries(company, talk) if one.kind == "handoff")
    assert handoff.data["reason"]["code"] == "took_too_long"
    assert handoff.data["brief"]["language"] == "German"
    assert any(one.data.get("handoff") for one in entries(company, talk))
    assert clock_of(company, talk).waits is Waits.PEOPLE


@pytest.mark.promise("RT7")
def test_people_who_do_not_answer_the_customer_is_told_somebody_else_gets_it_then_managers_hear(
    company: Company, clock: FixedClock
) -> None:
    both_in_service(company)
    company.deploys(coverage=0, fallback=company.service())
    talk = company.hears()
    first = company.owner(talk)[1]
    wait(company, clock, 2)
    assert told(company, talk) == [
        "Sorry for the wait. Our team has your message, and somebody answers as soon as they are free."
    ]
    wait(company, clock, 3)
    second = company.owner(talk)
    assert second[0] == "teammate"
    assert second[1] not in (None, first)
    wait(company, clock, 5)
    wait(company, clock, 1)
    assert alerts(company, talk) == ["The customer has waited for people for 10 minutes"]
    assert [one.conversation.id for one in company.database.run(queries.overdue, company.shop.ines)] == [talk]
    assert len(told(company, talk)) == 1
    wait(company, clock, 60)
    assert len(alerts(company, talk)) == 2


@pytest.mark.promise("RT7")
def test_a_reply_stops_the_clock_of_people_and_starts_that_of_the_customer(company: Company, clock: FixedClock) -> None:
    company.deploys(coverage=0, fallback=company.service())
    talk = company.hears()
    company.database.run(replying.reply, talk, "Let me see.", company.shop.samira)
    assert (clock_of(company, talk).waits, clock_of(company, talk).step) == (Waits.CUSTOMER, Step.FOLLOW_UP)
    wait(company, clock, 60 * 24)
    assert alerts(company, talk) == ["The customer has not answered for 24 hours"]
    assert company.find(talk).status == "open"
    company.shop.hears("Still there?")
    assert (clock_of(company, talk).waits, clock_of(company, talk).step) == (Waits.PEOPLE, Step.ALERT)


@pytest.mark.promise("RT7")
def test_with_nobody_else_an_owner_who_is_there_keeps_it_and_one_who_is_away_loses_it_to_the_queue(
    company: Company, clock: FixedClock
) -> None:
    company.deploys(coverage=0, fallback=company.service())
    here, gone = company.hears(visitor="a"), company.hears(visitor="b")
    wait(company, clock, 5)
    assert company.owner(here) == company.owner(gone) == ("teammate", company.shop.samira.id)
    later = company.hears(visitor="c")
    company.is_away(company.shop.samira.id)
    wait(company, clock, 5)
    assert company.owner(later) == ("team", company.shop.service)


@pytest.mark.promise("IN8")
def test_a_customer_who_is_silent_with_the_agent_is_closed_after_a_reminder_if_one_is_wanted(
    company: Company, clock: FixedClock
) -> None:
    company.database.run(commands.set_policy, "chat", {"remind": 10}, by=company.shop.ines)
    company.deploys(fallback=company.service())
    talk = company.hears()
    agent_answers(company, talk)
    wait(company, clock, 10)
    assert told(company, talk) == ["Are you still there? If there is anything else, just write."]
    wait(company, clock, 4)
    assert company.find(talk).status == "open"
    wait(company, clock, 1)
    found = company.find(talk)
    assert (found.status, found.closed_reason) == ("closed", "no answer for 15 minutes")
    assert company.database.run(queries.clock_of, talk) is None


@pytest.mark.promise("IN8")
def test_a_customer_who_answers_in_time_is_not_closed(company: Company, clock: FixedClock) -> None:
    company.deploys(fallback=company.service())
    talk = company.hears()
    agent_answers(company, talk)
    clock.advance(timedelta(minutes=15))
    company.shop.hears("One more thing")
    wait(company, clock, 0)
    assert company.find(talk).status == "open"
    assert clock_of(company, talk).waits is Waits.AGENT


def test_what_was_put_off_comes_back_at_its_time(company: Company, clock: FixedClock) -> None:
    company.deploys(coverage=0, fallback=company.service())
    talk = company.hears()

    def put_off(tx: Tx) -> None:
        tx.execute(update(conversation).values(snoozed_until=tx.now + timedelta(hours=2)))
        commands.wind(tx, talk)

    company.database.run(put_off)
    assert clock_of(company, talk).waits is Waits.UNTIL
    wait(company, clock, 120)
    assert alerts(company, talk)[0] == "The time it was put off to has come"
    assert clock_of(company, talk).waits is Waits.PEOPLE


@pytest.mark.promise("RT7")
def test_a_change_of_policy_or_business_hours_is_asked_for_by_permission_and_winds_all_clocks(
    company: Company, clock: FixedClock
) -> None:
    company.deploys(coverage=0, fallback=company.service())
    talk = company.hears()
    before = clock_of(company, talk).due_at
    with pytest.raises(Forbidden, match="Channel management"):
        company.database.run(commands.set_policy, "chat", {"tell": 4}, by=company.shop.samira)
    with pytest.raises(Invalid):
        company.database.run(commands.set_policy, "chat", {"tell": -4}, by=company.shop.ines)
    company.database.run(commands.set_policy, "chat", {"tell": 4}, by=company.shop.ines)
    clocks = Clocks(company.database, SURROUNDINGS)
    asyncio.run(clocks.wind_all())
    assert clock_of(company, talk).due_at == before + timedelta(minutes=2)
    rows = [{"days": ["mon"], "start": "09:00", "end": "17:00"}]
    hours = {"mode": "during", "timezone": "Europe/Berlin", "rows": rows}
    company.database.run(set_business_hours, hours, by=company.shop.ines)
    asyncio.run(clocks.wind_all())
    assert clock_of(company, talk).due_at.isoformat() == "2026-11-23T08:04:00+00:00"


def test_conversations_from_before_there_were_clocks_get_one(shop: Shop) -> None:
    talk = shop.hears("Hello").conversation_id
    asyncio.run(Clocks(shop.database, SURROUNDINGS).wind_new())
    assert shop.database.run(queries.clock_of, talk) is not None


@pytest.mark.promise("RT7")
def test_a_step_that_fails_is_tried_again_later_and_keeps_nobody_up(
    company: Company, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    company.deploys(coverage=0, fallback=company.service())
    bad, good = company.hears(visitor="a"), company.hears(visitor="b")
    real = replying.automatic

    def automatic(tx: Tx, found: Any, *more: Any) -> Entry:
        if found.id == bad:
            raise RuntimeError("no")
        return real(tx, found, *more)

    monkeypatch.setattr(replying, "automatic", automatic)
    wait(company, clock, 2)
    assert (len(told(company, bad)), len(told(company, good))) == (0, 1)
    assert clock_of(company, bad).due_at > clock.now()
    monkeypatch.undo()
    wait(company, clock, 2)
    assert len(told(company, bad)) == 1


@pytest.mark.promise("RT7")
def test_the_doctor_finds_nothing_whatever_happened(company: Company, clock: FixedClock) -> None:
    company.deploys(fallback=company.service())
    talk = company.hears()
    company.database.run(ownership.assign, talk, Owner(OwnerKind.TEAMMATE, company.shop.samira.id), company.shop.ines)
    company.database.run(ownership.release, talk, company.shop.ines)
    wait(company, clock, 30)
    found = [one.invariant.sentence for one in company.database.run(violations)]
    assert [one for one in found if "clock" in one.lower() or "turn ends" in one] == []
