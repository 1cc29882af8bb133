"""Delivery reports of mail servers (RFC 3464, and those of servers that have their own idea)."""

import email
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass

from flufl.bounce import all_failures

from firstline.channels.email.addresses import Address, normal
from firstline.channels.email.headers import Headers, clean, typed
from firstline.channels.email.mime import Mail
from firstline.channels.email.pointers import ids_in

_LOOKED_AT = 64_000
logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)  # it logs what it raises, with headers of the mail
_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_IDS = re.compile(rb"(?im)^(?:message-id|x-firstline-message):[ \t]{0,20}(?:\r?\n[ \t]{1,20})?(<[^<>\s]{1,500}>)")


@dataclass(frozen=True)
class Bounce:
    """What became of one recipient, as a server tells it. Anybody can write such a mail: it counts only with an id of ours."""

    message_ids: tuple[str, ...]
    recipient: str | None
    permanent: bool
    delivered: bool
    status: str
    reason: str


def bounce_in(mail: Mail, sender: Address | None) -> Bounce | None:
    """The bounce that a mail is, or None."""
    kind = typed(mail.headers.first("content-type"))
    is_report = kind.value == "multipart/report" and kind.parameters.get("report-type", "").lower() == "delivery-status"
    if is_report or any(one[0] == "message/delivery-status" for one in mail.reports):
        return _standard(mail)
    if is_from_a_server(sender) or mail.headers.has("x-failed-recipients") or mail.envelope.sender == "":
        return _other(mail)
    return None


def is_from_a_server(sender: Address | None) -> bool:
    """Whether a mail comes from where only mail servers write. (Out-of-office notes have no return path either, but a person's
    address.)"""
    return sender is None or normal(sender.email).partition("@")[0] in ("mailer-daemon", "postmaster")


def without_content(mail: Mail) -> Bounce:
    """What came back without anything that a program can read: perhaps a status stands in its text."""
    status = _STATUS.search(mail.plain[:_LOOKED_AT])
    code = status.group(0) if status else ""
    action = "delayed" if code.startswith("4") else "failed"
    return Bounce((), None, action == "failed", False, code, _worded(code, action))


def _standard(mail: Mail) -> Bounce:
    groups = [group for kind, content in mail.reports if kind == "message/delivery-status" for group in _groups(content)]
    of_recipients = [group for group in groups if group.has("final-recipient") or group.has("action")]
    # several recipients in one report: the one that failed is what people have to know
    one = next((group for group in of_recipients if group.first("action").strip().lower().startswith("failed")), None)
    one = one or (of_recipients[0] if of_recipients else Headers())
    action = one.first("action").strip().lower()
    status = _STATUS.search(one.first("status"))
    code = status.group(0) if status else ""
    said = one.first("diagnostic-code").partition(";")[2] or one.first("diagnostic-code")
    delivered = action in ("delivered", "relayed", "expanded")
    permanent = action == "failed" and not code.startswith("4")
    return Bounce(
        _ours(mail),
        _recipient(one),
        permanent,
        delivered,
        code or ("5.0.0" if permanent else ""),
        clean(said, 300) or _worded(code, action),
    )


def _groups(content: bytes) -> Iterator[Headers]:
    for block in re.split(rb"\r?\n\r?\n", content[:_LOOKED_AT])[:50]:
        headers = Headers.read(block)
        if headers.items:
            yield headers


def _recipient(group: Headers) -> str | None:
    given = group.first("original-recipient") or group.first("final-recipient")
    address = normal(given.rpartition(";")[2])
    return address if "@" in address else None


def _other(mail: Mail) -> Bounce | None:
    temporary, permanent = _failures(mail.raw)
    listed = mail.headers.first("x-failed-recipients")
    found = sorted(permanent) or sorted(temporary)
    recipient = normal(found[0].decode("utf-8", "replace")) if found else normal(listed.partition(",")[0]) or None
    if recipient is None:
        return None
    status = _STATUS.search(mail.plain[:_LOOKED_AT])
    code = status.group(0) if status else ""
    is_permanent = bool(permanent or (listed and not temporary)) and not code.startswith("4")
    return Bounce(_ours(mail), recipient, is_permanent, False, code, _worded(code, "failed" if is_permanent else "delayed"))


def _failures(raw: bytes) -> tuple[frozenset[bytes], frozenset[bytes]]:
    """What the detectors of many servers' formats find. They are given little, and not trusted to raise nothing."""
    head = raw[:_LOOKED_AT]
    if head.lower().count(b"boundary=") > 10:
        return frozenset(), frozenset()
    try:
        temporary, permanent = all_failures(email.message_from_bytes(head))
    except Exception:
        return frozenset(), frozenset()
    return frozenset(temporary), frozenset(permanent)


def _ours(mail: Mail) -> tuple[str, ...]:
    """Ids of the mails that the report may be about: in the part with the original, else anywhere."""
    inside = b"\n".join(content for kind, content in mail.reports if kind != "message/delivery-status")
    text = mail.plain.encode("utf-8", "replace")[:_LOOKED_AT]
    files = b"\n".join(
        (file.content or b"")[:_LOOKED_AT] for file in mail.files if file.media_type in ("message/rfc822", "text/rfc822-headers")
    )
    found = [one.decode("ascii", "replace") for one in _IDS.findall(inside[:_LOOKED_AT] + b"\n" + files + b"\n" + text)]
    headers = mail.headers
    return tuple(dict.fromkeys((*found, *ids_in((*headers.every("in-reply-to"), *headers.every("references"))))))


def _worded(code: str, action: str) -> str:
    known = {
        "5.1.1": "There is no such mailbox.",
        "5.1.2": "There is no such domain.",
        "5.1.10": "There is no such mailbox.",
        "5.2.1": "The mailbox is switched off.",
        "5.2.2": "The mailbox is full.",
        "4.2.2": "The mailbox is full.",
        "5.3.4": "The mail is too large.",
        "5.7.1": "The receiving server refuses mail from here.",
    }
    if code in known:
        return known[code]
    return (
        "The receiving server could not deliver it."
        if action.startswith("failed")
        else "The receiving server has not delivered it yet."
    )
