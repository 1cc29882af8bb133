"""Signs by which mails of one thread know each other, beside the ids that they name: they only find the thread.

Whoever copies a sign joins nothing: a mail comes only into conversations with its own sender. Nor does a sign prove anything.
Microsoft's ``conversationId`` is no sign here, since no mail comes in by Graph. Gmail's number of the mail (``X-GM-MSGID``) is
not asked for: folders are read by UID, and the same mail twice is known by its Message-ID and content.
"""

import base64
import binascii
from collections.abc import Iterable

from firstline.channels.email.headers import Headers

ROOT = 22
"""Bytes that are the same in a whole thread: a reserved one, a time, and a GUID; each answer adds five ([MS-OXOMSG] 2.2.1.3)."""
_CHILD, _RESERVED = 5, 1
_LONGEST_NUMBER = 20


def signs_in(headers: Headers, at_gmail: str) -> tuple[str, ...]:
    """What Outlook wrote into the mail (``Thread-Index``) and Gmail says of it (``X-GM-THRID``, 64 bits, over IMAP)."""
    found = []
    if at_gmail.isascii() and at_gmail.isdigit() and len(at_gmail) <= _LONGEST_NUMBER:
        found.append(f"gm:{int(at_gmail)}")
    if root := _root(headers.first("thread-index")):
        found.append(f"ti:{root}")
    return tuple(found)


def names(ids: Iterable[str]) -> tuple[str, ...]:
    """The ids that a mail names, as signs: by them a mail finds its thread that comes later than its answer."""
    return tuple(f"id:{one}" for one in dict.fromkeys(ids))


def ids_of(signs: Iterable[str]) -> tuple[str, ...]:
    """The ids among signs, in their order."""
    return tuple(one.removeprefix("id:") for one in signs if one.startswith("id:"))


def _root(value: str) -> str:
    """The root of a thread index as hexadecimal digits; empty if it is none."""
    try:
        raw = base64.b64decode("".join(value[:2_000].split()), validate=True)
    except (binascii.Error, ValueError):
        return ""
    if len(raw) < ROOT or raw[0] != _RESERVED or (len(raw) - ROOT) % _CHILD:
        return ""
    return raw[:ROOT].hex()
