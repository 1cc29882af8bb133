"""What is missing before the agent meets customers (DP4). It warns and does not block."""

from sqlalchemy import func, select

from firstline.console import switched
from firstline.console.view.overview import Check
from firstline.console.words import _, ngettext
from firstline.kit.database import Tx
from firstline.knowledge.tables import source
from firstline.people.queries import teammates
from firstline.routing import queries as routing
from firstline.routing.situation import DestinationKind


def checklist(tx: Tx) -> tuple[Check, ...]:
    """The steps from nothing to an agent that answers, in their order."""
    found = switched.agents(tx)
    agent = found[0] if found else None
    name = agent.published.name if agent else _("The agent")
    ready = int(tx.scalar(select(func.count()).select_from(source).where(source.c.state == "ready")) or 0)
    reachable = any(mate.seat for mate in teammates(tx))
    deployments = routing.deployments(tx)
    deployed = len(deployments)
    handed = agent is not None and agent.handoff.destination is not None
    decided = handed or any(one.fallback is not None and one.fallback.kind is not DestinationKind.NOBODY for one in deployments)
    return (
        Check(
            _("Identity"),
            agent is not None,
            _("Customers meet %(agent)s.", agent=name) if agent else _("Give the agent a name and its company."),
            "/customer-agent/identity",
        ),
        Check(
            _("Knowledge"),
            ready > 0,
            _sources(ready) if ready else _("Add your website, files or a few short answers."),
            "/customer-agent/knowledge",
        ),
        Check(
            _("Human handoff"),
            decided,
            _("It is decided who takes over.")
            if decided
            else (_("Say who takes over when a customer wants a person.") if reachable else _("No teammate holds a seat yet.")),
            "/customer-agent/handoff",
        ),
        Check(
            _("Test"),
            agent is not None and agent.tested_at is not None,
            _("It was tried out in the preview.")
            if agent is not None and agent.tested_at is not None
            else _("Ask it in the preview what customers ask; it costs nothing."),
            "/customer-agent/preview",
        ),
        Check(
            _("Deploy"),
            deployed > 0,
            _channels(name, deployed) if deployed else _("Choose a channel, working hours and who gets the rest."),
            "/customer-agent/channels",
        ),
    )


def _sources(count: int) -> str:
    return ngettext("%(count)s source is ready.", "%(count)s sources are ready.", count) % {"count": count}


def _channels(agent: str, count: int) -> str:
    words = ngettext("%(agent)s answers on %(count)s channel.", "%(agent)s answers on %(count)s channels.", count)
    return words % {"agent": agent, "count": count}
