"""What an answer can be made of: the sentences, lists and rows of a passage, each whole, with what it stands under. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from firstline.agent.sentences import Block, Kind, blocks, cells
from firstline.knowledge.rules import Hit

ASKED = 12
"""Words of a question inside a text that belongs to the sentence after it."""


class Shape(StrEnum):
    """What a unit is, and so how it may be shown."""

    SENTENCE = "sentence"
    LIST = "list"
    ROW = "row"


@dataclass(frozen=True)
class Unit:
    """A piece that is shown whole or not at all.

    ``text`` is what is shown, ``heading`` what it stands under, ``place`` its position in the passage, ``block`` the number
    of its paragraph or table, ``head`` the head of a row's table. ``parts`` are the texts that its fitness is judged by, the
    best of them counts: a list by its lead-in and its items, steps by what they lead to, so that length alone wins nothing.
    """

    hit: Hit
    place: int
    block: int
    shape: Shape
    text: str
    heading: str = ""
    head: str = ""
    parts: tuple[str, ...] = ()


def units_of(hit: Hit) -> tuple[Unit, ...]:
    """The units of a passage, in order. A sentence that ends with a colon belongs to the list or table after it."""
    return tuple(_units(hit))


def _units(hit: Hit) -> Iterator[Unit]:
    heading, lead, place = hit.heading, "", 0
    for number, block in enumerate(_without_title(blocks(hit.text), hit)):
        if not block.lines:
            continue
        if block.kind is Kind.HEADING:
            if lead:
                yield _sentence(hit, place, number, lead, heading)
                place += 1
            heading, lead = block.lines[0], ""
        elif block.kind is Kind.TEXT:
            lines = _joined([lead, *block.lines] if lead else block.lines)
            lead = lines.pop() if lines[-1].endswith(":") else ""
            for line in lines:
                yield _sentence(hit, place, number, line, heading)
                place += 1
        elif block.kind is Kind.TABLE:
            head = " ".join((lead, *cells(block.lines[0]))).strip()
            for row in _rows(block.lines):
                yield Unit(hit, place, number, Shape.ROW, row, heading, head, (_under(heading, row),))
                place += 1
            lead = ""
        else:
            yield _list(hit, place, number, block, lead, heading)
            lead, place = "", place + 1
    if lead:
        yield _sentence(hit, place, place, lead, heading)


def _joined(lines: Sequence[str]) -> list[str]:
    """Sentences, with a short question in the text (*Lost the card?*) joined to what answers it."""
    joined: list[str] = []
    for line in lines:
        if joined and joined[-1].endswith(("?", "？")) and len(joined[-1].split()) <= ASKED:
            joined[-1] = f"{joined[-1]} {line}"
        else:
            joined.append(line)
    return joined


def _sentence(hit: Hit, place: int, block: int, text: str, heading: str) -> Unit:
    return Unit(hit, place, block, Shape.SENTENCE, text, heading, parts=(_under(heading, text),))


def _list(hit: Hit, place: int, number: int, block: Block, lead: str, heading: str) -> Unit:
    items = [_item(line) for line in block.lines]
    text = "\n".join([lead, *items] if lead else items)
    above = _under(heading, lead) or hit.question or hit.title
    parts = (above,) if block.kind is Kind.STEPS else (above, *(_under(heading, item.lstrip("- ")) for item in items))
    return Unit(hit, place, number, Shape.LIST, text, heading, parts=parts)


def _under(heading: str, text: str) -> str:
    return f"{heading}: {text}" if heading and text else heading or text


def _without_title(found: Sequence[Block], hit: Hit) -> Sequence[Block]:
    """A passage's blocks without a first line that only repeats its title or question."""
    first = found[0].text.strip(" #?").casefold() if found else ""
    named = {one.strip(" ?").casefold() for one in (hit.title, hit.question) if one}
    return found[1:] if first in named else found


def _item(line: str) -> str:
    return f"- {line[1:].strip()}" if line[0] in "-*•–" else line


def _rows(lines: Sequence[str]) -> Iterator[str]:
    """The rows of a table as sentences: *Austria: Parts €9.90, Time 2 to 4 days.* Of two columns the head is not repeated."""
    if len(lines) == 1:
        yield ", ".join(one for one in cells(lines[0]) if one)
        return
    head = cells(lines[0])
    for line in lines[1:]:
        row = cells(line)
        names = head if len(head) > 2 else ()
        told = [_cell(names[place] if place < len(names) else "", cell) for place, cell in enumerate(row[1:], 1) if cell]
        joined = ("; " if any("," in one for one in told) else ", ").join(told)
        yield (f"{row[0]}: {joined}" if row[0] and joined else row[0] or joined).rstrip(".") + "."


def _cell(head: str, cell: str) -> str:
    return f"{head}: {cell}" if head and head.lower() != cell.lower() else cell
