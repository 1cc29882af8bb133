"""Putting a conversation off: it leaves the lists of open work, and comes back at its time, or when the customer writes."""

from datetime import datetime, timedelta

from firstline.conversations.ownership import require_workspace
from firstline.conversations.record import locked, write
from firstline.conversations.rules import EntryKind
from firstline.kit.database import Tx
from firstline.kit.errors import Conflict, Invalid
from firstline.kit.events import emit
from firstline.people.rules import Actor

LONGEST = timedelta(days=366)


def snooze(tx: Tx, conversation_id: str, until: datetime, by: Actor) -> None:
    """Put it off until an instant; put off already, the new time counts.

    :raises Conflict: if it is closed, or the agent has it. :raises Invalid: if the time has passed or is too far away.
    """
    found = locked(tx, conversation_id)
    require_workspace(tx, found, by)
    if found.status == "closed":
        raise Conflict("The conversation is closed: there is nothing to put off. Reopen it first.")
    if found.held_by_agent:
        raise Conflict("The agent has this conversation. Take it over first, then put it off.")
    if until.tzinfo is None:
        raise Invalid(f"The time “{until.isoformat()}” has no offset. Write it as 2026-12-24T18:30+01:00.", field="until")
    if until <= tx.now:
        raise Invalid("This time has passed already. Choose a later one.", field="until")
    if until > tx.now + LONGEST:
        raise Invalid("That is more than a year away. Choose an earlier time, or close the conversation.", field="until")
    said = {"to": "snoozed", "until": until.isoformat()}
    write(tx, conversation_id, EntryKind.STATUS, by, data=said, changes={"snoozed_until": until})
    emit(tx, "conversation.snoozed", conversation_id, until=until.isoformat())


def wake(tx: Tx, conversation_id: str, by: Actor) -> None:
    """Take it back before its time; one that is not put off stays as it is."""
    found = locked(tx, conversation_id)
    require_workspace(tx, found, by)
    if found.snoozed_until is None:
        return
    write(tx, conversation_id, EntryKind.STATUS, by, data={"to": "open", "reason": "woken"}, changes={"snoozed_until": None})
    emit(tx, "conversation.woken", conversation_id)
