"""What the agent handed over goes on at the provider, where the account is set to that: in the inbox of the page."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import exists, func, select

from firstline.channels import accounts
from firstline.channels.abilities import Controlled
from firstline.channels.base import Account, Channel
from firstline.channels.claiming import recipient
from firstline.channels.control.commands import control, owner_outside
from firstline.channels.happenings import Control
from firstline.contacts.rules import Identity
from firstline.conversations.outside import answered_there, note_outside
from firstline.conversations.rules import Delivery, EntryKind
from firstline.conversations.tables import conversation, entry
from firstline.kit.database import Database, Tx
from firstline.kit.errors import NotFound, Rejected, Unknown
from firstline.kit.jobs import defer
from firstline.kit.secrets import Keyring

AGAIN = timedelta(seconds=3)
_LEAVING = (Delivery.PENDING.value, Delivery.SENDING.value)


class Passing:
    """The job ``channels.pass_on``."""

    def __init__(self, database: Database, channels: Mapping[str, Channel], keyring: Keyring) -> None:
        self.database = database
        self.channels = channels
        self.keyring = keyring

    async def pass_on(self, conversation_id: str) -> None:
        """Pass the word on once everything that was said has left: afterwards nothing could be sent.

        :raises firstline.kit.errors.Retry: if the provider cannot now.
        """
        found = await self.database.tx(self._due, conversation_id)
        if found is None:
            return
        account, channel, to = found
        try:
            await channel.pass_thread(account, to, "Handed over by the agent")
        except (Rejected, Unknown) as no:
            await self.database.tx(_kept, conversation_id, no.reason)
        else:
            await self.database.tx(_passed, account, conversation_id, to, channel.passes_to(account))

    def _due(self, tx: Tx, conversation_id: str) -> tuple[Account, Controlled, Identity] | None:
        row = tx.row(select(conversation).where(conversation.c.id == conversation_id))
        if row is None or row.status != "open" or row.owner_kind in ("agent", "bot") or _is_looked_after(tx, row.id):
            return None
        try:
            account = accounts.which(tx, row.channel_account_id, self.keyring)
        except NotFound:
            return None
        channel: object = self.channels.get(account.kind)
        if not isinstance(channel, Controlled) or not channel.passes_to(account):
            return None
        to = recipient(tx, row.id, row.contact_id, account.id)
        if to is None:
            return None
        leaving = exists().where(entry.c.conversation_id == row.id, entry.c.direction == "out", entry.c.delivery.in_(_LEAVING))
        if tx.scalar(select(leaving)):
            defer(tx, "channels.pass_on", key=row.id, at=tx.now + AGAIN, conversation_id=row.id)
            return None
        return account, channel, to


def _is_looked_after(tx: Tx, conversation_id: str) -> bool:
    """Whether a teammate has done something since the handoff: then it stays with them. Being assigned is not doing."""
    e = entry.c
    handed = select(func.max(e.seq)).where(e.conversation_id == conversation_id, e.kind == EntryKind.HANDOFF.value)
    done = exists().where(
        e.conversation_id == conversation_id, e.by_kind == "teammate", e.seq > func.coalesce(handed.scalar_subquery(), 0)
    )
    return bool(tx.scalar(select(done)))


def _passed(tx: Tx, account: Account, conversation_id: str, to: Identity, holder: str) -> None:
    control(tx, account, Control(to, False, tx.now, "Passed on to be answered at the provider", holder))
    answered_there(tx, conversation_id, owner_outside(tx, account), "It is answered in the provider's inbox")
    note_outside(tx, conversation_id, "The conversation was passed on to the provider's inbox and is answered there.")


def _kept(tx: Tx, conversation_id: str, reason: str) -> None:
    note_outside(tx, conversation_id, f"The conversation could not be passed to the provider's inbox and stays here. {reason}")
