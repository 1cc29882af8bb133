"""Stop ⑤: an outbox row becomes a message at the customer's, once."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

from sqlalchemy import select

from firstline.channels import attention, buckets, dispatching
from firstline.channels.base import Broken, Channel, Receipt
from firstline.channels.claiming import Claimed, Claims, Wait
from firstline.channels.control.commands import control, shown_ours
from firstline.channels.happenings import Control, TemplateState
from firstline.channels.interrupting import Interrupted, by_machine, has_spoken, interrupted
from firstline.channels.leaving import told
from firstline.channels.linking import Links
from firstline.channels.metering import metered
from firstline.channels.pausing import spread
from firstline.channels.refusals import (
    AccountBusy,
    FileRefused,
    HeldElsewhere,
    HolderChanged,
    NoMarketing,
    SurprisingRefusal,
    TemplateGone,
    Unreachable,
)
from firstline.channels.slowing import slow_down
from firstline.channels.templating.commands import note_state
from firstline.channels.unsettled import tell_unreached, watch
from firstline.contacts import holding, marketing
from firstline.contacts.reaching import mark_unreachable
from firstline.conversations.rules import Delivery
from firstline.conversations.tables import entry
from firstline.kit.database import Database, Tx
from firstline.kit.errors import Rejected, Retry, Unknown
from firstline.kit.jobs import defer
from firstline.kit.secrets import Keyring


class Overtaken(Exception):
    """Another process sends this message, because this one was taken for dead."""


class Outbox:
    """Sends what was written, in order per conversation; one customer who has to wait holds up no other."""

    def __init__(
        self, database: Database, channels: Mapping[str, Channel], keyring: Keyring, base_url: str = "http://localhost:8000"
    ) -> None:
        self.database = database
        self.claims = Claims(channels, keyring, Links(keyring, base_url))

    async def deliver(self, conversation_id: str) -> None:
        """``channels.deliver``: every message of a conversation that waits to be sent, oldest first."""
        try:
            while (claimed := await self.database.tx(self.claims.next, conversation_id)) is not None:
                if not await self._send(claimed):
                    return
        except Wait as wait:
            await self.database.tx(_later, conversation_id, wait.seconds)

    async def _send(self, claimed: Claimed) -> bool:
        """Send one message; False if the rest of the conversation has to wait for it."""
        try:
            with told(partial(self._begin, claimed)), metered() as meter:
                receipt = await claimed.channel.send(claimed.account, claimed.message)
        except Overtaken:
            return False
        except Interrupted as held:
            await self.database.tx(_put_back, claimed, held.seconds)
            return False
        except Retry as wait:
            return await self.database.tx(_wait, claimed, wait)
        except Broken as trouble:
            await self.database.tx(_broken, claimed, trouble)
        except HeldElsewhere as held:
            await self.database.tx(_held, claimed, held)
        except Rejected as no:
            await self.database.tx(_rejected, claimed, no)
        except Unknown as who_knows:
            await self.database.tx(_ended, claimed, Delivery.UNKNOWN, who_knows.reason)
        else:
            await self.database.tx(_sent, claimed, receipt, meter.percent)
        return True

    async def _begin(self, claimed: Claimed) -> None:
        await self.database.tx(_begun, claimed)


def _begun(tx: Tx, claimed: Claimed) -> None:
    """The last look before the first byte leaves.

    :raises Interrupted: :raises Overtaken: it must not leave now, or not by this process.
    """
    message = claimed.message
    if by_machine(message.by_kind) and (pause := interrupted(tx, message.conversation_id)):
        raise Interrupted(pause)
    if claimed.repeated and by_machine(message.by_kind) and has_spoken(tx, message.entry_id):
        raise Interrupted
    if not dispatching.begin(tx, message):
        raise Overtaken


def _put_back(tx: Tx, claimed: Claimed, seconds: float) -> None:
    """Into the outbox; the attempt does not count, because nothing was tried."""
    message = claimed.message
    if not dispatching.is_past(tx, message):
        dispatching.mark(tx, message.entry_id, message.part, Delivery.PENDING, attempts=message.attempt - 1)
    _later(tx, message.conversation_id, seconds)


def _sent(tx: Tx, claimed: Claimed, receipt: Receipt, percent: int | None) -> None:
    message = claimed.message
    slow_down(tx, claimed.account.id, claimed.can, percent)
    dispatching.sent(tx, claimed.account.id, message, receipt, tx.now)
    if message.identity is not None:
        shown_ours(tx, claimed.account.id, Control(message.identity, True, tx.now, "A message of ours went out"))
    if claimed.account.attention and claimed.account.attention.get("broken", True):
        attention.recovered(tx, claimed.account.id)


def _wait(tx: Tx, claimed: Claimed, wait: Retry) -> bool:
    """Put it back into the outbox unless it was tried often enough; True if the conversation goes on."""
    message = claimed.message
    all_wait = isinstance(wait, AccountBusy)
    if all_wait:
        buckets.hold(tx, claimed.account.id, claimed.can.rate, wait.after)
    if dispatching.is_past(tx, message):
        return True
    if message.attempt >= claimed.can.attempts:
        _ended(tx, claimed, Delivery.FAILED, wait.reason)
        return True
    after = wait.after if all_wait else spread(wait.after, message.correlation, message.attempt)
    not_before = tx.now + timedelta(seconds=after)
    dispatching.mark(tx, message.entry_id, message.part, Delivery.PENDING, wait.reason, not_before=not_before)
    _later(tx, message.conversation_id, after)
    return False


def _broken(tx: Tx, claimed: Claimed, trouble: Broken) -> None:
    attention.raise_trouble(tx, claimed.account.id, trouble.code, trouble.reason, trouble.cure)
    _ended(tx, claimed, Delivery.FAILED, f"{trouble.reason} {trouble.cure}".strip())


def _held(tx: Tx, claimed: Claimed, held: HeldElsewhere) -> None:
    """Another program has the word: the agent is stopped before the failure is told, so that it is not handed over as well."""
    if claimed.message.identity is not None:
        control(tx, claimed.account, Control(claimed.message.identity, False, tx.now, held.reason))
    _ended(tx, claimed, Delivery.FAILED, held.reason)


def _rejected(tx: Tx, claimed: Claimed, no: Rejected) -> None:
    """It failed for good; an address that is dead is marked, so that people know before they write there again."""
    if isinstance(no, Unreachable) and claimed.message.identity is not None:
        mark_unreachable(tx, claimed.message.identity, no.reason, no.code)
    if isinstance(no, HolderChanged) and claimed.message.identity is not None:
        holding.refuse(tx, claimed.message.identity, claimed.message.entry_id)
    if isinstance(no, TemplateGone):
        _template_gone(tx, claimed, no)
    if isinstance(no, NoMarketing) and claimed.message.identity is not None:
        until = tx.now + no.for_ if no.for_ is not None else None
        marketing.stop(tx, [claimed.message.identity], tx.now, no.reason, until)
    if isinstance(no, SurprisingRefusal):
        attention.note(tx, claimed.account.id, no.code, no.reason, no.cure)
    message = claimed.message
    if isinstance(no, FileRefused) and dispatching.go_on_as(tx, message.entry_id, message.part, message.form, no.reason):
        return
    _ended(tx, claimed, Delivery.FAILED, no.reason)


def _template_gone(tx: Tx, claimed: Claimed, no: TemplateGone) -> None:
    """Nobody is offered it any more; the whole list is fetched anew."""
    used = claimed.message.data.get("template") or {}
    if no.state:
        told = TemplateState(str(used.get("name", "")), str(used.get("language", "")), no.state, tx.now, no.reason)
        note_state(tx, claimed.account.id, told)
    defer(tx, "channels.tend", key=claimed.account.id, account_id=claimed.account.id)


def _ended(tx: Tx, claimed: Claimed, delivery: Delivery, reason: str) -> None:
    """It failed, or nobody can tell; an echo or a status may have been faster and know better."""
    message = claimed.message
    if not dispatching.move(tx, message.entry_id, message.part, delivery, reason=reason, form=message.form):
        return
    now = tx.scalar(select(entry.c.delivery).where(entry.c.id == message.entry_id))
    if now == Delivery.FAILED.value:
        tell_unreached(tx, message.entry_id, message.conversation_id, message.by_kind, reason)
    elif now == Delivery.UNKNOWN.value:
        watch(tx, message.entry_id)


def _later(tx: Tx, conversation_id: str, seconds: float) -> None:
    at = tx.now + timedelta(seconds=seconds)
    defer(tx, "channels.deliver", key=conversation_id, at=at, conversation_id=conversation_id)
