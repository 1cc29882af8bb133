"""Reading the audit log: filtered, compared, exported."""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, Select, func, or_, select

from firstline.kit.database import Tx
from firstline.people.roles import role_names
from firstline.people.tables import audit_entry, audit_seal, team, teammate

COLUMNS = ("id", "at", "by_kind", "by_id", "by_name", "verb", "target", "before", "after", "address")
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would run when a cell begins with it."""
LONGEST = 300


@dataclass(frozen=True)
class Filter:
    """Which entries: by whom, in which area (the part of the verb before the dot), about what, when."""

    who: str = ""
    area: str = ""
    words: str = ""
    since: datetime | None = None
    until: datetime | None = None


def _found(chosen: Filter) -> Select[Any]:
    query = select(audit_entry)
    if chosen.who:
        query = query.where(audit_entry.c.by_id == chosen.who)
    if chosen.area:
        query = query.where(audit_entry.c.verb.startswith(f"{chosen.area}.", autoescape=True))
    if chosen.since:
        query = query.where(audit_entry.c.at >= chosen.since)
    if chosen.until:
        query = query.where(audit_entry.c.at < chosen.until)
    if words := chosen.words.strip():
        named = select(teammate.c.id).where(teammate.c.name.icontains(words, autoescape=True))
        query = query.where(
            or_(
                audit_entry.c.target.icontains(words, autoescape=True),
                audit_entry.c.verb.icontains(words, autoescape=True),
                audit_entry.c.by_name.icontains(words, autoescape=True),
                func.coalesce(audit_entry.c.after["name"].astext, audit_entry.c.before["name"].astext).icontains(
                    words, autoescape=True
                ),
                audit_entry.c.after["email"].astext.icontains(words, autoescape=True),
                audit_entry.c.target.in_(named),
            )
        )
    return query


def entries(tx: Tx, chosen: Filter, *, before: int | None = None, limit: int = 50) -> Sequence[Row[Any]]:
    """Entries, newest first; ``before`` continues a list."""
    query = _found(chosen).order_by(audit_entry.c.id.desc()).limit(limit)
    return tx.rows(query.where(audit_entry.c.id < before) if before else query)


def all_entries(tx: Tx, chosen: Filter) -> Iterator[Row[Any]]:
    """Every entry of a filter, oldest first, some at a time."""
    after = 0
    query = _found(chosen).order_by(audit_entry.c.id).limit(2_000)
    while rows := tx.rows(query.where(audit_entry.c.id > after)):
        yield from rows
        after = rows[-1].id


def areas(tx: Tx) -> Sequence[str]:
    """The areas that have entries."""
    return list(tx.execute(select(func.split_part(audit_entry.c.verb, ".", 1)).distinct()).scalars())


def sealed(tx: Tx) -> int:
    """How many entries are sealed."""
    return int(tx.scalar(select(func.max(audit_seal.c.number))) or 0)


def names(tx: Tx, rows: Sequence[Row[Any]]) -> dict[str, str]:
    """Names for the ids that entries are about, as far as they are known."""
    found = {row.target: str(name) for row in rows for name in (_name(row.after) or _name(row.before),) if name}
    found |= {row.id: row.name for table in (team, teammate) for row in tx.rows(select(table.c.id, table.c.name))}
    return {"account": "Account", **role_names(tx), **found}


def _name(values: Any) -> Any:
    """What a thing is called: its name, title, question or address."""
    called = (values.get(key) for key in ("name", "title", "question", "email")) if isinstance(values, Mapping) else ()
    return next((str(one)[:LONGEST] for one in called if one), None)


def differences(before: Any, after: Any) -> list[tuple[str, str, str]]:
    """What changed: name, value before, value after; what is the same on both sides is left out."""
    old, new = (one if isinstance(one, Mapping) else ({} if one is None else {"value": one}) for one in (before, after))
    keys = [*old, *(key for key in new if key not in old)]
    written = ((key, _short(old.get(key)), _short(new.get(key))) for key in keys)
    return [(key, was, now) for key, was, now in written if was != now]


def _short(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and all(isinstance(one, str | int) for one in value):
        return ", ".join(map(str, value))[:LONGEST]
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


def csv_lines(rows: Iterator[Row[Any]]) -> Iterator[str]:
    """The log as CSV; times in UTC; a cell that a spreadsheet would run begins with an apostrophe."""
    yield _line(COLUMNS)
    for row in rows:
        cells = [row.id, row.at.astimezone(UTC).isoformat(), row.by_kind, row.by_id, row.by_name, row.verb, row.target]
        yield _line([*cells, _json(row.before), _json(row.after), row.address])


def _json(value: Any) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True)


def _line(cells: Sequence[Any]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([f"'{cell}" if str(cell).startswith(FORMULA) else cell for cell in cells])
    return out.getvalue()
