"""What an answer can be made of: the sentences, lists and rows of a passage, each whole, with what it stands under. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from firstline.agent.sentences import Block, Kind, blocks, cells
from firstline.knowledge.rules import Hit


class Shape(StrEnum):
    """What a unit is, and so how it may be shown."""

    SENTENCE = "sentence"
    LIST = "list"
    ROW = "row"


@dataclass(frozen=True)
class Unit:
    """A piece that is shown whole or not at all.

    ``text`` is what is shown, ``heading`` what it stands under, ``place`` its position in the passage. ``scored`` is what
    its fitness is judged by: of a long list the lead-in and the items, of a row the head of its table too.
    """

    hit: Hit
    place: int
    shape: Shape
    text: str
    heading: str = ""
    head: str = ""

    @property
    def scored(self) -> str:
        """The text that its fitness is judged by."""
        return " ".join(part for part in (self.heading, self.head, self.text) if part)


def units_of(hit: Hit) -> tuple[Unit, ...]:
    """The units of a passage, in order. A sentence that ends with a colon belongs to the list or table after it."""
    return tuple(_units(hit))


def _units(hit: Hit) -> Iterator[Unit]:
    heading, lead, place = hit.heading, "", 0
    for block in _without_title(blocks(hit.text), hit):
        if block.kind is Kind.HEADING:
            if lead:
                yield Unit(hit, place, Shape.SENTENCE, lead, heading)
                place += 1
            heading, lead = block.lines[0], ""
        elif block.kind is Kind.TEXT:
            lines = [lead, *block.lines] if lead else list(block.lines)
            lead = lines.pop() if lines[-1].endswith(":") else ""
            for line in lines:
                yield Unit(hit, place, Shape.SENTENCE, line, heading)
                place += 1
        elif block.kind is Kind.TABLE:
            for row in _rows(block.lines):
                yield Unit(hit, place, Shape.ROW, row, heading, " ".join((lead, *cells(block.lines[0]))))
                place += 1
            lead = ""
        else:
            text = "\n".join(_item(line) for line in block.lines)
            yield Unit(hit, place, Shape.LIST, f"{lead}\n{text}" if lead else text, heading)
            lead, place = "", place + 1
    if lead:
        yield Unit(hit, place, Shape.SENTENCE, lead, heading)


def _without_title(found: Sequence[Block], hit: Hit) -> Sequence[Block]:
    """A passage's blocks without a first line that only repeats its title or question."""
    first = found[0].text.strip(" #?").casefold() if found else ""
    return found[1:] if first and first in (hit.title.strip(" ?").casefold(), (hit.question or "").strip(" ?").casefold()) else found


def _item(line: str) -> str:
    return f"- {line[1:].strip()}" if line[0] in "-*•–" else line


def _rows(lines: Sequence[str]) -> Iterator[str]:
    """The rows of a table as sentences: *Austria: Parts €9.90, Time 2 to 4 days.*"""
    if len(lines) == 1:
        yield ", ".join(one for one in cells(lines[0]) if one)
        return
    head = cells(lines[0])
    for line in lines[1:]:
        row = cells(line)
        told = [_cell(head[place] if place < len(head) else "", cell) for place, cell in enumerate(row[1:], 1) if cell]
        if row[0] and told:
            yield f"{row[0]}: {'; '.join(told) if any(',' in one for one in told) else ', '.join(told)}."
        elif told or row[0]:
            yield f"{', '.join(told) or row[0]}."


def _cell(head: str, cell: str) -> str:
    return f"{head} {cell}" if head and head.lower() != cell.lower() else cell
