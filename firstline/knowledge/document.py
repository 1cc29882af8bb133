"""What a reader makes of a file or a web page: pages of blocks. Pure; written as JSON between processes."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class BlockKind(StrEnum):
    """What a block is; lists, tables and code are kept whole."""

    HEADING = "heading"
    TEXT = "text"
    LIST = "list"
    TABLE = "table"
    CODE = "code"


@dataclass(frozen=True)
class Block:
    """A piece of a page. ``level`` is that of a heading, 1 to 6."""

    kind: BlockKind
    text: str
    level: int = 0


@dataclass(frozen=True)
class Page:
    """A document, or one entry of a file with many.

    ``key`` names it within its source. ``question`` is set for a question-and-answer entry. ``about`` is the thing it is
    about (place, product, plan), if the content says so. ``links`` are the addresses a web page leads to.
    """

    key: str
    title: str
    blocks: tuple[Block, ...]
    question: str | None = None
    about: str | None = None
    url: str | None = None
    language: str | None = None
    links: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The whole text, blocks apart."""
        return "\n\n".join(block.text for block in self.blocks)

    def as_json(self) -> dict[str, Any]:
        """What :meth:`from_json` reads."""
        return {
            "key": self.key,
            "title": self.title,
            "blocks": [[block.kind.value, block.text, block.level] for block in self.blocks],
            "question": self.question,
            "about": self.about,
            "url": self.url,
            "language": self.language,
            "links": list(self.links),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Page":
        """:raises KeyError, TypeError, ValueError: if it is not what :meth:`as_json` wrote."""
        return cls(
            key=str(data["key"]),
            title=str(data["title"]),
            blocks=tuple(Block(BlockKind(kind), str(text), int(level)) for kind, text, level in data["blocks"]),
            question=data["question"],
            about=data["about"],
            url=data["url"],
            language=data["language"],
            links=tuple(str(link) for link in data["links"]),
        )


_SPACE = re.compile(r"[^\S\n]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b\u200e\u200f\ufeff\ud800-\udfff]")
_BLANK = re.compile(r"\n\s*\n+")
_ITEM = re.compile(r"\s*(?:[-*+•–]|\d{1,3}[.)])\s+\S")
_HEADING = re.compile(r"(#{1,6})\s+(.+?)\s*#*$")
_RULE = re.compile(r"([=\-~^\"'`#*+])\1{2,}\s*$")


def tidy(text: str) -> str:
    """Text without control characters, runs of spaces and outer blanks."""
    lines = (
        _SPACE.sub(" ", line).strip() for line in _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).split("\n")
    )
    return "\n".join(lines).strip("\n")


def blocks_of(text: str, *, marked: bool = True) -> tuple[Block, ...]:
    """Plain text, Markdown or reStructuredText as blocks: paragraphs, lists, headings, tables, code.

    :param marked: whether ``#`` and underlines make headings.
    """
    found: list[Block] = []
    fence: list[str] | None = None
    paragraph: list[str] = []

    def flush() -> None:
        if paragraph:
            found.extend(_paragraph(paragraph, marked))
            paragraph.clear()

    for line in _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).split("\n"):
        if marked and line.lstrip().startswith("```"):
            if fence is None:
                flush()
                fence = []
            else:
                if any(part.strip() for part in fence):
                    found.append(Block(BlockKind.CODE, "\n".join(fence)))
                fence = None
        elif fence is not None:
            fence.append(line.rstrip())
        elif not line.strip():
            flush()
        else:
            paragraph.append(line.rstrip())
    paragraph.extend(fence or ())
    flush()
    return tuple(found)


def _paragraph(lines: Sequence[str], marked: bool) -> list[Block]:
    found: list[Block] = []
    held: list[str] = []

    def flush() -> None:
        if held:
            found.append(_body(held))
            held.clear()

    for number, line in enumerate(lines):
        heading = _HEADING.match(line) if marked else None
        underline = lines[number + 1] if marked and number + 1 < len(lines) else ""
        if heading:
            flush()
            found.append(Block(BlockKind.HEADING, tidy(heading[2]), len(heading[1])))
        elif (
            _RULE.match(underline) and not held and len(underline.strip()) >= min(len(line.strip()), 3) and not _RULE.match(line)
        ):
            found.append(Block(BlockKind.HEADING, tidy(line), 1 if underline.startswith("=") else 2))
        elif marked and _RULE.match(line):
            flush()
        else:
            if held and bool(_ITEM.match(line)) and not _ITEM.match(held[0]):
                flush()
            held.append(line)
    flush()
    return found


def _body(lines: Sequence[str]) -> Block:
    if all(line.lstrip().startswith("|") for line in lines):
        rows = [" | ".join(cell.strip() for cell in line.strip().strip("|").split("|")) for line in lines]
        return Block(BlockKind.TABLE, "\n".join(tidy(row) for row in rows if not re.fullmatch(r"[\s|:\-]*", row)))
    if _ITEM.match(lines[0]):
        items: list[str] = []
        for line in lines:
            if _ITEM.match(line) or not items:
                items.append(re.sub(r"^\s*[*+•–]\s+", "- ", line.strip()))
            else:
                items[-1] += " " + line.strip()
        return Block(BlockKind.LIST, "\n".join(tidy(item) for item in items))
    return Block(BlockKind.TEXT, tidy(" ".join(line.strip() for line in lines)))
