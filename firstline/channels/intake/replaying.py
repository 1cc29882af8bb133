"""Trying a dead letter again: its message is fetched first, where the delivery only says where it lies."""

from collections.abc import Mapping

from firstline.channels import accounts
from firstline.channels.abilities import Referring
from firstline.channels.base import Account, Broken, Channel, RawRequest
from firstline.channels.happenings import Problem
from firstline.channels.intake import bringing, letters
from firstline.channels.intake.letters import Letter
from firstline.channels.intake.taking import Intake, process
from firstline.kit.database import Database, Tx
from firstline.kit.errors import Rejected, Retry
from firstline.kit.secrets import Keyring
from firstline.people.rules import Actor


class Replaying:
    """What the console and REST call."""

    def __init__(self, database: Database, channels: Mapping[str, Channel], keyring: Keyring) -> None:
        self.database = database
        self.channels = channels
        self.keyring = keyring
        self.intake = Intake(database, channels)

    async def again(self, letter_id: str, by: Actor) -> list[str]:
        """Put a delivery through the present parser again; what is still wrong, empty if nothing is."""
        letter, request, account = await self.database.tx(self._found, letter_id, by)
        if self._is_to_fetch(account, request):
            try:
                content = await bringing.fetched(self.channels, account, request)
            except (Retry, Rejected) as no:
                reason = f"{no.reason} {no.cure}" if isinstance(no, Broken) else no.reason
                return await self.database.tx(self._still_wrong, letter_id, account, reason, by)
            await self.database.tx(bringing.store, account.id, letter.raw_id, content)
        return await self.database.tx(self._through, letter_id, account, by)

    def _found(self, tx: Tx, letter_id: str, by: Actor) -> tuple[Letter, RawRequest, Account]:
        letter, request = letters.one(tx, letter_id, by)
        return letter, request, accounts.which(tx, letter.account_id, self.keyring)

    def _is_to_fetch(self, account: Account, request: RawRequest) -> bool:
        channel: object = self.channels.get(account.kind)
        return request.brought is None and isinstance(channel, Referring) and channel.lies_elsewhere(request)

    def _still_wrong(self, tx: Tx, letter_id: str, account: Account, reason: str, by: Actor) -> list[str]:
        return letters.replay(tx, letter_id, account, lambda *_: [Problem(reason)], by)

    def _through(self, tx: Tx, letter_id: str, account: Account, by: Actor) -> list[str]:
        def read(tx: Tx, account: Account, request: RawRequest) -> list[Problem]:
            return process(tx, self.intake.parser(account), account, request)

        return letters.replay(tx, letter_id, account, read, by)
