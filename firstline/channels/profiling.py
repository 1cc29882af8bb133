"""Who writes, where messages carry an id and no name: asked for beside the first message, so that no answer waits for it."""

from collections.abc import Mapping

import structlog
from sqlalchemy import select

from firstline.channels import accounts
from firstline.channels.abilities import Profile, Profiled
from firstline.channels.base import Account, Channel
from firstline.channels.claiming import recipient
from firstline.contacts import profiles
from firstline.contacts.profiles import Told
from firstline.contacts.rules import Identity
from firstline.contacts.tables import identity
from firstline.conversations.tables import conversation, entry
from firstline.kit.database import Database, Tx
from firstline.kit.errors import NotFound, Rejected, Retry, Unknown
from firstline.kit.secrets import Keyring
from firstline.kit.sniffing import sniff

log = structlog.get_logger(__name__)

PICTURES = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})


def wants_profile(tx: Tx, entry_id: str) -> bool:
    """Whether the provider is to be asked who wrote a message."""
    party, i = entry.c.party, identity.c
    wrote = (i.kind == party["kind"].astext) & (i.scope == party["scope"].astext) & (i.value == party["value"].astext)
    return tx.scalar(profiles.due(tx.now).join(entry, wrote).where(entry.c.id == entry_id)) is not None


class Profiling:
    """The job ``channels.profile``."""

    def __init__(self, database: Database, channels: Mapping[str, Channel], keyring: Keyring) -> None:
        self.database = database
        self.channels = channels
        self.keyring = keyring

    async def ask(self, conversation_id: str) -> None:
        """Ask who a customer is, and keep it. What is not told is asked for again later; nothing depends on it."""
        found = await self.database.tx(_whom, conversation_id, self.keyring)
        if found is None:
            return
        account, who = found
        channel: object = self.channels.get(account.kind)
        told: Told | None = Told()
        if isinstance(channel, Profiled):
            try:
                told = _told(await channel.profile_of(account, who))
            except (Retry, Rejected, Unknown) as no:
                log.info("channels.no_profile", account=account.id, reason=no.reason)
                told = None
        await self.database.tx(profiles.keep, who, told)


def _told(found: Profile | None) -> Told:
    """A picture counts only if its content is one."""
    if found is None:
        return Told()
    media_type = sniff(found.picture) if found.picture else ""
    return Told(found.name, found.picture, media_type) if media_type in PICTURES else Told(found.name)


def _whom(tx: Tx, conversation_id: str, keyring: Keyring) -> tuple[Account, Identity] | None:
    row = tx.row(select(conversation.c.contact_id, conversation.c.channel_account_id).where(conversation.c.id == conversation_id))
    who = recipient(tx, conversation_id, row.contact_id, row.channel_account_id) if row is not None else None
    if row is None or who is None or not profiles.is_due(tx, who):
        return None
    try:
        return accounts.which(tx, row.channel_account_id, keyring), who
    except NotFound:
        return None
