"""A page cut into passages: about 1,000 characters, headings kept, lists and tables whole. Pure.

A passage's ``heading`` is the path of headings it stands under (“Care › Chain”). Headings inside a passage are lines that
begin with ``## ``, list items begin with ``- `` or a number, table rows are cells between `` | ``.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from firstline.knowledge.document import Block, BlockKind, Page

ABOUT = 1_000
"""Characters of a passage."""
FULL_ENOUGH = 350
"""From here on a new heading begins a new passage."""
WHOLE = 2_400
"""Lists and tables up to this size are never cut; what is larger is cut between items or rows."""
LONGEST_PATH = 200

_SENTENCE_END = re.compile(r"(?<=[.!?…。！？])[\"”’)\]]*\s+(?=\S)")


@dataclass(frozen=True)
class Piece:
    """A passage to be. ``text`` is what is quoted; ``indexed`` is what is embedded and searched, with title and path in front."""

    heading: str
    text: str
    indexed: str

    @property
    def hash(self) -> str:
        """Names the content: equal pieces need no second embedding."""
        return hashlib.sha256(self.indexed.encode()).hexdigest()


def split(page: Page) -> list[Piece]:
    """The passages of a page, in order; none if it has no text."""
    front = page.question or page.title
    pieces = []
    for heading, text in _runs(page):
        pieces.append(Piece(heading, text, indexed(front, heading, text)))
    return pieces


def indexed(front: str, heading: str, text: str) -> str:
    """What is embedded and searched: title or question and path in front, unless the text begins with them."""
    lead = [part for part in (front, heading) if part and not text.lower().startswith(part.lower())]
    return "\n".join([*lead, text])


def _runs(page: Page) -> Iterator[tuple[str, str]]:
    path: list[tuple[int, str]] = []
    begun, size = "", 0
    parts: list[str] = []
    for block in page.blocks:
        if block.kind is BlockKind.HEADING:
            path = [*((level, title) for level, title in path if level < block.level), (block.level, block.text)]
            if size >= FULL_ENOUGH or not size:
                if size:
                    yield begun, "\n\n".join(parts)
                begun, parts, size = _path(path, page.title), [], 0
            else:
                parts.append(f"## {block.text}")
                size += len(block.text)
            continue
        for text in _sized(block):
            if size and size + len(text) > ABOUT:
                heads = _trailing_heads(parts)
                yield begun, "\n\n".join(parts[: len(parts) - len(heads)])
                begun, parts, size = _path(path, page.title), [], 0
            parts.append(text)
            size += len(text)
    parts = parts[: len(parts) - len(_trailing_heads(parts))]
    if parts:
        yield begun, "\n\n".join(parts)


def _trailing_heads(parts: Sequence[str]) -> list[str]:
    """Headings at the end, which belong to what follows."""
    heads = []
    for part in reversed(parts):
        if not part.startswith("## "):
            break
        heads.append(part)
    return heads


def _path(path: Sequence[tuple[int, str]], title: str) -> str:
    named = [heading for _, heading in path if heading.casefold() != title.casefold()]
    return " › ".join(named)[-LONGEST_PATH:]


def _sized(block: Block) -> Iterator[str]:
    """A block in pieces that are not too large."""
    if block.kind in (BlockKind.LIST, BlockKind.TABLE, BlockKind.CODE):
        if len(block.text) <= WHOLE:
            yield block.text
            return
        lines = block.text.split("\n")
        head = lines[0] if block.kind is BlockKind.TABLE and len(lines[0]) < ABOUT // 2 else ""
        yield from _packed(lines[1:] if head else lines, "\n", head)
    elif len(block.text) <= ABOUT:
        yield block.text
    else:
        yield from _packed(_SENTENCE_END.split(block.text), " ", "")


def _packed(units: Sequence[str], glue: str, head: str) -> Iterator[str]:
    """Units joined up to the size of a passage, each time under the same head line."""
    current = head
    for unit in (part for whole in units for part in _cut(whole)):
        if current != head and len(current) + len(unit) > ABOUT:
            yield current
            current = head
        current = f"{current}{glue}{unit}" if current else unit
    if current and current != head:
        yield current


def _cut(unit: str) -> Iterator[str]:
    """A unit that is longer than a passage, cut at spaces."""
    while len(unit) > ABOUT:
        at = unit.rfind(" ", ABOUT // 2, ABOUT)
        at = at if at > 0 else ABOUT
        yield unit[:at].rstrip()
        unit = unit[at:].lstrip()
    if unit:
        yield unit
