"""Making a call that may be made: recorded before, once, and its outcome told or handed over (AC4).

``start`` → the call, without a transaction → ``finish``. A process that dies in between leaves the call *running*: it is made
again with the same key where the other system honours it, and is *unknown* otherwise.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import update

from firstline.agent.actions import built_in, calls, verifying
from firstline.agent.actions.acting import of_contact
from firstline.agent.actions.caller import Caller
from firstline.agent.actions.calls import Call
from firstline.agent.actions.commands import definition_of, secrets_of
from firstline.agent.actions.definition import BuiltIn, Definition
from firstline.agent.actions.ending import give_up, tell, tell_settled
from firstline.agent.actions.gate import Proof, gate
from firstline.agent.actions.identified import identified
from firstline.agent.actions.inputs.filling import fill
from firstline.agent.actions.settling import unsettled
from firstline.agent.actions.tables import action_call
from firstline.agent.queries import access_in
from firstline.channels import accounts
from firstline.channels.base import Channel
from firstline.contacts.queries import who_is
from firstline.conversations.record import locked
from firstline.conversations.rules import Conversation
from firstline.kit.database import Database, Tx
from firstline.kit.errors import NotFound, Rejected, Retry, Unknown
from firstline.kit.secrets import Keyring

Silent = frozenset[str]
"""Kinds of channels on which a handoff sends no message."""

ATTEMPTS = 3
"""Times a call is tried while the other system is not reached or busy."""


@dataclass(frozen=True)
class Started:
    """A call on its way: what is sent, and the key it is sent with."""

    call: Call
    definition: Definition
    values: Mapping[str, Any]
    secrets: Mapping[str, str]


class Running:
    """Makes the calls that are ready."""

    def __init__(self, database: Database, keyring: Keyring, caller: Caller, channels: Mapping[str, Channel]) -> None:
        self.database = database
        self.keyring = keyring
        self.caller = caller
        self.silent = frozenset(kind for kind, one in channels.items() if not one.capabilities.handoff_message)

    async def act(self, call_id: str) -> None:
        """Make one call and tell its outcome. Asked again for a call that has ended, it does nothing.

        :raises Retry: while the other system is not reached.
        """
        try:
            started = await self.database.tx(start, self.keyring, call_id, self.silent)
        except NotFound:
            return
        if started is None:
            return
        try:
            result = await self.caller.call(started.definition, started.values, started.secrets, started.call.id)
        except Retry as wait:
            if started.call.attempts < ATTEMPTS:
                await self.database.tx(_put_back, call_id)
                raise
            await self.database.tx(finish, call_id, "failed", silent=self.silent, reason=wait.reason)
        except Rejected as no:
            await self.database.tx(finish, call_id, "failed", silent=self.silent, reason=no.reason)
        except Unknown as who_knows:
            await self.database.tx(finish, call_id, "unknown", silent=self.silent, reason=who_knows.reason)
        else:
            await self.database.tx(finish, call_id, "done", silent=self.silent, facts=result.facts)

    async def settled(self, call_id: str) -> None:
        """A teammate said whether a call was done; the customer hears of it where the agent still has the word."""
        await self.database.tx(_tell_settled, call_id, self.silent)

    async def approval_due(self, call_id: str) -> None:
        """Nobody decided in time: people get the conversation."""
        await self.database.tx(_expire, call_id, self.silent)


def start(tx: Tx, keyring: Keyring, call_id: str, silent: Silent) -> Started | None:
    """Mark a call as running and give what is sent; None where there is nothing to send.

    The gate is asked here once more: what held when the call was prepared has to hold now.
    """
    found = locked(tx, calls.which(tx, call_id).conversation_id)
    call = calls.which(tx, call_id, lock=True)
    definition = definition_of(tx, call.action_id)
    if call.state == "declined":
        give_up(tx, found, call, definition, loud=_loud(tx, found, silent))
        return None
    if call.state not in ("ready", "running"):
        return None
    if call.state == "running" and not definition.does.repeatable:
        finish(tx, call_id, "unknown", silent=silent, reason="It was interrupted, and may have been carried out.")
        return None
    proof = Proof(identified(tx, found), verifying.verified_at(tx, found), call.approved_by)
    filled = fill(definition.inputs, call.arguments, of_contact(who_is(tx, found.contact_id), access_in(tx, found.id)))
    closed: str = gate(definition.protection, proof, tx.now) if found.contact_id == call.contact_id else "unknown_customer"
    if closed == "open" and definition.changes and unsettled(tx, found, call.action_id) is not None:
        closed = "unsettled"
    if closed == "open" and definition.needs_word(by_model=call.by_model) and not call.confirmed:
        closed = "not_confirmed"
    if closed != "open" or not filled.whole:
        reason = f"It was not allowed any more ({closed})." if filled.whole else "Inputs are missing."
        finish(tx, call_id, "failed", silent=silent, reason=reason)
        return None
    if isinstance(definition.does, BuiltIn):
        _built_in(tx, call, definition.does, filled.values, silent)
        return None
    tx.execute(
        update(action_call)
        .where(action_call.c.id == call_id)
        .values(state="running", attempts=call.attempts + 1, arguments=dict(filled.values))
    )
    return Started(calls.which(tx, call_id), definition, filled.values, secrets_of(tx, keyring, call.action_id))


def _built_in(tx: Tx, call: Call, does: BuiltIn, values: Mapping[str, Any], silent: Silent) -> None:
    """What Firstline does itself happens in this transaction, or not at all."""
    try:
        result = built_in.run(tx, call, does, values)
    except Rejected as no:
        finish(tx, call.id, "failed", silent=silent, reason=no.reason)
    else:
        hand_over = does.verb in built_in.HANDS_OVER
        finish(tx, call.id, "done", silent=silent, facts=result.facts, hand_over=hand_over)


def finish(
    tx: Tx,
    call_id: str,
    state: str,
    *,
    silent: Silent,
    reason: str | None = None,
    facts: Mapping[str, str] | None = None,
    hand_over: bool = False,
) -> None:
    """Record an outcome once; tell the customer while the agent still has the word, hand over where it did not work."""
    found = locked(tx, calls.which(tx, call_id).conversation_id)
    call = calls.which(tx, call_id, lock=True)
    if call.state not in calls.OPEN:
        return
    calls.end(tx, call_id, state, reason=reason, facts=facts or {})
    call, definition = calls.which(tx, call_id), definition_of(tx, call.action_id)
    if state == "done" and not hand_over:
        tell(tx, found, call, definition)
    else:
        give_up(tx, found, call, definition, loud=_loud(tx, found, silent))


def _put_back(tx: Tx, call_id: str) -> None:
    tx.execute(update(action_call).where(action_call.c.id == call_id, action_call.c.state == "running").values(state="ready"))


def _expire(tx: Tx, call_id: str, silent: Silent) -> None:
    found = locked(tx, calls.which(tx, call_id).conversation_id)
    call = calls.which(tx, call_id, lock=True)
    if call.state != "approving":
        return
    calls.end(tx, call_id, "expired", reason="Nobody approved or declined it in time.")
    give_up(tx, found, calls.which(tx, call_id), definition_of(tx, call.action_id), loud=_loud(tx, found, silent))


def _tell_settled(tx: Tx, call_id: str, silent: Silent) -> None:
    found = locked(tx, calls.which(tx, call_id).conversation_id)
    call = calls.which(tx, call_id)
    tell_settled(tx, found, call, definition_of(tx, call.action_id), loud=_loud(tx, found, silent))


def _loud(tx: Tx, found: Conversation, silent: Silent) -> bool:
    """Whether the channel of a conversation tells its customer of a handoff."""
    return accounts.names(tx)[found.channel_account_id][1] not in silent
