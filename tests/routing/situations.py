"""The situations of ``situations.toml``: read, decided, picked, as the product does it. The reference page is made of them."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from firstline.hours.document import from_json
from firstline.hours.rules import Schedule
from firstline.routing.picking import Candidate, PickKind, pick
from firstline.routing.rules import decide
from firstline.routing.situation import Claim, Decision, Deployed, Destination, DestinationKind, Mode, Situation, Taker

FILE = Path(__file__).with_name("situations.toml")
BERLIN = ZoneInfo("Europe/Berlin")
COVERED, UNCOVERED = "cnv_6", "cnv_1"  # at 50 %

MATES = {"Samira Bakri": "tem_service", "Jonas Feld": "tem_workshop", "Mara Lind": "tem_service", "Ines Moreau": None}
"""Teammates and their main teams. Ines helps in the Service team."""
IDS = {name: f"tmt_{name.split()[0].lower()}" for name in MATES} | {
    "Service team": "tem_service",
    "Workshop team": "tem_workshop",
    "Night desk": "wfl_night",
    "somebody who left": "tmt_gone",
    "a deleted team": "tem_gone",
}
NAMES = {id_: name for name, id_ in IDS.items() if not id_.endswith("_gone")}
HOURS: Mapping[str, dict[str, Any]] = {
    "office": {"mode": "during", "rows": [{"days": ["mon", "tue", "wed", "thu", "fri"], "start": "09:00", "end": "17:00"}]},
    "outside office": {
        "mode": "outside",
        "rows": [{"days": ["mon", "tue", "wed", "thu", "fri"], "start": "09:00", "end": "17:00"}],
    },
    "nights": {"mode": "during", "rows": [{"days": ["fri", "sat"], "start": "22:00", "end": "02:00"}]},
    "small hours": {"mode": "during", "rows": [{"days": ["sun"], "start": "02:00", "end": "03:00"}]},
}
CHRISTMAS = [{"date": "2026-12-24", "rows": [{"start": "09:00", "end": "12:00"}]}, {"date": "2026-12-25", "rows": []}]


@dataclass(frozen=True)
class Case:
    """One situation and what is expected of it."""

    section: str
    what: str
    given: Mapping[str, Any]
    owner: str
    why: tuple[str, ...]


def cases() -> list[Case]:
    """All of them, in the order of the file."""
    sections = tomllib.loads(FILE.read_text("utf-8"))["section"]
    return [
        Case(
            section["title"],
            one["what"],
            {key: value for key, value in one.items() if key not in ("what", "owner", "why")},
            one.get("owner", ""),
            tuple(one.get("why", ())),
        )
        for section in sections
        for one in section["situation"]
    ]


def outcome(given: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    """Who gets the conversation, and the sentences of the reasons in order."""
    decision = decide(situation(given))
    why = [reason.text for reason in decision.reasons]
    if decision.taker in (Taker.AGENT, Taker.BOT, Taker.WORKFLOW):
        return {Taker.AGENT: "Velo", Taker.BOT: "the chatflow", Taker.WORKFLOW: "the workflow"}[decision.taker], tuple(why)
    if decision.taker is Taker.NOBODY or decision.destination is None:
        return "nobody", tuple(why)
    return _picked(given, decision, decision.destination, why)


def _picked(
    given: Mapping[str, Any], decision: Decision, destination: Destination, why: list[str]
) -> tuple[str, tuple[str, ...]]:
    owner_id = IDS.get(given.get("contact_owner", ""))
    workspace = given.get("workspace", "inbox").replace(" ", "_")
    chosen = pick(destination, [_mate(name, given) for name in MATES], workspace, contact_owner_id=owner_id, names=NAMES)
    why += [reason.text for reason in chosen.reasons]
    if chosen.kind is PickKind.TEAMMATE:
        return NAMES[chosen.id or ""], tuple(why)
    return (f"queue of the {NAMES[chosen.id or '']}" if chosen.kind is PickKind.TEAM else "nobody"), tuple(why)


def situation(given: Mapping[str, Any]) -> Situation:
    """What the decision looks at."""
    at = datetime.fromisoformat(given.get("at", "2026-11-22T10:46")).replace(tzinfo=BERLIN)
    deployment = None
    if given.get("deployed", True):
        deployment = Deployed(
            "dpl_chat",
            "agt_velo",
            "Velo",
            _hours(given),
            _destination(given.get("fallback", "")),
            given.get("coverage", 100),
            Mode.SHADOW if given.get("shadow") else Mode.LIVE,
        )
    claim = given.get("claim")
    return Situation(
        conversation_id={"covered": COVERED, "uncovered": UNCOVERED}.get(given.get("conversation", "covered")),
        account_name="Website chat",
        instant=at,
        deployment=deployment,
        claim=Claim(Taker.BOT if claim == "chatflow" else Taker.WORKFLOW, "flw_1", "Hello") if claim else None,
        agent_on=given.get("switch", "on") == "on",
        credits_left=given.get("credits", True),
        handoff_rules=_destination(given.get("handoff_page", "")),
        account_routing=_destination(given.get("routing", "")),
        contact_owner_id=IDS.get(given.get("contact_owner", "")),
        names=NAMES,
    )


def _hours(given: Mapping[str, Any]) -> Schedule:
    if "hours" not in given:
        return Schedule()
    holidays = CHRISTMAS if given.get("holidays") else []
    return from_json({"timezone": "Europe/Berlin", "holidays": holidays, **HOURS[given["hours"]]})


def _destination(written: str) -> Destination | None:
    if not written:
        return None
    if written in ("nobody", "contact owner"):
        return Destination(DestinationKind(written.replace(" ", "_")))
    ids = tuple(IDS[name.strip()] for name in written.split(","))
    kind = {"tem": DestinationKind.TEAMS, "tmt": DestinationKind.TEAMMATES, "wfl": DestinationKind.WORKFLOW}[ids[0][:3]]
    return Destination(kind, ids)


def _mate(name: str, given: Mapping[str, Any]) -> Candidate:
    """A teammate, available with a seat and nothing to do unless ``people`` says otherwise: ``away``, ``no seat``,
    ``inbox only``, ``3 open``, ``3 of 3``."""
    facts = given.get("people", {}).get(name, "")
    load, _, rest = facts.partition(" ")
    count = int(load) if load.isdigit() else 0
    return Candidate(
        id=IDS[name],
        name=name,
        available="away" not in facts,
        seat="no seat" not in facts,
        workspaces=frozenset({"inbox"}) if "inbox only" in facts else frozenset({"inbox", "help_desk"}),
        main_team=MATES[name],
        load=count,
        capacity=int(rest.removeprefix("of ")) if rest.startswith("of ") else None,
    )
