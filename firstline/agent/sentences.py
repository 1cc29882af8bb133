"""Text into sentences, and into blocks: headings, paragraphs, lists, tables. Pure; every language alike.

Blocks are written as :mod:`firstline.knowledge.splitting` writes passages: headings begin with ``## ``, list items with
``- `` or a number, table cells stand between `` | ``.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

_ABBREVIATIONS = frozenset(
    """abs al approx art bzw ca cf chap dept dr ed eg etc evtl excl fig ggf inc incl inkl jr kap max min mio mr mrs ms mwst nb
    no nr num op p pp prof resp s sec sig sr st str tel temp u usw v vgl vol vs z zzgl mme mlle dott ing av avda pág pag núm
    sra srta sig.ra dra ul godz np tzn itd itp tj tzv bijv blz jan feb febr mar apr jun jul aug sep sept oct okt nov dec dez
    e.g i.e z.b d.h u.a o.ä i.d.r p.ej p.ex m.in n.b""".split()  # noqa: SIM905
)
_END = re.compile(r"[.!?…]+[\"”’»)\]]*(?=\s)|[。！？]+[」』”]*|\n+")
_LAST_WORD = re.compile(r"([^\s(\[„“\"]+)$")
_ITEM = re.compile(r"\s*(?:[-*•–]|\(?\d{1,2}[.)]|\(?[a-z][.)])\s+(?=\S)")
_NUMBERED = re.compile(r"\s*\(?\d{1,2}[.)]\s+")


class Kind(StrEnum):
    """What a block is."""

    HEADING = "heading"
    TEXT = "text"
    LIST = "list"
    STEPS = "steps"
    TABLE = "table"


@dataclass(frozen=True)
class Block:
    """A part of a passage. ``lines`` are sentences of a text, items of a list, rows of a table (the first one its head)."""

    kind: Kind
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """The block as it is written."""
        return (" " if self.kind is Kind.TEXT else "\n").join(self.lines)


def sentences(text: str) -> list[str]:
    """The sentences of a text, without outer space; line ends end a sentence."""
    return [text[start:end].strip() for start, end in spans(text)]


def spans(text: str) -> list[tuple[int, int]]:
    """Where the sentences stand, without outer space. Nothing but space lies between two of them."""
    found = []
    start = 0
    for end in _ends(text):
        if text[start:end].strip():
            found.append(_trimmed(text, start, end))
        start = end
    if text[start:].strip():
        found.append(_trimmed(text, start, len(text)))
    return found


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), end - len(piece) + len(piece.rstrip())


def _ends(text: str) -> Iterator[int]:
    for mark in _END.finditer(text):
        if mark[0][0] != "." or len(mark[0].rstrip('"”’»)]')) > 1 or _ends_here(text, mark):
            yield mark.end()


def _ends_here(text: str, mark: re.Match[str]) -> bool:
    """Whether a single full stop ends a sentence, and is none of an abbreviation, an initial, an ordinal or a list number."""
    before = text[max(0, mark.start() - 40) : mark.start()]
    after = text[mark.end() :].lstrip(" \t")
    word = _LAST_WORD.search(before)
    if not after or after[0] == "\n" or word is None:
        return True
    last = word[1]
    if after[0].islower():
        return False
    if last.isdigit():
        begins_line = not text[: mark.start() - len(last)].rsplit("\n", 1)[-1].strip()
        return not begins_line and not (len(last) <= 2 and _month_follows(after))
    return not (last.lower() in _ABBREVIATIONS or (len(last) == 1 and last.isalpha()))


def _month_follows(after: str) -> bool:
    """Whether an ordinal number belongs to what follows: *am 1. November*, *im 2. Stock*."""
    return after[0].isupper() and not after.split(maxsplit=1)[0].endswith((",", ":")) and len(after.split(maxsplit=1)[0]) > 2


def blocks(text: str) -> list[Block]:
    """The blocks of a passage, in order."""
    found: list[Block] = []
    for part in re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n")):
        found += _blocks_of([line.rstrip() for line in part.split("\n") if line.strip()])
    return found


def _blocks_of(lines: list[str]) -> Iterator[Block]:
    run: list[str] = []
    kind: Kind | None = None
    for line in lines:
        now = _kind_of(line)
        continues = kind in (Kind.LIST, Kind.STEPS) and now is Kind.TEXT and line.startswith((" ", "\t"))
        if continues:
            run[-1] += " " + line.strip()
        elif now is kind and now is not Kind.HEADING:
            run.append(line.strip())
        else:
            if kind is not None:
                yield _block(kind, run)
            run, kind = [line.strip()], now
    if kind is not None:
        yield _block(kind, run)


def _kind_of(line: str) -> Kind:
    if line.lstrip().startswith("#"):
        return Kind.HEADING
    if _ITEM.match(line):
        return Kind.STEPS if _NUMBERED.match(line) else Kind.LIST
    return Kind.TABLE if " | " in f" {line} " or not set(line) - set("|-: ") else Kind.TEXT


def _block(kind: Kind, run: list[str]) -> Block:
    if kind is Kind.HEADING:
        return Block(kind, (run[0].lstrip("# ").strip(),))
    if kind is Kind.TEXT:
        return Block(kind, tuple(one for line in run for one in sentences(line)))
    if kind is Kind.TABLE:
        return Block(kind, tuple(line for line in run if set(line) - set("|-: ")))
    return Block(kind, tuple(run))


def cells(row: str) -> tuple[str, ...]:
    """The cells of a table's row."""
    return tuple(one.strip() for one in row.strip().strip("|").split("|"))
