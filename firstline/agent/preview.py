"""One turn without a conversation: for the Preview page, the shell, and tests. It costs nothing and sends nothing (TE1)."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import update

from firstline.agent import queries
from firstline.agent.access import permitted
from firstline.agent.actions.acting import Chooser
from firstline.agent.actions.commands import usable
from firstline.agent.actions.identified import proven_somewhere
from firstline.agent.connections import spending
from firstline.agent.consider import WORDS, Considered, Journal, Library, Matter, consider, taken_over
from firstline.agent.guidelines import queries as guidelines
from firstline.agent.guidelines.matching import Matcher
from firstline.agent.handoff import outcome_of, told
from firstline.agent.injection import STRUCTURE, Inspector, signals
from firstline.agent.language import detect
from firstline.agent.models.base import Act, Clarify, HandOff, KnownContact, Reply, Said, Thinker
from firstline.agent.models.deeds import offered
from firstline.agent.rehearsal import Rehearsal
from firstline.agent.tables import agent as agent_table
from firstline.agent.wording import word
from firstline.channels.base import Channel
from firstline.contacts.queries import who_is
from firstline.kit.database import Database, Tx
from firstline.kit.errors import Invalid
from firstline.kit.ids import new_id
from firstline.knowledge.answering import threshold_of
from firstline.people.queries import the_account
from firstline.people.rules import ActorKind

MESSAGES = 60


@dataclass(frozen=True)
class Line:
    """One message of the conversation to preview."""

    role: Literal["customer", "agent"]
    text: str


class Preview:
    """Asks the agent what it would say."""

    def __init__(
        self,
        database: Database,
        library: Library,
        thinker: Thinker,
        channels: Mapping[str, Channel],
        matcher: Matcher = WORDS,
        inspector: Inspector = STRUCTURE,
        chooser: Chooser | None = None,
    ) -> None:
        self.database = database
        self.library = library
        self.thinker = thinker
        self.channels = channels
        self.matcher = matcher
        self.inspector = inspector
        self.chooser = chooser

    async def ask(
        self,
        agent_id: str,
        lines: Sequence[Line],
        *,
        channel: str = "live_chat",
        at: datetime | None = None,
        contact_id: str | None = None,
        draft: bool = True,
    ) -> dict[str, Any]:
        """What the agent would do now, with its reasons, as REST gives it.

        :param draft: the identity being edited instead of the published one.
        :raises Invalid: if no customer's message comes last, or the channel is unknown.
        """
        if not lines or len(lines) > MESSAGES or lines[-1].role != "customer" or not lines[-1].text.strip():
            raise Invalid(f"Give 1 to {MESSAGES} messages; the last is the customer's.", field="messages")
        if channel not in self.channels:
            raise Invalid(f"There is no channel of kind “{channel}”. Choose one of {', '.join(self.channels)}.", field="channel")
        began = time.perf_counter()
        matter = await self.database.tx(_matter, agent_id, lines, self.channels[channel], at, contact_id, draft)
        rehearsal = replace(await self.database.tx(_rehearsal, agent_id, contact_id), chooser=self.chooser)
        asked = new_id("prv")

        async def journal(step: str, data: Mapping[str, Any], _ms: int) -> None:
            if "use" in data:
                use = spending.Use.of(data["use"], key=f"{asked}/{step}", purpose="preview")
                await self.database.tx(spending.record, use)

        considered = await self._considered(matter, rehearsal, journal)
        considered.signals = await self.database.thread(signals, self.inspector, matter.text, considered.hits)
        await self.database.tx(_note_tested, agent_id)
        decided = considered.draft
        text, citations, outcome = "", [], None
        if isinstance(decided, Reply | Clarify):
            worded = word(decided, considered.hits, matter.capabilities)
            text, citations = worded.text, [one.as_json() for one in worded.citations]
        elif isinstance(decided, Act):
            text = str((considered.action or {}).get("would_tell", ""))
        elif isinstance(decided, HandOff):
            outcome = outcome_of(matter.handoff, decided.reason.code, available=matter.people_available)
            voice = matter.profile.personality
            message = told(matter.handoff, outcome, decided.language, voice, "en", available=matter.people_available)
            text = "\n\n".join(part for part in (decided.text, message) if part)
        return {
            "decision": decided.decision,
            "text": text,
            "confidence": round(decided.confidence, 3),
            "citations": citations,
            "reasons": [asdict(reason) for reason in decided.reasons],
            "brief": asdict(decided.brief) if isinstance(decided, HandOff) else None,
            "outcome": outcome,
            "options": [option.label for option in decided.options] if isinstance(decided, Clarify) else [],
            "trace": considered.trace(),
            "ms": round((time.perf_counter() - began) * 1000),
        }

    async def _considered(self, matter: Matter, rehearsal: Rehearsal, journal: Journal) -> Considered:
        """As a turn considers it, with actions as a dry run."""
        if await taken_over(matter, self.matcher) is None:
            heard = await self.database.thread(rehearsal.heard, matter)
            if heard is not None:
                return heard
        told = replace(matter, deeds=offered(rehearsal.actions.values()))
        considered = await consider(told, self.library, self.thinker, journal, matcher=self.matcher)
        return rehearsal.proposed(matter, considered.draft) if isinstance(considered.draft, Act) else considered


def _rehearsal(tx: Tx, agent_id: str, contact_id: str | None) -> Rehearsal:
    access = queries.which(tx, agent_id).access
    contact = who_is(tx, contact_id) if contact_id else None
    return Rehearsal(usable(tx, agent_id), contact, access, bool(contact_id) and proven_somewhere(tx, contact_id or ""))


def _note_tested(tx: Tx, agent_id: str) -> None:
    """The first preview of an agent: it was tried out (DP4)."""
    untried = (agent_table.c.id == agent_id, agent_table.c.tested_at.is_(None))
    tx.execute(update(agent_table).where(*untried).values(tested_at=tx.now))


def _matter(
    tx: Tx, agent_id: str, lines: Sequence[Line], channel: Channel, at: datetime | None, contact_id: str | None, draft: bool
) -> Matter:
    agent = queries.which(tx, agent_id)
    profile = agent.draft if draft else agent.published
    now = at or tx.now
    contact = who_is(tx, contact_id) if contact_id else None
    first = len(lines) - next((n for n, line in enumerate(reversed(lines)) if line.role == "agent"), len(lines))
    said = [
        Said(ActorKind.CONTACT if line.role == "customer" else ActorKind.AGENT, line.text, now, n)
        for n, line in enumerate(lines, 1)
    ]
    language = profile.language
    if language == "auto":
        allowed, language = the_account(tx).languages, ""
        for line in lines:
            if line.role == "customer":
                language = detect(line.text, allowed, language or None).language
    return Matter(
        agent_id=agent_id,
        profile=profile,
        new=tuple(said[first:]),
        history=tuple(said[:first]),
        contact=permitted(contact, agent.access) if contact else KnownContact(),
        capabilities=channel.capabilities,
        language=language,
        now=now,
        people_available=True,
        handoff=agent.handoff,
        guidelines=guidelines.draft_of(tx, agent_id) if draft else guidelines.published_of(tx, agent_id),
        answer_from=threshold_of(tx, channel.capabilities.family),
    )
