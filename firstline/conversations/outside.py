"""A person of the business wrote to the customer in another tool: their phone, the page's inbox, their mail client.

That is a human taking the word (HO9, CH9): the agent is stopped in the same transaction, whatever it is doing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, func, null, select, update

from firstline.contacts.recognising import recognise
from firstline.contacts.rules import Identity
from firstline.contacts.tables import identity
from firstline.conversations.attaching import attach
from firstline.conversations.elsewhere import Heard, falls_silent, words_one_at_a_time
from firstline.conversations.intake import Thread, find_or_start, known_as, mark_closed, one_at_a_time, party
from firstline.conversations.ownership import set_owner
from firstline.conversations.record import locked, note_routing, write
from firstline.conversations.rules import (
    MESSAGE_LIMIT,
    NOBODY,
    REOPEN_WITHIN,
    Attachment,
    Conversation,
    Delivery,
    EntryKind,
    Owner,
    OwnerKind,
    Place,
    Received,
    preview_of,
    subject_of,
)
from firstline.conversations.tables import conversation, entry
from firstline.kit.database import Tx
from firstline.kit.events import emit
from firstline.people.rules import Actor, ActorKind

OUTSIDE = "outside"
"""Who wrote, where nobody knows which teammate it was."""


@dataclass(frozen=True)
class Outside:
    """What was written, to whom."""

    to: Identity
    text: str
    provider_id: str
    at: datetime
    thread: str | None = None
    references: tuple[str, ...] = ()
    by_name: str | None = None
    attachments: Sequence[Attachment] = ()
    history: bool = False
    data: Mapping[str, Any] = field(default_factory=dict)
    heard_by: Sequence[Identity] = ()
    """All who got it, where it may be about any of their conversations: the agent falls silent in each."""


def wrote_outside(
    tx: Tx, place: Place, wrote: Outside, *, owner: Owner = NOBODY, reopen_within: timedelta = REOPEN_WITHIN
) -> Received:
    """Note a message that was sent outside Firstline; the agent, a bot or a queue loses the word to ``owner``.

    The same ``provider_id`` again changes nothing. History is noted and stops nobody.
    """
    contact_id = recognise(tx, wrote.to, source=wrote.provider_id)
    if wrote.heard_by:
        words_one_at_a_time(tx, place)
    one_at_a_time(tx, f"{place.channel_account_id}|{wrote.thread or contact_id}")
    if known := known_as(tx, place.channel_account_id, wrote.provider_id, "out"):
        return known
    thread = Thread(wrote.thread, wrote.references)
    found, new = find_or_start(tx, place, contact_id, thread, reopen_within, quiet=True)
    name = wrote.by_name or "Somebody outside Firstline"
    by = Actor(ActorKind.TEAMMATE, OUTSIDE, name)
    if new and wrote.history:
        mark_closed(tx, found.id, "history")
    if not wrote.history:
        _take_the_word(tx, found, by, owner, wrote.at)
    text = wrote.text.replace("\x00", "")[:MESSAGE_LIMIT]
    shown = text or ", ".join(file.name or file.kind for file in wrote.attachments)
    written = write(
        tx,
        found.id,
        EntryKind.MESSAGE,
        by,
        text,
        {**wrote.data, "outside": True, "by_name": name},
        changes={"preview": preview_of(shown), **({} if found.subject else {"subject": subject_of(shown)})},
        direction="out",
        channel_account_id=place.channel_account_id,
        provider_id=wrote.provider_id,
        delivery=Delivery.SENT.value,
        sent_at=wrote.at,
        quiet=wrote.history,
        party=party(wrote.to),
    )
    if attach(tx, written.id, wrote.attachments):
        emit(tx, "message.files_awaited", found.id, entry=written.id, seq=written.seq)
    emit(tx, "message.written_outside", found.id, entry=written.id, seq=written.seq, history=wrote.history)
    if wrote.heard_by and not wrote.history:
        text = f"{name} wrote to this customer outside Firstline (conversation {found.number}). The agent says nothing more here."
        falls_silent(tx, place, Heard(wrote.heard_by, wrote.provider_id, text), owner=owner, besides=found.id)
    return Received(found.id, contact_id, written.id, written.seq, new, False)


def lost_control(tx: Tx, place: Place, who: Identity, reason: str, *, owner: Owner = NOBODY) -> bool:
    """The provider says that another program has the word with this customer now: the agent or bot stops at once.

    Returns whether anybody lost the word; people keep theirs.
    """
    found = _open_with(tx, place, who)
    return found is not None and stop_agent(tx, found, reason, owner=owner)


def control_returned(tx: Tx, place: Place, who: Identity, reason: str) -> bool:
    """The provider gives us the word with this customer: what they said to the other program since it last answered is to be
    answered here, and a conversation that nobody has is routed. Returns whether there is one.
    """
    found = _open_with(tx, place, who)
    if found is None:
        return False
    talk = locked(tx, found)
    e = entry.c
    answered = select(func.coalesce(func.max(e.seq), 0)).where(e.conversation_id == found, e.direction == "out")
    waits = (e.conversation_id == found, e.direction == "in", e.quiet, e.data["standby"].as_boolean())
    heard = tx.execute(update(entry).where(*waits, e.seq > answered.scalar_subquery()).values(quiet=False)).rowcount
    if heard and talk.waiting_since is None:
        tx.execute(update(conversation).where(conversation.c.id == found).values(waiting_since=tx.now))
    if talk.owner == NOBODY:  # it was routed before it was lost: it is decided anew, with the hours and credits of now
        tx.execute(update(conversation).where(conversation.c.id == found).values(routing=null()))
    if talk.owner == NOBODY or heard:
        emit(tx, "conversation.control_returned", found, owner=talk.owner.kind.value, reason=reason)
    return True


def note_wish(tx: Tx, place: Place, who: Identity, text: str) -> bool:
    """The provider tells something that people have to know or decide, such as another program's wish to have the word: it stands
    in the timeline of the open conversation."""
    found = _open_with(tx, place, who)
    if found is not None:
        note_outside(tx, found, text)
    return found is not None


def note_outside(tx: Tx, conversation_id: str, text: str) -> None:
    """Something happened to a conversation at the provider: said in the timeline."""
    locked(tx, conversation_id)
    write(tx, conversation_id, EntryKind.ALERT, Actor.system(), text[:500], {"about": "provider"})


def _open_with(tx: Tx, place: Place, who: Identity) -> str | None:
    """The open conversation with a customer on an account."""
    i, c = identity.c, conversation.c
    found = tx.scalar(
        select(c.id)
        .join(identity, i.contact_id == c.contact_id)
        .where(i.kind == who.kind.value, i.scope == who.scope, i.value == who.value)
        .where(c.channel_account_id == place.channel_account_id, c.status == "open")
        .order_by(c.id.desc())
        .limit(1)
    )
    return None if found is None else str(found)


def stop_agent(tx: Tx, conversation_id: str, reason: str, *, owner: Owner = NOBODY) -> bool:
    """The agent or a bot loses the word, with the reason in the timeline; False if neither had it."""
    found = locked(tx, conversation_id)
    if found.owner.kind not in (OwnerKind.AGENT, OwnerKind.BOT):
        return False
    set_owner(tx, found, owner, Actor.system(), [{"code": "held_elsewhere", "text": reason}])
    return True


def answered_there(tx: Tx, conversation_id: str, owner: Owner, reason: str) -> None:
    """People answer at the provider from now on: whoever was to answer here is free again."""
    found = locked(tx, conversation_id)
    if found.owner != owner:
        set_owner(tx, found, owner, Actor.system(), [{"code": "held_elsewhere", "text": reason}])


def _take_the_word(tx: Tx, found: Conversation, by: Actor, owner: Owner, at: datetime) -> None:
    """The agent is stopped. The customer waits no longer, unless they wrote after that: news may come late."""
    reason = {"code": "wrote_outside", "text": f"{by.name} wrote outside Firstline"}
    if found.routing is None:
        note_routing(
            tx, found.id, {"at": tx.now.isoformat(), "owner": {"kind": owner.kind.value, "id": owner.id}, "reasons": [reason]}
        )
    e = entry.c
    later = exists().where(e.conversation_id == found.id, e.direction == "in", e.quiet.is_(False), e.sent_at > at)
    tx.execute(update(conversation).where(conversation.c.id == found.id, ~later).values(waiting_since=None))
    if found.owner.kind is not OwnerKind.TEAMMATE and (found.owner != NOBODY or owner != NOBODY):
        set_owner(tx, found, owner, by, [reason])
