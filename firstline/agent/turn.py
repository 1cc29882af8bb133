"""A live turn: listen, begin, consider, commit under the fence. Never silence."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import asdict, replace
from typing import Any

import structlog

from firstline.agent import capturing, inability, turns
from firstline.agent.access import permitted
from firstline.agent.actions import acting
from firstline.agent.actions.acting import Chooser
from firstline.agent.actions.commands import usable
from firstline.agent.actions.definition import Definition
from firstline.agent.channel_settings import Capture
from firstline.agent.connections import spending
from firstline.agent.consider import WORDS, Also, Considered, Library, Matter, consider, handed, taken_over
from firstline.agent.guidelines.matching import Matcher
from firstline.agent.guidelines.queries import published_of
from firstline.agent.handing_over import parting
from firstline.agent.inability import Inability
from firstline.agent.injection import STRUCTURE, Inspector, signals
from firstline.agent.language import detect
from firstline.agent.listening import Listening
from firstline.agent.models.base import Act, Clarify, HandOff, KnownContact, Reason, Reply, StayQuiet, Thinker
from firstline.agent.models.deeds import offered
from firstline.agent.noticing import noticing
from firstline.agent.said import said
from firstline.agent.turns import Begun, Superseded
from firstline.agent.unseen import lost, unseen
from firstline.agent.wording import word
from firstline.channels.base import Capabilities, Channel
from firstline.channels.claiming import last_heard_at
from firstline.channels.windows import window
from firstline.channels.writing import capabilities_in
from firstline.conversations import attaching
from firstline.conversations.queries import which
from firstline.conversations.record import locked, note_language
from firstline.kit.database import Database, Tx
from firstline.kit.errors import NotFound, Retry, TakenOver
from firstline.knowledge.answering import threshold_of
from firstline.people.queries import the_account
from firstline.routing.receivers import receiver_of_handoff

log = structlog.get_logger(__name__)

Actions = Mapping[str, Definition]

RESTARTS = 3
"""Times a turn begins anew because the customer wrote meanwhile, before the next job takes over."""
CRASHES = 3
"""Times a turn is tried before people get the conversation."""
QUICK = Capabilities(text_limit=4_000)


class Turns:
    """Runs the agent's turns."""

    def __init__(
        self,
        database: Database,
        library: Library,
        thinker: Thinker,
        channels: Mapping[str, Channel],
        listening: Listening,
        signal: Callable[..., None],
        matcher: Matcher = WORDS,
        chooser: Chooser | None = None,
        inspector: Inspector = STRUCTURE,
    ) -> None:
        self.database = database
        self.library = library
        self.thinker = thinker
        self.channels = channels
        self.listening = listening
        self._signal = signal
        self.matcher = matcher
        self.chooser = chooser
        self.inspector = inspector

    async def run(self, conversation_id: str) -> None:
        """Answer what waits in a conversation that the agent holds."""
        try:
            await self._run(conversation_id)
        except NotFound:
            if await self.database.tx(_is_there, conversation_id):
                raise
            log.info("turn.conversation_gone", conversation=conversation_id)  # the customer was erased

    async def _run(self, conversation_id: str) -> None:
        capabilities = await self.database.tx(_capabilities, self.channels, conversation_id)
        for _ in range(RESTARTS):
            await self.listening.until_quiet(conversation_id, capabilities.debounce)
            begun = await self.database.tx(turns.begin, conversation_id)
            if begun is None:
                return
            try:
                if await self.database.tx(_hand_over_too_late, begun, capabilities):
                    return
                async with self._typing(begun):
                    await self._answer(begun, capabilities)
                return
            except Superseded as newer:
                await self.database.tx(turns.drop, begun, str(newer), {})
            except TakenOver as gone:
                log.info("turn.not_said", conversation=conversation_id, turn=begun.turn_id)
                await self.database.tx(turns.drop, begun, str(gone), {})
                return
        raise Retry(0.5, "the customer goes on writing")

    @contextlib.asynccontextmanager
    async def _typing(self, begun: Begun) -> AsyncIterator[None]:
        by = {"kind": "agent", "id": begun.agent.id, "name": begun.agent.published.name}
        tell = {"what": "typing", "conversation": begun.conversation.id, "by": by}
        self._signal(**tell, on=True)
        try:
            yield
        finally:
            self._signal(**tell, on=False)

    async def _answer(self, begun: Begun, capabilities: Capabilities) -> None:
        matter = await self.database.tx(_matter, begun, capabilities)
        try:
            considered = await self._consider(begun, matter)
        except Exception as error:
            log.exception("turn.could_not_think", turn=begun.turn_id)
            considered = _unable(matter, inability.after_error(error))
        considered.signals = await self.database.thread(signals, self.inspector, matter.text, considered.hits)
        await self._commit(begun, matter, considered)

    async def _consider(self, begun: Begun, matter: Matter) -> Considered:
        if matter.asks_for_person:
            return _asked(matter)
        if (thanks := capturing.thanked(matter)) is not None:
            return thanks
        if begun.attempts > CRASHES:
            return _unable(matter, inability.after_attempts(begun.attempts - 1))

        async def journal(step: str, data: Mapping[str, Any], ms: int) -> None:
            await self.database.tx(_note, begun.turn_id, step, data, ms)

        if (reason := await taken_over(matter, self.matcher)) is not None:
            return handed(matter, reason)
        if (without_words := lost(matter) or unseen(matter)) is not None:
            return without_words
        async with asyncio.timeout(matter.capabilities.turn_budget):
            actions = await self.database.tx(usable, begun.agent.id)
            if (acted := await self._act(begun, matter, actions)) is not None:
                return acted
            told = replace(matter, deeds=offered(actions.values()))
            considered = await consider(told, self.library, self.thinker, journal, begun.steps, self.matcher)
            if isinstance(considered.draft, Act):
                return await self._propose(begun, matter, considered.draft, actions)
            return considered

    async def _act(self, begun: Begun, matter: Matter, actions: Actions) -> Considered | None:
        """Go on with an action that is under way, or begin the one that the message calls for."""
        going = await self.database.tx(acting.go_on, begun.conversation, matter)
        if going is not None or self.chooser is None or not actions:
            return going
        chosen = await self.database.thread(self.chooser.best, matter.own_words, actions) if matter.own_words else None
        if chosen is None:
            return None
        given = acting.named_in(matter, actions[chosen])
        return await self.database.tx(acting.proposed, begun.conversation, matter, chosen, given, begun.turn_id)

    async def _propose(self, begun: Begun, matter: Matter, draft: Act, actions: Actions) -> Considered:
        """What a thinker proposes is checked like anything that was written."""
        chosen = next((id_ for id_, one in actions.items() if one.name == draft.action), None)
        if chosen is None:
            return _unable(matter, inability.without_action(draft.action, "and has none of that name"))
        acted = await self.database.tx(
            acting.proposed, begun.conversation, matter, chosen, draft.arguments, begun.turn_id, by_model=True
        )
        return acted or _unable(matter, inability.without_action(draft.action, "while another one was under way"))

    async def _commit(self, begun: Begun, matter: Matter, considered: Considered) -> None:
        draft, trace = considered.draft, considered.trace()
        noted = noticing(begun, matter, draft)

        def also(tx: Tx) -> None:
            considered.also(tx)
            noted(tx)

        if isinstance(draft, HandOff):
            await self.database.tx(_commit_handoff, begun, matter, draft, trace, also)
        elif isinstance(draft, Reply | Clarify):
            worded = word(draft, considered.hits, matter.capabilities)
            data = {
                "citations": [citation.as_json() for citation in worded.citations],
                "decision": draft.decision,
                "confidence": round(draft.confidence, 3),
                "language": draft.language,
                "courtesy": isinstance(draft, Reply) and all(segment.own for segment in draft.segments),
                "options": [option.label for option in draft.options] if isinstance(draft, Clarify) else [],
                **({"asks": draft.asks} if isinstance(draft, Clarify) and draft.asks else {}),
            }
            await self.database.tx(_say, begun, matter, draft, worded.text, data, trace, also)
        elif isinstance(draft, StayQuiet):
            await self.database.tx(turns.stay_quiet, begun, trace)
        else:
            await self.database.tx(turns.act, begun, trace, also)


def _note(tx: Tx, turn_id: str, step: str, data: Mapping[str, Any], ms: int) -> None:
    """A step and what it cost: kept together or not at all."""
    turns.note(tx, turn_id, step, data, ms)
    if "use" in data:
        spending.record(tx, spending.Use.of(data["use"], key=f"{turn_id}/{step}", purpose="turn", turn_id=turn_id))


def _is_there(tx: Tx, conversation_id: str) -> bool:
    try:
        which(tx, conversation_id)
    except NotFound:
        return False
    return True


def _capabilities(tx: Tx, channels: Mapping[str, Channel], conversation_id: str) -> Capabilities:
    """What the account of the conversation can do."""
    found = capabilities_in(tx, channels, which(tx, conversation_id).channel_account_id)
    return found[1] if found is not None else QUICK


def _hand_over_too_late(tx: Tx, begun: Begun, capabilities: Capabilities) -> bool:
    """Where the reply window is closed to machines, nothing is thought and nothing charged: people get the conversation (CH8)."""
    found = begun.conversation
    heard = last_heard_at(tx, found.contact_id, found.channel_account_id)
    if window(capabilities, heard, tx.now, by_person=False).open:
        return False
    turns.hand_over_unsaid(tx, begun, "The customer's message is too old to be answered by the agent on this channel", "too_late")
    return True


def _matter(tx: Tx, begun: Begun, capabilities: Capabilities) -> Matter:
    """What the turn is about, with what the agent may know."""
    # Once the words came, what was lost before is of no interest; of what was lost, no language can be read.
    new = tuple(entry for entry in begun.new if not entry.data.get("resend")) or begun.new
    words_lost = all(entry.data.get("resend") for entry in new)
    profile = begun.agent.published
    text = "\n".join(entry.text for entry in new)
    if profile.language != "auto":
        language = profile.language
    else:
        known = begun.conversation.language or begun.contact.language
        language = detect("" if words_lost else text, the_account(tx).languages, known).language
        if not words_lost and language != begun.conversation.language:
            note_language(tx, begun.conversation.id, language)
    receiver = receiver_of_handoff(tx, begun.conversation, begun.agent.handoff.destination)
    # Whoever forges a sender learns nothing of whom they claim to be.
    proven = all(entry.data.get("sender_proven") is not False for entry in new)
    return Matter(
        agent_id=begun.agent.id,
        profile=profile,
        new=tuple(said(entry) for entry in new),
        history=tuple(said(entry) for entry in begun.said if entry.seq < new[0].seq),
        contact=permitted(begun.contact, begun.agent.access) if proven else KnownContact(),
        capabilities=capabilities,
        language=language,
        now=tx.now,
        people_available=receiver.available,
        asks_for_person=any(entry.data.get("asks_for_person") for entry in new),
        handoff=begun.agent.handoff,
        turn_id=begun.turn_id,
        guidelines=published_of(tx, begun.agent.id),
        asked_email=capabilities.family == "chat" and capturing.was_asked(tx, begun.conversation.id),
        ignored=(begun.agent.channels.ignores(begun.contact.email) or "") if capabilities.family == "email" else "",
        answer_from=threshold_of(tx, capabilities.family),
        files=_kinds_of_files(tx, begun),
        lost=words_lost,
    )


def _kinds_of_files(tx: Tx, begun: Begun) -> tuple[str, ...]:
    found = attaching.of_entries(tx, [entry.id for entry in begun.new])
    return tuple(file.kind for files in found.values() for file in files)


def _say(
    tx: Tx,
    begun: Begun,
    matter: Matter,
    draft: Reply | Clarify,
    text: str,
    data: dict[str, Any],
    trace: Mapping[str, Any],
    also: Also,
) -> None:
    """Commit a reply, with the question for an email address where it is the moment for it (HO5)."""
    for moment in capturing.moments(begun, draft):
        if question := capturing.question(tx, begun, matter, moment):
            text, data = f"{text}\n\n{question}", {**data, capturing.MARK: True}
            break
    turns.say(tx, begun, text, data, decision=draft.decision, trace=trace, also=also)


def _commit_handoff(tx: Tx, begun: Begun, matter: Matter, draft: HandOff, trace: Mapping[str, Any], also: Also) -> None:
    """Choose what follows and who gets it now, tell the customer, and let go: one act."""
    found = locked(tx, begun.conversation.id)
    loud = matter.capabilities.handoff_message
    how = parting(tx, found, begun.agent, draft.reason.code, language=draft.language, lead=draft.text, loud=loud)
    trace = {**trace, "outcome": how.outcome}
    reason, brief = asdict(draft.reason), asdict(draft.brief)
    also(tx)
    if how.outcome == "keep":
        turns.keep(tx, begun, reason=reason, brief=brief, message=how.message or "", trace=trace)
        return
    question = capturing.question(tx, begun, matter, Capture.BEFORE_HANDOFF) if how.message else ""
    turns.hand_off(
        tx,
        begun,
        reason=reason,
        brief=brief,
        destination=how.receiver.owner,
        destination_reasons=how.receiver.reasons,
        message=f"{how.message}\n\n{question}" if question else how.message,
        trace=trace,
        workspace=how.workspace,
    )
    if question:
        capturing.mark(tx, begun.turn_id)


def _asked(matter: Matter) -> Considered:
    return handed(matter, Reason("asked_for_person", "The customer pressed “Talk to a person”"))


def _unable(matter: Matter, why: Inability) -> Considered:
    considered = handed(matter, why.reason)
    considered.error = why.detail
    return considered
