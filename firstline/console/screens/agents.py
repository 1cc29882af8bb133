"""Customer agent › Agents: all agents of the account, creating one, switching between them, deleting one (ID3)."""

from functools import partial

from sqlalchemy import func, or_, select
from starlette.responses import Response

from firstline.agent import commands, queries
from firstline.console import switched
from firstline.console.entered import text
from firstline.console.menu import PLACES
from firstline.console.shell import Reader, Visiting, console_router
from firstline.console.view.common import Toast
from firstline.console.view.form import BLANK, Form
from firstline.console.view.settings_of_agent import AgentLine, AgentsPage
from firstline.console.words import _, ngettext
from firstline.kit.database import Tx
from firstline.kit.errors import Forbidden, Refused
from firstline.knowledge.tables import source
from firstline.people.rules import Permission
from firstline.routing import queries as routing

router = console_router()
HERE = "/customer-agent/agents"


def agents_page(tx: Tx, reader: Reader, panel: bool = False, form: Form = BLANK) -> AgentsPage:
    """The table, the agent that the console is about marked."""
    found = queries.agents(tx)
    current = next((one.id for one in switched.agents(tx)), "")
    deployed = [one.agent_id for one in routing.deployments(tx)]
    lines = []
    for agent in found:
        count, held = deployed.count(agent.id), queries.holds(tx, agent.id)
        warning = _("Its guidelines and settings go with it. What it said stays in the conversations. This cannot be undone.")
        if count:
            ends = ngettext("Its deployment on %(count)s channel ends.", "Its deployments on %(count)s channels end.", count)
            warning = f"{ends % {'count': count}} {warning}"
        if held:
            has = ngettext("It has %(count)s open conversation.", "It has %(count)s open conversations.", held) % {"count": held}
            warning = f"{has} {_('Take over or close first: until then it cannot be deleted.')}"
        lines.append(
            AgentLine(
                id=agent.id,
                name=agent.draft.name,
                company=agent.draft.company,
                sources=str(_sources(tx, agent.id)),
                deployments=str(count),
                state=_("Unpublished changes") if agent.changed else _("Published"),
                tone="warn" if agent.changed else "good",
                current=agent.id == current,
                warning=warning,
            )
        )
    may = reader.by.may(Permission.EDIT_AGENT) and reader.by.seat
    return AgentsPage(tuple(lines), may, panel, ("", reader.account.name), form)


def _sources(tx: Tx, agent_id: str) -> int:
    """How many sources an agent may use: its own, and those for all."""
    mine = or_(func.cardinality(source.c.agents) == 0, source.c.agents.contains([agent_id]))
    return int(tx.scalar(select(func.count()).select_from(source).where(mine)) or 0)


@router.get(HERE)
async def agents(visit: Visiting) -> Response:
    """The table."""
    return await visit.page("screens/agents.html", agents_page, here=HERE)


@router.get(f"{HERE}/new")
async def new_panel(visit: Visiting) -> Response:
    """The form for another agent."""
    return await visit.page("screens/agents.html", partial(agents_page, panel=True), here=HERE)


@router.post(f"{HERE}/new")
async def create(visit: Visiting) -> Response:
    """Create an agent, and go on with it."""
    form = await visit.request.form()
    values = {name: text(form, name).strip() for name in ("name", "company")}
    try:
        created = await visit.do(lambda tx, by: commands.create(tx, values, by=by))
    except Forbidden:
        raise
    except Refused as refused:
        load = partial(agents_page, panel=True, form=Form(values, refused, tuple(values)))
        return await visit.page("screens/agents.html", load, here=HERE, status=refused.status)
    return _switched(visit, created, _("Agent created. You are setting it up now."), "/customer-agent")


@router.post(HERE + "/{agent_id}/switch")
async def switch(visit: Visiting, agent_id: str) -> Response:
    """From now on the console is about this agent, in this browser."""
    name = await visit.read(lambda tx, reader: queries.which(tx, agent_id).draft.name)
    pages = {item.href for place in PLACES for group in place.groups for item in group.items} - {HERE}
    where = visit.came_from if visit.came_from in pages else "/customer-agent"
    return _switched(visit, agent_id, _("You are setting up %(name)s now.", name=name), where)


@router.post(HERE + "/{agent_id}/delete")
async def delete(visit: Visiting, agent_id: str) -> Response:
    """Delete an agent that has no open conversation."""
    try:
        await visit.do(lambda tx, by: commands.remove(tx, agent_id, by=by))
    except Forbidden:
        raise
    except Refused as refused:
        return visit.to(HERE, Toast(refused.message, "bad"))
    return visit.to(HERE, Toast(_("Agent deleted")))


def _switched(visit: Visiting, agent_id: str, told: str, where: str) -> Response:
    response = visit.to(where, Toast(told))
    response.set_cookie(
        switched.COOKIE, agent_id, max_age=60 * 60 * 24 * 365, httponly=True, samesite="lax", path="/",
        secure=visit.request.url.scheme == "https",
    )  # fmt: skip
    return response
