"""Stop ⑤: an outbox row becomes a message at the customer's, once."""

from collections.abc import Mapping

from sqlalchemy import select, update

from firstline.channels.accounts import which
from firstline.channels.base import Account, Channel, Outbound
from firstline.contacts.tables import identity
from firstline.conversations.deliveries import report_delivery
from firstline.conversations.rules import Delivery
from firstline.conversations.tables import conversation, entry
from firstline.kit.database import Database, Tx
from firstline.kit.errors import NotFound, Rejected, Retry, Unknown
from firstline.kit.secrets import Keyring

ATTEMPTS = 6


class Outbox:
    """Sends what was written, in order per conversation."""

    def __init__(self, database: Database, channels: Mapping[str, Channel], keyring: Keyring) -> None:
        self.database = database
        self.channels = channels
        self.keyring = keyring

    async def deliver(self, conversation_id: str) -> None:
        """Send every message of a conversation that waits to be sent, oldest first."""
        while (found := await self.database.tx(self._next, conversation_id)) is not None:
            await self._send(*found)

    def _next(self, tx: Tx, conversation_id: str) -> tuple[Account, Outbound] | None:
        """The oldest waiting message, marked as being sent.

        One that was being sent when a process died stays marked: nobody knows whether it left, so it becomes unknown, unless
        the channel may send it again.
        """
        rows = tx.rows(
            select(entry, conversation.c.contact_id)
            .join(conversation, conversation.c.id == entry.c.conversation_id)
            .where(
                entry.c.conversation_id == conversation_id,
                entry.c.direction == "out",
                entry.c.delivery.in_((Delivery.PENDING.value, Delivery.SENDING.value)),
            )
            .order_by(entry.c.seq)
            .with_for_update(of=entry)
        )
        for row in rows:
            try:
                account = which(tx, row.channel_account_id, self.keyring)
            except NotFound:
                report_delivery(
                    tx,
                    row.id,
                    Delivery.FAILED,
                    reason="The channel account was removed.",
                )
                continue
            if row.delivery == Delivery.SENDING.value and not self._repeatable(account):
                report_delivery(
                    tx,
                    row.id,
                    Delivery.UNKNOWN,
                    reason="The process ended while this was being sent.",
                )
                continue
            to = tx.scalar(
                select(identity.c.value)
                .where(identity.c.contact_id == row.contact_id)
                .order_by((identity.c.scope == account.id).desc(), identity.c.id)
                .limit(1)
            )
            tx.execute(
                update(entry)
                .where(entry.c.id == row.id)
                .values(
                    delivery=Delivery.SENDING.value,
                    delivery_attempts=entry.c.delivery_attempts + 1,
                )
            )
            return account, Outbound(row.id, row.conversation_id, row.text, row.data, row.by_kind, to or "")
        return None

    def _repeatable(self, account: Account) -> bool:
        channel = self.channels.get(account.kind)
        return channel is not None and channel.capabilities.repeatable

    async def _send(self, account: Account, message: Outbound) -> None:
        channel = self.channels.get(account.kind)
        try:
            if channel is None:
                raise Rejected(f"This installation has no channel of kind {account.kind}.")
            receipt = await channel.send(account, message)
        except Retry as wait:
            if await self.database.tx(_once_more, message.entry_id):
                raise
            await self.database.tx(report_delivery, message.entry_id, Delivery.FAILED, reason=wait.reason)
        except Rejected as no:
            await self.database.tx(report_delivery, message.entry_id, Delivery.FAILED, reason=no.reason)
        except Unknown as who_knows:
            await self.database.tx(
                report_delivery,
                message.entry_id,
                Delivery.UNKNOWN,
                reason=who_knows.reason,
            )
        else:
            await self.database.tx(
                report_delivery,
                message.entry_id,
                receipt.delivery,
                provider_id=receipt.provider_id,
            )


def _once_more(tx: Tx, entry_id: str) -> bool:
    """Put a message back into the outbox unless it was tried often enough."""
    changed = tx.execute(
        update(entry).where(entry.c.id == entry_id, entry.c.delivery_attempts < ATTEMPTS).values(delivery=Delivery.PENDING.value)
    )
    return changed.rowcount == 1
