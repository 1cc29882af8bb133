"""Mails for tests, and the mailbox they go to."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from firstline.channels.base import Account, RawRequest
from firstline.channels.email.parse import parse
from firstline.channels.email.pointers import Signer
from firstline.channels.happenings import Happening

SIGNER = Signer(b"s" * 32)
AT = datetime(2026, 11, 22, 9, 46, tzinfo=UTC)
ADDRESS = "service@veloria.example"
MIRA = "mira@customer.example"


def mailbox(secrets: Mapping[str, str] | None = None, **settings: Any) -> Account:
    """Veloria's mailbox."""
    given = {"address": ADDRESS, "incoming": "none", **settings}
    return Account("cha_mail", "email", "Service", "inbox", given, secrets or {})


def mail(text: str = "Do you have winter tyres?", sender: str = f"Mira Holm <{MIRA}>", **headers: str) -> bytes:
    """A mail of a customer. ``in_reply_to="<…>"`` becomes ``In-Reply-To``."""
    given = {
        "From": sender,
        "To": ADDRESS,
        "Subject": "Winter tyres",
        "Message-ID": "<m1@customer.example>",
        "Date": "Sun, 22 Nov 2026 10:40:00 +0100",
        "Content-Type": "text/plain; charset=utf-8",
    }
    given |= {name.replace("_", "-").title().replace("-Id", "-ID"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in given.items() if value)
    return (head + "\r\n" + text).encode()


def happening(raw: bytes, account: Account | None = None, **request: Any) -> Happening:
    """The one thing that a mail means."""
    given = {"method": "IMAP", "rest": "imap/INBOX/1/1", "query": {"folder": "inbox"}, "body": raw, "at": AT, **request}
    parsed = parse(account or mailbox(), RawRequest(**given), SIGNER)
    assert not parsed.problems, parsed.problems
    (one,) = parsed.happenings
    return one
