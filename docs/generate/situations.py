"""The page of situations: who gets a new conversation, made of the table that the tests hold the product to."""

from collections.abc import Iterator
from itertools import groupby

from docs.generate.markdown import page, table
from tests.routing.situations import Case, cases

INTRODUCTION = """Who gets a new conversation in each situation, and the reasons in the order they are looked at: the same
sentences that the conversation's timeline, *Who answers?* and `firstline explain` show. Every line is a test
(`tests/routing/situations.toml`). Why it is so: [how a conversation finds its owner](../explanation/assignment.md).

Unless a line says otherwise: the agent Velo is deployed on the Website chat for all hours, it is switched on, credits are
left, it is Sunday 22 November 2026, 10:46 in Berlin, everybody is available, holds a seat and has no open conversation.
Samira Bakri and Mara Lind are main members of the Service team, Jonas Feld of the Workshop team; Ines Moreau helps in the
Service team. *Office hours* are Mon–Fri 09:00–17:00."""

_LABELS = {
    "hours": {
        "office": "during office hours",
        "outside office": "only outside office hours",
        "nights": "during Fri–Sat 22:00–02:00",
        "small hours": "during Sun 02:00–03:00",
    },
    "conversation": {"uncovered": "among those it does not take", "covered": "among those it takes", "any": "any conversation"},
    "switch": {"off": "agent off", "on": ""},
    "claim": {"chatflow": "a chatflow was first", "workflow": "a workflow was first"},
}


def write() -> str:
    """The page."""
    sections = []
    for title, found in groupby(cases(), key=lambda case: case.section):
        rows = [(case.what, "; ".join(_given(case)) or "as above", case.owner, "<br>".join(case.why)) for case in found]
        sections.append(f"## {title}\n\n{table(('situation', 'what is set', 'who gets it', 'reasons'), rows)}")
    return page("Situations: who gets a new conversation", INTRODUCTION, *sections)


def _given(case: Case) -> Iterator[str]:
    given = dict(case.given)
    if given.pop("deployed", True) is False:
        yield "nothing deployed"
    if given.pop("shadow", False):
        yield "in shadow"
    if given.pop("credits", True) is False:
        yield "no credits"
    if given.pop("holidays", False):
        yield "24 December 09:00–12:00, 25 December closed"
    if at := given.pop("at", ""):
        yield at.replace("T", " ")
    if (coverage := given.pop("coverage", None)) is not None:
        yield f"coverage {coverage} %"
    for name, state in given.pop("people", {}).items():
        yield f"{name}: {state}"
    for key, value in given.items():
        written = _LABELS.get(key, {}).get(value, f"{key.replace('_', ' ')}: {value}")
        if written:
            yield written
