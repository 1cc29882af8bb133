"""Customer agent › Deploy › Channels: the table of deployments and the side panel *Deploy agent* (DP1–DP4, DP7)."""

from functools import partial

from starlette.datastructures import FormData
from starlette.responses import Response

from firstline.console import account_routing
from firstline.console.deployments import HERE, Asked, screen, strip
from firstline.console.entered import destination_in, text
from firstline.console.entered_hours import edited, hours_in
from firstline.console.shell import Visiting, console_router
from firstline.console.view.channels import WeekPart
from firstline.console.view.common import Toast
from firstline.console.words import _
from firstline.kit.errors import Forbidden, Invalid, NotFound, Refused
from firstline.routing import commands as routing
from firstline.routing.api import Around

router = console_router()


async def _page(visit: Visiting, asked: Asked | None = None, routed: account_routing.Asked | None = None) -> Response:
    kinds = visit.request.app.state.channels
    refused = asked.refused if asked is not None else routed.refused if routed is not None else None
    status = refused.status if refused is not None else 200
    load = partial(screen, kinds=kinds, asked=asked, routed=routed)
    return await visit.page("screens/channels.html", load, here=HERE, status=status)


@router.get(HERE)
async def channels(visit: Visiting) -> Response:
    """The table."""
    return await _page(visit)


@router.get(f"{HERE}/deploy")
async def deploy_panel(visit: Visiting, account: str = "") -> Response:
    """The panel for a new deployment."""
    return await _page(visit, Asked(account_id=account))


@router.post(f"{HERE}/deploy")
async def deploy(visit: Visiting, around: Around) -> Response:
    """Deploy the agent."""
    form = await visit.request.form()
    try:
        if (changed := edited(form)) is not None:
            return await _page(visit, Asked(entered=changed))
        await visit.do(
            lambda tx, by: routing.deploy(
                tx,
                around,
                agent_id=text(form, "agent_id"),
                channel_account_id=text(form, "account"),
                hours=hours_in(form),
                fallback=destination_in(form, "fallback"),
                coverage=_coverage(form),
                mode=text(form, "mode", "live"),
                by=by,
            )
        )
    except Refused as refused:
        return await _page(visit, Asked(entered=form, refused=refused))
    return visit.to(HERE, Toast(_("Agent deployed")))


@router.post(f"{HERE}/week")
async def week(visit: Visiting) -> Response:
    """The strip of the hours that stand in the form."""
    form = await visit.request.form()
    try:
        return await visit.part("channels/week.html", lambda tx, reader: WeekPart(strip(tx, form)))
    except Invalid as refused:
        part = WeekPart(error=refused.message)
        return await visit.part("channels/week.html", lambda tx, reader: part, status=422)


@router.get(account_routing.HERE + "/{account_id}")
async def routing_panel(visit: Visiting, account_id: str) -> Response:
    """The panel of an account's routing."""
    return await _page(visit, routed=account_routing.Asked(account_id))


@router.post(account_routing.HERE + "/{account_id}")
async def route_account(visit: Visiting, around: Around, account_id: str) -> Response:
    """Say where an account's conversations go when no deployment says."""
    form = await visit.request.form()
    chosen = destination_in(form, "routing")
    try:
        await visit.do(lambda tx, by: routing.route_account(tx, around, account_id, chosen, by=by))
    except (Forbidden, NotFound):
        raise
    except Refused as refused:
        return await _page(visit, routed=account_routing.Asked(account_id, form, refused))
    return visit.to(HERE, Toast(_("Saved. It holds for the next conversations.")))


@router.get(HERE + "/{deployment_id}")
async def edit_panel(visit: Visiting, deployment_id: str) -> Response:
    """The panel of a deployment."""
    return await _page(visit, Asked(deployment_id))


@router.post(HERE + "/{deployment_id}")
async def change(visit: Visiting, around: Around, deployment_id: str) -> Response:
    """Change a deployment."""
    form = await visit.request.form()
    try:
        if (edited_form := edited(form)) is not None:
            return await _page(visit, Asked(deployment_id, entered=edited_form))
    except Invalid as refused:
        return await _page(visit, Asked(deployment_id, entered=form, refused=refused))
    changes = {
        "agent_id": text(form, "agent_id") or None,
        "hours": hours_in(form),
        "fallback": destination_in(form, "fallback"),
        "coverage": _coverage(form),
        "mode": text(form, "mode", "live"),
    }
    try:
        await visit.do(lambda tx, by: routing.change(tx, around, deployment_id, changes, by=by))
    except Refused as refused:
        return await _page(visit, Asked(deployment_id, entered=form, refused=refused))
    return visit.to(HERE, Toast(_("Deployment changed. It holds for the next conversations.")))


@router.post(HERE + "/{deployment_id}/remove")
async def remove(visit: Visiting, deployment_id: str) -> Response:
    """End a deployment; what the agent holds runs on."""
    await visit.do(lambda tx, by: routing.remove(tx, deployment_id, by=by))
    return visit.to(HERE, Toast(_("Deployment removed")))


def _coverage(form: FormData) -> int:
    """The percentage as entered; what is no whole number becomes one that the command refuses."""
    entered = text(form, "coverage", "100").strip().rstrip("%").strip()
    return int(entered) if entered.isascii() and entered.isdigit() and len(entered) < 6 else -1
