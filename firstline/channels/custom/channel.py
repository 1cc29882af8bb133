"""Ties a custom channel together."""

from collections.abc import Mapping
from datetime import timedelta

from pydantic import BaseModel
from sqlalchemy import delete, func, insert, select

from firstline.channels.base import (
    Account,
    Broken,
    Capabilities,
    Forged,
    Outbound,
    RawRequest,
    Receipt,
    Response,
)
from firstline.channels.custom import parse, render, telling
from firstline.channels.custom.client import Attempt, post
from firstline.channels.custom.config import CustomConfig, Declared
from firstline.channels.custom.registrations import Registrations
from firstline.channels.custom.tables import hook_attempt
from firstline.channels.happenings import Parsed
from firstline.channels.linking import Links
from firstline.channels.telling import Told
from firstline.conversations.rules import Delivery
from firstline.kit.database import Database, Tx
from firstline.kit.errors import Rejected, Retry
from firstline.kit.ids import new_id
from firstline.kit.secrets import Keyring
from firstline.kit.signing import BadSignature, check
from firstline.people.rules import Actor

NO_WEBHOOK = "This custom channel has no webhook, so nothing can be sent on it."

BODY = 20_000
"""Bytes of what was posted that are kept with an attempt."""
KEPT = timedelta(days=30)
"""How long an attempt is kept: the screen says so too."""


class Custom(Registrations):
    """Channels that others run."""

    kind = "custom"
    title = "Custom channel"
    capabilities: Capabilities = Declared().capabilities()
    config: type[BaseModel] = CustomConfig

    def __init__(
        self, database: Database, keyring: Keyring, base_url: str, *, allow_private: bool = False, allow_plain: bool = False
    ) -> None:
        self.database = database
        self.links = Links(keyring, base_url)
        self.allow_private = allow_private
        self.allow_plain = allow_plain

    def capabilities_for(self, account: Account) -> Capabilities:
        """What the channel declared."""
        declared = account.settings.get("declared")
        return Declared.model_validate(declared).capabilities() if declared else self.capabilities

    def verify(self, account: Account, request: RawRequest) -> Response | None:
        """Standard Webhooks, with any of the secrets in rotation."""
        if request.method != "POST" or request.at is None:
            return Response(405, b"Deliveries are posted.")
        try:
            check(secrets_of(account), request.headers, request.body, request.at)
        except BadSignature as bad:
            raise Forged(str(bad)) from None
        return None

    def parse(self, account: Account, request: RawRequest) -> Parsed:
        """Published messages and status reports."""
        return parse.parse(account, request)

    def forget(self, tx: Tx) -> None:
        """Attempts that nobody will look at again, with what was posted."""
        tx.execute(delete(hook_attempt).where(hook_attempt.c.at < tx.now - KEPT))

    def tell(self, tx: Tx, account: Account, before: Mapping[str, str]) -> Told:
        """What became of the account's messages at the webhook."""
        return telling.of_account(tx, account, before)

    def act(self, tx: Tx, account: Account, deed: str, on: str, by: Actor) -> str:
        """Try a message again."""
        return telling.act(tx, str(account.settings.get("custom_channel_id") or ""), deed, on, by)

    async def send(self, account: Account, message: Outbound) -> Receipt:
        """Post the message to the webhook; the attempt is logged either way."""
        url = str(account.settings.get("webhook_url") or "")
        if not url:
            raise Rejected(NO_WEBHOOK + " Set webhook_url.")
        links = [self.links.for_file(file) for file in message.attachments]
        attempt = await self._post(account, render.event_id(message), render.render(account, message, links), message)
        if attempt.failure is not None:
            raise attempt.failure
        return Receipt(Delivery.SENT, attempt.external_id)

    async def check(self, account: Account) -> str:
        """Post a ``ping``."""
        url = str(account.settings.get("webhook_url") or "")
        if not url:
            return "Messages can be published. " + NO_WEBHOOK
        now = self.database.clock.now()
        body = render.event("ping", now.isoformat(), {"account_id": account.id})
        attempt = await self._post(account, new_id("png"), body, None)
        if isinstance(attempt.failure, Retry):
            raise Broken("webhook", attempt.error or "", "Check that the receiver runs and can be reached from here.")
        if attempt.failure is not None:
            raise attempt.failure
        return f"The webhook answered {attempt.status} in {attempt.ms} ms."

    def address(self, account: Account) -> str:
        """The account's own address on the channel."""
        return str(account.settings.get("delivery_identifier") or account.name)

    async def _post(self, account: Account, event_id: str, body: bytes, message: Outbound | None) -> Attempt:
        url = str(account.settings["webhook_url"])
        done = await post(
            url,
            secrets_of(account),
            event_id,
            body,
            at=self.database.clock.now(),
            attempt=message.attempt if message else 1,
            allow_private=self.allow_private,
            allow_plain=self.allow_plain,
        )
        await self.database.tx(_note, account, event_id, url, done, message, body)
        return done


def secrets_of(account: Account) -> list[str]:
    """The present secret first, then those that still count."""
    secrets: Mapping[str, str] = account.secrets
    return [secrets[name] for name in sorted(secrets) if name.startswith("webhook_secret") and secrets[name]]


def _note(tx: Tx, account: Account, event_id: str, url: str, done: Attempt, message: Outbound | None, body: bytes) -> None:
    before = tx.scalar(select(func.coalesce(func.max(hook_attempt.c.attempt), 0)).where(hook_attempt.c.event_id == event_id))
    tx.execute(
        insert(hook_attempt).values(
            id=new_id("hka"),
            custom_channel_id=account.settings["custom_channel_id"],
            channel_account_id=account.id,
            event_id=event_id,
            type="message.created" if message else "ping",
            entry_id=message.entry_id if message else None,
            attempt=int(before or 0) + 1,
            url=url,
            status=done.status,
            error=done.error[:1000] if done.error else None,
            ms=done.ms,
            body=body[:BODY].decode("utf-8", "replace").replace("\x00", ""),
            at=tx.now,
        )
    )
