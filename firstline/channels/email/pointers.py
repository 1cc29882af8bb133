"""Addresses and ids of ours that lead an answer back to its conversation, and cannot be made up.

``support+kd8…@example.com`` holds the conversation and a tag over conversation **and** customer: whoever else writes to it is
a stranger. A Message-ID holds the outgoing message and a tag, so that only what we sent is taken for ours.
"""

import base64
import hmac
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_RETURN = re.compile(r"b([0-9a-hjkmnp-tv-z]{26})([a-z2-7]{13})(?:p(\d{1,3}))?")
_TOKEN = re.compile(r"([0-9a-hjkmnp-tv-z]{26})([a-z2-7]{13})")
_MESSAGE = re.compile(
    r"<?((?:[a-z]{2,8}_)?[0-9a-hjkmnp-tv-z]{26})(?:\.(\d{1,3}))?\.([a-z2-7]{16})@[^\s<>@]{1,190}>?", re.IGNORECASE
)
_ANGLED = re.compile(r"<([^<>\s]{1,500})>")
MOST_IDS = 40
_KIND = "msg"
"""What ids of messages begin with; a return path has no room for it."""
LOCAL = 64


class Signer:
    """Makes and checks tags under one key of the installation."""

    def __init__(self, key: bytes) -> None:
        self.key = key

    def tag(self, purpose: str, *values: str, length: int = 13) -> str:
        """Characters of 5 bits each over the values: 13 are 65 bits."""
        digest = hmac.new(self.key, "\x00".join((purpose, *values)).encode(), sha256).digest()
        return base64.b32encode(digest).decode().lower()[:length]

    def reply_address(self, address: str, account_id: str, conversation_id: str, customer: str, at: str = "") -> str:
        """The address that an answer of this customer in this conversation goes to; lower case survives every server.

        :param at: a domain for such addresses alone. Without it the code stands behind a plus sign; then the result is empty if
            a code does not fit in (64 characters before the @, RFC 5321).
        """
        local, _, domain = address.rpartition("@")
        short = conversation_id.partition("_")[2]
        token = short + self.tag("reply", account_id, conversation_id, customer)
        if at:
            return f"{token}@{at}"
        coded = f"{local.partition('+')[0]}+{token}"
        return f"{coded}@{domain}" if len(coded) <= LOCAL else ""

    def return_path(self, address: str, account_id: str, correlation: str, at: str = "") -> str:
        """The envelope's sender of an outgoing message: what comes back to it is about this message (VERP). Empty if a code does
        not fit in.

        :param at: as of :meth:`reply_address`.
        """
        entry_id, _, part = correlation.partition(".")
        kind, _, short = entry_id.partition("_")
        if kind != _KIND:
            return ""
        code = f"b{short}{self.tag('return', account_id, correlation)}" + (f"p{part}" if part else "")
        local, _, domain = address.rpartition("@")
        if at:
            return f"{code}@{at}"
        coded = f"{local.partition('+')[0]}+{code}"
        return f"{coded}@{domain}" if len(coded) <= LOCAL else ""

    def came_back(self, addresses: Iterable[str], account_id: str) -> str | None:
        """The outgoing message whose return path is among the addresses; None if there is none, or it was made up."""
        for address in addresses:
            found = _RETURN.fullmatch(address.rpartition("@")[0].lower().rpartition("+")[2])
            if found is None:
                continue
            correlation = f"{_KIND}_{found.group(1)}" + (f".{found.group(3)}" if found.group(3) else "")
            if hmac.compare_digest(self.tag("return", account_id, correlation), found.group(2)):
                return correlation
        return None

    def conversation_of(self, addresses: Iterable[str], account_id: str, sender: str) -> "Pointed":
        """The conversation that one of the addresses names, if its tag was made for this sender."""
        stranger = False
        for address in addresses:
            local = address.rpartition("@")[0].lower()
            found = _TOKEN.fullmatch(local.rpartition("+")[2])
            if found is None:
                continue
            conversation_id = f"cnv_{found.group(1)}"
            if hmac.compare_digest(self.tag("reply", account_id, conversation_id, sender), found.group(2)):
                return Pointed(conversation_id)
            stranger = True
        return Pointed(None, stranger)

    def message_id(self, correlation: str, account_id: str, domain: str) -> str:
        """The Message-ID of an outgoing message, the same at every attempt to send it."""
        return f"<{correlation}.{self.tag('message', account_id, correlation, length=16)}@{domain}>"

    def correlation_of(self, message_id: str, account_id: str) -> str | None:
        """Which outgoing message of this account has that id; None if it is none of ours."""
        found = _MESSAGE.fullmatch(message_id.strip())
        if found is None:
            return None
        entry_id, part, tag = (found.group(1).lower(), found.group(2), found.group(3).lower())
        correlation = entry_id if part is None else f"{entry_id}.{part}"
        good = hmac.compare_digest(self.tag("message", account_id, correlation, length=16), tag)
        return correlation if good else None


@dataclass(frozen=True)
class Pointed:
    """Where an address leads."""

    conversation_id: str | None
    stranger: bool = False
    """Whether there was a token that was forged, or made for somebody else."""


def ids_in(values: Iterable[str]) -> tuple[str, ...]:
    """The message ids in headers like ``In-Reply-To``, which may hold several, free text, or ids without brackets."""
    found: dict[str, None] = {}
    for value in values:
        angled = _ANGLED.findall(value[:32_000])
        bare = [] if angled else [word for word in value[:32_000].split() if "@" in word and len(word) < 500]
        for one in (*angled, *bare):
            found.setdefault(f"<{one.strip('<>,;')}>")
    return tuple(found)[-MOST_IDS:]


def trimmed(references: Sequence[str], most: int = 21) -> tuple[str, ...]:
    """References of a long thread: the first, which names it, and the last."""
    unique = tuple(dict.fromkeys(references))
    return unique if len(unique) <= most else (unique[0], *unique[-(most - 1) :])
