"""Plain text, Markdown, reStructuredText, configuration files."""

import codecs

from firstline.knowledge.document import Block, BlockKind, Page, blocks_of
from firstline.knowledge.reading.formats import Limits, Unreadable

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decoded(body: bytes, declared: str | None = None) -> str:
    """Bytes as text: by byte order mark, as declared, as UTF-8, else by the likeliest encoding.

    :raises Unreadable: if it is no text.
    """
    for mark, name in _MARKS:
        if body.startswith(mark):
            return body.decode(name, "replace")
    for name in filter(None, (declared, "utf-8")):
        try:
            return _checked(body.decode(name))
        except (UnicodeDecodeError, LookupError):
            continue
    if body.count(b"\x00") > len(body) // 100:
        raise _no_text()
    from charset_normalizer import from_bytes

    best = from_bytes(body[:200_000]).best()
    return _checked(body.decode(best.encoding if best else "cp1252", "replace"))


def _checked(text: str) -> str:
    strange = sum(1 for c in text[:20_000] if (c < " " and c not in "\t\n\r\f") or c == "\ufffd")
    if strange > len(text[:20_000]) // 20:
        raise _no_text()
    return text


def _no_text() -> Unreadable:
    return Unreadable("The file is not text in any known encoding.", "Save it as UTF-8 text and add it again.")


def read_text(body: bytes, name: str, limits: Limits) -> list[Page]:
    """A text file: blank lines part paragraphs."""
    return [Page(key="", title=name, blocks=blocks_of(_limited(decoded(body), limits), marked=False))]


def read_markdown(body: bytes, name: str, limits: Limits) -> list[Page]:
    """A Markdown or reStructuredText file; its title is the front matter's, else the first heading."""
    text, told = _front_matter(_limited(decoded(body), limits))
    blocks = blocks_of(text)
    title = told.get("title") or next((block.text for block in blocks if block.kind is BlockKind.HEADING), name)
    return [
        Page(
            "", title, _without_title(blocks, title), about=told.get("about"), url=told.get("url"), language=told.get("language")
        )
    ]


def _front_matter(text: str) -> tuple[str, dict[str, str]]:
    """The text without the ``---`` block in front of it, and the simple fields of that block."""
    if not text.startswith("---\n"):
        return text, {}
    head, found, rest = text[4:].partition("\n---")
    if not found:
        return text, {}
    fields = (line.partition(":") for line in head.split("\n"))
    told = {key.strip().lower(): value.strip().strip("\"'") for key, colon, value in fields if colon}
    return rest.partition("\n")[2], {key: value for key, value in told.items() if value}


def _without_title(blocks: tuple[Block, ...], title: str) -> tuple[Block, ...]:
    first = blocks[0] if blocks else None
    return blocks[1:] if first and first.kind is BlockKind.HEADING and first.text == title else blocks


def _limited(text: str, limits: Limits) -> str:
    if len(text) > limits.characters:
        raise Unreadable(f"The file has more than {limits.characters:,} characters.", "Split it into smaller files.")
    return text
