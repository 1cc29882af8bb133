"""Addresses in mails: whoever wrote them may have written nonsense."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from email.utils import getaddresses

from firstline.channels.email.headers import LONGEST, Headers, clean, words

MOST = 100
_PLAIN = re.compile(r"[^\s<>@,;:\"'()\[\]\\\x00-\x1f]{1,64}@[^\s<>@,;:\"'()\[\]\\\x00-\x1f]{1,190}")
_NO_REPLY = re.compile(
    r"(mailer-daemon|postmaster|no[-_.]?reply|do[-_.]?not[-_.]?reply|notifications?|bounces?)([-+.=_].*)?", re.IGNORECASE
)


@dataclass(frozen=True)
class Address:
    """One address with the name that stands beside it, which proves nothing."""

    email: str
    name: str = ""

    @property
    def domain(self) -> str:
        """What stands behind the @."""
        return self.email.rpartition("@")[2]

    @property
    def local(self) -> str:
        """What stands before the @."""
        return self.email.rpartition("@")[0]


def others(headers: Headers, is_own: Callable[[str], bool]) -> tuple[str, ...]:
    """Everybody a mail was written to who is not us. ``Bcc`` stands in copies that the sender kept."""
    found = read([*headers.every("to"), *headers.every("cc"), *headers.every("bcc")])
    return tuple(one.email for one in found if not is_own(one.email))


def normal(email: str) -> str:
    """An address as it is compared: in lower case. (RFC 5321 allows servers to tell cases apart; none that matters does.)"""
    return email.strip().strip("<>").lower()


def read(values: Iterable[str]) -> tuple[Address, ...]:
    """The addresses in headers such as ``To``; what is none is left out."""
    found: dict[str, Address] = {}
    for value in values:
        for name, email in _pairs(value[:LONGEST]):
            if len(found) >= MOST:
                return tuple(found.values())
            if _PLAIN.fullmatch(email := normal(email)):
                found.setdefault(email, Address(email, clean(words(name), 200).strip("\"'")))
    return tuple(found.values())


def _pairs(value: str) -> list[tuple[str, str]]:
    try:
        pairs = getaddresses([value])
    except Exception:  # the standard library raises several kinds at nonsense, RecursionError among them
        pairs = []
    good = [(name, email) for name, email in pairs if "@" in email]
    return good or [("", email) for email in _PLAIN.findall(value)]


def one(value: str) -> Address | None:
    """The first address of a header."""
    found = read([value])
    return found[0] if found else None


def bare(email: str) -> str:
    """Without what follows a plus sign: ``support+abc@example.com`` is ``support@example.com``."""
    local, _, domain = email.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def is_no_reply(email: str) -> bool:
    """Whether the name says that a machine sits there and nobody reads."""
    return bool(_NO_REPLY.fullmatch(email.rpartition("@")[0]))


def is_listed(email: str, entries: Iterable[str]) -> bool:
    """Whether an address, or its domain (``example.com``, ``@example.com``, ``*.example.com``), is in a list."""
    domain = email.rpartition("@")[2]
    for entry in (normal(entry) for entry in entries):
        if "@" in entry and not entry.startswith("@"):
            if entry == email:
                return True
        elif entry.startswith("*."):
            if domain.endswith(entry[1:]):
                return True
        elif entry and entry.lstrip("@") == domain:
            return True
    return False
