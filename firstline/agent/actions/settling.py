"""Calls whose outcome nobody knows: a person looks in the other system and says whether it was done (AC4).

The answer is a fact about the past: whichever it is, the call is not made again. Until it is given, the agent begins the same
action for the same customer no second time; afterwards only when the customer asks anew.
"""

from sqlalchemy import select, update

from firstline.agent.actions.calls import Call, card_that_waits, which
from firstline.agent.actions.commands import definition_of
from firstline.agent.actions.tables import action_call
from firstline.conversations.ownership import require_workspace
from firstline.conversations.record import locked, write
from firstline.conversations.rules import Conversation, EntryKind
from firstline.conversations.tables import conversation
from firstline.kit.database import Tx
from firstline.kit.errors import Conflict
from firstline.kit.events import emit
from firstline.kit.jobs import defer
from firstline.people import audit
from firstline.people.rules import Actor

LONGEST_NOTE = 300


def settle(tx: Tx, call_id: str, *, done: bool, by: Actor, note: str = "") -> None:
    """A teammate has looked: it was done, or it was not. A job has the agent act on it where the agent still has the word.

    :raises Conflict: if the outcome is known. :raises Forbidden: without the workspace.
    """
    found = locked(tx, which(tx, call_id).conversation_id)
    require_workspace(tx, found, by)
    call = which(tx, call_id, lock=True)
    if call.state != "unknown":
        raise Conflict(f"The call is {call.state}: its outcome is known.")
    how = "was_done" if done else "was_not_done"
    said = " ".join(note.split())[:LONGEST_NOTE]
    reason = None if done else said or "It was not carried out, as a teammate found."
    tx.execute(update(action_call).where(action_call.c.id == call.id).values(state="done" if done else "failed", reason=reason))
    definition, card = definition_of(tx, call.action_id), card_that_waits(tx, call)
    data = {"call": call.id, "state": how, "arguments": dict(call.arguments), "action": definition.name, "reason": said or None}
    write(tx, found.id, EntryKind.ACTION, by, definition.title, data=data)
    # The note may speak of the customer: it is in the conversation, and not in the log that cannot be erased.
    audit.record(tx, by, "action.settled", call.action_id, after={"call": call.id, "done": done})
    emit(tx, "action.settled", found.id, call=call.id, done=done, entry=card)
    defer(tx, "agent.settled", key=call.id, call_id=call.id)


def unsettled(tx: Tx, found: Conversation, action_id: str) -> Call | None:
    """The call of an action for the customer of a conversation, in any of theirs, whose outcome nobody knows yet."""
    query = (
        select(action_call.c.id)
        .join(conversation, conversation.c.id == action_call.c.conversation_id)
        .where(action_call.c.state == "unknown", action_call.c.action_id == action_id)
        .where(conversation.c.contact_id == found.contact_id)
    )
    found_id = tx.scalar(query.order_by(action_call.c.id).limit(1))
    return which(tx, found_id) if found_id else None
