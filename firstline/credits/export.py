"""The ledger as CSV (SW6)."""

import csv
import io
from collections.abc import Iterable, Iterator

from firstline.credits.rules import LedgerEntry

COLUMNS = ("at", "id", "kind", "amount", "balance", "reason", "conversation_id", "refers_to", "by_kind", "by_id")

# A spreadsheet takes a cell that begins with one of these for a formula (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_lines(entries: Iterable[LedgerEntry]) -> Iterator[str]:
    """The head and one line an entry, as RFC 4180 wants them; text that a spreadsheet would run is quoted with an apostrophe."""
    for cells in (COLUMNS, *map(_cells, entries)):
        line = io.StringIO()
        csv.writer(line).writerow(cells)
        yield line.getvalue()


def _cells(entry: LedgerEntry) -> tuple[object, ...]:
    texts = (entry.reason, entry.conversation_id or "", entry.refers_to or "", entry.by_kind, entry.by_id)
    return (entry.at.isoformat(), entry.id, entry.kind.value, entry.amount, entry.balance, *map(_safe, texts))


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
