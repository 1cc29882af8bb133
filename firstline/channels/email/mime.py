"""Bytes to a mail: headers, text, HTML and files, within limits of size, number and depth.

The standard library's parser follows nesting without limit and reads line by line for each level; a mail made for it
takes minutes. This one looks at each byte once a level, :data:`DEEPEST` levels deep.
"""

import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote

from firstline.channels.email.headers import Headers, Typed, decoded, file_name, readable, typed
from firstline.conversations.rules import Attachment

MOST_BYTES = 40_000_000
MOST_PARTS = 200
DEEPEST = 20
HEADER_BLOCK = 256_000
MOST_TEXT = 1_000_000
"""Bytes of text, and of HTML, that are kept of one mail."""


class Unreadable(Exception):
    """These bytes are no mail; the message says why."""


@dataclass(frozen=True)
class Envelope:
    """What was said when the mail was handed over, where that is known."""

    recipients: tuple[str, ...] = ()
    sender: str | None = None
    """The return path; empty for bounces, None where it is not known."""


@dataclass(frozen=True)
class Mail:
    """A mail as everything after works with it, whichever way it came."""

    headers: Headers
    plain: str = ""
    html: str = ""
    files: tuple[Attachment, ...] = ()
    reports: tuple[tuple[str, bytes], ...] = ()
    """Parts of a ``multipart/report`` after the first: media type and content."""
    notes: tuple[str, ...] = ()
    """What a person has to know: it was too large, encrypted, an invitation."""
    envelope: Envelope = Envelope()
    vouched: tuple[str, ...] = ()
    """What the provider itself found about the sender, as an ``Authentication-Results`` value without a server name."""
    raw: bytes = field(default=b"", repr=False)


def raw_of(text: str) -> bytes:
    """The bytes of a mail that came in JSON. Half a character, which JSON can name and UTF-8 cannot, becomes a question mark."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def read(raw: bytes, envelope: Envelope = Envelope()) -> Mail:
    """Read a mail.

    :raises Unreadable: if there is not a single header, or it is larger than :data:`MOST_BYTES`.
    """
    if len(raw) > MOST_BYTES:
        raise Unreadable(f"The mail has {len(raw) / 1e6:.0f} MB; {MOST_BYTES / 1e6:.0f} MB are the limit.")
    head, body = _divided(raw)
    headers = Headers.read(head)
    if not headers.items:
        raise Unreadable("There is not a single header: this is no mail.")
    found = _Found()
    _walk(headers, body, found, 0, report=False)
    return Mail(
        headers,
        readable("\n".join(found.plain)),
        "\n".join(found.html),
        tuple(found.files),
        tuple(found.reports),
        tuple(dict.fromkeys(found.notes)),
        envelope,
        (),
        raw,
    )


@dataclass
class _Found:
    plain: list[str] = field(default_factory=list)
    html: list[str] = field(default_factory=list)
    files: list[Attachment] = field(default_factory=list)
    reports: list[tuple[str, bytes]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    parts: int = 0
    text: int = 0


def _divided(block: bytes) -> tuple[bytes, bytes]:
    """Head and body, at the first empty line."""
    block = block.lstrip(b"\r\n")
    end = re.search(rb"\r?\n\r?\n", block)
    if end is None:
        return block[:HEADER_BLOCK], b""
    return block[: min(end.start(), HEADER_BLOCK)], block[end.end() :]


def pieces(body: bytes, boundary: str) -> Sequence[bytes]:
    """The parts between the lines of a boundary; a missing last line is forgiven."""
    line = re.compile(rb"(?:^|\r?\n)--" + re.escape(boundary.encode("utf-8", "replace")) + rb"(--)?[ \t]{0,80}(?=\r?\n|$)")
    found: list[bytes] = []
    start: int | None = None
    for mark in line.finditer(body):
        if start is not None:
            found.append(_after_line(body[start : mark.start()]))
        start = mark.end()
        if mark.group(1) or len(found) > MOST_PARTS:
            return found
    if start is not None:
        found.append(_after_line(body[start:]))
    return found


def _after_line(part: bytes) -> bytes:
    """Without the line break of the boundary's line. An empty line that follows ends an empty head, so it stays."""
    return part[2:] if part.startswith(b"\r\n") else part.removeprefix(b"\n")


def _part(block: bytes) -> tuple[Headers, bytes]:
    if block.startswith((b"\n", b"\r\n")):
        return Headers(), block.lstrip(b"\r\n")
    head, body = _divided(block)
    headers = Headers.read(head)
    return (headers, body) if headers.items else (Headers(), block)


def _walk(headers: Headers, body: bytes, found: _Found, depth: int, *, report: bool) -> None:
    kind = typed(headers.first("content-type") or "text/plain")
    boundary = kind.parameters.get("boundary", "")
    if kind.value.startswith("multipart/") and boundary:
        if depth >= DEEPEST:
            found.notes.append(f"Parts nested deeper than {DEEPEST} were left out.")
            return
        if kind.value == "multipart/encrypted":
            found.notes.append("The mail is encrypted and cannot be read here.")
        is_report = kind.value == "multipart/report"
        for number, block in enumerate(pieces(body, boundary)):
            if found.parts >= MOST_PARTS:
                found.notes.append(f"Of more than {MOST_PARTS} parts the rest was left out.")
                return
            found.parts += 1
            _walk(*_part(block), found, depth + 1, report=is_report and number > 0)
        return
    _leaf(headers, kind, body, found, report=report)


def _leaf(headers: Headers, kind: Typed, body: bytes, found: _Found, *, report: bool) -> None:
    shown = typed(headers.first("content-disposition"))
    name = file_name(shown.parameters.get("filename") or kind.parameters.get("name") or "")
    content = _content(headers.first("content-transfer-encoding"), body)
    if report:
        found.reports.append((kind.value, content[:HEADER_BLOCK]))
        return
    is_text = kind.value in ("text/plain", "text/html", "text", "text/enriched")
    if is_text and shown.value != "attachment" and not (name and kind.value != "text/html" and found.plain):
        _text(kind, content, found)
        return
    if not content and not name:
        return
    if "pkcs7-mime" in kind.value or kind.value == "application/pgp-encrypted":
        found.notes.append("The mail is encrypted and cannot be read here.")
    if kind.value == "text/calendar":
        found.notes.append("An invitation to an appointment is attached.")
    identity = unquote(headers.first("content-id").strip().strip("<>"))[:400] or None
    found.files.append(
        Attachment(
            kind=kind_of(kind.value),
            name=name or _named(kind.value),
            media_type=kind.value or "application/octet-stream",
            size=len(content),
            content=content,
            inline_id=identity if shown.value != "attachment" or identity else None,
        )
    )


def _text(kind: Typed, content: bytes, found: _Found) -> None:
    left = MOST_TEXT - found.text
    if len(content) > left:
        found.notes.append("The text was too long and is cut.")
    text = decoded(content[: max(left, 0)], kind.parameters.get("charset"))
    found.text += len(content)
    if kind.parameters.get("format", "").lower() == "flowed":
        text = _unflowed(text)
    (found.html if kind.value == "text/html" else found.plain).append(text)


def _unflowed(text: str) -> str:
    """Lines broken only for the way (RFC 3676) joined again; quoted lines and the signature mark stay."""
    made: list[str] = []
    open_line = False
    for line in text.splitlines():
        stuffed = line.removeprefix(" ")
        if open_line and not line.startswith(">"):
            made[-1] += stuffed
        else:
            made.append(stuffed)
        open_line = line.endswith(" ") and line != "-- " and not line.startswith(">")
    return "\n".join(made)


def _content(encoding: str, body: bytes) -> bytes:
    """The bytes that were meant. What is broken in their encoding is passed over."""
    way = encoding.strip().lower()
    if way == "base64":
        clean = re.sub(rb"[^A-Za-z0-9+/]", b"", body.partition(b"=")[0] if body.count(b"=") < 3 else body)
        clean = clean[: len(clean) - 1] if len(clean) % 4 == 1 else clean
        return binascii.a2b_base64(clean + b"=" * (-len(clean) % 4))
    if way == "quoted-printable":
        return binascii.a2b_qp(body)
    return body


def kind_of(media_type: str) -> str:
    """The kind of attachment."""
    major = media_type.partition("/")[0]
    return major if major in ("image", "audio", "video") else "file"


def _named(media_type: str) -> str:
    names = {"message/rfc822": "forwarded.eml", "text/calendar": "invitation.ics", "application/ms-tnef": "winmail.dat"}
    return names.get(media_type, f"{kind_of(media_type)}")
