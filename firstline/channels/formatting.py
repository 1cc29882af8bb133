"""The small markdown of messages, in the form that a channel can show.

A message may hold what the chat on a website shows: ``**bold**``, ``[words](address)``, lists, `` `code` ``, fenced code and
headings (shown bold), and besides ``*italic*`` and ``~~struck~~``. Everything else is meant as it is written. Pure; every pattern
takes linear time.
"""

import re
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from html import escape
from itertools import groupby
from typing import Literal, get_args

Mark = Literal["bold", "italic", "strike", "code", "links", "lists"]
Format = Literal["markdown", "html"]
MARKS: tuple[Mark, ...] = get_args(Mark)

_ADDRESS = r"(?:https?://|mailto:)[^()\s<>\"\\]{1,2000}"
_INLINE = re.compile(
    r"`(?P<code>[^`\n]{1,1000})`"
    rf"|\[(?P<label>[^\[\]\n]{{1,300}})\]\((?P<target>{_ADDRESS})\)"
    r"|(?P<bare>https?://[^\s<>\"'*`\[\]\\]{1,2000}(?<![.,;:!?)]))"
    r"|\*\*(?P<bold>[^\s*](?:[^*\n]{0,1998}[^\s*])?)\*\*"
    r"|(?<![\w*])\*(?P<italic>[^\s*](?:[^*\n]{0,1998}[^\s*])?)\*(?![\w*])"
    r"|~~(?P<strike>[^\s~](?:[^~\n]{0,1998}[^\s~])?)~~"
)
_ITEM = re.compile(r"\s{0,8}(?:[-*•]|(?P<n>\d{1,3})[.)])\s+(?P<text>\S.*)")
_HEADING = re.compile(r"#{1,6}\s+(?P<text>\S.*)")
_PUNCTUATION = frozenset(".,;:!?()-/\"'")
_DEEP = 3
"""Marks within marks."""


@dataclass(frozen=True)
class _Line:
    kind: str
    """``text``, ``bold`` (a heading), ``item``, ``numbered`` or ``code``."""
    text: str
    raw: str
    n: str = ""


@dataclass(frozen=True)
class _Way:
    """How each mark is written; ``literal`` makes words mean themselves."""

    literal: Callable[[str], str]
    around: Callable[[Mark, str], str]
    link: Callable[[str, str], str]
    bare: Callable[[str], str]
    code: Callable[[str], str]
    flanked: bool = False
    """Whether a mark counts only where it leans on words, as in CommonMark."""


def plain(text: str) -> str:
    """The words alone, for a channel that shows no marks: never longer than the text."""
    return _written(text, frozenset(), _PLAIN, _plain_block)


def formatted(text: str, marks: AbstractSet[Mark], form: Format) -> str:
    """The text with those marks that a channel shows, the others taken away.

    :param form: ``markdown`` is CommonMark, with ``~~`` for what is struck: what could be taken for a mark is escaped. ``html``
        uses ``b``, ``i``, ``s``, ``code``, ``pre``, ``a``, ``ul``, ``ol`` and ``li``; lines end with a line feed.
    """
    return _written(text, marks, *(_HTML if form == "html" else _MARKDOWN))


def _written(
    text: str, marks: AbstractSet[Mark], way: _Way, block: Callable[[str, Sequence[_Line], AbstractSet[Mark]], list[str]]
) -> str:
    made: list[str] = []
    for kind, lines in groupby(_lines(text), key=lambda line: line.kind):
        made += block(kind, list(lines), marks)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(made)).strip("\n")


def _lines(text: str) -> list[_Line]:
    found: list[_Line] = []
    fenced = False
    for raw in re.split(r"\r\n|\r|\n", text):
        if raw.strip().startswith("```"):
            fenced = not fenced
        elif fenced:
            found.append(_Line("code", raw, raw))
        elif item := _ITEM.fullmatch(raw):
            found.append(_Line("numbered" if item["n"] else "item", item["text"], raw, item["n"] or ""))
        elif heading := _HEADING.fullmatch(raw):
            found.append(_Line("bold", heading["text"].strip(), raw))
        else:
            found.append(_Line("text", raw, raw))
    return found


def _inline(text: str, marks: AbstractSet[Mark], way: _Way, deep: int = 0) -> str:
    made: list[str] = []
    at = 0
    for found in _INLINE.finditer(text):
        made += (way.literal(text[at : found.start()]), _marked(found, marks, way, deep))
        at = found.end()
    return "".join((*made, way.literal(text[at:])))


def _marked(found: re.Match[str], marks: AbstractSet[Mark], way: _Way, deep: int) -> str:
    kind, inner = str(found.lastgroup), found[str(found.lastgroup)]
    if kind == "code":
        shown = "code" in marks and not (way.flanked and "`" in _outside(found))
        return way.code(inner) if shown else way.literal(inner)
    if kind == "bare":
        return way.bare(inner) if "links" in marks else way.literal(inner)
    if kind == "target":
        if "links" in marks:
            return way.link(found["label"], inner)
        return way.literal(inner if found["label"] == inner else f"{found['label']} ({inner})")
    within = _inline(inner, marks, way, deep + 1) if deep < _DEEP else way.literal(inner)
    mark: Mark = "bold" if kind == "bold" else "italic" if kind == "italic" else "strike"
    return way.around(mark, within) if mark in marks and (not way.flanked or _leans(found, inner)) else within


def _leans(found: re.Match[str], inner: str) -> bool:
    """Whether CommonMark takes the signs around a text for marks (its flanking runs): strictly, for where it does not, they would
    be shown."""
    for edge, outside in zip((inner[0], inner[-1]), _outside(found), strict=True):
        if outside in ("*", "~") or not (edge.isalnum() or not outside or outside.isspace() or outside in _PUNCTUATION):
            return False
    return True


def _outside(found: re.Match[str]) -> tuple[str, str]:
    """The letters before and after; empty at the ends."""
    return found.string[max(0, found.start() - 1) : found.start()], found.string[found.end() : found.end() + 1]


def _same(text: str) -> str:
    return text


_PLAIN = _Way(_same, lambda _mark, text: text, lambda label, _target: label, _same, _same)


def _plain_block(kind: str, lines: Sequence[_Line], marks: AbstractSet[Mark]) -> list[str]:
    if kind in ("item", "numbered"):
        return [_start(line) + _inline(line.text, marks, _PLAIN) for line in lines]
    return [line.text if kind == "code" else _inline(line.text, marks, _PLAIN) for line in lines]


def _start(line: _Line) -> str:
    """What stands before the words of an item, as it was written."""
    return line.raw[: len(line.raw) - len(line.text)]


_SPECIAL = re.compile(r"[\\`*_\[\]~<>&]")
_SIGNS = {"bold": "**", "italic": "*", "strike": "~~"}


def _escaped(text: str) -> str:
    return _SPECIAL.sub(lambda found: "\\" + found[0], text)


def _ticked(text: str) -> str:
    """Code; the text holds no tick, and a space at both ends would be taken away."""
    return f"` {text} `" if text.startswith(" ") and text.endswith(" ") and text.strip() else f"`{text}`"


_MD = _Way(
    _escaped,
    lambda mark, text: f"{_SIGNS[mark]}{text}{_SIGNS[mark]}",
    lambda label, target: f"[{_escaped(label)}](<{target}>)",
    lambda address: f"<{address}>",
    _ticked,
    flanked=True,
)
_OPENS = re.compile(r"(\s*)([#+=-]|\d{1,9}(?=[.)]))")


def _meant(text: str) -> str:
    """Words that would begin a block are words."""

    def mean(found: re.Match[str]) -> str:
        return found[1] + (found[2] if found[2].isdigit() else "\\" + found[2])

    text = text.strip()
    begun = _OPENS.match(text)
    if begun and begun[2].isdigit():
        return f"{text[: begun.end()]}\\{text[begun.end() :]}"
    return _OPENS.sub(mean, text, count=1) if begun else text


def _md_block(kind: str, lines: Sequence[_Line], marks: AbstractSet[Mark]) -> list[str]:
    if kind == "code":
        if "code" in marks:
            return ["```", *(line.text for line in lines), "```"]
        return [_meant(_escaped(line.text)) for line in lines]
    if kind in ("item", "numbered") and "lists" in marks:
        items = [(f"{line.n}. " if line.n else "- ") + _meant(_inline(line.text, marks, _MD)) for line in lines]
        return ["", *items, ""]
    if kind in ("item", "numbered"):
        return [_meant(_escaped(_start(line)) + _inline(line.text, marks, _MD)) for line in lines]
    return [_heading(line, kind, marks, _MD, _meant) for line in lines]


def _heading(line: _Line, kind: str, marks: AbstractSet[Mark], way: _Way, meant: Callable[[str], str]) -> str:
    if kind != "bold" or "bold" not in marks:
        return meant(_inline(line.text, marks, way))
    return way.around("bold", _inline(line.text, marks - {"bold"}, way))


_MARKDOWN = (_MD, _md_block)
_TAGS = {"bold": "b", "italic": "i", "strike": "s"}
_HT = _Way(
    lambda text: escape(text, quote=False),
    lambda mark, text: f"<{_TAGS[mark]}>{text}</{_TAGS[mark]}>",
    lambda label, target: f'<a href="{escape(target)}">{escape(label, quote=False)}</a>',
    lambda address: f'<a href="{escape(address)}">{escape(address, quote=False)}</a>',
    lambda text: f"<code>{escape(text, quote=False)}</code>",
)


def _html_block(kind: str, lines: Sequence[_Line], marks: AbstractSet[Mark]) -> list[str]:
    if kind == "code":
        body = "\n".join(escape(line.text, quote=False) for line in lines)
        return [f"<pre>{body}</pre>" if "code" in marks else body]
    if kind in ("item", "numbered") and "lists" in marks:
        items = "".join(f"<li>{_inline(line.text, marks, _HT)}</li>" for line in lines)
        first = f' start="{int(lines[0].n)}"' if lines[0].n and int(lines[0].n) != 1 else ""
        return [f"<ol{first}>{items}</ol>" if kind == "numbered" else f"<ul>{items}</ul>"]
    if kind in ("item", "numbered"):
        return [escape(_start(line), quote=False) + _inline(line.text, marks, _HT) for line in lines]
    return [_heading(line, kind, marks, _HT, _same) for line in lines]


_HTML = (_HT, _html_block)
