"""The lists of templates are kept fresh, and customers are shown that an answer is being written."""

from collections.abc import Mapping

import structlog
from sqlalchemy import select

from firstline.channels import accounts, attention
from firstline.channels.base import Account, Acknowledging, Broken, Channel, Templated
from firstline.channels.templating.commands import replace_all
from firstline.contacts.rules import Identity, IdentityKind
from firstline.contacts.tables import identity
from firstline.conversations.tables import conversation, entry
from firstline.kit.database import Database, Tx
from firstline.kit.errors import NotFound, Rejected, Retry, Unknown
from firstline.kit.secrets import Keyring

log = structlog.get_logger(__name__)


class Tender:
    """Looks after accounts."""

    def __init__(self, database: Database, channels: Mapping[str, Channel], keyring: Keyring) -> None:
        self.database = database
        self.channels = channels
        self.keyring = keyring

    async def tend_all(self) -> None:
        """Every account that has templates, one after the other; a broken one holds up nobody."""
        for account in await self.database.tx(accounts.connected):
            channel: object = self.channels.get(account.kind)
            if isinstance(channel, Templated):
                try:
                    await self.tend(account.id)
                except Retry as wait:
                    log.warning("channels.tend_later", account=account.id, reason=wait.reason)

    async def tend(self, account_id: str) -> None:
        """``channels.tend``: fetch the templates of one account anew.

        :raises Retry: if the provider cannot now.
        """
        try:
            account = await self.database.tx(accounts.which, account_id, self.keyring)
        except NotFound:
            return
        channel: object = self.channels.get(account.kind)
        if not isinstance(channel, Templated):
            return
        try:
            templates = await channel.fetch_templates(account)
        except Broken as trouble:
            await self.database.tx(attention.raise_trouble, account.id, trouble.code, trouble.reason, trouble.cure)
        except Rejected as no:
            log.warning("channels.no_templates", account=account.id, reason=no.reason)
        else:
            await self.database.tx(replace_all, account.id, templates)

    async def acknowledge(self, conversation_id: str) -> None:
        """``channels.acknowledge``: the customer sees that their message was read, and that an answer is being written."""
        found = await self.database.tx(_latest, conversation_id, self.keyring)
        if found is None:
            return
        account, to, provider_id = found
        channel: object = self.channels.get(account.kind)
        if isinstance(channel, Acknowledging):
            try:
                await channel.acknowledge(account, to, provider_id)
            except (Retry, Rejected, Unknown) as failed:
                log.info("channels.not_acknowledged", account=account.id, reason=failed.reason)


def _latest(tx: Tx, conversation_id: str, keyring: Keyring) -> tuple[Account, Identity, str] | None:
    """The customer's latest message, unless it was answered already."""
    row = tx.row(
        select(entry.c.provider_id, entry.c.direction, conversation.c.channel_account_id, conversation.c.contact_id)
        .join(conversation, conversation.c.id == entry.c.conversation_id)
        .where(entry.c.conversation_id == conversation_id, entry.c.kind == "message")
        .order_by(entry.c.seq.desc())
        .limit(1)
    )
    if row is None or row.direction != "in" or not row.provider_id:
        return None
    i = identity.c
    who = tx.row(
        select(identity).where(i.contact_id == row.contact_id, i.scope == row.channel_account_id).order_by(i.id.desc()).limit(1)
    )
    if who is None:
        return None
    try:
        account = accounts.which(tx, row.channel_account_id, keyring)
    except NotFound:
        return None
    return account, Identity(IdentityKind(who.kind), who.value, who.scope), row.provider_id
