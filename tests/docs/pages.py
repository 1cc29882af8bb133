"""The written pages of the repository, as tests read them."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\"")
_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)


def pages() -> list[Path]:
    """Every Markdown page that belongs to the product."""
    folders = (ROOT / "docs", ROOT / "firstline" / "channels", ROOT / "bench")
    return sorted([*ROOT.glob("*.md"), *(page for folder in folders for page in folder.rglob("*.md"))])


def blocks(page: Path, language: str) -> list[str]:
    """The fenced blocks of one language, in order."""
    return [text for found, text in _FENCE.findall(page.read_text("utf-8")) if found == language]


def prose(page: Path) -> str:
    """The page without its fenced blocks."""
    return _FENCE.sub("", page.read_text("utf-8"))


def links(page: Path) -> Iterator[str]:
    """The targets of its links and images."""
    yield from (first or second for first, second in _LINK.findall(prose(page)))


def anchors(page: Path) -> set[str]:
    """The fragments that its headings can be reached by, as GitHub makes them."""
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in _HEADING.findall(prose(page))}
