"""Sources as the screens *Knowledge* and *Short answers* show them (KN1–KN3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Row

from firstline.agent import queries as agents
from firstline.console import switched
from firstline.console.format import size
from firstline.console.shell import Reader
from firstline.console.view.knowledge import (
    AddPanel,
    KnowledgePage,
    PageLine,
    ShortAnswersPage,
    SourceLine,
    SourceList,
    SourcePage,
)
from firstline.console.words import _
from firstline.kit.database import Tx
from firstline.knowledge import queries
from firstline.knowledge.rules import Access, SourceKind, SourceState
from firstline.people.rules import Permission

HERE = "/customer-agent/knowledge"
SHORT = "/customer-agent/short-answers"
PAGE = 50
KINDS: Mapping[str, tuple[SourceKind, ...]] = {
    "": (SourceKind.SITE, SourceKind.URL, SourceKind.FILE, SourceKind.TEXT),
    "web": (SourceKind.SITE, SourceKind.URL),
    "file": (SourceKind.FILE,),
    "text": (SourceKind.TEXT,),
}
_ICONS = {"url": "globe", "site": "globe", "file": "file", "text": "book", "short_answer": "quote"}


@dataclass(frozen=True)
class Asked:
    """Which sources are shown."""

    words: str = ""
    kind: str = ""
    state: str = ""
    access: str = ""
    after: str = ""

    @property
    def query(self) -> str:
        """The same as the end of an address, without where the list goes on."""
        wanted = {"words": self.words, "kind": self.kind, "state": self.state, "access": self.access}
        return urlencode({key: value for key, value in wanted.items() if value})


def source_list(tx: Tx, reader: Reader, asked: Asked, *, short: bool = False) -> SourceList:
    """A page of the table."""
    kinds = (SourceKind.SHORT_ANSWER,) if short else KINDS.get(asked.kind, KINDS[""])
    found = queries.sources(
        tx,
        asked.words[:200],
        kinds=kinds,
        state=SourceState(asked.state) if asked.state in set(SourceState) else None,
        access=Access(asked.access) if asked.access in set(Access) else None,
        after=asked.after or None,
        limit=PAGE + 1,
    )
    agent = next((one.published.name for one in switched.agents(tx)), _("The agent"))
    here = SHORT if short else HERE
    older = f"{here}?{urlencode({'after': found[PAGE - 1].id})}&{asked.query}" if len(found) > PAGE else ""
    return SourceList(
        lines=tuple(source_line(row, reader) for row in found[:PAGE]),
        query=asked.query,
        older=older,
        filtered=bool(asked.words or asked.state or asked.access or asked.kind),
        agent=agent,
        may_change=reader.by.may(Permission.EDIT_AGENT) and reader.by.seat,
    )


def source_line(row: Row[Any], reader: Reader) -> SourceLine:
    """A source in the table."""
    state = SourceState(row.state)
    words = {
        SourceState.QUEUED: (_("Queued"), ""),
        SourceState.READING: (_("Reading"), "info"),
        SourceState.READY: (_("Ready"), "good"),
        SourceState.FAILED: (_("Failed"), "bad"),
    }[state]
    return SourceLine(
        id=row.id,
        title=row.title,
        detail=_detail(row),
        icon=_ICONS[row.kind],
        state=words[0],
        tone=words[1],
        reading=state in (SourceState.QUEUED, SourceState.READING),
        done=row.pages_done,
        pages=row.pages,
        problem=(row.cause or "") if state is SourceState.FAILED else "",
        cure=(row.cure or "") if state is SourceState.FAILED else "",
        synced=reader.times.ago(row.last_synced_at) if row.last_synced_at else None,
        access=_("Private") if row.access == Access.PRIVATE else _("Public"),
        private=row.access == Access.PRIVATE,
        citations=row.citations,
        syncs=row.kind in (SourceKind.URL, SourceKind.SITE),
        answer=row.content or "" if row.kind == SourceKind.SHORT_ANSWER else "",
        url=row.url or "",
    )


def _detail(row: Row[Any]) -> str:
    match SourceKind(row.kind):
        case SourceKind.SITE:
            return _("Site, %(count)s pages", count=row.pages) if row.pages else _("Site")
        case SourceKind.URL:
            return _("Web page")
        case SourceKind.FILE:
            return _("File, %(size)s", size=size(row.file_size or 0))
        case SourceKind.TEXT:
            return _("Text")
        case SourceKind.SHORT_ANSWER:
            return _("Short answer")


def knowledge_page(tx: Tx, reader: Reader, asked: Asked, panel: AddPanel | None = None) -> KnowledgePage:
    """The whole screen."""
    counts = queries.how_many(tx)
    many = {key: sum(counts.get(kind, 0) for kind in kinds) for key, kinds in KINDS.items()}
    names = (("", _("All")), ("web", _("Web")), ("file", _("Files")), ("text", _("Texts")))
    return KnowledgePage(
        list=source_list(tx, reader, asked),
        tabs=tuple((name, f"{HERE}?kind={key}" if key else HERE, many[key], key == asked.kind) for key, name in names),
        words=asked.words,
        kind=asked.kind,
        state=asked.state,
        access=asked.access,
        passages=counts["passages"],
        panel=panel,
    )


def short_answers_page(tx: Tx, reader: Reader, asked: Asked, panel: AddPanel | None = None) -> ShortAnswersPage:
    """The whole screen."""
    total = queries.how_many(tx).get(SourceKind.SHORT_ANSWER, 0)
    return ShortAnswersPage(source_list(tx, reader, asked, short=True), asked.words, total, panel)


def source_page(tx: Tx, reader: Reader, source_id: str, *, after: str = "", page_id: str = "") -> SourcePage:
    """One source with its pages."""
    row = queries.which(tx, source_id)
    found = queries.pages_of(tx, source_id, after=after or None, limit=PAGE + 1)
    shown = found[:PAGE]
    opened = page_id if any(one.id == page_id for one in shown) else shown[0].id if len(shown) == 1 and not after else ""
    passages = queries.passages_of(tx, opened) if opened else ()
    return SourcePage(
        line=source_line(row, reader),
        pages=_pages(shown),
        older=f"{HERE}/{source_id}?after={found[PAGE - 1].id}" if len(found) > PAGE else "",
        opened=opened,
        passages=tuple((one.heading, one.text) for one in passages),
        agents=tuple((one.id, one.draft.name, one.id in row.agents) for one in agents.agents(tx)),
    )


def _pages(rows: Sequence[Row[Any]]) -> tuple[PageLine, ...]:
    words = {
        "queued": (_("Queued"), ""),
        "reading": (_("Reading"), "info"),
        "ready": (_("Ready"), "good"),
        "failed": (_("Failed"), "bad"),
        "skipped": (_("Skipped"), ""),
    }
    lines = []
    for row in rows:
        state, tone = words.get(row.state, (row.state.capitalize(), ""))
        lines.append(PageLine(row.id, row.title or row.url or row.key, row.url or "", state, tone, row.cause or ""))
    return tuple(lines)
