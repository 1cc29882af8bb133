"""What a channel tells of an account, as it is shown; and the page it stands on."""

from dataclasses import dataclass

from firstline.console.view.common import Column, When


@dataclass(frozen=True)
class Value:
    """A value with its shade. With a tone it is a pill."""

    text: str = ""
    tone: str = ""
    detail: str = ""
    at: When | None = None
    href: str = ""
    cls: str = ""


@dataclass(frozen=True)
class Act:
    """A button with what it posts; with a question it is asked in a dialog of that id."""

    label: str
    url: str
    values: dict[str, str]
    busy: str = ""
    question: str = ""
    title: str = ""
    icon: str = ""
    dialog: str = ""


@dataclass(frozen=True)
class Row:
    """A row of a table."""

    first: Value
    cells: tuple[Value, ...]
    acts: tuple[Act, ...] = ()
    content: str = ""


@dataclass(frozen=True)
class Table:
    """A table under its heading."""

    key: str
    title: str
    intro: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    nothing: tuple[str, str]
    older: str = ""
    newest: str = ""


@dataclass(frozen=True)
class Told:
    """Everything. ``part`` is where it is read again while something is going on."""

    facts: tuple[tuple[str, Value], ...] = ()
    tables: tuple[Table, ...] = ()
    acts: tuple[Act, ...] = ()
    working: str = ""
    part: str = ""
    live: str = ""
    """The events after which it is read again."""

    @property
    def asks(self) -> tuple[Act, ...]:
        """Deeds that ask before they are done."""
        return tuple(act for table in self.tables for row in table.rows for act in row.acts if act.question)


@dataclass(frozen=True)
class AccountActivity:
    """The page of one channel account."""

    name: str
    icon: str
    kind: str
    address: str
    settings: str
    cause: str
    cure: str
    log: str
    letters: str
    waiting: int
    facts: tuple[tuple[str, Value], ...]
    told: Told | None
