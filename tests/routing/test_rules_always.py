"""What holds for every new conversation, whatever the situation (RT1)."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstline.hours.rules import Schedule, is_open
from firstline.routing.rules import covered, decide
from firstline.routing.situation import Claim, Deployed, Destination, Mode, Situation, Taker
from tests.routing.test_rules import (
    GONE,
    HALF_GONE,
    JONAS,
    NAMES,
    NOBODY,
    NOT_OFFICE,
    OFFICE,
    OWNER,
    SAMIRA,
    SERVICE,
    WORKFLOW,
)

destinations = st.sampled_from([None, SERVICE, JONAS, SAMIRA, GONE, HALF_GONE, OWNER, WORKFLOW, NOBODY])
deployments = st.builds(
    Deployed,
    id=st.just("dpl_1"),
    agent_id=st.just("agt_velo"),
    agent_name=st.just("Velo"),
    hours=st.sampled_from([Schedule(), OFFICE, NOT_OFFICE]),
    fallback=destinations,
    coverage=st.integers(0, 100),
    mode=st.sampled_from(Mode),
)
situations = st.builds(
    Situation,
    conversation_id=st.uuids().map(lambda u: f"cnv_{u.hex}"),
    account_name=st.just("Website chat"),
    instant=st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),
    deployment=st.none() | deployments,
    claim=st.none() | st.just(Claim(Taker.BOT, "bot_hello", "Hello")),
    agent_on=st.booleans(),
    credits_left=st.booleans(),
    handoff_rules=destinations,
    account_routing=destinations,
    contact_owner_id=st.sampled_from([None, "tmt_samira", "tmt_gone"]),
    names=st.just(NAMES),
)
every = settings(max_examples=400, deadline=None, derandomize=True)


@pytest.mark.promise("RT1")
@every
@given(situations)
def test_the_agent_takes_it_exactly_when_nothing_speaks_against_it(case: Situation) -> None:
    deployment = case.deployment
    expected = (
        case.claim is None
        and deployment is not None
        and deployment.mode is Mode.LIVE
        and is_open(deployment.hours, case.instant)
        and case.agent_on
        and case.credits_left
        and covered(str(case.conversation_id), deployment.coverage)
    )
    assert decide(case).agent is expected


@pytest.mark.promise("SW1")
@every
@given(situations)
def test_switched_off_the_agent_never_takes_a_new_conversation(case: Situation) -> None:
    assert not decide(replace(case, agent_on=False)).agent


@pytest.mark.promise("SW3")
@every
@given(situations)
def test_out_of_credits_the_agent_never_takes_a_new_conversation(case: Situation) -> None:
    assert not decide(replace(case, credits_left=False)).agent


@every
@given(situations)
def test_every_decision_ends_somewhere_and_says_why(case: Situation) -> None:
    found = decide(case)
    assert found.reasons
    assert all(reason.code and reason.text for reason in found.reasons)
    assert (found.taker in (Taker.AGENT, Taker.BOT, Taker.WORKFLOW)) == (found.id is not None)
    if found.taker is Taker.DESTINATION:
        assert found.destination is not None
        assert all(id_ in NAMES for id_ in found.destination.ids)
    assert decide(case) == found


@every
@given(situations)
def test_shadow_never_changes_who_answers(case: Situation) -> None:
    if case.deployment is None:
        return
    shadow = decide(replace(case, deployment=replace(case.deployment, mode=Mode.SHADOW)))
    nobody_home = decide(
        replace(case, deployment=replace(case.deployment, mode=Mode.LIVE, coverage=0), agent_on=True, credits_left=True)
    )
    assert (shadow.taker, shadow.destination) == (nobody_home.taker, nobody_home.destination)  # fmt: skip


@pytest.mark.promise("DP5")
@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.integers(0, 100), st.integers(0, 10**9))
def test_coverage_takes_about_its_share_and_always_the_same(coverage: int, seed: int) -> None:
    ids = [f"cnv_{seed + n:x}" for n in range(4000)]
    taken = [id_ for id_ in ids if covered(id_, coverage)]
    assert abs(len(taken) / len(ids) - coverage / 100) < 0.04  # five standard deviations
    assert taken == [id_ for id_ in ids if covered(id_, coverage)]


@pytest.mark.promise("DP5")
@given(st.text(max_size=40), st.integers(0, 100), st.integers(0, 100))
def test_raising_coverage_gives_none_back(conversation_id: str, one: int, other: int) -> None:
    low, high = sorted((one, other))
    assert not covered(conversation_id, low) or covered(conversation_id, high)
    assert covered(conversation_id, 100)
    assert not covered(conversation_id, 0)


def test_destinations_come_back_from_json() -> None:
    for destination in (SERVICE, JONAS, OWNER, WORKFLOW, NOBODY):
        assert Destination.from_json(destination.to_json()) == destination
