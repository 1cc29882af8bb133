"""The screen *Overview*: what is missing, and where things stand."""

from sqlalchemy import func, select

from firstline.clocks.queries import overdue_ids
from firstline.console import switched
from firstline.console.checklist import checklist
from firstline.console.format import number
from firstline.console.shell import Reader
from firstline.console.view.overview import Figure, Overview
from firstline.console.warned import warned
from firstline.console.words import _
from firstline.conversations import queries as conversations
from firstline.credits import queries as credits
from firstline.credits.commands import open_period
from firstline.kit.database import Tx
from firstline.knowledge.tables import source


def overview(tx: Tx, reader: Reader) -> Overview:
    """The whole screen."""
    open_period(tx)
    found, usage = switched.agents(tx), credits.usage(tx)
    counts = conversations.counts(tx, reader.by)
    sources = int(tx.scalar(select(func.count()).select_from(source).where(source.c.state == "ready")) or 0)
    name = found[0].published.name if found else ""
    return Overview(
        agent=name,
        is_on=usage.settings.on,
        checks=checklist(tx),
        warnings=warned(tx),
        figures=(
            Figure(number(counts["agent"]), _("Held by %(agent)s now", agent=name or _("the agent")), "/inbox/agent"),
            Figure(
                number(len(overdue_ids(tx, reader.by))),
                _("Overdue"),
                "/inbox/overdue",
                _("%(count)s unassigned", count=number(counts["unassigned"])),
            ),
            Figure(
                number(usage.used // usage.settings.price),
                _("Answered this month"),
                "/settings/usage?kind=charge",
                _("%(count)s credits left", count=number(usage.balance)),
            ),
            Figure(number(sources), _("Sources ready"), "/customer-agent/knowledge"),
        ),
    )
