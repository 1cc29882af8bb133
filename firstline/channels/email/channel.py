"""Email as a channel: ties reading, rendering and the network together."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from pydantic import BaseModel

from firstline.channels.base import Account, Capabilities, Forged, Intake, Outbound, RawRequest, Receipt, Response
from firstline.channels.email import glancing, placing, receiver, telling, viewing
from firstline.channels.email import parse as parsing
from firstline.channels.email.addresses import normal
from firstline.channels.email.config import EmailConfig, config_of
from firstline.channels.email.kinds import Incoming
from firstline.channels.email.outgoing import ahead
from firstline.channels.email.pointers import Signer
from firstline.channels.email.providers import mailgun, secrets, ses
from firstline.channels.email.proving import Proving
from firstline.channels.email.render import render
from firstline.channels.email.s3 import S3
from firstline.channels.email.smtp import Smtp
from firstline.channels.email.sns import Sns
from firstline.channels.email.tokens import Tokens
from firstline.channels.email.watcher import Watcher, first_of
from firstline.channels.happenings import Parsed
from firstline.channels.originals import Original
from firstline.channels.telling import Told
from firstline.conversations.rules import Delivery
from firstline.kit.database import Database, Tx
from firstline.kit.errors import Rejected, Retry
from firstline.kit.secrets import Keyring
from firstline.people.rules import Actor

PROVIDERS = ("mailgun", "postmark", "sendgrid", "ses")
REST = timedelta(hours=6)


def _pause(attempt: int) -> float:
    """Seconds before the next attempt: up to an hour, so that a server may be away for a day."""
    return float(min(3_600.0, 1.25 * 4 ** min(attempt, 8)))


class Email:
    """Mailboxes."""

    kind = "email"
    title = "Email"
    capabilities = Capabilities(
        text_limit=20_000,
        citations=True,
        family="email",
        debounce=0.0,
        turn_budget=300.0,
        handoff_message=False,
        repeatable=True,
        tells_begin=True,
        media=frozenset(("image", "audio", "video", "file")),
        media_limit=20_000_000,
        receipts=frozenset(("delivered",)),
        starts=True,
        attempts=30,
        hook_limit=40_000_000,
    )
    config: type[BaseModel] = EmailConfig

    def __init__(self, database: Database, keyring: Keyring, *, allow_private: bool = False) -> None:
        self.database = database
        self.signer = Signer(keyring.key("email"))
        self.tokens = Tokens(database.clock, allow_private=allow_private)
        self.smtp = Smtp(self.tokens)
        self.proving = Proving(database.clock)
        self.watcher = Watcher(database, self.tokens, self.proving)
        self.sns = Sns(allow_private=allow_private)
        self.s3 = S3(database.clock, allow_private=allow_private)

    def capabilities_for(self, account: Account) -> Capabilities:
        """A mailbox may be set to send the handoff message as a mail of its own (HO4)."""
        return replace(self.capabilities, handoff_message=bool(account.settings.get("handoff_message")))

    async def send(self, account: Account, message: Outbound) -> Receipt:
        """Give a message to the mail server; its Message-ID is fixed before the first attempt."""
        known = await self.database.tx(ahead, message)
        if known.refused:
            raise Rejected(known.refused)
        if "@" not in message.to:
            raise Rejected("No email address of this customer is known. Enter one in the contact.")
        to = normal(str(known.thread.get("answer_to") or message.to))
        addressed = replace(message, to=to, data={**message.data, "mail_thread": known.thread})
        mail = render(account, config_of(account), addressed, self.signer)
        try:
            taken = await self.smtp.send(account, mail)
        except Retry as wait:
            raise Retry(_pause(message.attempt), wait.reason) from None
        return Receipt(Delivery.SENT, mail.message_id, taken.names)

    async def check(self, account: Account) -> str:
        """Sign in where mail comes from and where it goes to."""
        config = config_of(account)
        said = []
        if config.incoming is Incoming.IMAP:
            said.append(await self.watcher.check(account))
        if config.smtp_host:
            await self.smtp.check(account)
            said.append(f"{config.smtp_host} takes mail")
        if config.incoming is Incoming.WEBHOOK:
            said.append("mail comes in when your provider calls the webhook")
            if config.s3_access_key_id:
                said.append(await self.s3.check(account))
        return (", ".join(said) or "There is nothing to check: this mailbox neither reads nor sends") + "."

    def address(self, account: Account) -> str:
        """The mailbox's address."""
        return str(account.settings.get("address") or "")

    def verify(self, account: Account, request: RawRequest) -> Response | None:
        """Whether a delivery comes from the provider that its address names."""
        provider = request.rest.partition("/")[0]
        if config_of(account).incoming is not Incoming.WEBHOOK or provider not in PROVIDERS:
            raise Forged("this mailbox takes no mail by that webhook")
        if request.method != "POST":
            return Response(200, b"Mail is delivered here by POST.")
        if provider == "mailgun":
            mailgun.verify(account, request)
        elif provider == "ses":
            return ses.verify(account, request, self.sns.certificate, self.sns.confirm)
        else:
            secrets.verify(account, request)
        return None

    def parse(self, account: Account, request: RawRequest) -> Parsed:
        """What a mail means by itself; what came before it is looked up when it is applied."""
        return replace(parsing.parse(account, request, self.signer), settle=placing.settle)

    def lies_elsewhere(self, request: RawRequest) -> bool:
        """Whether Amazon SES only says where in S3 a mail lies."""
        return ses.place_of(request) is not None

    async def bring(self, account: Account, request: RawRequest) -> bytes:
        """Fetch the mail from S3, where it stays."""
        place = ses.place_of(request)
        if place is None:
            raise Rejected("The delivery does not say where its mail lies.")
        return await self.s3.fetch(account, place)

    def takes_the_word_with(self, tx: Tx, account: Account, request: RawRequest) -> tuple[str, ...]:
        """The customers to whom one of our people may have written with the mailbox in copy, or from its own address."""
        return glancing.whom_our_people_wrote(tx, account, request)

    def forget(self, tx: Tx) -> None:
        """One-time signs of old deliveries."""
        placing.forget(tx)

    def cautions(self, data: Mapping[str, Any]) -> tuple[str, ...]:
        """What a person has to know of a mail before they act on it."""
        return viewing.warnings(data)

    def original(self, tx: Tx, keyring: Keyring, entry_id: str, *, with_remote: bool) -> Original:
        """The whole mail behind a message."""
        return viewing.whole(tx, keyring, entry_id, with_remote=with_remote)

    def tell(self, tx: Tx, account: Account, before: Mapping[str, str]) -> Told:
        """How the mailbox is read and answered, and what went wrong with it."""
        return telling.tell(tx, account, before)

    def act(self, tx: Tx, account: Account, deed: str, on: str, by: Actor) -> str:
        """Repair the mailbox, or let mail go to an address again."""
        return telling.act(tx, account, deed, on, by)

    async def run(self, account: Account, intake: Intake) -> None:
        """Read the mailbox, or receive for it; an account with neither rests until it is changed."""
        config = config_of(account)
        try:
            if config.incoming is Incoming.IMAP:
                await self.watcher.run(account, intake)
            elif config.incoming is Incoming.RECEIVER:
                await receiver.run(account, intake, self.database.clock, self.proving)
            else:
                await self.database.clock.sleep(REST.total_seconds())
        except BaseExceptionGroup as several:
            raise first_of(several) from several
