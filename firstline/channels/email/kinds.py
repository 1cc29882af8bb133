"""What some settings of a mailbox may be."""

from enum import StrEnum


class Incoming(StrEnum):
    """How mail comes in."""

    IMAP = "imap"
    WEBHOOK = "webhook"
    RECEIVER = "receiver"
    NONE = "none"


class Sign(StrEnum):
    """How the product signs in at the mail servers."""

    PASSWORD = "password"  # noqa: S105 the word, not one
    GOOGLE = "google"
    MICROSOFT = "microsoft"


class Security(StrEnum):
    """How a connection is protected."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


class Protocol(StrEnum):
    """What the receiver of our own speaks."""

    SMTP = "smtp"
    LMTP = "lmtp"


class ReplyTo(StrEnum):
    """Who gets an answer."""

    SENDER = "sender"
    ALL = "all"
