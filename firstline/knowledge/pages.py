"""From bytes to pages, through the limited reader."""

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from firstline.kit.outbound import Answer
from firstline.knowledge.document import Page
from firstline.knowledge.reading.formats import CONTENT_TYPES, LISTED, Unreadable, kind_of
from firstline.knowledge.reading.sandbox import Reader


def pages_of_file(body: bytes, kind: str, name: str) -> Sequence[Page]:
    """The pages of a file.

    :raises Unreadable: with the cause and the cure.
    """
    with Reader() as reader:
        pages = reader.read(body, kind, name)
    stem = name.rpartition(".")[0] or name
    return [replace(page, title=stem if page.title == name else page.title) for page in pages]


def page_of(reader: Reader, answer: Answer, key: str) -> Sequence[Page]:
    """The pages of what a web address answered; mostly one.

    :raises Unreadable: with the cause and the cure.
    """
    name = urlsplit(answer.url).path.rpartition("/")[2]
    kind = CONTENT_TYPES.get(answer.content_type) or (kind_of(name) if answer.content_type in _VAGUE else None)
    if kind is None:
        raise Unreadable(
            f"The address leads to “{answer.content_type}”, which cannot be read.", f"These can be read: web pages, {LISTED}."
        )
    title = urlsplit(answer.url).hostname or answer.url
    pages = reader.read(answer.body, kind, name or title, url=answer.url, charset=answer.charset)
    if len(pages) == 1:
        return [replace(pages[0], key=key, url=pages[0].url or answer.url)]
    return [replace(page, url=page.url or answer.url) for page in pages]


_VAGUE = frozenset(["", "application/octet-stream", "binary/octet-stream"])
