"""New conversations get their first owner, with reasons (RT1), and people get what the agent does not take (RT3)."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from firstline.agent.surroundings import SURROUNDINGS, agent_on
from firstline.conversations import closing, ownership
from firstline.conversations import queries as conversations
from firstline.conversations.rules import EntryKind, Owner, OwnerKind
from firstline.credits import commands as usage
from firstline.credits import holding
from firstline.kit.clock import FixedClock
from firstline.kit.database import Database
from firstline.kit.errors import Invalid, NotFound
from firstline.people import commands as people
from firstline.people.rules import Actor
from firstline.routing import commands, queries, receivers
from firstline.routing.jobs import Router
from firstline.wiring import FOLLOWS
from tests.routing.company import OFFICE, Company, found_company
from tests.world import Shop, found_shop

MONDAY = datetime(2026, 11, 23, 9, 46, tzinfo=UTC)


def switch(company: Company, on: bool) -> None:
    company.database.run(usage.switch, on, by=company.shop.ines)


def allow(company: Company, credits: int) -> None:
    company.database.run(usage.change_settings, {"allowance": credits}, by=company.shop.ines)


@pytest.mark.promise("DP2")
@pytest.mark.promise("RT1")
def test_deployed_the_agent_takes_a_new_conversation_and_the_reasons_are_in_it(company: Company) -> None:
    company.deploys()
    conversation_id = company.hears()
    assert company.owner(conversation_id) == ("agent", company.velo)
    found = company.find(conversation_id)
    assert found.routing is not None
    texts = [reason["text"] for reason in found.routing["reasons"]]
    assert texts == [
        "Deployed on Website chat",
        "Within working hours (all hours)",
        "Agent is switched on",
        "Credits left",
        "Covered (100 %)",
    ]
    (assigned,) = (
        entry for entry in company.database.run(conversations.timeline, conversation_id) if entry.kind is EntryKind.ASSIGNMENT
    )
    assert [reason["text"] for reason in assigned.data["reasons"]] == texts
    (stored,) = company.database.run(queries.decisions_of, conversation_id)
    assert stored["situation"]["deployment"]["hours"] == "all hours"
    assert stored["decision"]["taker"] == "agent"


@pytest.mark.promise("DP2")
def test_deploying_never_grabs_an_open_conversation(company: Company) -> None:
    before = company.hears()
    assert company.owner(before) == ("nobody", None)
    company.deploys()
    company.hears("Still there?")
    assert company.owner(before) == ("nobody", None)
    assert company.owner(company.hears(visitor="tobias")) == ("agent", company.velo)


def test_a_conversation_is_routed_once(company: Company) -> None:
    company.deploys()
    conversation_id = company.hears()
    epoch = company.find(conversation_id).epoch
    assert company.routes(conversation_id) is None
    assert company.find(conversation_id).epoch == epoch
    with pytest.raises(NotFound):
        company.routes("cnv_none")


def test_whoever_was_faster_keeps_it(company: Company) -> None:
    company.deploys()
    conversation_id = company.shop.hears("Hello").conversation_id
    company.database.run(ownership.take_over, conversation_id, company.shop.samira)
    assert company.routes(conversation_id) is None
    assert company.owner(conversation_id) == ("teammate", company.shop.samira.id)


def test_a_conversation_closed_before_it_was_routed_stays_closed_and_nobodys(company: Company) -> None:
    company.deploys()
    conversation_id = company.shop.hears("Hello").conversation_id
    company.database.run(closing.close, conversation_id, company.shop.samira)
    assert company.routes(conversation_id) is None


@pytest.mark.promise("WH1")
@pytest.mark.promise("WH3")
def test_hours_decide_at_the_moment_of_routing_and_never_cut_what_is_held(company: Company, clock: FixedClock) -> None:
    company.deploys(hours=OFFICE, fallback=company.service())
    assert company.owner(company.hears(visitor="sunday")) == ("teammate", company.shop.samira.id)
    clock.set(MONDAY)
    held = company.hears(visitor="monday")
    assert company.owner(held) == ("agent", company.velo)
    clock.set(datetime(2026, 11, 23, 16, 1, tzinfo=UTC))  # 17:01 in Berlin
    assert company.owner(company.hears(visitor="evening")) == ("teammate", company.shop.samira.id)
    company.hears("One more question", visitor="monday")
    assert company.owner(held) == ("agent", company.velo)


@pytest.mark.promise("SW1")
def test_switched_off_new_conversations_follow_the_handoff_page_and_held_ones_stay(company: Company) -> None:
    company.deploys(fallback=company.service())
    held = company.hears(visitor="mira")
    switch(company, False)
    assert company.owner(company.hears(visitor="tobias")) == ("teammate", company.shop.samira.id)
    company.sets_handoff(off_destination=company.only(company.shop.jonas.id))
    other = company.hears(visitor="lena")
    assert company.owner(other) == ("teammate", company.shop.jonas.id)
    assert company.owner(held) == ("agent", company.velo)
    found = company.find(other)
    assert found.routing is not None
    assert [reason["code"] for reason in found.routing["reasons"]][2:] == ["switched_off", "handoff_rules", "only_one"]
    switch(company, True)
    assert company.owner(company.hears(visitor="paul")) == ("agent", company.velo)


@pytest.mark.promise("SW3")
def test_out_of_credits_the_agent_takes_nothing_new_until_there_are_some_again(company: Company) -> None:
    company.deploys(fallback=company.service())
    allow(company, 1)
    held = company.hears(visitor="mira")
    company.database.run(holding.charge, held)
    assert company.owner(company.hears(visitor="tobias")) == ("teammate", company.shop.samira.id)
    assert company.owner(held) == ("agent", company.velo)
    company.database.run(usage.grant, 1, "One more", by=company.shop.ines)
    assert company.owner(company.hears(visitor="lena")) == ("agent", company.velo)


@pytest.mark.promise("DP5")
def test_coverage_of_nothing_sends_everything_to_the_fallback(company: Company) -> None:
    company.deploys(coverage=0, fallback=company.service())
    assert company.owner(company.hears()) == ("teammate", company.shop.samira.id)


@pytest.mark.promise("RT1")
def test_without_deployment_the_accounts_routing_counts(company: Company) -> None:
    company.database.run(commands.route_account, SURROUNDINGS, company.chat, company.service(), by=company.shop.ines)
    assert company.owner(company.hears()) == ("teammate", company.shop.samira.id)
    company.database.run(commands.route_account, SURROUNDINGS, company.chat, None, by=company.shop.ines)
    assert company.owner(company.hears(visitor="tobias")) == ("nobody", None)


@pytest.mark.promise("RT2")
def test_the_fallback_can_be_the_owner_of_the_contact(company: Company) -> None:
    company.deploys(coverage=0, fallback={"kind": "contact_owner"})
    conversation_id = company.shop.hears("Hello").conversation_id
    company.database.run(
        lambda tx: tx.execute(
            text("update contact set properties = jsonb_build_object('owner_id', cast(:id as text))"),
            {"id": company.shop.jonas.id},
        )
    )
    company.routes(conversation_id)
    assert company.owner(conversation_id) == ("teammate", company.shop.jonas.id)


@pytest.mark.promise("RT3")
def test_the_least_loaded_then_the_longest_waiting_main_member_gets_it(company: Company, clock: FixedClock) -> None:
    shop = company.shop
    company.database.run(people.join_team, shop.service, shop.jonas.id, by=shop.ines)
    company.deploys(coverage=0, fallback=company.service())
    owners = []
    for n in range(4):
        clock.advance(timedelta(minutes=1))
        owners.append(company.owner(company.hears(visitor=f"v{n}"))[1])
    assert owners[0] != owners[1]
    assert sorted(owners[:2], key=str) == sorted(owners[2:], key=str) == sorted([shop.samira.id, shop.jonas.id])
    assert owners[2] == owners[0]


@pytest.mark.promise("RT3")
def test_a_rush_is_spread_evenly(company: Company) -> None:
    shop = company.shop
    company.database.run(people.join_team, shop.service, shop.jonas.id, by=shop.ines)
    company.deploys(coverage=0, fallback=company.service())
    waiting = [shop.hears("Hello", visitor=f"v{n}").conversation_id for n in range(12)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(company.routes, waiting))
    owners = [company.owner(one)[1] for one in waiting]
    assert owners.count(shop.samira.id) == owners.count(shop.jonas.id) == 6


@pytest.mark.promise("RT3")
@pytest.mark.parametrize("unable", ["away", "no seat", "no workspace", "removed", "helps only"])
def test_whoever_cannot_take_it_is_not_assigned_and_it_waits_in_the_queue(company: Company, unable: str) -> None:
    shop = company.shop
    company.deploys(coverage=0, fallback=company.service())
    if unable == "away":
        company.is_away(shop.samira.id)
    elif unable == "no seat":
        company.database.run(lambda tx: people.change_teammate(tx, shop.samira.id, seat=False, by=shop.ines))
    elif unable == "no workspace":
        company.database.run(lambda tx: tx.execute(text("update teammate set role = 'gone' where name = 'Samira Bakri'")))
    elif unable == "removed":
        company.database.run(people.disable_teammate, shop.samira.id, by=shop.ines)
    else:
        company.database.run(people.join_team, shop.workshop, shop.samira.id, by=shop.ines)
        company.database.run(people.join_team, shop.service, shop.samira.id, main=False, by=shop.ines)
    assert company.owner(company.hears()) == ("team", shop.service)


def run_queue(company: Company) -> None:
    asyncio.run(Router(company.database, SURROUNDINGS).assign_waiting())


@pytest.mark.promise("RT3")
def test_what_waits_is_assigned_when_somebody_becomes_available_the_longest_waiting_first(
    company: Company, clock: FixedClock
) -> None:
    shop = company.shop
    company.deploys(coverage=0, fallback=company.service())
    company.is_away(shop.samira.id)
    first = company.hears(visitor="mira")
    clock.advance(timedelta(minutes=7))
    second = company.hears(visitor="tobias")
    run_queue(company)
    assert company.owner(first) == company.owner(second) == ("team", shop.service)
    company.is_away(shop.samira.id, back=True)
    run_queue(company)
    assert company.owner(first) == company.owner(second) == ("teammate", shop.samira.id)
    entries = [entry for entry in company.database.run(conversations.timeline, first) if entry.kind is EntryKind.ASSIGNMENT]
    assert entries[-1].data["reasons"][0]["text"] == "Waited 7 minutes"
    assert company.database.run(queries.queue) == []


@pytest.mark.promise("RT3")
def test_specific_teammates_who_are_away_get_it_when_they_are_back(company: Company) -> None:
    jonas = company.shop.jonas.id
    company.deploys(coverage=0, fallback=company.only(jonas))
    company.is_away(jonas)
    conversation_id = company.hears()
    assert company.owner(conversation_id) == ("nobody", None)
    company.is_away(jonas, back=True)
    run_queue(company)
    assert company.owner(conversation_id) == ("teammate", jonas)


def test_who_took_it_by_hand_meanwhile_keeps_it_and_closed_ones_are_left(company: Company) -> None:
    shop = company.shop
    company.deploys(coverage=0, fallback=company.service())
    company.is_away(shop.samira.id)
    taken, closed, moved = (company.hears(visitor=who) for who in ("mira", "tobias", "lena"))
    company.database.run(ownership.take_over, taken, shop.jonas)
    company.database.run(closing.close, closed, shop.jonas)
    company.database.run(ownership.assign, moved, Owner(OwnerKind.TEAM, shop.workshop), shop.jonas)
    company.is_away(shop.samira.id, back=True)
    run_queue(company)
    assert company.owner(taken) == ("teammate", shop.jonas.id)
    assert company.owner(closed) == ("team", shop.service)
    assert company.owner(moved) == ("team", shop.workshop)
    assert company.database.run(queries.queue) == []


@pytest.mark.promise("RT2")
@pytest.mark.promise("HO3")
def test_a_handoff_goes_to_its_own_destination_then_the_fallback_then_the_accounts_routing(company: Company) -> None:
    shop = company.shop
    deployed = company.deploys(fallback=company.service())
    found = company.find(company.hears())

    def receiver(destination: dict[str, object] | None) -> tuple[str, str | None, bool]:
        chosen = company.database.run(receivers.receiver_of_handoff, found, destination)
        assert chosen.reasons
        return chosen.owner.kind.value, chosen.owner.id, chosen.available

    assert receiver(company.only(shop.jonas.id)) == ("teammate", shop.jonas.id, True)
    assert receiver(None) == ("teammate", shop.samira.id, True)
    assert receiver({"kind": "teammates", "ids": ["tmt_gone"]}) == ("teammate", shop.samira.id, True)
    assert receiver({"kind": "nobody", "ids": []}) == ("nobody", None, False)
    company.is_away(shop.samira.id)
    assert receiver(None) == ("team", shop.service, False)
    company.changes(deployed, fallback=None)
    assert receiver(None) == ("nobody", None, False)
    company.database.run(commands.route_account, SURROUNDINGS, company.chat, company.only(shop.jonas.id), by=shop.ines)
    assert receiver(None) == ("teammate", shop.jonas.id, True)


def test_a_handoff_that_nobody_could_take_waits_for_somebody(company: Company) -> None:
    shop = company.shop
    company.deploys(fallback=company.only(shop.jonas.id))
    company.is_away(shop.jonas.id)
    found = company.find(company.hears())
    receiver = company.database.run(receivers.receiver_of_handoff, found, None)
    company.database.run(ownership.assign, found.id, receiver.owner, Actor.system(), receiver.reasons)
    company.is_away(shop.jonas.id, back=True)
    run_queue(company)
    assert company.owner(found.id) == ("teammate", shop.jonas.id)


@pytest.mark.promise("DP8")
def test_explain_says_who_would_get_a_conversation_at_any_time_and_why(company: Company) -> None:
    deployed = company.deploys(hours=OFFICE, fallback=company.service())
    sunday = company.explains()
    assert (sunday.decision.agent, sunday.deployment_id) == (False, deployed)
    assert sunday.decision.reasons[-1].text == "Fallback assignment: Service team"
    assert sunday.next_change == datetime(2026, 11, 23, 8, tzinfo=UTC)
    monday = company.explains(at=MONDAY)
    assert monday.decision.agent
    assert monday.next_change == datetime(2026, 11, 23, 16, tzinfo=UTC)
    assert company.explains(at=datetime(2026, 11, 23, 9, 0)).at == datetime(2026, 11, 23, 8, tzinfo=UTC)
    assert monday.to_json()["agent"] is True


def test_explain_takes_a_time_without_offset_as_the_accounts_where_there_are_no_hours(company: Company) -> None:
    assert company.explains(at=datetime(2026, 7, 1, 12, 0)).at == datetime(2026, 7, 1, 10, tzinfo=UTC)
    with pytest.raises(Invalid, match="out of range"):
        company.explains(at=datetime(9999, 12, 31, 23, 59, tzinfo=UTC))
    with pytest.raises(Invalid, match="out of range"):
        company.explains(at=datetime(1, 1, 1))


def test_explain_of_one_conversation_follows_its_coverage(company: Company) -> None:
    company.deploys(coverage=50)
    answers = {company.explains(conversation_id=f"cnv_{n}").decision.agent for n in range(40)}
    assert answers == {True, False}
    assert company.explains().decision.agent


@pytest.mark.promise("DP6")
def test_the_agent_is_assignable_while_a_new_conversation_would_be_its_own(company: Company, clock: FixedClock) -> None:
    assert company.database.run(agent_on, company.chat) is None
    company.deploys(hours=OFFICE)
    assert company.database.run(agent_on, company.chat) is None
    clock.set(MONDAY)
    assert company.database.run(agent_on, company.chat) == company.velo
    switch(company, False)
    assert company.database.run(agent_on, company.chat) is None
    assert company.database.run(agent_on, "cha_none") is None


@pytest.mark.promise("DP9")
def test_a_shadow_deployment_answers_nothing(company: Company) -> None:
    company.deploys(mode="shadow", fallback=company.service())
    conversation_id = company.hears()
    assert company.owner(conversation_id) == ("teammate", company.shop.samira.id)
    (stored,) = company.database.run(queries.decisions_of, conversation_id)
    assert stored["decision"]["shadow_agent_id"] == company.velo
    assert company.database.run(agent_on, company.chat) is None


def test_in_the_product_a_first_message_asks_for_routing_and_the_agents_ownership_for_a_turn(dsn: str, clock: FixedClock) -> None:
    database = Database(dsn, clock, followers=FOLLOWS, threads=2)
    company = found_company(Shop(database=database, **database.run(found_shop)))
    company.deploys()

    def jobs() -> list[str]:
        return [
            row.task_name
            for row in database.run(
                lambda tx: tx.rows(text("select task_name from procrastinate_jobs where args ? 'conversation_id' order by id"))
            )
        ]

    conversation_id = company.shop.hears("Hello").conversation_id
    assert jobs() == ["routing.route"]
    asyncio.run(Router(database, SURROUNDINGS).route(conversation_id))
    assert jobs() == ["routing.route", "agent.turn"]
    database.close()


def test_a_message_where_routing_is_decided_and_nobody_has_it_asks_for_no_other_decision(company: Company) -> None:
    company.database.followers = FOLLOWS
    conversation_id = company.hears(visitor="mira")
    found = company.find(conversation_id)
    assert found.routing is not None
    assert found.owner.kind is OwnerKind.NOBODY
    asked = text("select count(*) from procrastinate_jobs where task_name = 'routing.route'")
    assert company.database.run(lambda tx: tx.scalar(asked)) == 1, "the first message asked"
    company.database.run(lambda tx: tx.execute(text("delete from procrastinate_jobs")))
    company.shop.hears("Is anybody there?", visitor="mira")
    assert company.database.run(lambda tx: tx.scalar(asked)) == 0
