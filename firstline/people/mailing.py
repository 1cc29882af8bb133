"""Sending notices by SMTP."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime, formataddr, parseaddr

import aiosmtplib

from firstline.kit.database import Database
from firstline.kit.errors import Rejected, Retry
from firstline.kit.jobs import pause_before
from firstline.people.notices import MOST_ATTEMPTS, Letter, NoticeState, to_send, went

TIMEOUT = 30.0
BUSY = 500
"""Answers of a mail server from here on are for good; below, it may work later (RFC 5321 §4.2.1)."""


@dataclass(frozen=True)
class MailServer:
    """Where the product's own mail goes out. ``security`` is starttls, tls or none."""

    host: str
    port: int
    sender: str
    security: str = "starttls"
    user: str | None = None
    password: str | None = None


Send = Callable[[MailServer, EmailMessage], Awaitable[None]]


def composed(letter: Letter, sender: str) -> EmailMessage:
    """The notice as a message; its id makes the ``Message-ID``, so a repeated one is recognised."""
    message = EmailMessage()
    name, address = parseaddr(sender)
    message["From"] = formataddr((name or "Firstline", address))
    message["To"] = letter.address
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(letter.created_at)
    message["Message-ID"] = f"<{letter.id}@{address.rpartition('@')[2] or 'firstline.invalid'}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.words)
    if letter.html:
        message.add_alternative(letter.html, subtype="html")
    return message


async def send(server: MailServer, message: EmailMessage) -> None:
    """Give a message to the mail server.

    :raises Retry: if it cannot now. :raises Rejected: if it refused for good.
    """
    try:
        await aiosmtplib.send(
            message,
            hostname=server.host,
            port=server.port,
            username=server.user,
            password=server.password,
            use_tls=server.security == "tls",
            start_tls=server.security == "starttls",
            timeout=TIMEOUT,
        )
    except aiosmtplib.SMTPRecipientsRefused as refused:
        first = refused.recipients[0]
        raise _as_ours(first.code, str(first.message)) from refused
    except aiosmtplib.SMTPResponseException as answer:
        raise _as_ours(answer.code, answer.message) from answer
    except (aiosmtplib.SMTPException, OSError, ValueError) as problem:
        raise Retry(0, f"{server.host}:{server.port} could not be used: {problem}") from problem


def _as_ours(code: int, words: str) -> Retry | Rejected:
    said = f"The mail server said {code}: {words}"
    return Rejected(said) if code >= BUSY else Retry(0, said)


class Post:
    """Sends notices; without a mail server they are held, and the console says so."""

    def __init__(self, database: Database, server: MailServer | None, send: Send = send) -> None:
        self.database = database
        self.server = server
        self._send = send

    async def send_notice(self, notice_id: str) -> None:
        """Send one notice, or note why not.

        :raises Retry: while the mail server is away, with growing pauses.
        """
        letter = await self.database.tx(to_send, notice_id)
        if letter is None:
            return
        if self.server is None:
            await self.database.tx(went, notice_id, NoticeState.HELD, "No mail server is set.")
            return
        try:
            await self._send(self.server, composed(letter, self.server.sender))
        except Rejected as rejected:
            await self.database.tx(went, notice_id, NoticeState.FAILED, rejected.reason)
        except Retry as later:
            attempt = await self.database.tx(went, notice_id, NoticeState.WAITING, later.reason)
            if attempt >= MOST_ATTEMPTS:
                await self.database.tx(went, notice_id, NoticeState.FAILED, later.reason)
                return
            raise Retry(pause_before(attempt) * 4, later.reason) from later
        else:
            await self.database.tx(went, notice_id, NoticeState.SENT)
