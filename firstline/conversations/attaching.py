"""Files with messages: noting them, storing their content, saying why there is none."""

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, func, insert, select, update

from firstline.conversations.rules import Attachment
from firstline.conversations.tables import attachment, entry
from firstline.kit import blobs
from firstline.kit.database import Tx
from firstline.kit.errors import Invalid, NotFound
from firstline.kit.events import emit
from firstline.kit.ids import new_id
from firstline.kit.sniffing import kind_of, sniff

MOST = 25_000_000
"""Bytes of one file."""
MOST_FILES = 30
ATTEMPTS = 6
_UNSAFE = re.compile(r"[\x00-\x1f\x7f/\\:*?\"<>|\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True)
class File:
    """A file of a message as it is shown: ``waiting`` for its content, ``ready``, or ``gone`` with the reason."""

    id: str
    entry_id: str
    kind: str
    name: str
    media_type: str
    size: int | None
    state: str
    reason: str | None
    inline_id: str | None
    blob: str | None
    ref: str = ""
    promised_sha256: str | None = None


def clean_name(name: str, media_type: str = "") -> str:
    """A file name without path, control characters and direction tricks, at most 120 characters."""
    name = _UNSAFE.sub(" ", name).strip(" .")
    name = " ".join(name.split())
    if len(name) > 120:
        stem, dot, ending = name.rpartition(".")
        name = f"{stem[: 110 - len(ending)]}.{ending}" if dot and len(ending) <= 10 else name[:120]
    return name or f"{kind_of(media_type)}.{media_type.rpartition('/')[2].rpartition('+')[0] or 'bin'}"


def attach(tx: Tx, entry_id: str, files: Sequence[Attachment]) -> int:
    """Note the files of a message; returns how many still have to be fetched.

    More than :data:`MOST_FILES` are named in the last one's reason and not kept.
    """
    waiting = 0
    for position, file in enumerate(files[:MOST_FILES]):
        values: dict[str, Any] = {"state": "waiting", "media_type": file.media_type[:120], "size": file.size}
        if file.content is not None:
            values = _kept(tx, file.content, file.media_type, file.sha256)
        elif not file.ref:
            values |= {"state": "gone", "reason": "The message came without this file."}
        waiting += values["state"] == "waiting"
        tx.execute(
            insert(attachment).values(
                id=new_id("att"),
                entry_id=entry_id,
                position=position,
                kind=file.kind,
                name=clean_name(file.name, values["media_type"]) if file.name else "",
                ref=file.ref.replace("\x00", "")[:4000],
                promised_sha256=file.sha256,
                inline_id=file.inline_id,
                **values,
            )
        )
    return waiting


def store(tx: Tx, attachment_id: str, content: bytes, media_type: str, name: str = "") -> None:
    """The content of a file that was waited for has come."""
    found = which(tx, attachment_id)
    if found.state == "ready":
        return
    values = _kept(tx, content, media_type or found.media_type, found.promised_sha256)
    if not found.name:
        values["name"] = clean_name(name, values["media_type"])
    _change(tx, found, values)


def give_up(tx: Tx, attachment_id: str, reason: str) -> None:
    """The content will not come; people see why."""
    found = which(tx, attachment_id)
    if found.state == "waiting":
        _change(tx, found, {"state": "gone", "reason": reason[:500]})


def postpone(tx: Tx, attachment_id: str, reason: str) -> bool:
    """The provider cannot hand it out now; False after :data:`ATTEMPTS` attempts, when it is given up."""
    tried = tx.scalar(
        update(attachment)
        .where(attachment.c.id == attachment_id, attachment.c.state == "waiting")
        .values(attempts=attachment.c.attempts + 1)
        .returning(attachment.c.attempts)
    )
    if tried is None or tried < ATTEMPTS:
        return tried is not None
    give_up(tx, attachment_id, reason)
    return False


def _kept(tx: Tx, content: bytes, claimed: str, promised: str | None) -> dict[str, Any]:
    sniffed = sniff(content, claimed)
    if len(content) > MOST:
        reason = f"The file has {len(content) / 1e6:.0f} MB; {MOST / 1e6:.0f} MB are the limit."
        return {"state": "gone", "reason": reason, "media_type": sniffed, "size": len(content)}
    name = blobs.keep(tx, content)
    if promised and not _same_sum(name, promised):
        return {
            "state": "gone",
            "reason": "The file is not the one that was promised.",
            "media_type": sniffed,
            "size": len(content),
        }
    return {"state": "ready", "media_type": sniffed, "size": len(content), "blob": name}


def _same_sum(hexadecimal: str, promised: str) -> bool:
    """Providers write a SHA-256 in hexadecimal, or in base 64."""
    if len(promised) == 64:
        return promised.lower() == hexadecimal
    return base64.b64encode(bytes.fromhex(hexadecimal)).decode().rstrip("=") == promised.rstrip("=")


def _change(tx: Tx, found: File, values: Mapping[str, Any]) -> None:
    tx.execute(update(attachment).where(attachment.c.id == found.id).values(**values))
    row = tx.row(select(entry.c.conversation_id, entry.c.seq).where(entry.c.id == found.entry_id))
    if row is not None:
        emit(tx, "message.changed", row.conversation_id, entry=found.entry_id, seq=row.seq)


def which(tx: Tx, attachment_id: str) -> File:
    """One file.

    :raises NotFound: if there is none.
    """
    row = tx.row(select(attachment).where(attachment.c.id == attachment_id))
    if row is None:
        raise NotFound(f"There is no file {attachment_id}.")
    return _file(row)


def of_entries(tx: Tx, entry_ids: Sequence[str]) -> dict[str, list[File]]:
    """The files of messages, by message."""
    found: dict[str, list[File]] = {}
    if entry_ids:
        query = select(attachment).where(attachment.c.entry_id.in_(entry_ids)).order_by(attachment.c.position)
        for row in tx.rows(query):
            found.setdefault(row.entry_id, []).append(_file(row))
    return found


def conversation_of_file(tx: Tx, attachment_id: str) -> str:
    """The conversation a file belongs to, for whoever asks whether it may be seen."""
    found = tx.scalar(
        select(entry.c.conversation_id)
        .join(attachment, attachment.c.entry_id == entry.c.id)
        .where(attachment.c.id == attachment_id)
    )
    if found is None:
        raise NotFound(f"There is no file {attachment_id}.")
    return str(found)


def content(tx: Tx, found: File) -> bytes:
    """:raises NotFound: with the reason, if the content is not there."""
    if found.blob is None:
        raise NotFound(found.reason or "The file is still being fetched.")
    return blobs.read(tx, found.blob)


def uploaded(name: str, media_type: str, body: bytes) -> Attachment:
    """A file that a teammate or a program wants to send.

    :raises Invalid: if it is empty or too large.
    """
    if not body:
        raise Invalid(f"{name or 'The file'} is empty.", field="attachments")
    if len(body) > MOST:
        raise Invalid(f"{name} has {len(body) / 1e6:.0f} MB; {MOST / 1e6:.0f} MB are the limit.", field="attachments")
    sniffed = sniff(body, media_type)
    return Attachment(kind_of(sniffed), clean_name(name, sniffed), sniffed, len(body), content=body)


def total(tx: Tx, entry_id: str) -> int:
    """Bytes of all files of a message."""
    return int(tx.scalar(select(func.sum(attachment.c.size)).where(attachment.c.entry_id == entry_id)) or 0)


def _file(row: Row[Any]) -> File:
    return File(
        row.id,
        row.entry_id,
        row.kind,
        row.name,
        row.media_type,
        row.size,
        row.state,
        row.reason,
        row.inline_id,
        row.blob,
        row.ref,
        row.promised_sha256,
    )
