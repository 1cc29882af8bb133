"""What of a message goes over the wire, in which order: texts that fit, files with or after them, the rest as links."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from firstline.channels import choices
from firstline.channels.base import Capabilities
from firstline.channels.linking import Links
from firstline.channels.splitting import MEASURES, split
from firstline.conversations import attaching
from firstline.conversations.attaching import File
from firstline.conversations.rules import Attachment
from firstline.kit.database import Tx
from firstline.kit.errors import Rejected


@dataclass(frozen=True)
class Planned:
    """One part: words, and the file that goes with them, where files are messages of their own."""

    text: str
    file_id: str | None = None


def planned(tx: Tx, row: Row[Any], account_name: str, can: Capabilities, links: Links) -> list[Planned]:
    """The parts of a message.

    :raises Rejected: if it is too long for a channel that does not cut, or a link does not fit into any part.
    """
    text, buttons = choices.worded(row.text, row.data.get("options", ()), can)
    files = ready(tx, row.id)
    carried = fitting(files, can)
    for file in files:
        if file not in carried:
            _refuse_long_link(file, can, links, len(carried))
            text = with_link(text, file, links)
    if MEASURES[can.text_unit](text) > can.text_limit and not can.splits:
        raise Rejected(f"The message is longer than the {can.text_limit:,} {can.text_unit} that {account_name} takes.")
    texts = split(text, can.text_limit, can.text_unit) or [""]
    alone = carried if can.media_alone else []
    if not alone or row.data.get("template"):
        return [Planned(one) for one in texts]
    *before, last = texts
    captions = not buttons and len(alone) == 1 and alone[0].kind in can.captioned and len(last) <= can.caption_limit
    if captions:
        return [*(Planned(one) for one in before), Planned(last, alone[0].id)]
    return [*(Planned(one) for one in texts if one.strip()), *(Planned("", one.id) for one in alone)]


def fitting(files: Sequence[File], can: Capabilities) -> list[File]:
    """Those that go as files. What is more than the channel takes now goes as links: the limit may have been lowered since."""
    return [file for file in files if not why_not(file, can)][: can.media_count]


def _refuse_long_link(file: File, can: Capabilities, links: Links, carried: int) -> None:
    if MEASURES[can.text_unit](links.to(file)) > can.text_limit:
        why = why_not(file, can) or f"This channel takes {carried} files a message."
        raise Rejected(f"{why} A link to {file.name} is longer than the {can.text_limit:,} {can.text_unit} of a message.")


def ready(tx: Tx, entry_id: str) -> list[File]:
    """The files of a message that can be sent."""
    return [file for file in attaching.of_entries(tx, [entry_id]).get(entry_id, ()) if file.state == "ready"]


def with_link(text: str, file: File, links: Links) -> str:
    """Words with the address of a file that cannot go as one."""
    return f"{text}\n\n{file.name or file.kind}: {links.to(file)}".strip()


def opened(tx: Tx, file: File) -> Attachment:
    """A file with its content."""
    content = attaching.content(tx, file)
    return Attachment(file.kind, file.name, file.media_type, file.size, ref=file.id, content=content, inline_id=file.inline_id)


def why_not(file: Attachment | File, can: Capabilities) -> str:
    """Why a file cannot go out as one on this channel; empty if it can."""
    if file.kind not in can.media and not ("file" in can.media and file.kind != "sticker"):
        return f"This channel takes no {file.kind} files."
    if can.media_types is not None and file.media_type not in can.media_types:
        return f"This channel takes no files of type {file.media_type or 'unknown'}."
    if file.size is not None and file.size > can.media_limit:
        return f"{file.name} has {file.size / 1e6:.1f} MB; this channel takes {can.media_limit / 1e6:.1f} MB."
    return ""
