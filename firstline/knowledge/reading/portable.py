"""PDF files: their text, with headings by the size of the type."""

import io
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from firstline.knowledge.document import Block, BlockKind, Page, blocks_of, tidy
from firstline.knowledge.reading.formats import Limits, Unreadable

_LARGER = 1.15
"""How much larger than the text a heading is set."""
_LONGEST_HEADING = 120
_BROKEN = "Export it again as PDF and add the new file."


def read_pdf(body: bytes, name: str, limits: Limits) -> list[Page]:
    """A PDF file.

    :raises Unreadable: if it is broken, needs a password, or holds pictures of text only.
    """
    import pypdf
    from pypdf.errors import PyPdfError

    try:
        reader = pypdf.PdfReader(io.BytesIO(body), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise Unreadable("The PDF needs a password.", "Save it without a password and add it again.")
        count = len(reader.pages)
        if count > limits.pages:
            raise Unreadable(f"The PDF has {count:,} pages; at most {limits.pages:,} are read.", "Split it into smaller files.")
        lines = [line for number in range(count) for line in _lines(reader.pages[number])]
        told = reader.metadata.title if reader.metadata else None
    except PyPdfError as error:
        raise Unreadable(f"The PDF is damaged: {error}.", _BROKEN) from None
    except (KeyError, ValueError, TypeError, AttributeError, IndexError, RecursionError, OSError):
        raise Unreadable("The PDF is damaged: its parts do not fit together.", _BROKEN) from None
    if not any(text.strip() for text, _ in lines):
        raise Unreadable("The PDF has no text, only pictures.", "Run a text recognition (OCR) over it and add the result.")
    blocks = _blocks(_without_running_heads(lines, count))
    heading = next((block.text for block in blocks if block.kind is BlockKind.HEADING), None)
    return [Page("", tidy(str(told or "")) or heading or name, tuple(blocks))]


def _lines(page: Any) -> list[tuple[str, float]]:
    """The lines of a page with the size of their type; a blank line ends the page."""
    parts: list[tuple[str, float]] = []

    def visit(text: str, cm: Sequence[float], tm: Sequence[float], font: object, size: float) -> None:
        if text:
            parts.append((text, abs(size * (tm[3] or tm[0] or 1.0) * (cm[3] or 1.0))))

    page.extract_text(visitor_text=visit)
    found: list[tuple[str, float]] = []
    current, sizes = "", Counter[float]()
    for text, size in [*parts, ("\n\n", 0.0)]:
        for number, piece in enumerate(text.split("\n")):
            if number:
                found.append((tidy(current), sizes.most_common(1)[0][0] if sizes else 0.0))
                current, sizes = "", Counter()
            current += piece
            if piece.strip():
                sizes[round(size, 1)] += len(piece.strip())
    return found


def _without_running_heads(lines: list[tuple[str, float]], pages: int) -> list[tuple[str, float]]:
    """Without page numbers and lines that stand on most pages."""
    if pages < 3:
        return lines
    often = Counter(re.sub(r"\d+", "#", text) for text, _ in lines if text and len(text) < _LONGEST_HEADING)
    return [(text, size) for text, size in lines if not text or often[re.sub(r"\d+", "#", text)] < max(3, 0.6 * pages)]


def _blocks(lines: list[tuple[str, float]]) -> list[Block]:
    weights = Counter[float]()
    for text, size in lines:
        weights[size] += len(text)
    usual = weights.most_common(1)[0][0]
    larger = sorted({size for _, size in lines if usual and size >= usual * _LARGER}, reverse=True)
    blocks: list[Block] = []
    paragraph: list[str] = []

    def flush() -> None:
        if paragraph:
            text = re.sub(r"(\w)-\n(?=[a-zà-ÿ])", r"\1", "\n".join(paragraph))
            blocks.extend(blocks_of(text, marked=False))
            paragraph.clear()

    for text, size in lines:
        if not text:
            flush()
        elif size in larger and len(text) <= _LONGEST_HEADING:
            flush()
            level = min(6, larger.index(size) + 1)
            if blocks and blocks[-1].kind is BlockKind.HEADING and blocks[-1].level == level:
                blocks[-1] = Block(BlockKind.HEADING, f"{blocks[-1].text} {text}", level)
            else:
                blocks.append(Block(BlockKind.HEADING, text, level))
        else:
            paragraph.append(text)
    flush()
    return blocks
