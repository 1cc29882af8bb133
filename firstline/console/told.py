"""From what a channel tells to what a screen shows."""

from firstline.channels import telling
from firstline.console.view.common import Column, Times
from firstline.console.view.told import Act, Row, Table, Told, Value
from firstline.console.words import _


def shown(told: telling.Told, times: Times, here: str, live: str, before: dict[str, str] | None = None) -> Told:
    """As it is shown at an address; ``here/do`` takes the deeds, ``here/part`` gives the part again."""
    older = before or {}
    return Told(
        facts=tuple((_(fact.label), value(fact.said, times)) for fact in told.facts),
        tables=tuple(_table(one, times, here, one.key in older) for one in told.tables),
        acts=tuple(_act(deed, here, "", "") for deed in told.deeds),
        working=told.working,
        part="" if older else f"{here}/part",
        live=live,
    )


def value(said: telling.Said, times: Times, cls: str = "") -> Value:
    """One value."""
    return Value(
        said.text,
        said.tone,
        said.detail,
        times.ago(said.at) if said.at is not None else None,
        f"/inbox/all/{said.conversation}" if said.conversation else "",
        cls,
    )


def _table(table: telling.Table, times: Times, here: str, is_older: bool) -> Table:
    ranks = ["" if heading.rank == 1 else f"p{heading.rank}" for heading in table.headings]
    columns = [Column(_(heading.label), rank) for heading, rank in zip(table.headings, ranks, strict=True)]
    if any(line.deeds for line in table.lines):
        columns.append(Column(_("Actions"), "tight", hidden=True))
    rows = tuple(
        Row(
            value(line.cells[0], times),
            tuple(value(cell, times, rank) for cell, rank in zip(line.cells[1:], ranks[1:], strict=True)),
            tuple(_act(deed, here, line.id, line.cells[0].text, number) for deed in line.deeds),
            line.content,
        )
        for number, line in enumerate(table.lines)
    )
    return Table(
        table.key,
        _(table.title),
        _(table.intro) if table.intro else "",
        tuple(columns),
        rows,
        (_(table.nothing[0]), _(table.nothing[1])),
        f"{here}?before={table.key}:{table.older}#{table.key}" if table.older else "",
        f"{here}#{table.key}" if is_older else "",
    )


def _act(deed: telling.Deed, here: str, on: str, name: str, number: int = 0) -> Act:
    title = f"{_(deed.label)} {name}?" if name else f"{_(deed.label)}?"
    values = {"deed": deed.name, "on": on}
    question = _(deed.question) if deed.question else ""
    dialog = f"ask-{deed.name}-{number}"
    return Act(_(deed.label), f"{here}/do", values, _(deed.busy) if deed.busy else "", question, title, deed.icon, dialog)
