"""Web pages: the content without what surrounds it, with headings, lists and tables; and where its links lead."""

import re
from collections.abc import Iterator
from urllib.parse import urldefrag, urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from firstline.knowledge.document import Block, BlockKind, Page, blocks_of, tidy
from firstline.knowledge.reading.formats import Limits, Unreadable
from firstline.knowledge.reading.plain import decoded

_SURROUNDINGS = (
    "script, style, noscript, template, nav, aside, footer, form, button, select, iframe, svg, canvas, dialog,"
    " [hidden], [aria-hidden=true], [role=navigation], [role=banner], [role=contentinfo], [role=search], [role=dialog]"
)
_MAIN = ("main article", "main", "[role=main]", "article")
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_ENOUGH = 200
"""Characters that make a page's marked content believable."""
_MOST_LINKS = 2_000
_DEEPEST = 200
_DECLARED = re.compile(rb"""<meta[^>]+charset\s*=\s*["']?([\w-]+)""", re.IGNORECASE)


def read_html(body: bytes, name: str, limits: Limits, url: str | None = None, charset: str | None = None) -> list[Page]:
    """A web page or HTML file."""
    declared = _DECLARED.search(body[:4096])
    html = decoded(body, charset or (declared[1].decode("ascii") if declared else None))
    if len(html) > limits.characters:
        raise Unreadable(f"The page has more than {limits.characters:,} characters.", "Add its parts as pages of their own.")
    tree = LexborHTMLParser(html)
    if tree.root is None:
        raise Unreadable("The page has no content.", "Check the address in a browser.")
    language = (tree.root.attributes.get("lang") or "").partition("-")[0].lower() or None
    links = _links(tree, url) if url else ()
    title, blocks = _title(tree), _content(tree, html)
    heading = next((block for block in blocks if block.kind is BlockKind.HEADING and block.level == 1), None)
    if heading is not None:
        title = heading.text
        blocks = tuple(block for block in blocks if block is not heading)
    return [Page(url or "", title or name, blocks, url=url, language=language, links=links)]


def _title(tree: LexborHTMLParser) -> str:
    for selector, attribute in (("meta[property='og:title']", "content"), ("title", None)):
        for node in tree.css(selector)[:1]:
            text = tidy((node.attributes.get(attribute) or "") if attribute else node.text()).replace("\n", " ")
            if text:
                return text if attribute else re.split(r"\s[|–—·]\s", text)[0]
    return ""


def _links(tree: LexborHTMLParser, url: str) -> tuple[str, ...]:
    if any("nofollow" in (node.attributes.get("content") or "").lower() for node in tree.css("meta[name=robots]")):
        return ()
    bases = [_absolute(url, node.attributes.get("href") or "") for node in tree.css("base[href]")]
    base = next(filter(None, bases), url)
    found: dict[str, None] = {}
    for node in tree.css("a[href]"):
        if "nofollow" not in (node.attributes.get("rel") or ""):
            link = _absolute(base, node.attributes.get("href") or "")
            if link:
                found[link] = None
            if len(found) >= _MOST_LINKS:
                break
    return tuple(found)


def _absolute(base: str, href: str) -> str | None:
    try:
        link = urldefrag(urljoin(base, href.strip())).url
        parts = urlsplit(link)
    except ValueError:
        return None
    return link if parts.scheme in ("http", "https") and parts.hostname and len(link) <= 2_000 else None


def _content(tree: LexborHTMLParser, html: str) -> tuple[Block, ...]:
    """Marked content if there is one; else what trafilatura takes for it; else all but the surroundings."""
    for node in tree.css(_SURROUNDINGS):
        node.decompose()
    for selector in _MAIN:
        nodes = tree.css(selector)
        if len(nodes) == 1:
            blocks = _blocks(nodes[0])
            if sum(len(block.text) for block in blocks) >= _ENOUGH:
                return blocks
    for node in tree.css("body > header"):
        node.decompose()
    everything = _blocks(tree.body) if tree.body is not None else ()
    guessed = _guessed(html)
    long = sum(len(block.text) for block in guessed)
    return guessed if long >= _ENOUGH and long * 4 > sum(len(block.text) for block in everything) else everything


def _guessed(html: str) -> tuple[Block, ...]:
    import trafilatura

    try:
        found = trafilatura.extract(
            html, output_format="markdown", include_tables=True, include_comments=False, favor_recall=True
        )
    except (ValueError, TypeError, AttributeError, RecursionError):
        return ()
    return blocks_of(found) if found else ()


def _blocks(root: LexborNode) -> tuple[Block, ...]:
    return tuple(_merged(_walk(root, 0)))


def _merged(found: Iterator[Block]) -> Iterator[Block]:
    """Without empty blocks."""
    for block in found:
        if block.text.strip():
            yield block


def _walk(node: LexborNode, depth: int) -> Iterator[Block]:
    inline: list[str] = []

    def flush() -> Iterator[Block]:
        text = _lines("".join(inline))
        inline.clear()
        if text:
            yield Block(BlockKind.TEXT, text)

    for child in node.iter(include_text=True):
        tag = child.tag
        if tag == "-text":
            inline.append(re.sub(r"\s+", " ", child.text_content or ""))
        elif tag == "br":
            inline.append("\n")
        elif (block := _one_block(child)) is not None:
            yield from flush()
            yield block
        elif tag in _INLINE or tag in _IGNORED:
            inline.append("" if tag in _IGNORED else re.sub(r"[^\S\n]+", " ", child.text()))
        elif depth < _DEEPEST:
            yield from flush()
            yield from _walk(child, depth + 1)
        else:
            inline.append(child.text(separator=" "))
    yield from flush()


def _one_block(node: LexborNode) -> Block | None:
    """The block that an element is as a whole; None if its children have to be looked at."""
    tag = node.tag
    if tag in _HEADINGS:
        return Block(BlockKind.HEADING, _flat(node), _HEADINGS[tag])
    if tag in ("summary", "dt"):
        return Block(BlockKind.HEADING, _flat(node), 4)
    if tag in ("ul", "ol"):
        return Block(BlockKind.LIST, "\n".join(_items(node, 0)))
    if tag == "table":
        return Block(BlockKind.TABLE, "\n".join(_rows(node)))
    if tag == "pre":
        return Block(BlockKind.CODE, node.text().strip("\n"))
    return None


_INLINE = frozenset(
    ["a", "abbr", "b", "bdi", "bdo", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins", "kbd", "label", "mark",
     "q", "s", "samp", "small", "span", "strong", "sub", "sup", "time", "u", "var", "wbr"]
)  # fmt: skip
_IGNORED = frozenset(
    ["-comment", "script", "style", "img", "video", "audio", "picture", "input", "textarea", "object", "embed", "hr"]
)


def _flat(node: LexborNode) -> str:
    return " ".join(tidy(node.text(separator="")).split())


def _lines(text: str) -> str:
    return "\n".join(line for line in (tidy(part) for part in text.split("\n")) if line)


def _items(node: LexborNode, depth: int) -> Iterator[str]:
    numbered = node.tag == "ol"
    for number, item in enumerate((child for child in node.iter() if child.tag == "li"), 1):
        inner = [child for child in item.css("ul, ol") if _owner(child) == item.mem_id]
        nested = [line for child in inner for line in (_items(child, depth + 1) if depth < 8 else ())]
        for child in inner:
            child.decompose()
        text = " ".join(_lines(item.text(separator=" ")).split())
        if text or nested:
            yield "  " * depth + (f"{number}. " if numbered else "- ") + text
            yield from nested


def _owner(node: LexborNode) -> int | None:
    parent = node.parent
    while parent is not None and parent.tag != "li":
        parent = parent.parent
    return parent.mem_id if parent is not None else None


def _rows(table: LexborNode) -> Iterator[str]:
    for row in table.css("tr"):
        cells = [_flat(cell) for cell in row.css("th, td")]
        if any(cells):
            yield " | ".join(cells)
