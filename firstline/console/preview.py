"""The screen *Preview*: a chat with the draft agent, and beside it why it said what it said (TE1)."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from firstline.agent.preview import MESSAGES, Line
from firstline.agent.queries import Agent
from firstline.console import switched
from firstline.console.shell import Reader
from firstline.console.story import brief_rows, citations
from firstline.console.trace import steps
from firstline.console.view.common import Person, Times, When
from firstline.console.view.preview import PreviewPage, PreviewTurn
from firstline.console.view.timeline import Brief, Message
from firstline.console.words import _
from firstline.kit.database import Tx
from firstline.knowledge.tables import source

LONGEST = 4_000
SUGGESTED = 3


def preview_page(tx: Tx, reader: Reader, turn: PreviewTurn | None, history: Sequence[Line], draft: bool) -> PreviewPage:
    """The whole screen."""
    agent = next(iter(switched.agents(tx)), None)
    asked_most = select(source.c.question).where(source.c.question.is_not(None)).order_by(source.c.citations.desc())
    person = person_of(agent, draft=draft)
    earlier = history[: -1 if turn is not None else None]
    return PreviewPage(
        agent_id=agent.id if agent else "",
        agent=person,
        draft=draft,
        changed=agent.changed if agent else False,
        suggestions=tuple(row.question for row in tx.rows(asked_most.limit(SUGGESTED))),
        turn=turn,
        earlier=tuple(_said(line, person, reader.times, number) for number, line in enumerate(earlier)),
    )


def person_of(agent: Agent | None, *, draft: bool) -> Person:
    """The agent under the name of its draft, or the published one."""
    if agent is None:
        return Person("", _("The agent"), "agent")
    return Person(agent.id, agent.draft.name if draft else agent.published.name, "agent")


def _said(line: Line, agent: Person, times: Times, number: int) -> Message:
    by = agent if line.role == "agent" else Person("customer", _("Customer"), "contact")
    return Message(f"earlier-{number}", times.clock(times.now), by, line.text)


def lines_in(written: str) -> list[Line]:
    """The conversation so far, as the form carries it; anything else is an empty one."""
    try:
        rows = json.loads(written) if written else []
        lines = [Line(row["role"], str(row["text"])[:LONGEST]) for row in rows if row["role"] in ("customer", "agent")]
    except (ValueError, TypeError, KeyError, RecursionError):
        return []
    return lines[-(MESSAGES - 1) :]


def turn_of(answer: Mapping[str, Any], asked: Sequence[Line], agent: Person, times: Times) -> PreviewTurn:
    """An answer as it is shown."""
    now: When = times.clock(times.now)
    number = len(asked)
    text = str(answer["text"])
    reply = (
        Message(f"reply-{number}", now, agent, text, citations(answer["citations"]), options=tuple(answer["options"]))
        if text
        else None
    )
    words = {
        "answer": (_("Answers"), "good"),
        "clarify": (_("Asks back"), "info"),
        "act": (_("Would act"), "info"),
        "handoff": (_("Hands over"), "warn"),
        "quiet": (_("Stays quiet"), ""),
    }
    decision, tone = words.get(str(answer["decision"]), (str(answer["decision"]), ""))
    said = [*asked, Line("agent", text)] if text else list(asked)
    brief = None
    if answer["brief"]:
        reason = (answer["reasons"] or [{}])[0]
        brief = Brief(f"brief-{number}", now, _("Handoff"), brief_rows(reason, answer["brief"]))
    return PreviewTurn(
        customer=Message(f"asked-{number}", now, Person("customer", _("Customer"), "contact"), asked[-1].text),
        reply=reply if text else None,
        brief=brief,
        decision=decision,
        tone=tone,
        steps=steps(answer["trace"]),
        history=json.dumps([{"role": line.role, "text": line.text} for line in said]),
    )
