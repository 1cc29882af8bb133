"""Word, PowerPoint and Excel files."""

import io
import zipfile
from collections.abc import Iterable
from typing import Any

from firstline.knowledge.document import Block, BlockKind, Page, tidy
from firstline.knowledge.reading import records
from firstline.knowledge.reading.formats import Limits, Unreadable

_UNPACKED = 400_000_000
_PARTS = 10_000
_RATIO = 150
"""What an archive may hold unpacked, in how many parts, and how much larger than packed a big part may be."""

_BROKEN = "Open it in its program, save it again, and add the new file."


def _archive(body: bytes) -> io.BytesIO:
    """:raises Unreadable: if it is broken, or unpacks to far more than it is."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OverflowError):
        raise Unreadable("The file is damaged: it cannot be unpacked.", _BROKEN) from None
    if any(part.flag_bits & 1 for part in parts):
        raise Unreadable("The file is protected by a password.", "Save it without a password and add it again.")
    bombs = (part for part in parts if part.file_size > 5_000_000 and part.file_size > _RATIO * max(part.compress_size, 1))
    if len(parts) > _PARTS or sum(part.file_size for part in parts) > _UNPACKED or any(bombs):
        raise Unreadable(
            "The file unpacks to far more than it is, as an attack would.", "Remove what makes it so large and add it again."
        )
    return io.BytesIO(body)


def read_docx(body: bytes, name: str, limits: Limits) -> list[Page]:
    """A Word file: headings by their style, lists, tables, paragraphs in order."""
    import docx
    from docx.table import Table

    document = docx.Document(_archive(body))
    blocks: list[Block] = []
    for item in document.iter_inner_content():
        if isinstance(item, Table):
            block = records.table((_cells(row.cells) for row in item.rows), limits)
            if block:
                blocks.append(block)
        elif text := tidy(item.text):
            _add_paragraph(blocks, text, item)
    title = (document.core_properties.title or "").strip()
    heading = next((block.text for block in blocks if block.kind is BlockKind.HEADING), "")
    title = heading if blocks and blocks[0].text == heading else title or heading or name
    if blocks and blocks[0].kind is BlockKind.HEADING and blocks[0].text == title:
        blocks = blocks[1:]
    return [Page("", title, tuple(blocks))]


def _cells(cells: Iterable[Any]) -> list[str]:
    """Cell texts; a merged cell once."""
    found: list[Any] = []
    for cell in cells:
        if not found or found[-1]._tc is not cell._tc:  # noqa: SLF001 - python-docx has no other way to tell
            found.append(cell)
    return [cell.text for cell in found]


def _add_paragraph(blocks: list[Block], text: str, paragraph: Any) -> None:
    style = (paragraph.style.name or "").lower() if paragraph.style is not None else ""
    properties = paragraph.paragraph_format.element.pPr
    if style == "title":
        blocks.append(Block(BlockKind.HEADING, text, 1))
    elif style.startswith("heading"):
        level = style.removeprefix("heading").strip()
        blocks.append(Block(BlockKind.HEADING, text, int(level) if level.isdigit() else 2))
    elif style.startswith("list") or (properties is not None and properties.numPr is not None):
        if blocks and blocks[-1].kind is BlockKind.LIST:
            blocks[-1] = Block(BlockKind.LIST, f"{blocks[-1].text}\n- {text}")
        else:
            blocks.append(Block(BlockKind.LIST, f"- {text}"))
    else:
        blocks.append(Block(BlockKind.TEXT, text))


def read_pptx(body: bytes, name: str, limits: Limits) -> list[Page]:
    """A PowerPoint file: each slide's title is a heading over its texts, tables and notes."""
    import pptx

    presentation = pptx.Presentation(_archive(body))
    blocks: list[Block] = []
    for slide in presentation.slides:
        title = slide.shapes.title
        if title is not None and title.has_text_frame and tidy(title.text_frame.text):
            blocks.append(Block(BlockKind.HEADING, tidy(title.text_frame.text).replace("\n", " "), 2))
        for shape in slide.shapes:
            if title is None or shape.shape_id != title.shape_id:
                _add_shape(blocks, shape, limits)
        if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
            _add_text(blocks, slide.notes_slide.notes_text_frame.text)
    title_text = (presentation.core_properties.title or "").strip()
    if not title_text or title_text.lower() == "powerpoint presentation":
        title_text = next((block.text for block in blocks if block.kind is BlockKind.HEADING), name)
    return [Page("", title_text, tuple(blocks))]


def _add_shape(blocks: list[Block], shape: Any, limits: Limits) -> None:
    if getattr(shape, "shapes", None) is not None:
        for inner in shape.shapes:
            _add_shape(blocks, inner, limits)
    elif getattr(shape, "has_table", False) and shape.has_table:
        block = records.table(([cell.text for cell in row.cells] for row in shape.table.rows), limits)
        if block:
            blocks.append(block)
    elif shape.has_text_frame:
        _add_text(blocks, shape.text_frame.text)


def _add_text(blocks: list[Block], text: str) -> None:
    lines = [line for line in tidy(text.replace("\v", "\n")).split("\n") if line]
    if len(lines) > 1:
        blocks.append(Block(BlockKind.LIST, "\n".join(f"- {line}" for line in lines)))
    elif lines:
        blocks.append(Block(BlockKind.TEXT, lines[0]))


def read_xlsx(body: bytes, name: str, limits: Limits) -> list[Page]:
    """An Excel file: each sheet is a table, or a list of entries if its first row names their fields."""
    import openpyxl  # type: ignore[import-untyped]

    book = openpyxl.load_workbook(_archive(body), read_only=True, data_only=True, keep_links=False)
    sheets = book.worksheets
    pages: list[Page] = []
    for sheet in sheets:
        title = name if len(sheets) == 1 else f"{name}: {sheet.title}"
        pages += records.from_rows(
            title, sheet.iter_rows(values_only=True), limits, prefix="" if len(sheets) == 1 else sheet.title
        )
    return pages
