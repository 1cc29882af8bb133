"""A mail server of our own, for mail servers that hand mail over (SMTP or LMTP). It takes mail for the account only."""

import asyncio
from typing import Any

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

from firstline.channels.base import Account, Intake, RawRequest
from firstline.channels.email import addresses
from firstline.channels.email.authentication import PROVEN
from firstline.channels.email.config import EmailConfig, config_of
from firstline.channels.email.kinds import Protocol
from firstline.channels.email.mime import MOST_BYTES
from firstline.channels.email.proving import Proving
from firstline.kit.clock import Clock
from firstline.kit.errors import Rejected

_MOST_RECIPIENTS = 100


class Handler:
    """What the server asks: may this address receive, and here is a mail."""

    def __init__(self, account: Account, config: EmailConfig, intake: Intake, clock: Clock, proving: Proving) -> None:
        self.proving = proving
        self.account = account
        self.config = config
        self.intake = intake
        self.clock = clock

    async def handle_RCPT(  # noqa: N802 aiosmtpd calls it so
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Only the account's own addresses, with or without a reply code."""
        email = addresses.normal(address)
        if not self.config.is_own(email):
            return "550 5.1.1 There is no such mailbox here"
        if len(envelope.rcpt_tos) >= _MOST_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        envelope.rcpt_tos.append(email)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 aiosmtpd calls it so
        """Take it in; it is answered for only when it is stored."""
        content, now = envelope.original_content or b"", self.clock.now()
        proven = await self.proving.domains(self.config, content, now)
        request = RawRequest(
            "SMTP",
            "smtp",
            {"folder": "inbox"},
            {
                "x-envelope-to": ",".join(dict.fromkeys(envelope.rcpt_tos)),
                "x-envelope-from": addresses.normal(envelope.mail_from or ""),
                **({PROVEN: ",".join(proven)} if proven else {}),
            },
            content,
            now,
        )
        try:
            await self.intake.take(self.account, request)
        except Exception:  # the store is away: the sending server keeps the mail
            return "451 4.3.0 It cannot be stored now; try again later"
        return "250 2.0.0 Stored"


async def run(account: Account, intake: Intake, clock: Clock, proving: Proving) -> None:
    """Listen until cancelled.

    :raises Rejected: if the port cannot be opened.
    """
    config = config_of(account)
    handler = Handler(account, config, intake, clock, proving)
    kind: Any = LMTP if config.receiver_protocol is Protocol.LMTP else SMTP

    def serve() -> SMTP:
        made: SMTP = kind(handler, data_size_limit=MOST_BYTES, hostname=config.domain, ident="Firstline", enable_SMTPUTF8=True)
        return made

    loop = asyncio.get_running_loop()
    try:
        server = await loop.create_server(serve, config.receiver_host, config.receiver_port)
    except OSError as no:
        where = f"{config.receiver_host}:{config.receiver_port}"
        raise Rejected(f"Mail cannot be received at {where}: {no.strerror or no}. Choose another port.") from None
    async with server:
        await server.serve_forever()
