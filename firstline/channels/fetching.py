"""Getting the files of messages from the providers, after the message is in: a slow provider holds up nobody."""

from collections.abc import Mapping
from typing import Protocol

from sqlalchemy import select

from firstline.channels.accounts import which
from firstline.channels.base import Account, Channel, Fetched, Fetching
from firstline.conversations import attaching
from firstline.conversations.attaching import File
from firstline.conversations.rules import Attachment
from firstline.conversations.tables import entry
from firstline.kit.database import Database, Tx
from firstline.kit.errors import NotFound, Rejected, Retry
from firstline.kit.outbound import Outbound
from firstline.kit.secrets import Keyring


class Door(Protocol):
    """Whether files may come from private addresses, and without https."""

    allow_private_addresses: bool
    allow_plain_http: bool


class Fetcher:
    """Downloads what messages came with."""

    def __init__(self, database: Database, channels: Mapping[str, Channel], keyring: Keyring, door: Door) -> None:
        self.database = database
        self.channels = channels
        self.keyring = keyring
        self.door = door

    async def fetch(self, entry_id: str) -> None:
        """``channels.fetch``: every file of a message that waits for its content. One that fails does not hold up the next."""
        found = await self.database.tx(_waiting, entry_id, self.keyring)
        if found is None:
            return
        account, files = found
        later: Retry | None = None
        for file in files:
            try:
                fetched = await self._one(account, file)
            except Retry as wait:
                if await self.database.tx(attaching.postpone, file.id, wait.reason):
                    later = wait
            except Rejected as no:
                await self.database.tx(attaching.give_up, file.id, no.reason)
            else:
                await self.database.tx(attaching.store, file.id, fetched.content, fetched.media_type, fetched.name)
        if later is not None:
            raise later

    async def _one(self, account: Account, file: File) -> Fetched:
        channel: object = self.channels.get(account.kind)
        wanted = Attachment(
            file.kind, file.name, file.media_type, file.size, file.ref, sha256=file.promised_sha256, inline_id=file.inline_id
        )
        if isinstance(channel, Fetching):
            return await channel.fetch(account, wanted)
        return await download(wanted, allow_private=self.door.allow_private_addresses, allow_plain=self.door.allow_plain_http)


async def download(file: Attachment, *, allow_private: bool, allow_plain: bool = False) -> Fetched:
    """Fetch a file from the address it names, through the guard.

    :raises Rejected: if the address is no public one, or has no such file. :raises Retry: if it does not answer.
    """
    async with Outbound(allow_private=allow_private, allow_plain=allow_plain) as out:
        answer = await out.request("GET", file.ref, most=attaching.MOST)
    if answer.status >= 500 or answer.status == 429:
        raise Retry(60.0, f"The file's server answered {answer.status}.")
    if answer.status != 200:
        raise Rejected(f"The file's server answered {answer.status}.")
    return Fetched(answer.body, answer.content_type, file.name or answer.url.rpartition("/")[2].partition("?")[0])


def _waiting(tx: Tx, entry_id: str, keyring: Keyring) -> tuple[Account, list[File]] | None:
    account_id = tx.scalar(select(entry.c.channel_account_id).where(entry.c.id == entry_id))
    files = [file for file in attaching.of_entries(tx, [entry_id]).get(entry_id, ()) if file.state == "waiting"]
    if not files or account_id is None:
        return None
    try:
        return which(tx, account_id, keyring), files
    except NotFound:
        for file in files:
            attaching.give_up(tx, file.id, "The channel account was removed.")
        return None
