"""Articles of the help centre: Markdown files with a short head."""

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import ClassVar, Literal

from firstline.demo.reading import STRICT, BadWorld, shaped

_HEAD = re.compile(r"\A---\n(?P<head>.*?)\n---\n(?P<body>.*)\Z", re.DOTALL)
_LINK = re.compile(r"\[(?P<label>[^\]]+)\]\((?P<slug>[a-z0-9-]+)\)")
_STRESS = re.compile(r"(\*\*|\*|`)(?P<inside>[^*`\n]+)\1")


@dataclass(frozen=True)
class Article:
    """One article. ``access`` is public, or private for notes among teammates: they inform and are never cited."""

    title: str
    category: str
    slug: str
    updated: date
    access: Literal["public", "private"]
    body: str
    __pydantic_config__: ClassVar = STRICT

    @property
    def words(self) -> int:
        """Length of the body in words."""
        return len(self.body.split())

    @property
    def links(self) -> tuple[str, ...]:
        """Slugs of the articles it leads to."""
        return tuple(found["slug"] for found in _LINK.finditer(self.body))

    @property
    def plain(self) -> str:
        """The body without links, stress and code marks; headings, lists and tables stay. This is what the agent reads."""
        return _STRESS.sub(lambda found: found["inside"], _LINK.sub(lambda found: found["label"], self.body))


def read_articles(folder: Path) -> tuple[Article, ...]:
    """All articles of a folder, by slug.

    :raises BadWorld: if one has no head, or a head that is wrong.
    """
    return tuple(_article(path) for path in sorted(folder.glob("*.md")))


def _article(path: Path) -> Article:
    found = _HEAD.match(path.read_text(encoding="utf-8"))
    if found is None:
        raise BadWorld(f"{path.name}: begins with no head between two lines ---")
    head: dict[str, str] = {}
    for line in found["head"].splitlines():
        key, colon, value = line.partition(":")
        if not colon or key in head:
            raise BadWorld(f"{path.name}: the line {line!r} of the head is no “key: value”, or comes twice")
        head[key] = value.strip()
    article = shaped({**head, "body": found["body"]}, Article, path.name)
    if article.slug != path.stem:
        raise BadWorld(f"{path.name}: the slug is {article.slug!r}; it has to be the name of the file")
    return article
