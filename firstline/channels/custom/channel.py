"""Ties a custom channel together."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from pydantic import BaseModel
from sqlalchemy import delete, func, insert, select

from firstline.channels import attention
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
from firstline.channels.custom import parse, queries, render, telling
from firstline.channels.custom.client import SECONDS, Attempt, post
from firstline.channels.custom.config import CustomConfig, Declared
from firstline.channels.custom.messages import threads
from firstline.channels.custom.registrations import Registrations
from firstline.channels.custom.tables import hook_attempt
from firstline.channels.happenings import Control, Echo, Parsed
from firstline.channels.linking import Links
from firstline.channels.telling import Told
from firstline.contacts.rules import Identity
from firstline.conversations.rules import Delivery
from firstline.kit.database import Database, Tx
from firstline.kit.errors import Rejected, Retry
from firstline.kit.ids import new_id
from firstline.kit.jobs import defer
from firstline.kit.secrets import Keyring
from firstline.kit.signing import BadSignature, check
from firstline.people.rules import Actor

NO_THREAD = (
    "This channel finds conversations by its own thread ids, so nothing can be sent outside of one. Publish a message with a "
    "thread_id, and answer it."
)
NO_WEBHOOK = "This custom channel has no webhook, so nothing can be sent on it."

BODY = 20_000
"""Bytes of what was posted that are kept with an attempt."""
KEPT = timedelta(days=30)
"""How long an attempt is kept: the screen says so too."""
SIGN = 5.0
"""Seconds for what is shown while an answer is being written; after that it is of no use."""


@dataclass(frozen=True)
class Posted:
    """An event on its way to a webhook."""

    event_id: str
    kind: str
    body: bytes = field(repr=False)


FAILS = "webhook_fails"
PATIENCE = 3
"""Attempts at a message, over half a minute, after which people are told."""


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
        return _declared(account).capabilities()

    def verify(self, account: Account, request: RawRequest) -> Response | None:
        """Standard Webhooks, with any of the secrets in rotation."""
        if request.method != "POST" or request.at is None:
            return Response(405, b"Deliveries are posted.")
        try:
            check(secrets_of(account), request.headers, request.body, request.at)
        except BadSignature as bad:
            raise Forged(str(bad), str(bad)) from None
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
        if threads(account) and message.thread is None:
            raise Rejected(NO_THREAD)
        links = [self.links.for_file(file) for file in message.attachments]
        body = render.render(account, message, _declared(account), links)
        attempt = await self._post(account, Posted(render.event_id(message), "message.created", body), message)
        if attempt.failure is not None:
            raise attempt.failure
        name, *more = attempt.external_ids or (None,)
        return Receipt(Delivery.SENT, name, tuple(one for one in more if one))

    async def acknowledge(self, account: Account, to: Identity, provider_id: str) -> None:
        """Post what the channel shows of it: ``message.read``, ``typing.started``. Once, and not for long: later it means
        nothing."""
        can = _declared(account)
        kinds = [*(["message.read"] if can.marks_read else ()), *(["typing.started"] if can.typing else ())]
        if not kinds or not account.settings.get("webhook_url"):
            return
        place = await self.database.tx(queries.place_of, account.id, provider_id)
        if place is None:
            return
        data = render.sign(account, to.value, provider_id, place.conversation_id, place.thread)
        now = self.database.clock.now().isoformat()
        for kind in kinds:
            posted = Posted(new_id("sgn"), kind, render.event(kind, now, data))
            if (await self._post(account, posted, seconds=SIGN)).failure is not None:
                return

    def takes_the_word_with(self, tx: Tx, account: Account, request: RawRequest) -> tuple[str, ...]:
        """The customers of whom a delivery says that somebody else writes to them."""
        if not any(word in request.body for word in (b"outgoing", b"control.taken")):
            return ()
        try:
            found = parse.parse(account, request).happenings
        except ValueError:
            return ()
        echoes = [one.to.value for one in found if isinstance(one, Echo) and not one.history]
        return (*echoes, *(one.who.value for one in found if isinstance(one, Control) and not one.ours))

    async def check(self, account: Account) -> str:
        """Post a ``ping``."""
        url = str(account.settings.get("webhook_url") or "")
        if not url:
            return "Messages can be published. " + NO_WEBHOOK
        now = self.database.clock.now()
        body = render.event("ping", now.isoformat(), {"account_id": account.id})
        attempt = await self._post(account, Posted(new_id("png"), "ping", body))
        if isinstance(attempt.failure, Retry):
            raise Broken("webhook", attempt.error or "", attempt.cure)
        if attempt.failure is not None:
            raise attempt.failure
        return f"The webhook answered {attempt.status} in {attempt.ms} ms."

    def address(self, account: Account) -> str:
        """The account's own address on the channel."""
        return str(account.settings.get("delivery_identifier") or account.name)

    async def _post(self, account: Account, posted: Posted, message: Outbound | None = None, seconds: float = SECONDS) -> Attempt:
        url = str(account.settings["webhook_url"])
        done = await post(
            url,
            secrets_of(account),
            posted.event_id,
            posted.body,
            at=self.database.clock.now(),
            attempt=message.attempt if message else 1,
            allow_private=self.allow_private,
            allow_plain=self.allow_plain,
            seconds=seconds,
        )
        await self.database.tx(_note, account, posted, url, done, message)
        if message is not None:
            await self.database.tx(_look, account, done, message.attempt)
        return done


def _declared(account: Account) -> Declared:
    return Declared.model_validate(account.settings.get("declared") or {})


def secrets_of(account: Account) -> list[str]:
    """The present secret first, then those that still count."""
    secrets: Mapping[str, str] = account.secrets
    return [secrets[name] for name in sorted(secrets) if name.startswith("webhook_secret") and secrets[name]]


def _look(tx: Tx, account: Account, done: Attempt, attempt: int) -> None:
    """What fails again and again needs attention. An account that nobody reaches does not work; of one that fails at messages
    only, a test of the connection would say that all is well, so it is noted until a message goes through."""
    if done.failure is None and (account.attention or {}).get("code") == FAILS:
        attention.settled(tx, account.id, FAILS)
        defer(tx, "channels.resume", key=account.id, account_id=account.id)
    if not isinstance(done.failure, Retry) or done.status == 429 or attempt < PATIENCE:
        return
    if done.unreached:
        attention.raise_trouble(tx, account.id, "webhook", done.error or "", done.cure)
    else:
        attention.note(tx, account.id, FAILS, done.error or "", f"{done.cure} Messages are kept, and tried for about two days.")


def _note(tx: Tx, account: Account, posted: Posted, url: str, done: Attempt, message: Outbound | None) -> None:
    h = hook_attempt.c
    before = tx.scalar(select(func.coalesce(func.max(h.attempt), 0)).where(h.event_id == posted.event_id))
    tx.execute(
        insert(hook_attempt).values(
            id=new_id("hka"),
            custom_channel_id=account.settings["custom_channel_id"],
            channel_account_id=account.id,
            event_id=posted.event_id,
            type=posted.kind,
            entry_id=message.entry_id if message else None,
            attempt=int(before or 0) + 1,
            url=url,
            status=done.status,
            error=done.error[:1000] if done.error else None,
            ms=done.ms,
            body=posted.body[:BODY].decode("utf-8", "replace").replace("\x00", ""),
            at=tx.now,
        )
    )
