"""Who gets a new conversation, as a table: the situation, who takes it, and the reasons in order (RT1)."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from firstline.hours.document import from_json
from firstline.hours.rules import Schedule
from firstline.routing.rules import covered, decide
from firstline.routing.situation import Claim, Deployed, Destination, DestinationKind, Mode, Situation, Taker

SUNDAY = datetime(2026, 11, 22, 9, 46, tzinfo=UTC)
MONDAY = datetime(2026, 11, 23, 9, 46, tzinfo=UTC)
ROWS = [{"days": ["mon", "tue", "wed", "thu", "fri"], "start": "09:00", "end": "17:00"}]
OFFICE = from_json({"mode": "during", "timezone": "Europe/Berlin", "rows": ROWS})
NOT_OFFICE = from_json({"mode": "outside", "timezone": "Europe/Berlin", "rows": ROWS})

NAMES = {"tmt_jonas": "Jonas Feld", "tmt_samira": "Samira Bakri", "tem_service": "Service team", "wfl_night": "Night desk"}
SERVICE = Destination(DestinationKind.TEAMS, ("tem_service",))
JONAS = Destination(DestinationKind.TEAMMATES, ("tmt_jonas",))
SAMIRA = Destination(DestinationKind.TEAMMATES, ("tmt_samira",))
GONE = Destination(DestinationKind.TEAMMATES, ("tmt_gone",))
HALF_GONE = Destination(DestinationKind.TEAMMATES, ("tmt_gone", "tmt_jonas"))
OWNER = Destination(DestinationKind.CONTACT_OWNER)
WORKFLOW = Destination(DestinationKind.WORKFLOW, ("wfl_night",))
NOBODY = Destination(DestinationKind.NOBODY)

VELO = Deployed("dpl_chat", "agt_velo", "Velo", Schedule(), SERVICE)
COVERED, UNCOVERED = "cnv_6", "cnv_1"  # at 50 %, see the first test


def situation(deployment: Deployed | None = VELO, **facts: Any) -> Situation:
    known: dict[str, Any] = {"conversation_id": COVERED, "instant": SUNDAY, "names": NAMES, **facts}
    return Situation(account_name="Website chat", deployment=deployment, **known)


def velo(**changes: Any) -> Deployed:
    return replace(VELO, **changes)


def outcome(case: Situation) -> tuple[str, Any]:
    """Who takes it: the agent's, bot's or workflow's id, or the ids (or kind) of the destination."""
    found = decide(case)
    if found.taker in (Taker.AGENT, Taker.BOT, Taker.WORKFLOW):
        return found.taker.value, found.id
    if found.taker is Taker.NOBODY:
        return "nobody", None
    assert found.destination is not None
    return "people", " ".join(found.destination.ids) or found.destination.kind.value


def test_the_ids_of_this_table_are_covered_and_uncovered_at_half() -> None:
    assert covered(COVERED, 50)
    assert not covered(UNCOVERED, 50)


AGENT, UNASSIGNED = ("agent", "agt_velo"), ("nobody", None)
TO_SERVICE, TO_JONAS, TO_WORKFLOW = ("people", "tem_service"), ("people", "tmt_jonas"), ("workflow", "wfl_night")
HELLO = Claim(Taker.BOT, "bot_hello", "Hello")
WELL = "deployed within_hours switched_on credits_left"
TABLE: list[tuple[str, Situation, tuple[str, Any], str]] = [
    # what is true, the situation, who takes it, the codes of the reasons
    ("deployed, all well", situation(), AGENT, f"{WELL} covered"),
    ("a chatflow was first", situation(claim=HELLO), ("bot", "bot_hello"), "claimed"),
    ("a workflow was first", situation(claim=Claim(Taker.WORKFLOW, "wfl_vip", "VIP")), ("workflow", "wfl_vip"), "claimed"),
    ("a chatflow, agent off", situation(claim=HELLO, agent_on=False), ("bot", "bot_hello"), "claimed"),
    ("a chatflow, no deployment", situation(None, claim=HELLO), ("bot", "bot_hello"), "claimed"),
    # nothing deployed
    ("not deployed", situation(None), UNASSIGNED, "not_deployed unassigned"),
    ("not deployed, routing to a team", situation(None, account_routing=SERVICE), TO_SERVICE, "not_deployed account_routing"),
    ("not deployed, routing to nobody", situation(None, account_routing=NOBODY), UNASSIGNED, "not_deployed account_routing"),
    (
        "not deployed, routing to somebody gone",
        situation(None, account_routing=GONE),
        UNASSIGNED,
        "not_deployed account_routing_passed_over unassigned",
    ),
    (
        "not deployed, handoff rules are not for it",
        situation(None, agent_on=False, handoff_rules=JONAS),
        UNASSIGNED,
        "not_deployed unassigned",
    ),
    (
        "not deployed, routing to a workflow",
        situation(None, account_routing=WORKFLOW),
        TO_WORKFLOW,
        "not_deployed account_routing",
    ),
    # hours
    ("within specific hours", situation(velo(hours=OFFICE), instant=MONDAY), AGENT, f"{WELL} covered"),
    ("outside specific hours", situation(velo(hours=OFFICE)), TO_SERVICE, "deployed outside_hours fallback"),
    ("only outside, and outside", situation(velo(hours=NOT_OFFICE)), AGENT, f"{WELL} covered"),
    (
        "only outside, and inside",
        situation(velo(hours=NOT_OFFICE), instant=MONDAY),
        TO_SERVICE,
        "deployed outside_hours fallback",
    ),
    (
        "outside hours, handoff rules are not for it",
        situation(velo(hours=OFFICE), handoff_rules=JONAS),
        TO_SERVICE,
        "deployed outside_hours fallback",
    ),
    (
        "outside hours and off: hours come first",
        situation(velo(hours=OFFICE), agent_on=False, handoff_rules=JONAS),
        TO_SERVICE,
        "deployed outside_hours fallback",
    ),
    (
        "outside hours and no credits: hours come first",
        situation(velo(hours=OFFICE), credits_left=False, handoff_rules=JONAS),
        TO_SERVICE,
        "deployed outside_hours fallback",
    ),
    (
        "outside hours, no fallback, account routing",
        situation(velo(hours=OFFICE, fallback=None), account_routing=JONAS),
        TO_JONAS,
        "deployed outside_hours account_routing",
    ),
    ("outside hours, nothing set", situation(velo(hours=OFFICE, fallback=None)), UNASSIGNED, "deployed outside_hours unassigned"),
    (
        "outside hours, fallback nobody is a choice",
        situation(velo(hours=OFFICE, fallback=NOBODY), account_routing=JONAS),
        UNASSIGNED,
        "deployed outside_hours fallback",
    ),
    (
        "outside hours, fallback gone",
        situation(velo(hours=OFFICE, fallback=GONE), account_routing=JONAS),
        TO_JONAS,
        "deployed outside_hours fallback_passed_over account_routing",
    ),
    (
        "outside hours, one of two gone",
        situation(velo(hours=OFFICE, fallback=HALF_GONE)),
        TO_JONAS,
        "deployed outside_hours fallback",
    ),
    # contact owner and workflow
    (
        "fallback to the contact owner",
        situation(velo(hours=OFFICE, fallback=OWNER), contact_owner_id="tmt_samira"),
        ("people", "contact_owner"),
        "deployed outside_hours fallback",
    ),
    (
        "the contact has no owner",
        situation(velo(hours=OFFICE, fallback=OWNER), account_routing=JONAS),
        TO_JONAS,
        "deployed outside_hours fallback_passed_over account_routing",
    ),
    (
        "the contact's owner is gone",
        situation(velo(hours=OFFICE, fallback=OWNER), contact_owner_id="tmt_gone"),
        UNASSIGNED,
        "deployed outside_hours fallback_passed_over unassigned",
    ),
    ("fallback to a workflow", situation(velo(hours=OFFICE, fallback=WORKFLOW)), TO_WORKFLOW, "deployed outside_hours fallback"),
    (
        "the workflow is gone",
        situation(velo(hours=OFFICE, fallback=WORKFLOW), names={}),
        UNASSIGNED,
        "deployed outside_hours fallback_passed_over unassigned",
    ),
    # the switch
    (
        "off, handoff rules",
        situation(agent_on=False, handoff_rules=JONAS),
        TO_JONAS,
        "deployed within_hours switched_off handoff_rules",
    ),
    ("off, no handoff rules", situation(agent_on=False), TO_SERVICE, "deployed within_hours switched_off fallback"),
    (
        "off, handoff rules say nobody",
        situation(agent_on=False, handoff_rules=NOBODY),
        UNASSIGNED,
        "deployed within_hours switched_off handoff_rules",
    ),
    (
        "off, handoff rules name somebody gone",
        situation(agent_on=False, handoff_rules=GONE),
        TO_SERVICE,
        "deployed within_hours switched_off handoff_rules_passed_over fallback",
    ),
    (
        "off, neither rules nor fallback",
        situation(velo(fallback=None), agent_on=False, account_routing=SAMIRA),
        ("people", "tmt_samira"),
        "deployed within_hours switched_off account_routing",
    ),
    (
        "off, nothing set",
        situation(velo(fallback=None), agent_on=False),
        UNASSIGNED,
        "deployed within_hours switched_off unassigned",
    ),
    (
        "off and no credits: the switch comes first",
        situation(agent_on=False, credits_left=False, handoff_rules=JONAS),
        TO_JONAS,
        "deployed within_hours switched_off handoff_rules",
    ),
    (
        "off and not covered: the switch comes first",
        situation(velo(coverage=50), conversation_id=UNCOVERED, agent_on=False, handoff_rules=JONAS),
        TO_JONAS,
        "deployed within_hours switched_off handoff_rules",
    ),
    # credits
    (
        "out of credits, handoff rules",
        situation(credits_left=False, handoff_rules=JONAS),
        TO_JONAS,
        "deployed within_hours switched_on no_credits handoff_rules",
    ),
    (
        "out of credits, no handoff rules",
        situation(credits_left=False),
        TO_SERVICE,
        "deployed within_hours switched_on no_credits fallback",
    ),
    (
        "out of credits, nothing set",
        situation(velo(fallback=None), credits_left=False),
        UNASSIGNED,
        "deployed within_hours switched_on no_credits unassigned",
    ),
    # coverage
    ("covered at half", situation(velo(coverage=50)), AGENT, f"{WELL} covered"),
    ("not covered at half", situation(velo(coverage=50), conversation_id=UNCOVERED), TO_SERVICE, f"{WELL} not_covered fallback"),
    (
        "not covered, handoff rules are not for it",
        situation(velo(coverage=50), conversation_id=UNCOVERED, handoff_rules=JONAS),
        TO_SERVICE,
        f"{WELL} not_covered fallback",
    ),
    ("coverage of nothing", situation(velo(coverage=0)), TO_SERVICE, f"{WELL} not_covered fallback"),
    ("any conversation at half", situation(velo(coverage=50), conversation_id=None), AGENT, f"{WELL} covered"),
    (
        "any conversation at nothing",
        situation(velo(coverage=0), conversation_id=None),
        TO_SERVICE,
        f"{WELL} not_covered fallback",
    ),
    # shadow
    ("shadow drafts, people answer", situation(velo(mode=Mode.SHADOW)), TO_SERVICE, f"{WELL} covered shadow fallback"),
    (
        "shadow needs no credits",
        situation(velo(mode=Mode.SHADOW), credits_left=False),
        TO_SERVICE,
        f"{WELL} covered shadow fallback",
    ),
    (
        "shadow, off: where it goes does not change",
        situation(velo(mode=Mode.SHADOW), agent_on=False, handoff_rules=JONAS),
        TO_SERVICE,
        "deployed within_hours switched_off fallback",
    ),
    ("shadow, outside hours", situation(velo(mode=Mode.SHADOW, hours=OFFICE)), TO_SERVICE, "deployed outside_hours fallback"),
]


@pytest.mark.promise("RT1")
@pytest.mark.promise("RT2")
@pytest.mark.promise("SW1")
@pytest.mark.promise("SW3")
@pytest.mark.promise("WH3")
@pytest.mark.promise("DP5")
@pytest.mark.parametrize(("what", "case", "takes", "codes"), TABLE, ids=[row[0] for row in TABLE])
def test_each_situation_has_one_taker_and_its_reasons_in_order(
    what: str, case: Situation, takes: tuple[str, Any], codes: str
) -> None:
    assert outcome(case) == takes
    assert " ".join(reason.code for reason in decide(case).reasons) == codes


@pytest.mark.promise("RT1")
def test_reasons_are_plain_sentences() -> None:
    texts = [reason.text for reason in decide(situation()).reasons]
    assert texts == [
        "Deployed on Website chat",
        "Within working hours (all hours)",
        "Agent is switched on",
        "Credits left",
        "Covered (100 %)",
    ]
    texts = [reason.text for reason in decide(situation(velo(hours=OFFICE))).reasons]
    assert texts[1:] == [
        "Outside working hours (during Mon–Fri 09:00–17:00, Europe/Berlin)",
        "Fallback assignment: Service team",
    ]
    assert decide(situation(agent_on=False, handoff_rules=JONAS)).reasons[-1].text == "Human handoff page: Jonas Feld"
    assert decide(situation(None, account_routing=NOBODY)).reasons[-1].text == (
        "Routing of Website chat: nobody, it stays unassigned"
    )
    away = decide(situation(velo(coverage=50), conversation_id=UNCOVERED)).reasons[-2].text
    assert away == "Not covered (the agent takes 50 % of new conversations)"
    assert decide(situation(velo(coverage=50), conversation_id=None)).reasons[-1].text == "Takes 50 % of new conversations"


def test_the_first_thing_that_stops_the_agent_is_named() -> None:
    assert decide(situation()).stopped_by is None
    assert decide(situation(agent_on=False)).stopped_by == "switched_off"
    assert decide(situation(None, account_routing=GONE)).stopped_by == "not_deployed"


def test_a_shadow_agent_is_named_only_while_it_would_have_answered() -> None:
    assert decide(situation(velo(mode=Mode.SHADOW))).shadow_agent_id == "agt_velo"
    assert decide(situation(velo(mode=Mode.SHADOW), agent_on=False)).shadow_agent_id is None
    assert decide(situation(velo(mode=Mode.SHADOW, coverage=50), conversation_id=UNCOVERED)).shadow_agent_id is None
    assert decide(situation()).shadow_agent_id is None
