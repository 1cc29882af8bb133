"""Files of records: CSV, JSON, and the rows of spreadsheets.

Records with a question and an answer become question-and-answer entries, records with a title and a text become articles;
each is a page of its own. Anything else becomes one page: a table, or lines of “name: value”.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from firstline.knowledge.document import Block, BlockKind, Page, blocks_of, tidy
from firstline.knowledge.reading.formats import Limits, Unreadable
from firstline.knowledge.reading.plain import decoded

QUESTION = ("question", "q", "frage", "pregunta", "domanda", "vraag")
ANSWER = ("answer", "a", "antwort", "réponse", "reponse", "respuesta", "risposta", "antwoord")
TITLE = ("title", "name", "heading", "subject", "titel", "titre", "título")
TEXT = ("text", "body", "content", "description", "html", "markdown")
"""Names of fields, in the order they are looked for."""


def entries(records: Iterable[Mapping[str, Any]], limits: Limits) -> list[Page]:
    """The records that are questions with answers, or titles with texts, as pages."""
    pages: list[Page] = []
    for number, record in enumerate(records, 1):
        if number > limits.entries:
            raise Unreadable(f"The file has more than {limits.entries:,} entries.", "Split it into smaller files.")
        fields = {str(key).strip().lower(): str(value).strip() for key, value in record.items() if value not in (None, "")}
        question, answer = _first(fields, QUESTION), _first(fields, ANSWER)
        title, text = question or _first(fields, TITLE), answer or _first(fields, TEXT)
        if not title or not text:
            continue
        pages.append(
            Page(
                key=fields.get("id") or fields.get("key") or str(number),
                title=tidy(title)[:500],
                blocks=blocks_of(text),
                question=tidy(question) if question and answer else None,
                about=fields.get("about") or fields.get("entity"),
                url=fields.get("url") or fields.get("link"),
                language=fields.get("language"),
            )
        )
    return pages


def _first(fields: Mapping[str, str], names: Sequence[str]) -> str | None:
    return next((fields[name] for name in names if fields.get(name)), None)


def are_entries(names: Iterable[str]) -> bool:
    """Whether records with these fields are entries."""
    known = {str(name).strip().lower() for name in names}
    has = [any(name in known for name in listed) for listed in (QUESTION, ANSWER, TITLE, TEXT)]
    return all(has[:2]) or all(has[2:])


def table(rows: Iterable[Sequence[object]], limits: Limits) -> Block | None:
    """Rows as a table block; the first one is its head."""
    lines, size = [], 0
    for row in rows:
        line = " | ".join(tidy(str(cell)).replace("\n", " ") if cell is not None else "" for cell in row).strip(" |")
        size += len(line)
        if size > limits.characters:
            raise Unreadable(f"The table has more than {limits.characters:,} characters.", "Split it into smaller files.")
        if line:
            lines.append(line)
    return Block(BlockKind.TABLE, "\n".join(lines)) if lines else None


def from_rows(title: str, rows: Iterable[Sequence[object]], limits: Limits, *, prefix: str = "") -> list[Page]:
    """A table's rows as entries if its head names their fields, else as one page."""
    iterator = iter(rows)
    head = next(iterator, None)
    if head is None:
        return []
    names = [str(cell or "") for cell in head]
    if are_entries(names):
        found = entries((dict(zip(names, row, strict=False)) for row in iterator), limits)
        return [_prefixed(page, prefix) for page in found]
    block = table([head, *iterator], limits)
    return [Page(prefix, title, (block,))] if block else []


def _prefixed(page: Page, prefix: str) -> Page:
    return page if not prefix else Page(**{**page.__dict__, "key": f"{prefix}:{page.key}"})


def read_csv(body: bytes, name: str, limits: Limits) -> list[Page]:
    """A CSV file; comma, semicolon, tab or bar."""
    text = decoded(body)
    csv.field_size_limit(limits.characters)
    try:
        try:
            dialect: type[csv.Dialect] | csv.Dialect = csv.Sniffer().sniff(text[:20_000], ",;\t|")
        except csv.Error:
            dialect = csv.excel
        return from_rows(name, csv.reader(io.StringIO(text, newline=""), dialect, strict=False), limits)
    except csv.Error as error:
        raise Unreadable(f"The table cannot be read: {error}.", "Save it again as CSV in UTF-8.") from None


def read_json(body: bytes, name: str, limits: Limits) -> list[Page]:
    """A JSON file, or one with a JSON object in each line."""
    text = decoded(body)
    try:
        data = _parsed(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"This is not valid JSON: {error}.", "Correct the file and add it again.") from None
    records = _records(data)
    if records and are_entries({name for record in records[:20] for name in record}):
        found = entries(records, limits)
        if found:
            return found
    lines = [line for line, _ in zip(_lines(data, ""), range(limits.entries * 10), strict=False)]
    return [Page("", name, blocks_of("\n\n".join(lines), marked=False))]


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        lines = [line for line in text.split("\n") if line.strip()]
        if len(lines) < 2 or not lines[0].lstrip().startswith("{"):
            raise
        return [json.loads(line) for line in lines]


def _records(data: Any) -> list[Mapping[str, Any]]:
    if isinstance(data, Mapping):
        lists = [value for value in data.values() if isinstance(value, list)]
        data = max(lists, key=len, default=[])
    return [one for one in data if isinstance(one, Mapping)] if isinstance(data, list) else []


def _lines(data: Any, path: str) -> Iterator[str]:
    if isinstance(data, Mapping):
        for key, value in data.items():
            yield from _lines(value, f"{path} › {key}" if path else str(key))
    elif isinstance(data, list):
        for value in data:
            yield from _lines(value, path)
    elif data is not None and str(data).strip():
        yield f"{path}: {data}" if path else str(data)
