"""Looking for a part of a word in a large table: by the groups of three letters that a text has, which an index keeps.

PostgreSQL's own answer is the extension ``pg_trgm``, which the embedded server does not bring; the function ``trigrams`` of
migration 0027 and an ordinary GIN index do the same for what is looked for here.
"""

from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_

SHORTEST = 3
"""Characters from which on the index helps; shorter parts are in most rows anyway."""


def has_part(words: str, *columns: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether one of these columns contains the words, whatever the case of their letters. The columns together, as
    :func:`together` joins them, have an index of their trigrams."""
    said = words.strip()
    pattern = "%" + said.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    found = or_(*(column.ilike(pattern) for column in columns))
    if len(said) < SHORTEST:
        return found
    return and_(trigrams(together(*columns)).op("@>")(trigrams(said)), found)


def together(*columns: ColumnElement[Any]) -> ColumnElement[str]:
    """Columns as one text."""
    first, *others = (func.coalesce(column, "") for column in columns) if len(columns) > 1 else columns
    for other in others:
        first = first.op("||")(" ").op("||")(other)
    return first


def trigrams(text: Any) -> ColumnElement[Any]:
    """The groups of three letters that a text has."""
    return func.trigrams(text)
