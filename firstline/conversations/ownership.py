"""Who has the word: assigning, taking over, giving back. Every change of owner raises the owner epoch."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from firstline.conversations.record import locked, write
from firstline.conversations.rules import (
    NOBODY,
    Conversation,
    EntryKind,
    Owner,
    OwnerKind,
)
from firstline.conversations.sight import seen_by
from firstline.conversations.tables import conversation
from firstline.kit.database import Tx
from firstline.kit.errors import Conflict, Forbidden, NotFound
from firstline.kit.events import emit
from firstline.people.rules import Actor, ActorKind, Permission
from firstline.people.tables import team, teammate

Reason = dict[str, Any]


def require_workspace(tx: Tx, found: Conversation, by: Actor) -> None:
    """Every verb of a teammate on a conversation asks this first, so that a known id opens nothing.

    :raises Forbidden: if a teammate may not use the workspace the conversation is in.
    :raises NotFound: if it is other teams' work and they may see their own only: for them there is no such conversation.
    """
    if by.kind is not ActorKind.TEAMMATE:
        return
    by.require(Permission.USE_HELP_DESK if found.workspace == "help_desk" else Permission.USE_INBOX)
    if (
        not by.may(Permission.SEE_ALL)
        and tx.row(select(conversation.c.id).where(conversation.c.id == found.id, seen_by(by))) is None
    ):
        raise NotFound(f"There is no conversation {found.id}.")


def set_owner(
    tx: Tx,
    found: Conversation,
    owner: Owner,
    by: Actor,
    reasons: Sequence[Reason] = (),
    *,
    new_engagement: bool = False,
) -> int:
    """Change the owner of a locked conversation; returns the new epoch. The epoch rises even for the same owner."""
    changes: dict[str, Any] = {
        "owner_kind": owner.kind.value,
        "owner_id": owner.id,
        "owner_since": tx.now,
        "epoch": conversation.c.epoch + 1,
    }
    if owner.kind is OwnerKind.AGENT:
        changes |= {"agent_id": owner.id, "snoozed_until": None}
    if new_engagement:
        changes |= {
            "engagement": conversation.c.engagement + 1,
            "engagement_seq": found.last_seq,
        }
    written = write(
        tx,
        found.id,
        EntryKind.ASSIGNMENT,
        by,
        data={
            "from": {"kind": found.owner.kind.value, "id": found.owner.id},
            "to": {"kind": owner.kind.value, "id": owner.id},
            "reasons": list(reasons),
        },
        changes=changes,
    )
    emit(
        tx,
        "conversation.assigned",
        found.id,
        kind=owner.kind.value,
        id=owner.id,
        epoch=written.epoch,
    )
    return written.epoch


def assign(
    tx: Tx,
    conversation_id: str,
    owner: Owner,
    by: Actor,
    reasons: Sequence[Reason] = (),
) -> int:
    """Give a conversation to a teammate, a team or nobody; returns the new epoch.

    :raises Conflict: if it is closed. :raises NotFound: if there is no such teammate or team.
    """
    found = locked(tx, conversation_id)
    require_workspace(tx, found, by)
    if found.status == "closed":
        raise Conflict("The conversation is closed. Reopen it first.")
    if owner.kind is OwnerKind.AGENT:
        return return_to_agent(tx, conversation_id, by, owner.id)
    _must_exist(tx, owner)
    return set_owner(tx, found, owner, by, reasons)


def take_over(tx: Tx, conversation_id: str, by: Actor) -> int:
    """A teammate takes the word, whoever has it; from now on the agent is quiet. Returns the new epoch."""
    found = locked(tx, conversation_id)
    require_workspace(tx, found, by)
    if found.owner == Owner(OwnerKind.TEAMMATE, by.id):
        return found.epoch
    return set_owner(
        tx,
        found,
        Owner(OwnerKind.TEAMMATE, by.id),
        by,
        [{"code": "took_over", "text": f"{by.name} took over"}],
    )


def return_to_agent(tx: Tx, conversation_id: str, by: Actor, agent_id: str | None = None) -> int:
    """Give a conversation to the agent as a new engagement: the handoff before is not repeated. Returns the new epoch.

    :raises Conflict: if it is closed, the agent has it already, or no agent is known for it.
    """
    found = locked(tx, conversation_id)
    require_workspace(tx, found, by)
    if found.status == "closed":
        raise Conflict("The conversation is closed. Reopen it first.")
    if found.held_by_agent:
        raise Conflict("The agent has this conversation already.")
    agent = agent_id or found.agent_id
    if agent is None:
        raise Conflict("No agent has been in this conversation. Deploy the agent on its channel first.")
    return set_owner(
        tx,
        found,
        Owner(OwnerKind.AGENT, agent),
        by,
        [
            {
                "code": "returned",
                "text": f"{by.name or 'Firstline'} gave it to the agent",
            }
        ],
        new_engagement=True,
    )


def release(tx: Tx, conversation_id: str, by: Actor) -> int:
    """Nobody has it any more; returns the new epoch."""
    return assign(tx, conversation_id, NOBODY, by)


def _must_exist(tx: Tx, owner: Owner) -> None:
    if owner.kind is OwnerKind.TEAMMATE:
        row = tx.row(select(teammate.c.disabled_at).where(teammate.c.id == owner.id))
        if row is None or row.disabled_at is not None:
            raise NotFound(f"There is no teammate {owner.id}.")
    elif owner.kind is OwnerKind.TEAM and not tx.scalar(select(team.c.id).where(team.c.id == owner.id)):
        raise NotFound(f"There is no team {owner.id}.")
    elif owner.kind is OwnerKind.BOT:
        raise Forbidden("Only a chatflow gives a conversation to a bot.")
