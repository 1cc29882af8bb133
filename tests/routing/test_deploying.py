"""Deploying, changing, removing (DP1–DP7)."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from firstline.agent import commands as agents
from firstline.agent.surroundings import SURROUNDINGS
from firstline.kit.clock import FixedClock
from firstline.kit.errors import Conflict, Forbidden, Invalid, NotFound
from firstline.kit.events import event
from firstline.people.rules import Actor, ActorKind, Permission
from firstline.routing import commands, queries
from firstline.routing.situation import Destination, DestinationKind, Mode
from firstline.routing.surroundings import AgentFacts, Surroundings
from tests.routing.company import OFFICE, Company


@pytest.mark.promise("DP1")
def test_a_deployment_is_agent_account_hours_fallback_coverage_and_who_made_it_when(company: Company, clock: FixedClock) -> None:
    created = company.deploys(hours=OFFICE, fallback=company.service(), coverage=60)
    (found,) = company.database.run(queries.deployments)
    assert (found.id, found.agent_id, found.channel_account_id) == (created, company.velo, company.chat)
    assert (found.hours.mode, found.coverage, found.mode) == ("during", 60, Mode.LIVE)
    assert found.fallback == Destination(DestinationKind.TEAMS, (company.shop.service,))
    assert (found.created_by, found.created_at) == (company.shop.ines.id, clock.now())


@pytest.mark.promise("DP3")
def test_one_agent_can_be_deployed_on_several_accounts_but_an_account_has_one_deployment(company: Company) -> None:
    company.deploys()
    with pytest.raises(Conflict, match="deployed on Website chat already"):
        company.deploys()


def test_of_two_deployments_at_the_same_moment_one_is_refused(company: Company) -> None:
    def attempt(_: int) -> bool:
        try:
            company.deploys()
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(attempt, range(8))) == 1
    assert len(company.database.run(queries.deployments)) == 1


@pytest.mark.promise("DP4")
def test_an_agent_without_identity_is_not_deployed(company: Company) -> None:
    nameless = Surroundings(agent=lambda _tx, _id: AgentFacts(" "), account=SURROUNDINGS.account)
    with pytest.raises(Conflict, match="no identity"):
        company.database.run(
            commands.deploy, nameless, agent_id=company.velo, channel_account_id=company.chat, by=company.shop.ines
        )


@pytest.mark.parametrize(("field", "id_"), [("agent_id", "agt_none"), ("channel_account_id", "cha_none")])
def test_what_is_not_there_is_not_deployed(company: Company, field: str, id_: str) -> None:
    with pytest.raises(NotFound, match=id_):
        company.deploys(**{field: id_})


@pytest.mark.promise("PM2")
def test_deploying_takes_the_permission_and_a_seat(company: Company) -> None:
    editor, nothing = frozenset({Permission.EDIT_AGENT}), frozenset[Permission]()
    deployed = company.deploys()
    for permissions, seat, missing in (
        (nothing, True, "permission"),
        (editor, False, "seat"),
        (nothing, False, "permission .* seat"),
    ):
        who = Actor(ActorKind.TEAMMATE, "tmt_x", "X", permissions, seat)
        with pytest.raises(Forbidden, match=missing):
            company.deploys(by=who)
        with pytest.raises(Forbidden, match=missing):
            company.database.run(commands.change, SURROUNDINGS, deployed, {"coverage": 1}, by=who)
        with pytest.raises(Forbidden, match=missing):
            company.database.run(commands.remove, deployed, by=who)


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"coverage": 101}, "coverage"),
    ({"coverage": -1}, "coverage"),
    ({"coverage": 50.5}, "coverage"),
    ({"coverage": True}, "coverage"),
    ({"mode": "loud"}, "mode"),
    ({"hours": {"mode": "during", "timezone": "Mars/Olympus", "rows": []}}, "hours.timezone"),
    ({"hours": {**OFFICE, "rows": [*OFFICE["rows"], OFFICE["rows"][0]]}}, "hours.rows.1"),
    ({"hours": []}, "hours"),
    ({"fallback": {"kind": "robots"}}, "fallback.kind"),
    ({"fallback": "nobody"}, "fallback.kind"),
    ({"fallback": {"kind": ["teams"]}}, "fallback.kind"),
    ({"fallback": {"kind": "teams"}}, "fallback.ids"),
    ({"fallback": {"kind": "teams", "ids": []}}, "fallback.ids"),
    ({"fallback": {"kind": "teams", "ids": "tem_1"}}, "fallback.ids"),
    ({"fallback": {"kind": "teams", "ids": [7]}}, "fallback.ids"),
    ({"fallback": {"kind": "teams", "ids": ["tem_none"]}}, "fallback.ids"),
    ({"fallback": {"kind": "teams", "ids": ["\x00"]}}, "fallback.ids"),
    ({"fallback": {"kind": "teams", "ids": [str(n) for n in range(51)]}}, "fallback.ids"),
    ({"fallback": {"kind": "workflow", "ids": ["wfl_none"]}}, "fallback.kind"),
]


def test_what_cannot_be_meant_is_refused_with_its_field(company: Company) -> None:
    for chosen, field in WRONG:
        with pytest.raises(Invalid) as refused:
            company.deploys(**chosen)
        assert refused.value.field == field, chosen


def test_a_team_is_no_teammate(company: Company) -> None:
    with pytest.raises(Invalid, match="no teammate"):
        company.deploys(fallback={"kind": "teammates", "ids": [company.shop.service]})


@pytest.mark.promise("DP3")
def test_a_deployment_is_changed_piece_by_piece(company: Company) -> None:
    deployed = company.deploys(fallback=company.service())
    company.changes(deployed, hours=OFFICE)
    company.changes(deployed, coverage=25)
    found = company.database.run(queries.which, deployed)
    assert (found.hours.mode, found.coverage, found.fallback is not None) == ("during", 25, True)
    company.changes(deployed, fallback=None)
    assert company.database.run(queries.which, deployed).fallback is None
    with pytest.raises(Invalid, match="channel_account_id"):
        company.changes(deployed, channel_account_id="cha_other")
    with pytest.raises(NotFound):
        company.changes("dpl_none", coverage=1)


def test_changes_are_events_once_something_changed(company: Company) -> None:
    deployed = company.deploys()
    company.changes(deployed, coverage=25)
    company.changes(deployed, coverage=25)
    company.database.run(commands.remove, deployed, by=company.shop.ines)
    kinds = company.database.run(lambda tx: tx.rows(select(event.c.kind).where(event.c.subject == deployed).order_by(event.c.id)))
    assert [row.kind for row in kinds] == ["deployment.created", "deployment.changed", "deployment.removed"]


@pytest.mark.promise("DP7")
def test_removing_ends_new_assignments_and_lets_the_agent_finish_what_it_holds(company: Company) -> None:
    deployed = company.deploys()
    held = company.hears(visitor="mira")
    company.database.run(commands.remove, deployed, by=company.shop.ines)
    assert company.owner(company.hears(visitor="tobias")) == ("nobody", None)
    assert company.owner(held) == ("agent", company.velo)
    with pytest.raises(NotFound):
        company.database.run(commands.remove, deployed, by=company.shop.ines)
    assert company.deploys() != deployed


def test_a_removed_agent_and_a_removed_account_have_no_deployments(company: Company) -> None:
    company.deploys()
    company.database.run(commands.remove_deployments_of, company.velo)
    assert company.database.run(queries.deployments) == []
    company.deploys()
    company.database.run(commands.remove_deployments_of, company.chat)
    assert company.database.run(queries.deployments) == []


def test_an_agent_that_is_gone_takes_nothing_even_before_its_deployment_is_removed(company: Company) -> None:
    company.deploys()
    company.database.run(agents.remove, company.velo, by=company.shop.ines)
    assert company.owner(company.hears()) == ("nobody", None)


def test_account_routing_needs_channel_management_and_an_account(company: Company) -> None:
    with pytest.raises(Forbidden, match="Channel management"):
        company.database.run(commands.route_account, SURROUNDINGS, company.chat, None, by=company.shop.samira)
    with pytest.raises(NotFound):
        company.database.run(commands.route_account, SURROUNDINGS, "cha_none", None, by=company.shop.ines)
