"""The few shapes that the references are made of."""

import re
from collections.abc import Iterable, Sequence

_PROMISES = re.compile(r"\s*\([A-Z]{2}\d+(, [A-Z]{2}\d+)*\)")
_RETURNS = re.compile(r"(; r| R)eturns [^.]*\.?$")

GENERATED = "<!-- Written by bin/reference from the code. Change the code, not this page. -->"


def page(title: str, introduction: str, *parts: str) -> str:
    """A whole page."""
    return "\n\n".join((f"# {title}", GENERATED, introduction, *(part for part in parts if part))) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; nothing if it has no rows."""
    lines = [_row(row) for row in rows]
    return "\n".join((_row(head), _row(["---"] * len(head)), *lines)) if lines else ""


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ").strip() for cell in cells) + " |"


def code(text: object) -> str:
    """Text as it is typed."""
    return f"`{text}`"


def first_sentence(text: str | None) -> str:
    """The first paragraph of a docstring for people who use the product: no marks, no promise ids, nothing of return values."""
    first = " ".join((text or "").strip().partition("\n\n")[0].split())
    for mark in (":data:", ":class:", ":meth:", ":func:", ":mod:"):
        first = first.replace(mark, "")
    return _RETURNS.sub("", _PROMISES.sub("", first)).replace("``", "`").rstrip(".") + "." if first else ""
